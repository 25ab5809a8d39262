import type { Row } from './run'

/** Merges runs into one row: means weighted by requests or desired tasks, sums, and the worst hour and shortfall. */
export function mergeRows(rows: readonly Row[], scenario: string): Row {
  const [first] = rows
  if (first === undefined) throw new RangeError('no rows to merge')
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  const max = (of: (row: Row) => number) => Math.max(...rows.map(of))
  const desiredTaskHours = sum((row) => row.desiredTaskHours)
  const mean = (of: (row: Row) => number) =>
    sum((row) => of(row) * row.desiredTaskHours) / desiredTaskHours
  const requests = sum((row) => row.requests)
  const perRequest = (of: (row: Row) => number) =>
    requests === 0 ? 0 : sum((row) => of(row) * row.requests) / requests
  return {
    scenario,
    policy: first.policy,
    application: first.application,
    deregistration: first.deregistration,
    failedPerMillion: perRequest(({ failedPerMillion }) => failedPerMillion),
    unavoidablePerMillion: perRequest(({ unavoidablePerMillion }) => unavoidablePerMillion),
    latePerMillion: perRequest(({ latePerMillion }) => latePerMillion),
    badSeconds: sum(({ badSeconds }) => badSeconds),
    requests,
    shortfall: mean(({ shortfall }) => shortfall),
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
