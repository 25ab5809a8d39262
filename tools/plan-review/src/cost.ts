import type { Change } from './change'
import { contextOf } from './price-context'
import { byUse, type Price, type PriceContext, priceOf, unpriced } from './prices'
import { isOn, isUnknown } from './rules/rule'

/** US dollars a month, without costs that depend on traffic. */
export interface StackCost {
  readonly before: number
  readonly after: number
  /** The savings of Spot compared with on demand, after the change. */
  readonly spotSavings: number
  /** The number of resources of each type that costs by the hour and has no known price. */
  readonly unpriced: Readonly<Record<string, number>>
  /** The number of resources of each type whose cost depends on a value that is known only after the apply. */
  readonly unknown: Readonly<Record<string, number>>
  /** The largest differences, by address. */
  readonly largest: readonly {
    readonly address: string
    readonly path: string
    readonly difference: number
  }[]
}

/** @param changes all resources of a plan, including those without a change */
export function costOf(changes: readonly Change[]): StackCost {
  const priced = changes.filter(({ type }) => Object.hasOwn(priceOf, type) || unpriced.has(type))
  const contextAt = (side: 'before' | 'after') =>
    contextOf(
      changes.map(({ type, [side]: values, before }) => ({ type, values, knownAs: before.arn })),
    )
  const contexts = { before: contextAt('before'), after: contextAt('after') }
  const missing: Record<string, number> = {}
  const open: Record<string, number> = {}
  let [before, after, spotSavings] = [0, 0, 0]
  const differences: { address: string; path: string; difference: number }[] = []
  for (const change of priced) {
    const was = priceIn(change, 'before', contexts.before)
    const isOpen = exists(change, 'after') && isPriceUnknown(change)
    if (isOpen) open[change.type] = (open[change.type] ?? 0) + 1
    // A resource that exists is counted as it is, and a new one as the least that it can be.
    const is = isOpen && change.action !== 'create' ? was : priceIn(change, 'after', contexts.after)
    if (was === 'unpriced' || is === 'unpriced') {
      missing[change.type] = (missing[change.type] ?? 0) + 1
      continue
    }
    before += was.monthly
    after += is.monthly
    spotSavings += (is.onDemand ?? is.monthly) - is.monthly
    const difference = is.monthly - was.monthly
    if (Math.abs(difference) >= 0.01)
      differences.push({ address: change.address, path: change.path, difference })
  }
  return {
    before: cents(before),
    after: cents(after),
    spotSavings: cents(spotSavings),
    unpriced: byName(missing),
    unknown: byName(open),
    largest: differences
      .sort(
        (one, other) =>
          Math.abs(other.difference) - Math.abs(one.difference) ||
          (one.address < other.address ? -1 : 1),
      )
      .slice(0, 5)
      .map((entry) => ({ ...entry, difference: cents(entry.difference) })),
  }
}

const byName = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1)))

/** Whether the number of a resource's parts is known only after the apply. */
function isPriceUnknown(change: Change): boolean {
  const counts = Object.hasOwn(countsOf, change.type) ? (countsOf[change.type] ?? []) : []
  const { vpc_endpoint_type: endpoint, internal } = change.after
  // These have no paid parts.
  if ((change.type === 'aws_vpc_endpoint' && endpoint !== 'Interface') || isOn(internal))
    return false
  // The code sets one of the attributes, and the provider computes the others.
  return counts.length > 0 && counts.every((name) => isUnknown(change, name))
}

/** The attributes that give the number of the paid parts of each type. */
const countsOf: Readonly<Record<string, readonly string[]>> = {
  aws_vpc_endpoint: ['subnet_ids'],
  aws_lb: ['subnets', 'subnet_mapping'],
  aws_alb: ['subnets', 'subnet_mapping'],
  aws_ecs_service: ['desired_count'],
  aws_autoscaling_group: ['min_size'],
  aws_spot_fleet_request: ['target_capacity'],
  aws_elasticache_replication_group: ['num_cache_clusters', 'num_node_groups'],
  aws_wafv2_web_acl: ['rule'],
}

const exists = ({ action }: Change, side: 'before' | 'after') =>
  action !== (side === 'before' ? 'create' : 'delete')

const nothing: Price = { monthly: 0 }

function priceIn(
  change: Change,
  side: 'before' | 'after',
  context: PriceContext,
): Price | 'unpriced' {
  if (!exists(change, side) || byUse.has(change.type)) return nothing
  const values = change[side]
  if (Object.keys(values).length === 0) return nothing
  return priceOf[change.type]?.(values, context) ?? 'unpriced'
}

export function cents(amount: number): number {
  return Math.round(amount * 100) / 100
}
