import type { Row } from './run'

/** Merges runs into one row: means weighted by desired tasks, sums, and the worst hour and shortfall. */
export function mergeRows(rows: readonly Row[], scenario: string): Row {
  const [first] = rows
  if (first === undefined) throw new RangeError('no rows to merge')
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  const max = (of: (row: Row) => number) => Math.max(...rows.map(of))
  const desiredTaskHours = sum((row) => row.desiredTaskHours)
  const mean = (of: (row: Row) => number) =>
    sum((row) => of(row) * row.desiredTaskHours) / desiredTaskHours
  return {
    scenario,
    policy: first.policy,
    shortfall: mean(({ shortfall }) => shortfall),
    rotationShortfall: mean(({ rotationShortfall }) => rotationShortfall),
    worstHourShortfall: max(({ worstHourShortfall }) => worstHourShortfall),
    longestShortfallSeconds: max(({ longestShortfallSeconds }) => longestShortfallSeconds),
    onDemandTaskHours: sum(({ onDemandTaskHours }) => onDemandTaskHours),
    cost: mean(({ cost }) => cost),
    writes: sum(({ writes }) => writes),
    directionChanges: sum(({ directionChanges }) => directionChanges),
    desiredTaskHours,
    seeds: max(({ seeds }) => seeds),
  }
}
