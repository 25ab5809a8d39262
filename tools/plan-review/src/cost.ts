import type { Change } from './change'
import { contextOf } from './price-context'
import { byUse, type Price, type PriceContext, priceOf, unpriced } from './prices'

/** US dollars a month, without costs that depend on traffic. */
export interface StackCost {
  readonly before: number
  readonly after: number
  /** The savings of Spot compared with on demand, after the change. */
  readonly spotSavings: number
  /** The number of resources of each type that costs by the hour and has no known price. */
  readonly unpriced: Readonly<Record<string, number>>
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
  let [before, after, spotSavings] = [0, 0, 0]
  const differences: { address: string; path: string; difference: number }[] = []
  for (const change of priced) {
    const was = priceIn(change, 'before', contexts.before)
    const is = priceIn(change, 'after', contexts.after)
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
    unpriced: Object.fromEntries(
      Object.entries(missing).sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
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

const nothing: Price = { monthly: 0 }

function priceIn(
  change: Change,
  side: 'before' | 'after',
  context: PriceContext,
): Price | 'unpriced' {
  const exists = side === 'before' ? change.action !== 'create' : change.action !== 'delete'
  if (!exists || byUse.has(change.type)) return nothing
  const values = change[side]
  if (Object.keys(values).length === 0) return nothing
  return priceOf[change.type]?.(values, context) ?? 'unpriced'
}

export function cents(amount: number): number {
  return Math.round(amount * 100) / 100
}
