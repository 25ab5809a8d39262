import type { PolicyName } from './policy'
import type { Row } from './run'

const bounds: readonly PolicyName[] = ['oracle', 'limit']

type Named = Pick<Row, 'policy'>

export const isBound = ({ policy }: Named) => bounds.includes(policy)
export const isOwn = ({ policy }: Named) => policy.startsWith('tideway')

/** The policies that people can use instead. */
export const isBaseline = (row: Named) => !isBound(row) && !isOwn(row)

/** Sums in another order differ in the last digits. */
const samePrice = 1 + 1e-9

/** Failures per million that are too few to count: queues that overflow by chance are in the model. */
export const negligible = 0.01

/** Whether a row costs no more and fails less. */
export function dominates(row: Row, other: Row): boolean {
  return (
    row.cost <= other.cost * samePrice && row.failedPerMillion < other.failedPerMillion - negligible
  )
}

/** The baseline that dominates a row and fails least. Undefined: the row lies on the frontier. */
export function bestDominating(row: Row, rows: readonly Row[]): Row | undefined {
  return rows
    .filter((other) => isBaseline(other) && dominates(other, row))
    .sort((one, other) => one.failedPerMillion - other.failedPerMillion)[0]
}
