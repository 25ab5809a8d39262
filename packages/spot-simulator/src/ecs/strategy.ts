/** One item of a capacity provider strategy. */
export interface StrategyItem {
  readonly capacityProvider: string
  readonly base?: number
  readonly weight?: number
}

/**
 * Splits `count` tasks over the providers: the base first, then by weight. This is the quota method of Balinski and
 * Young. More tasks never mean fewer for one provider, and each provider is within one task of its exact share.
 */
export function split(strategy: readonly StrategyItem[], count: number): Map<string, number> {
  const counts = new Map(strategy.map(({ capacityProvider }) => [capacityProvider, 0]))
  const based = strategy.find(({ base = 0 }) => base > 0)
  const base = Math.min(based?.base ?? 0, count)
  const weighted = byWeight(
    strategy.map(({ weight = 0 }) => weight),
    count - base,
  )
  for (const [index, item] of strategy.entries()) {
    counts.set(item.capacityProvider, (weighted[index] ?? 0) + (item === based ? base : 0))
  }
  return counts
}

function byWeight(weights: readonly number[], count: number): number[] {
  const shares = weights.map(() => 0)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (total === 0) return shares
  for (let placed = 1; placed <= count; placed++) {
    let best = -1
    for (const [index, weight] of weights.entries()) {
      const share = shares[index] as number
      if (share * total >= weight * placed) continue
      if (
        best < 0 ||
        weight * ((shares[best] as number) + 1) > (weights[best] as number) * (share + 1)
      )
        best = index
    }
    shares[best] = (shares[best] as number) + 1
  }
  return shares
}
