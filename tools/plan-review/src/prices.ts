import { fargateTaskPrice, spotDiscount } from '@tideway/constructs/prices'
import { type Json, type JsonObject, textOf } from './json'
import { at, block, blocks, isOff, isOn, number } from './rules/rule'

export const hoursOfMonth = 730

export interface Price {
  /** US dollars a month, without traffic. */
  readonly monthly: number
  /** The on-demand cost of the same tasks, if some run on Spot. */
  readonly onDemand?: number
}

/** List prices in US dollars, from AWS pages in 2026. Those marked "from memory" are not verified. */
export const hourly = {
  auroraUnit: 0.12,
  natGateway: 0.045,
  /** From memory. */
  loadBalancer: 0.0225,
  interfaceEndpoint: 0.01,
  publicAddress: 0.005,
}

interface InstanceType {
  readonly hourly: number
  readonly vcpus: number
  readonly memoryGib: number
}

/** The first type of each group and fleet. Those of m6g and t4g are from memory. */
export const instances: Readonly<Record<string, InstanceType>> = {
  'm5.large': { hourly: 0.096, vcpus: 2, memoryGib: 8 },
  'm6i.large': { hourly: 0.096, vcpus: 2, memoryGib: 8 },
  'm6g.large': { hourly: 0.077, vcpus: 2, memoryGib: 8 },
  'm7g.large': { hourly: 0.0816, vcpus: 2, memoryGib: 8 },
  'c5.large': { hourly: 0.085, vcpus: 2, memoryGib: 4 },
  'c7g.large': { hourly: 0.0725, vcpus: 2, memoryGib: 4 },
  't4g.medium': { hourly: 0.0336, vcpus: 2, memoryGib: 4 },
}

/** Of Valkey, from memory. Redis OSS costs 25 % more. */
export const cacheNodes: Readonly<Record<string, number>> = {
  'cache.t4g.micro': 0.0128,
  'cache.t4g.small': 0.0256,
  'cache.r7g.large': 0.1752,
}

/** Per month, from memory. */
export const monthly = {
  /** A GB of a gp3 disk. */
  diskGb: 0.08,
  key: 1,
  secret: 0.4,
  webAcl: 5,
  webAclRule: 1,
  alarmMetric: 0.1,
  customMetric: 0.3,
  dashboard: 3,
  zone: 0.5,
  healthCheck: 0.5,
  /** Each of HTTPS, a search in the body, the short interval and the latency, for an endpoint on AWS. */
  healthCheckOption: 1,
}

/** Of each unit that is used, from memory. */
export const perUse = {
  lambdaRequest: 0.2e-6,
  /** On ARM. */
  lambdaGbSecond: 0.0000133334,
  sqsRequest: 0.4e-6,
  schedulerInvocation: 1e-6,
  /** Up to 1 KB. */
  dynamodbWrite: 0.625e-6,
  /** Up to 4 KB, consistent. */
  dynamodbRead: 0.125e-6,
  kmsRequest: 3e-6,
  trace: 5e-6,
  logGb: 0.5,
} as const

const own = <Value>(prices: Readonly<Record<string, Value>>, key: Json | undefined) =>
  typeof key === 'string' && Object.hasOwn(prices, key) ? prices[key] : undefined

const month = (perHour: number): Price => ({ monthly: perHour * hoursOfMonth })

function listLength(value: unknown): number {
  return Array.isArray(value) ? value.length : 0
}

/** The fixed cost of each type. `undefined` if the plan does not determine it. */
export const priceOf: Readonly<
  Record<string, (values: JsonObject, context: PriceContext) => Price | undefined>
> = {
  aws_nat_gateway: () => month(hourly.natGateway),
  aws_lb: loadBalancer,
  aws_alb: loadBalancer,
  aws_vpc_endpoint: ({ vpc_endpoint_type, subnet_ids }) =>
    vpc_endpoint_type === 'Interface'
      ? month(hourly.interfaceEndpoint * Math.max(1, listLength(subnet_ids)))
      : { monthly: 0 },
  aws_eip: () => month(hourly.publicAddress),
  aws_rds_cluster_instance: ({ instance_class }, { minUnits }) =>
    instance_class === 'db.serverless' && minUnits !== undefined
      ? month(hourly.auroraUnit * minUnits)
      : undefined,
  aws_elasticache_replication_group: (values) => {
    const node = own(cacheNodes, values.node_type)
    if (node === undefined) return undefined
    const shards = number(values.num_node_groups) ?? 1
    const count =
      number(values.num_cache_clusters) ??
      shards * (1 + (number(values.replicas_per_node_group) ?? 0))
    return month(node * (values.engine === 'valkey' ? 1 : 1.25) * count)
  },
  aws_instance: ({ instance_type }) => {
    const price = own(instances, instance_type)
    return price === undefined ? undefined : month(price.hourly)
  },
  aws_autoscaling_group: (values, context) => {
    const policy = block(values, 'mixed_instances_policy')
    const template = block(policy, 'launch_template')
    const count = Math.max(number(values.min_size) ?? 0, context.instancesForTasks(values))
    const base = number(at(policy, 'instances_distribution.on_demand_base_capacity')) ?? 0
    const share = number(
      at(policy, 'instances_distribution.on_demand_percentage_above_base_capacity'),
    )
    const onDemand = Math.min(count, base) + Math.max(0, count - base) * ((share ?? 100) / 100)
    const disk = diskOf(at(template, 'launch_template_specification.launch_template_id'), context)
    const warm = number(at(values, 'warm_pool.min_size')) ?? 0
    return plus(
      runningInstances(typeOf(template, 'override'), onDemand, count - onDemand, disk),
      warm * disk,
    )
  },
  aws_spot_fleet_request: (values, context) => {
    const template = block(values, 'launch_template_config')
    const disk = diskOf(at(template, 'launch_template_specification.id'), context)
    const spot = number(values.target_capacity) ?? 0
    return runningInstances(typeOf(template, 'overrides'), 0, spot, disk)
  },
  aws_ec2_fleet: (values, context) => {
    const template = block(values, 'launch_template_config')
    const disk = diskOf(at(template, 'launch_template_specification.launch_template_id'), context)
    const capacity = block(values, 'target_capacity_specification')
    const onDemand = number(capacity?.on_demand_target_capacity) ?? 0
    const spot = number(capacity?.spot_target_capacity) ?? 0
    return runningInstances(typeOf(template, 'override'), onDemand, spot, disk)
  },
  // RDS keeps the master password in a secret that is no resource of its own.
  aws_rds_cluster: ({ manage_master_user_password }) => ({
    monthly: isOn(manage_master_user_password) ? monthly.secret : 0,
  }),
  aws_ecs_service: (values, { taskOf }) => fargate(values, taskOf(textOf(values.task_definition))),
  aws_kms_key: () => ({ monthly: monthly.key }),
  aws_secretsmanager_secret: () => ({ monthly: monthly.secret }),
  aws_wafv2_web_acl: ({ rule }) => ({
    monthly: monthly.webAcl + monthly.webAclRule * listLength(rule),
  }),
  aws_cloudwatch_metric_alarm: (values) => {
    const metrics = blocks(values, 'metric_query').filter(({ metric }) => !isOff(metric))
    return { monthly: monthly.alarmMetric * Math.max(1, metrics.length) }
  },
  aws_cloudwatch_dashboard: () => ({ monthly: monthly.dashboard }),
  aws_route53_zone: () => ({ monthly: monthly.zone }),
  // Cloud Map keeps the namespace in a hosted zone.
  aws_service_discovery_private_dns_namespace: () => ({ monthly: monthly.zone }),
  aws_route53_health_check: ({ type, request_interval, measure_latency }) => {
    const options = [
      /^HTTPS/.test(textOf(type)),
      /_STR_MATCH$/.test(textOf(type)),
      number(request_interval) === 10,
      isOn(measure_latency),
    ]
    return {
      monthly: monthly.healthCheck + monthly.healthCheckOption * options.filter(Boolean).length,
    }
  },
}

/** Types that cost by use, or nothing. A plan does not determine their cost. */
export const byUse = new Set([
  'aws_s3_bucket',
  'aws_sqs_queue',
  'aws_sns_topic',
  'aws_lambda_function',
  'aws_dynamodb_table',
  'aws_cloudwatch_log_group',
  'aws_cloudfront_distribution',
  'aws_ecr_repository',
  'aws_sfn_state_machine',
])

/** Types that cost by the hour. The review lists those without a known price, because the sum is then too low. */
export const unpriced = new Set([
  'aws_autoscaling_group',
  'aws_spot_fleet_request',
  'aws_ec2_fleet',
  'aws_instance',
  'aws_db_instance',
  'aws_rds_cluster_instance',
  'aws_elasticache_cluster',
  'aws_elasticache_replication_group',
  'aws_opensearch_domain',
  'aws_msk_cluster',
  'aws_eks_cluster',
  'aws_redshift_cluster',
  'aws_shield_protection',
  'aws_ecs_service',
  'aws_vpn_connection',
  'aws_ec2_transit_gateway',
  'aws_efs_file_system',
  'aws_ebs_volume',
  'aws_globalaccelerator_accelerator',
  'aws_kinesis_stream',
  'aws_docdb_cluster_instance',
  'aws_neptune_cluster_instance',
])

/** The monthly price of the public IPv4 addresses of a resource: AWS charges for each, also while it is in use. */
export function publicAddresses(type: string, values: JsonObject): number {
  const isExternal = /^aws_a?lb$/.test(type) && isOff(values.internal)
  // A load balancer has one in each zone, of at least two.
  const count =
    type === 'aws_eip'
      ? 1
      : isExternal
        ? Math.max(2, listLength(values.subnets), listLength(values.subnet_mapping))
        : 0
  return count * hourly.publicAddress * hoursOfMonth
}

function loadBalancer(values: JsonObject): Price | undefined {
  return plus(month(hourly.loadBalancer), publicAddresses('aws_lb', values))
}

function plus(price: Price | undefined, more: number): Price | undefined {
  if (price === undefined) return undefined
  return {
    monthly: price.monthly + more,
    ...(price.onDemand !== undefined && { onDemand: price.onDemand + more }),
  }
}

/** The type that a group or fleet prefers. Others have similar prices. */
function typeOf(template: JsonObject | undefined, overrides: string): Json | undefined {
  return blocks(template, overrides)[0]?.instance_type
}

/** The monthly price of the disk of one instance. */
function diskOf(template: Json | undefined, { templateOf }: PriceContext): number {
  const gb = number(at(templateOf(textOf(template)), 'block_device_mappings.ebs.volume_size'))
  return (gb ?? 0) * monthly.diskGb
}

function runningInstances(
  type: Json | undefined,
  onDemand: number,
  spot: number,
  disk: number,
): Price | undefined {
  const price = own(instances, type)
  const count = onDemand + spot
  if (count === 0) return { monthly: 0 }
  if (price === undefined) return undefined
  const each = price.hourly * hoursOfMonth
  const saved = each * spot * spotDiscount.instances
  const all = count * (each + disk)
  return saved > 0 ? { monthly: all - saved, onDemand: all } : { monthly: all }
}

export interface PriceContext {
  /** The capacity units that each Aurora instance keeps when idle. */
  readonly minUnits: number | undefined
  readonly taskOf: (definition: string) => JsonObject | undefined
  /** The launch template with that id. */
  readonly templateOf: (id: string) => JsonObject | undefined
  /** How many instances of an Auto Scaling group ECS keeps for the tasks of an idle service. */
  readonly instancesForTasks: (group: JsonObject) => number
}

/** Fargate tasks by size, some on Spot by the strategy. Tasks on instances cost nothing extra. */
function fargate(values: JsonObject, task: JsonObject | undefined): Price | undefined {
  const strategy = Array.isArray(values.capacity_provider_strategy)
    ? values.capacity_provider_strategy
    : []
  const names = strategy.map((item) => textOf(item?.capacity_provider))
  const isFargate =
    names.some((name) => name.startsWith('FARGATE')) || values.launch_type === 'FARGATE'
  const desired = number(values.desired_count) ?? 0
  if (!isFargate) return names.length > 0 ? { monthly: 0 } : undefined
  if (desired === 0) return { monthly: 0 }
  const [cpu, memory] = [number(task?.cpu), number(task?.memory)]
  if (cpu === undefined || memory === undefined) return undefined
  const architecture =
    at(task, 'runtime_platform.cpu_architecture') === 'ARM64' ? 'ARM64' : 'X86_64'
  const ephemeralStorageGiB = number(at(task, 'ephemeral_storage.size_in_gib'))
  const each = fargateTaskPrice({ cpu, memoryMiB: memory, architecture, ephemeralStorageGiB })
  const onDemand = each * desired * hoursOfMonth
  const base = strategy.reduce((sum, item) => sum + (number(item?.base) ?? 0), 0)
  const weights = strategy.reduce((sum, item) => sum + (number(item?.weight) ?? 0), 0)
  const spotWeight = strategy
    .filter((item) => item?.capacity_provider === 'FARGATE_SPOT')
    .reduce((sum, item) => sum + (number(item?.weight) ?? 0), 0)
  const spotBase = strategy
    .filter((item) => item?.capacity_provider === 'FARGATE_SPOT')
    .reduce((sum, item) => sum + (number(item?.base) ?? 0), 0)
  const above = Math.max(0, desired - base)
  const onSpot = Math.min(desired, spotBase) + (weights === 0 ? 0 : (above * spotWeight) / weights)
  const saved = each * onSpot * hoursOfMonth * spotDiscount.fargate
  return saved > 0 && !isOff(onSpot)
    ? { monthly: onDemand - saved, onDemand }
    : { monthly: onDemand }
}
