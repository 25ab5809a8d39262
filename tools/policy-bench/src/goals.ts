import type { PolicyName } from './policy'
import type { Row } from './run'

/** Tideway against another policy in the same runs. */
export interface Goal {
  readonly name: string
  /** Infinite where only Tideway lacks something; undefined where neither does. */
  readonly ratio: number | undefined
  readonly atMost: number
  readonly isMet: boolean
}

const mostOfSeed = 1 / 50
const mostOfFlip = 1 / 5
const mostOfOracle = 1.1

/** @param rows one for each policy */
export function goalsOf(rows: readonly Row[]): Goal[] {
  const of = (policy: PolicyName) => {
    const row = rows.find((candidate) => candidate.policy === policy)
    if (row === undefined) throw new RangeError(`no row of ${policy}`)
    return row
  }
  const own = of('tideway')
  return [
    goal('shortfall / seed', own.shortfall, of('seed').shortfall, mostOfSeed),
    goal('shortfall / flip', own.shortfall, of('flip').shortfall, mostOfFlip),
    goal('cost / oracle', own.cost, of('oracle').cost, mostOfOracle),
  ]
}

function goal(name: string, own: number, other: number, atMost: number): Goal {
  const ratio = own === 0 && other === 0 ? undefined : own / other
  return { name, ratio, atMost, isMet: ratio === undefined || ratio <= atMost }
}
