import type { Outcome } from './outcomes'
import type { Verdict } from './verdict'

/** A table of the controls, the reasons for their verdicts, and a summary. */
export function report(outcomes: readonly Outcome[]): string {
  const rows = [
    ['control', 'title', 'resources', 'verdict'],
    ...outcomes.map(({ result: { control, resources }, verdict: { kind, since } }) => [
      control.id,
      control.title,
      `${resources.length}`,
      since === undefined ? kind : `${kind} since ${since}`,
    ]),
  ]
  const widthOf = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0))
  const widths = [0, 1, 2, 3].map(widthOf)
  const table = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const reasons = outcomes.flatMap(({ result, verdict: { kind, reasons } }) =>
    reasons.map((reason) => `  ${result.control.id}: ${kind}: ${reason}`),
  )
  return [...table, ...(reasons.length > 0 ? ['', ...reasons] : []), '', ...summary(outcomes)].join(
    '\n',
  )
}

/** `npm test` parses the last line. Accepted and not applicable controls do not count as passed. */
function summary(outcomes: readonly Outcome[]): string[] {
  const count = (kind: Verdict['kind']) =>
    outcomes.filter(({ verdict }) => verdict.kind === kind).length
  const others = (['accepted', 'not applicable', 'no resources'] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} ${kind}`)
  return [
    ...(others.length > 0 ? [`${outcomes.length} controls, of which ${others.join(', ')}`] : []),
    `Controls: ${count('pass')} passed, ${count('FAIL')} failed`,
  ]
}
