import type { Judged, Verdict } from './verdict'

/** A table of the controls, with the number of checked resources and the verdict. */
export function report(judged: readonly Judged[]): string {
  const rows = judged.map(({ result, verdict }) => [
    result.control.id,
    result.control.requires,
    `${result.resources.length}`,
    headline(verdict),
  ])
  const header = ['control', 'requires', 'resources', 'verdict']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const notes = judged.flatMap(({ result: { control }, verdict }) =>
    because(verdict).map((reason) => `  ${control.id}: ${reason}`),
  )
  return [
    line(header),
    ...rows.map(line),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    summary(judged),
  ].join('\n')
}

function headline(verdict: Verdict): string {
  if (verdict.kind === 'accepted') return `accepted since ${verdict.since}`
  return verdict.kind === 'nothing' ? 'nothing to check' : verdict.kind
}

function because(verdict: Verdict): readonly string[] {
  if (verdict.kind === 'FAIL') return verdict.because.map((reason) => `FAIL: ${reason}`)
  if (verdict.kind === 'accepted' || verdict.kind === 'not applicable') {
    return [`${verdict.kind}: ${verdict.because}`]
  }
  return []
}

/** `npm test` parses the last line. Accepted and inapplicable controls do not count as passed. */
function summary(judged: readonly Judged[]): string {
  const count = (kind: Verdict['kind']) =>
    judged.filter(({ verdict }) => verdict.kind === kind).length
  const others = (['accepted', 'not applicable', 'nothing'] as const)
    .map((kind) => [kind === 'nothing' ? 'with nothing to check' : kind, count(kind)] as const)
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${number} ${name}`)
  return [
    ...(others.length > 0 ? [`${judged.length} controls, of which ${others.join(', ')}`] : []),
    `Controls: ${count('pass')} passed, ${count('FAIL')} failed`,
  ].join('\n')
}
