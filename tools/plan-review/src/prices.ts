import { fargateTaskPrice } from '@tideway/constructs/prices'
import { type Json, type JsonObject, textOf } from './json'
import { isOff, number } from './rules/rule'

const hoursOfMonth = 730

export interface Price {
  /** US dollars a month, without traffic. */
  readonly monthly: number
  /** The on-demand cost of the same tasks, if some run on Spot. */
  readonly onDemand?: number
}

/** List prices in US dollars, from AWS pages in 2026. Those marked "from memory" are not verified. */
const hourly = {
  auroraUnit: 0.12,
  natGateway: 0.045,
  /** From memory. */
  loadBalancer: 0.0225,
  interfaceEndpoint: 0.01,
  publicAddress: 0.005,
}

/** The assumed discount; AWS promises up to 70 %. */
export const spotDiscount = { fargate: 0.68, instances: 0.6 } as const

const instances: Readonly<Record<string, number>> = {
  'm5.large': 0.096,
  'm6i.large': 0.096,
  'm7g.large': 0.0816,
  'c5.large': 0.085,
  'c7g.large': 0.0725,
}

/** From memory. */
const cacheNodes: Readonly<Record<string, number>> = {
  'cache.t4g.micro': 0.016,
  'cache.t4g.small': 0.032,
  'cache.r7g.large': 0.219,
}

/** Per month, from memory. */
const monthly = {
  key: 1,
  secret: 0.4,
  webAcl: 5,
  webAclRule: 1,
  alarm: 0.1,
  dashboard: 3,
  zone: 0.5,
  healthCheck: 0.5,
}

const own = (prices: Readonly<Record<string, number>>, key: Json | undefined) =>
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
  aws_lb: () => month(hourly.loadBalancer),
  aws_alb: () => month(hourly.loadBalancer),
  aws_vpc_endpoint: ({ vpc_endpoint_type, subnet_ids }) =>
    vpc_endpoint_type === 'Interface'
      ? month(hourly.interfaceEndpoint * Math.max(1, listLength(subnet_ids)))
      : { monthly: 0 },
  aws_eip: () => month(hourly.publicAddress),
  aws_rds_cluster_instance: ({ instance_class }, { minUnits }) =>
    instance_class === 'db.serverless' && minUnits !== undefined
      ? month(hourly.auroraUnit * minUnits)
      : undefined,
  aws_elasticache_replication_group: ({ node_type, num_cache_clusters }) => {
    const node = own(cacheNodes, node_type)
    return node === undefined ? undefined : month(node * (number(num_cache_clusters) ?? 1))
  },
  aws_instance: ({ instance_type }) => {
    const price = own(instances, instance_type)
    return price === undefined ? undefined : month(price)
  },
  aws_ecs_service: (values, { taskOf }) => fargate(values, taskOf(textOf(values.task_definition))),
  aws_kms_key: () => ({ monthly: monthly.key }),
  aws_secretsmanager_secret: () => ({ monthly: monthly.secret }),
  aws_wafv2_web_acl: ({ rule }) => ({
    monthly: monthly.webAcl + monthly.webAclRule * listLength(rule),
  }),
  aws_cloudwatch_metric_alarm: () => ({ monthly: monthly.alarm }),
  aws_cloudwatch_dashboard: () => ({ monthly: monthly.dashboard }),
  aws_route53_zone: () => ({ monthly: monthly.zone }),
  aws_route53_health_check: () => ({ monthly: monthly.healthCheck }),
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

export interface PriceContext {
  /** The capacity units that each Aurora instance keeps when idle. */
  readonly minUnits: number | undefined
  readonly taskOf: (definition: string) => JsonObject | undefined
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
  const platform = Array.isArray(task?.runtime_platform) ? task.runtime_platform[0] : undefined
  const architecture = platform?.cpu_architecture === 'ARM64' ? 'ARM64' : 'X86_64'
  const each = fargateTaskPrice({ cpu, memoryMiB: memory, architecture })
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
