import type { TargetGroup, WeightedTargetGroup } from './deployed-path'
import type { PathTarget, TargetSource } from './routed'

interface Draw {
  next(): number
}

/** Chooses a target of a group for each request. */
export class TargetSelection {
  private turn = 0

  constructor(
    readonly group: TargetGroup,
    private readonly source: TargetSource,
    private readonly random: Draw,
  ) {}

  /**
   * Without a healthy target, all get requests.
   * @param sticky the target in the cookie of the viewer
   */
  select(now: number, sticky: string | undefined): PathTarget | undefined {
    const all = this.source.targets(this.group.arn)
    let targets = all.filter(({ state }) => state === 'healthy')
    if (targets.length === 0) {
      targets = all.filter(({ state }) => state === 'unhealthy' || state === 'initial')
    }
    if (sticky !== undefined) {
      const bound = targets.find((target) => keyOf(target) === sticky)
      if (bound !== undefined) return bound
    }
    if (targets.length < 2) return targets[0]
    return this.inTurn(targets, now)
  }

  /** In slow start, the share of a target grows linearly with the time since it became healthy. */
  private inTurn(targets: readonly PathTarget[], now: number): PathTarget | undefined {
    const slowStart = this.group.slowStartSeconds * 1000
    if (slowStart > 0) {
      const share = ({ since, state }: PathTarget) =>
        state === 'healthy' ? Math.min(1, Math.max(0, now - since) / slowStart) : 1
      const shares = targets.map(share)
      const isRamping = shares.some((one) => one < 1) && shares.some((one) => one === 1)
      if (isRamping) return targets[pick(shares, this.random)]
    }
    return targets[this.turn++ % targets.length]
  }
}

export function keyOf({ id, port }: { readonly id: string; readonly port: number }): string {
  return `${id}:${port}`
}

/** @returns undefined if all weights are 0 */
export function pickGroup(
  groups: readonly WeightedTargetGroup[],
  random: Draw,
): WeightedTargetGroup | undefined {
  const [only] = groups
  if (groups.length === 1 && only !== undefined && only.weight > 0) return only
  return groups[
    pick(
      groups.map(({ weight }) => weight),
      random,
    )
  ]
}

/** The index of a weighted choice, or -1. */
function pick(weights: readonly number[], random: Draw): number {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  if (sum <= 0) return -1
  let rest = random.next() * sum
  return weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
}
