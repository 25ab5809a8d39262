import { isList, type Json, type JsonObject, textOf } from './json'
import { instances, type PriceContext } from './prices'
import { at, block, blocks, number } from './rules/rule'

export interface PricedResource {
  readonly type: string
  readonly values: JsonObject
  /** An ARN from before the change, for references of resources that do not change. */
  readonly knownAs?: Json | undefined
}

/** What the price of one resource depends on in others. */
export function contextOf(resources: readonly PricedResource[]): PriceContext {
  const valuesOf = (type: string) =>
    resources.filter((each) => each.type === type).map(({ values }) => values)
  const tasks = new Map<string, JsonObject>()
  for (const { type, values, knownAs } of resources) {
    if (type !== 'aws_ecs_task_definition') continue
    for (const key of [values.arn, values.family, knownAs])
      if (typeof key === 'string') tasks.set(key, values)
  }
  const [only, ...others] = new Set(tasks.values())
  const taskOf = (definition: string) => {
    const family = /task-definition\/([^:]+)/.exec(definition)?.[1]
    // The ARN of a new task definition is known only after the apply. If the plan has only one, the service uses that one.
    return (
      tasks.get(definition) ?? tasks.get(family ?? '') ?? (others.length === 0 ? only : undefined)
    )
  }
  const scaling = block(valuesOf('aws_rds_cluster')[0], 'serverlessv2_scaling_configuration')
  const services = valuesOf('aws_ecs_service')
  const providers = valuesOf('aws_ecs_capacity_provider')
  const templates = new Map(valuesOf('aws_launch_template').map((values) => [values.id, values]))
  return {
    minUnits: number(scaling?.min_capacity),
    taskOf,
    templateOf: (id) => templates.get(id),
    instancesForTasks: (group) => {
      const provider = providers.find(
        (each) =>
          typeof group.arn === 'string' &&
          at(each, 'auto_scaling_group_provider.auto_scaling_group_arn') === group.arn,
      )
      const type = at(group, 'mixed_instances_policy.launch_template.override.instance_type')
      const size = instances[textOf(type)]
      if (provider === undefined || size === undefined) return 0
      let [vcpus, memoryGib] = [0, 0]
      for (const service of services) {
        const task = taskOf(textOf(service.task_definition))
        const count = tasksPerProvider(service).get(textOf(provider.name)) ?? 0
        vcpus += (count * (number(task?.cpu) ?? 0)) / 1024
        memoryGib += (count * (number(task?.memory) ?? 0)) / 1024
      }
      const needed = Math.ceil(Math.max(vcpus / size.vcpus, memoryGib / size.memoryGib))
      // ECS keeps the rest as headroom: at 80 percent, a group that needs one instance has two.
      const target = number(
        at(provider, 'auto_scaling_group_provider.managed_scaling.target_capacity'),
      )
      return Math.ceil(needed / ((target ?? 100) / 100))
    },
  }
}

/** How ECS spreads the desired tasks of a service: the base first, the rest by the weights, in whole tasks. */
function tasksPerProvider(service: JsonObject): ReadonlyMap<string, number> {
  const items = blocks(service, 'capacity_provider_strategy').map((item) => ({
    provider: textOf(item.capacity_provider),
    base: number(item.base) ?? 0,
    weight: number(item.weight) ?? 0,
  }))
  const desired = number(service.desired_count) ?? 0
  const counts = new Map(items.map(({ provider, base }) => [provider, Math.min(base, desired)]))
  const weights = items.reduce((sum, { weight }) => sum + weight, 0)
  const rest = Math.max(0, desired - items.reduce((sum, { base }) => sum + base, 0))
  if (weights === 0 || !isList(service.capacity_provider_strategy)) return counts
  const shares = items.map(({ provider, weight }) => {
    const exact = (rest * weight) / weights
    return { provider, whole: Math.floor(exact), fraction: exact % 1 }
  })
  let left = rest - shares.reduce((sum, { whole }) => sum + whole, 0)
  for (const { provider, whole } of shares.sort((one, other) => other.fraction - one.fraction)) {
    counts.set(provider, (counts.get(provider) ?? 0) + whole + (left-- > 0 ? 1 : 0))
  }
  return counts
}
