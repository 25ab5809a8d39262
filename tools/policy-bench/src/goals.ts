import { bestDominating, isBaseline, negligible } from './frontier'
import type { PolicyName } from './policy'
import { perMillion } from './robustness-table'
import type { Row } from './run'

/** A figure of Tideway against its limit, in one scenario and combination. */
export interface Goal {
  readonly name: 'failed requests' | 'frontier' | 'availability' | 'cost'
  /** The figure, in words. */
  readonly figure: string
  /** How far the figure is above its limit: at most 1 where the goal is met. */
  readonly excess: number
  readonly isMet: boolean
}

const maxFailedPerMillion = 10
const maxOfBound = 1.1
const maxOfBestBaseline = 1 / 3
const maxCostOfOracle = 1.1
export const maxCostOfOracleInAll = 1.05

/** What each goal asks for. */
export const goalTexts: Readonly<Record<Goal['name'], string>> = {
  'failed requests': `At most ${maxFailedPerMillion} requests in a million fail, or ${maxOfBound} times the bound where that is more.`,
  frontier: 'No baseline of the same or lower cost fails fewer requests.',
  availability:
    'With the tag tideway:prefer = availability, at most a third of the failures of the best baseline on Spot. Only where the application leaves at once.',
  cost: `At most ${maxCostOfOracle.toFixed(2)} times the cost of the oracle in each scenario, and ${maxCostOfOracleInAll.toFixed(2)} times in all together.`,
}

/** @param rows one per policy, of one scenario and combination */
export function goalsOf(rows: readonly Row[], maxCost = maxCostOfOracle): Goal[] {
  const own = rowOf(rows, 'tideway')
  if (own === undefined) return []
  return [
    failedGoal(own),
    frontierGoal(own, rows),
    ...availabilityGoal(rows),
    ...costGoal(own, rows, maxCost),
  ]
}

export function rowOf(rows: readonly Row[], policy: PolicyName): Row | undefined {
  return rows.find((row) => row.policy === policy)
}

function goal(name: Goal['name'], figure: string, excess: number): Goal {
  return { name, figure, excess, isMet: excess <= 1 }
}

/** Where starts fit into the notice the bound is 0, so at most 10 in a million fail. */
export function maxFailedOf({ unavoidablePerMillion }: Row): number {
  return Math.max(maxFailedPerMillion, maxOfBound * unavoidablePerMillion)
}

function failedGoal(own: Row): Goal {
  const { failedPerMillion, unavoidablePerMillion } = own
  const bound = perMillion(unavoidablePerMillion)
  const figure = `${perMillion(failedPerMillion)} per million, bound ${bound}`
  return goal('failed requests', figure, failedPerMillion / maxFailedOf(own))
}

function frontierGoal(own: Row, rows: readonly Row[]): Goal {
  const best = bestDominating(own, rows)
  if (best === undefined) return goal('frontier', 'no baseline fails less at this cost', 1)
  const figure = `${best.policy} ${perMillion(best.failedPerMillion)} at ${best.cost.toFixed(3)}, tideway ${perMillion(own.failedPerMillion)} at ${own.cost.toFixed(3)}`
  return goal('frontier', figure, own.failedPerMillion / best.failedPerMillion)
}

/** All on demand is no way to use Spot: it has nothing to fail. */
function availabilityGoal(rows: readonly Row[]): Goal[] {
  const own = rowOf(rows, 'tideway-availability')
  if (own === undefined || own.application !== 'leaves-at-once') return []
  const [best] = rows
    .filter((row) => isBaseline(row) && row.policy !== 'all-on-demand')
    .sort((one, other) => one.failedPerMillion - other.failedPerMillion)
  if (best === undefined) return []
  const figure = `${perMillion(own.failedPerMillion)} at ${own.cost.toFixed(3)}, ${best.policy} ${perMillion(best.failedPerMillion)} at ${best.cost.toFixed(3)}`
  const max = maxOfBestBaseline * best.failedPerMillion
  return [
    goal(
      'availability',
      figure,
      own.failedPerMillion <= negligible ? 0 : own.failedPerMillion / max,
    ),
  ]
}

function costGoal(own: Row, rows: readonly Row[], max: number): Goal[] {
  const oracle = rowOf(rows, 'oracle')
  if (oracle === undefined) return []
  const limit = rowOf(rows, 'limit')
  const ofLimit = limit ? `, ${(own.cost / limit.cost).toFixed(3)} of limit` : ''
  const ratio = own.cost / oracle.cost
  return [goal('cost', `${ratio.toFixed(3)} of oracle${ofLimit}`, ratio / max)]
}
