import type { PolicyName } from './policy'
import type { Row } from './run'

/** Compares Tideway with another policy in the same runs. */
export interface Goal {
  readonly name: string
  /** Infinity where only Tideway has a shortfall; undefined where neither has one. */
  readonly ratio: number | undefined
  readonly maxRatio: number
  readonly isMet: boolean
}

const maxOfSeed = 1 / 50
const maxOfFlip = 1 / 5
const maxOfOracle = 1.1

/** @param rows one per policy */
export function goalsOf(rows: readonly Row[]): Goal[] {
  const rowOf = (policy: PolicyName) => {
    const row = rows.find((candidate) => candidate.policy === policy)
    if (row === undefined) throw new RangeError(`no row for the policy ${policy}`)
    return row
  }
  const own = rowOf('tideway')
  return [
    goal('shortfall / seed', own.shortfall, rowOf('seed').shortfall, maxOfSeed),
    goal('shortfall / flip', own.shortfall, rowOf('flip').shortfall, maxOfFlip),
    goal('cost / oracle', own.cost, rowOf('oracle').cost, maxOfOracle),
  ]
}

function goal(name: string, own: number, other: number, maxRatio: number): Goal {
  const ratio = own === 0 && other === 0 ? undefined : own / other
  return { name, ratio, maxRatio, isMet: ratio === undefined || ratio <= maxRatio }
}
