import {
  ReferenceResolver,
  replaceReferences,
  type StackJson,
} from '@tideway/constructs/references'
import { cents } from './cost'
import { isList, isObject, type Json, type JsonObject } from './json'
import { contextOf } from './price-context'
import { byUse, priceOf, publicAddresses, unpriced } from './prices'

/** All resources of one kind in one stack. */
export interface IdlePart {
  readonly stack: string
  readonly name: string
  /** US dollars a month. */
  readonly monthly: number
}

export interface IdleCost {
  /** US dollars a month, at list prices of us-east-1, without what depends on traffic, storage and logs. */
  readonly monthly: number
  /** The largest first. Parts that cost nothing are left out. */
  readonly parts: readonly IdlePart[]
  /** Resources that cost by the hour and have no known price: the sum is too low by them. */
  readonly unpriced: readonly string[]
}

/** What each type is called in a table. Others keep the name of their type. */
const names: Readonly<Record<string, string>> = {
  aws_autoscaling_group: 'instances of the cluster',
  aws_cloudwatch_dashboard: 'dashboards',
  aws_cloudwatch_metric_alarm: 'alarms',
  aws_ec2_fleet: 'processing fleet',
  aws_ecs_service: 'tasks on Fargate',
  aws_elasticache_replication_group: 'cache nodes',
  aws_kms_key: 'KMS keys',
  aws_lb: 'load balancers',
  aws_nat_gateway: 'NAT gateways',
  aws_rds_cluster: 'master secrets of databases',
  aws_rds_cluster_instance: 'Aurora instances',
  aws_route53_health_check: 'health checks',
  aws_route53_zone: 'hosted zones',
  aws_secretsmanager_secret: 'secrets',
  aws_service_discovery_private_dns_namespace: 'service namespaces',
  aws_spot_fleet_request: 'web fleet',
  aws_vpc_endpoint: 'interface endpoints',
  aws_wafv2_web_acl: 'web ACLs',
}

/**
 * What an environment costs a month while nothing uses it: services at their desired count, groups at what those tasks
 * need, databases at their minimum capacity.
 *
 * @param stacks the synthesized JSON (cdk.tf.json) of all stacks of one environment, by stack
 */
export function idleCost(stacks: Readonly<Record<string, StackJson>>): IdleCost {
  const resources = Object.entries(stacks).flatMap(([stack, json]) =>
    resourcesOf(stack, json, stacks),
  )
  const parts = new Map<string, IdlePart>()
  const add = (stack: string, name: string, monthly: number) => {
    if (monthly === 0) return
    const key = `${stack} ${name}`
    parts.set(key, { stack, name, monthly: monthly + (parts.get(key)?.monthly ?? 0) })
  }
  const missing: string[] = []
  for (const stack of Object.keys(stacks)) {
    const own = resources.filter((each) => each.stack === stack)
    const context = contextOf(own)
    for (const { type, address, values } of own) {
      if (byUse.has(type)) continue
      const price = priceOf[type]?.(values, context)
      if (price === undefined) {
        if (unpriced.has(type) || Object.hasOwn(priceOf, type)) missing.push(`${stack}: ${address}`)
        continue
      }
      const ofAddresses = publicAddresses(type, values)
      add(stack, 'public IPv4 addresses', ofAddresses)
      add(stack, names[type] ?? type, price.monthly - ofAddresses)
    }
  }
  const rounded = [...parts.values()].map((part) => ({ ...part, monthly: cents(part.monthly) }))
  return {
    monthly: cents(rounded.reduce((sum, part) => sum + part.monthly, 0)),
    parts: rounded.sort(
      (one, other) =>
        other.monthly - one.monthly ||
        (`${one.stack} ${one.name}` < `${other.stack} ${other.name}` ? -1 : 1),
    ),
    unpriced: missing.sort(),
  }
}

/** The resources of a stack with their references replaced, so that they look like those of a plan. */
function resourcesOf(stack: string, json: StackJson, stacks: Readonly<Record<string, StackJson>>) {
  const resolver = new ReferenceResolver(stacks)
  return Object.entries(json.resource ?? {}).flatMap(([type, blocks]) =>
    Object.entries(blocks).map(([id, block]) => {
      const address = `${type}.${id}`
      const marks = { arn: `${stack}/${address}.arn`, id: `${stack}/${address}.id` }
      const values = resolved(stack, block as JsonObject, resolver, 0)
      return { stack, type, address, values: { ...marks, ...(isObject(values) ? values : {}) } }
    }),
  )
}

/** Deep enough for an output of an output. */
const maxReferences = 8

function resolved(stack: string, value: Json, resolver: ReferenceResolver, depth: number): Json {
  if (isList(value)) return value.map((item) => resolved(stack, item, resolver, depth))
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolved(stack, item, resolver, depth)]),
    )
  if (typeof value !== 'string' || depth > maxReferences) return value
  let whole: Json | undefined
  const text = replaceReferences(value, (reference, expression) => {
    const target = resolver.target(stack, reference)
    if (target === undefined) return expression
    const place = target.stack
    const found = (target.kind === 'output' ? target.value : target.values[target.attribute]) as
      | Json
      | undefined
    const result =
      found === undefined
        ? target.kind === 'output'
          ? expression
          : `${place}/${target.type}.${target.id}.${target.attribute}`
        : resolved(place, found, resolver, depth + 1)
    if (expression === value) whole = result
    return typeof result === 'string' ? result : expression
  })
  return whole ?? text
}
