import {
  type Block,
  blockOf,
  blocksOf,
  type Found,
  numberOf,
  type Platform,
  textOf,
} from './synthesized'

/** What starts with the first deploy, and the most that the stacks use later. */
export interface Range {
  readonly start: number
  readonly most: number
}

/** Instances that one group or fleet starts, on one kind of capacity. */
export interface InstanceGroup {
  readonly name: string
  readonly kind: 'onDemand' | 'spot'
  readonly types: readonly string[]
  readonly instances: Range
  /** The tasks of services with their own network interface that may run on it. */
  readonly tasks: readonly TaskNeed[]
}

export interface TaskNeed {
  readonly family: string
  /** How many of them the first deploy places here. */
  readonly atStart: number
  readonly vcpus: number
  readonly memoryMiB: number
}

export interface Needs {
  readonly groups: readonly InstanceGroup[]
  /** vCPUs of tasks on Fargate, by capacity provider. */
  readonly fargate: { readonly onDemand: Range; readonly spot: Range }
  /** Reserved concurrency by function; 0 for one without. */
  readonly functions: Readonly<Record<string, number>>
  readonly addresses: number
  readonly interfaceEndpoints: number
  /** The group with the most rules in one direction. */
  readonly rules: { readonly group: string; readonly count: number }
}

/** What the synthesized stacks need of the account. */
export function needsOf(platform: Platform): Needs {
  return {
    groups: groupsOf(platform),
    fargate: fargateOf(platform),
    functions: Object.fromEntries(
      platform
        .resources('aws_lambda_function')
        .map(({ id, block }) => [
          textOf(block.function_name) || id,
          Math.max(0, numberOf(block.reserved_concurrent_executions)),
        ]),
    ),
    addresses: platform.resources('aws_eip').length,
    interfaceEndpoints: platform
      .resources('aws_vpc_endpoint')
      .filter(({ block }) => block.vpc_endpoint_type === 'Interface').length,
    rules: mostRules(platform),
  }
}

function groupsOf(platform: Platform): InstanceGroup[] {
  const groups = [
    ...platform
      .resources('aws_autoscaling_group')
      .flatMap((each) => ofScalingGroup(platform, each)),
    ...platform.resources('aws_spot_fleet_request').flatMap((each) => ofFleet(platform, each)),
    ...platform.resources('aws_ec2_fleet').flatMap((each) => ofFleet(platform, each)),
  ]
  return groups.filter(({ instances }) => instances.most > 0)
}

function ofScalingGroup(platform: Platform, found: Found): InstanceGroup[] {
  const { block } = found
  const policy = blockOf(block, 'mixed_instances_policy')
  const { on_demand_base_capacity: base, on_demand_percentage_above_base_capacity: above = 100 } =
    blockOf(policy, 'instances_distribution')
  const template = blockOf(policy, 'launch_template')
  const { launch_template_id = blockOf(block, 'launch_template').id } = blockOf(
    template,
    'launch_template_specification',
  )
  const onDemandOf = (instances: number) =>
    Math.min(instances, numberOf(base)) +
    Math.ceil((Math.max(0, instances - numberOf(base)) * numberOf(above)) / 100)
  const most = numberOf(block.max_size)
  const tasks = tasksOn(platform, found)
  // Tasks of the first deploy start an instance even in a group that may be empty.
  const first = tasks.some(({ atStart }) => atStart > 0) ? 1 : 0
  const start = Math.min(
    most,
    Math.max(numberOf(block.min_size), numberOf(block.desired_capacity), first),
  )
  const launch = launchOf(platform, found, launch_template_id, blocksOf(template.override))
  const onDemand = { start: onDemandOf(start), most: onDemandOf(most) }
  return bothKinds({ ...launch, tasks }, { start, most }, onDemand)
}

/** A Spot Fleet has the capacities that an EC2 Fleet has in a block, and is Spot by default. */
function ofFleet(platform: Platform, found: Found): InstanceGroup[] {
  const configs = blocksOf(found.block.launch_template_config)
  const { id, launch_template_id = id } = blockOf(configs[0], 'launch_template_specification')
  const overrides = configs.flatMap(({ override, overrides = override }) => blocksOf(overrides))
  const {
    default_target_capacity_type: kind = 'spot',
    total_target_capacity: total = found.block.target_capacity,
    on_demand_target_capacity: onDemand = found.block.on_demand_target_capacity,
    spot_target_capacity: spot,
  } = blockOf(found.block, 'target_capacity_specification')
  const launch = launchOf(platform, found, launch_template_id, overrides)
  const all = numberOf(total)
  const demanded = kind === 'spot' ? numberOf(onDemand) : all - numberOf(spot)
  return bothKinds({ ...launch, tasks: [] }, fixed(all), fixed(demanded))
}

export const fixed = (count: number): Range => ({ start: count, most: count })

function bothKinds(
  common: Pick<InstanceGroup, 'name' | 'types' | 'tasks'>,
  all: Range,
  onDemand: Range,
): InstanceGroup[] {
  const spot = { start: all.start - onDemand.start, most: all.most - onDemand.most }
  return [
    { ...common, kind: 'onDemand', instances: onDemand },
    { ...common, kind: 'spot', instances: spot },
  ]
}

/** Fleets have no name; their launch template has. Without overrides, it also has the type. */
function launchOf(
  platform: Platform,
  { stack, id, block }: Found,
  template: unknown,
  overrides: readonly Block[],
): Pick<InstanceGroup, 'name' | 'types'> {
  const own = platform.referred(stack, template)?.block ?? {}
  const types = overrides.length > 0 ? overrides : [own]
  return {
    name: textOf(block.name) || textOf(own.name) || id,
    types: [...new Set(types.map(({ instance_type }) => textOf(instance_type)))].filter(Boolean),
  }
}

/** The tasks of services whose strategy names the capacity provider of a group. */
function tasksOn(platform: Platform, group: Found): TaskNeed[] {
  const providers = platform.resources('aws_ecs_capacity_provider').filter(({ stack, block }) => {
    const arn = blockOf(block, 'auto_scaling_group_provider').auto_scaling_group_arn
    return platform.referred(stack, arn)?.block === group.block
  })
  return platform.resources('aws_ecs_service').flatMap(({ stack, block }) => {
    const task = platform.referred(stack, block.task_definition)?.block
    if (task?.network_mode !== 'awsvpc') return []
    return blocksOf(block.capacity_provider_strategy).flatMap(({ capacity_provider }) => {
      const isOfGroup = providers.some(
        (each) => platform.referred(stack, capacity_provider)?.block === each.block,
      )
      const atStart = shareOn(block, textOf(capacity_provider), numberOf(block.desired_count))
      return isOfGroup ? [{ family: textOf(task.family), atStart, ...sizeOf(task) }] : []
    })
  })
}

function sizeOf({ cpu, memory }: Block) {
  return { vcpus: numberOf(cpu) / 1024, memoryMiB: numberOf(memory) }
}

const providers = { onDemand: 'FARGATE', spot: 'FARGATE_SPOT' } as const

/**
 * The most: every service at its maximum, in a release that runs its old and new tasks, and the tasks of a service all on
 * a standby. Tasks outside of services (schedules) run one at a time.
 */
function fargateOf(platform: Platform): Needs['fargate'] {
  const services = platform.resources('aws_ecs_service')
  const named = new Map(services.map((service) => [textOf(service.block.name), service]))
  const sums = { onDemand: { start: 0, most: 0 }, spot: { start: 0, most: 0 } }
  const inServices = new Set<Block>()
  for (const service of services) {
    const { stack, block } = service
    const task = platform.referred(stack, block.task_definition)?.block
    if (task === undefined) continue
    inServices.add(task)
    const tags = blockOf(block, 'tags')
    // A standby takes over the tasks of its service: it is counted there.
    if (tags['tideway:standby-of'] !== undefined) continue
    const standbys = textOf(tags['tideway:standbys'])
      .split(' ')
      .flatMap((name) => named.get(name) ?? [])
    const max = maxTasks(platform, service) * releaseFactor(block)
    for (const kind of ['onDemand', 'spot'] as const) {
      const shareOf = (tasks: number) => shareOn(block, providers[kind], tasks)
      const isOnStandby = standbys.some((standby) => shareOn(standby.block, providers[kind], 1) > 0)
      const { vcpus } = sizeOf(task)
      sums[kind].start += vcpus * shareOf(numberOf(block.desired_count))
      sums[kind].most += vcpus * (isOnStandby ? max : shareOf(max))
    }
  }
  for (const { block } of platform.resources('aws_ecs_task_definition')) {
    const types = block.requires_compatibilities
    if (inServices.has(block) || !Array.isArray(types) || !types.includes('FARGATE')) continue
    for (const kind of ['onDemand', 'spot'] as const) sums[kind].most += sizeOf(block).vcpus
  }
  return sums
}

/** How many of a service's tasks its strategy places on a provider, rounded up. */
function shareOn(
  { capacity_provider_strategy, launch_type }: Block,
  provider: string,
  tasks: number,
): number {
  const strategy = blocksOf(capacity_provider_strategy)
  if (strategy.length === 0) return launch_type === provider ? tasks : 0
  const bases = strategy.reduce((sum, { base }) => sum + numberOf(base), 0)
  const weights = strategy.reduce((sum, { weight }) => sum + numberOf(weight), 0)
  const own = strategy.find(({ capacity_provider }) => capacity_provider === provider)
  if (own === undefined) return 0
  const above = Math.max(0, tasks - bases)
  const weighted = weights === 0 ? 0 : Math.ceil((above * numberOf(own.weight)) / weights)
  return Math.min(tasks, numberOf(own.base)) + weighted
}

function maxTasks(platform: Platform, service: Found): number {
  const desired = numberOf(service.block.desired_count)
  const maximums = platform.resources('aws_appautoscaling_target').flatMap(({ stack, block }) => {
    const name = textOf(block.resource_id).split('/').at(-1)
    const isOfService =
      platform.referred(stack, name)?.block === service.block || name === service.block.name
    return isOfService ? [numberOf(block.max_capacity)] : []
  })
  return Math.max(desired, ...maximums)
}

/** A blue/green release runs two full sets of tasks; a rolling one as many as it may. */
function releaseFactor(service: Block): number {
  const controller = blockOf(service, 'deployment_controller').type
  if (controller === 'CODE_DEPLOY') return 2
  const percent = service.deployment_maximum_percent
  return (percent === undefined ? 200 : numberOf(percent)) / 100
}

/** The weights of AWS's own prefix lists, from the VPC user guide: a rule with one counts as that many. */
const prefixListWeights: readonly (readonly [RegExp, number])[] = [
  [/\.cloudfront\.origin-facing$/, 55],
  [/\.route53-healthchecks$/, 25],
  [/\.vpc-lattice$/, 10],
  [/\.s3express$/, 6],
  [/\.groundstation$/, 5],
  [/\.ec2-instance-connect$/, 2],
]

function mostRules(platform: Platform): Needs['rules'] {
  const groups = ['aws_security_group', 'aws_default_security_group'].flatMap((type) =>
    platform.resources(type),
  )
  const all = groups.map(({ id, block }) => {
    const countOf = (direction: 'ingress' | 'egress') =>
      platform
        .resources(`aws_vpc_security_group_${direction}_rule`)
        .filter(
          ({ stack, block: rule }) =>
            platform.referred(stack, rule.security_group_id)?.block === block,
        )
        .map(({ stack, block: rule }) => ruleWeight(platform, stack, rule))
        .reduce((sum, weight) => sum + weight, blocksOf(block[direction]).length)
    return {
      group: textOf(block.name) || id,
      count: Math.max(countOf('ingress'), countOf('egress')),
    }
  })
  return all.sort((one, other) => other.count - one.count)[0] ?? { group: 'none', count: 0 }
}

function ruleWeight(platform: Platform, stack: string, { prefix_list_id }: Block): number {
  const list = platform.referred(stack, prefix_list_id)
  if (list === undefined) return 1
  if (list.type === 'aws_ec2_managed_prefix_list' && list.block.max_entries !== undefined) {
    return numberOf(list.block.max_entries)
  }
  const name = textOf(list.block.name)
  return prefixListWeights.find(([pattern]) => pattern.test(name))?.[1] ?? 1
}
