/** One item of a capacity provider strategy. */
export interface StrategyItem {
  readonly capacityProvider: string
  readonly base?: number
  readonly weight?: number
}

/**
 * How many of `count` tasks each provider gets: the base first, then by weight. More tasks never mean fewer for
 * one provider, and none is a whole task off its share. This is the quota method of Balinski and Young: the next
 * task goes to the provider with the most weight for each task it has, among those that it leaves below their
 * share, rounded up.
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
