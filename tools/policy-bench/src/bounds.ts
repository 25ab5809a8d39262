import type { Row } from './run'

type Figures = Pick<Row, 'cost' | 'failedPerMillion'>

/**
 * A frontier has only some of its points: between those that differ in the margin of a deregistration, the line is up to
 * 0.1 % of the cost above the true frontier. And queues overflow by chance.
 */
const tolerance = { cost: 1.001, failedPerMillion: 0.01 }

/**
 * Whether a policy costs no more and fails less than a frontier allows, or costs less and fails no more.
 *
 * @param frontier rows of a bound that may spend more or less. Between two of them, it follows each for a part of the
 * time, so the frontier is the line between them
 */
export function isDominating(row: Figures, frontier: readonly Figures[]): boolean {
  return row.failedPerMillion < leastFailures(row.cost * tolerance.cost, frontier)
}

/** The failures at which a policy of this cost starts to dominate. */
function leastFailures(cost: number, frontier: readonly Figures[]): number {
  const cheapest = [...frontier].sort((one, other) => one.cost - other.cost)[0]
  if (cheapest === undefined) return 0
  if (cost < cheapest.cost) return cheapest.failedPerMillion + tolerance.failedPerMillion
  let least = Number.POSITIVE_INFINITY
  const affordable = frontier.filter((point) => point.cost <= cost)
  for (const one of affordable) {
    least = Math.min(least, one.failedPerMillion)
    for (const other of frontier) {
      if (other.cost <= cost) continue
      const part = (cost - one.cost) / (other.cost - one.cost)
      const failures = one.failedPerMillion + part * (other.failedPerMillion - one.failedPerMillion)
      least = Math.min(least, failures)
    }
  }
  return Math.max(0, least - tolerance.failedPerMillion)
}
