import { type Goal, goalsOf } from './goals'
import { mergeRows } from './merge'
import { policies } from './policies'
import type { Row } from './run'

const columns: readonly (readonly [title: string, show: (row: Row) => string])[] = [
  ['capacity shortfall', ({ shortfall }) => percent(shortfall, 4)],
  ['out of rotation', ({ rotationShortfall }) => percent(rotationShortfall, 4)],
  ['worst hour', ({ worstHourShortfall }) => percent(worstHourShortfall, 2)],
  [
    'longest shortfall',
    ({ longestShortfallSeconds }) => `${Math.round(longestShortfallSeconds)} s`,
  ],
  ['on-demand', ({ onDemandTaskHours }) => `${onDemandTaskHours.toFixed(1)} h`],
  ['cost', ({ cost }) => cost.toFixed(3)],
  ['writes', ({ writes }) => String(writes)],
  ['direction changes', ({ directionChanges }) => String(directionChanges)],
]

/** A table for each scenario, one for all of them, and the goals. */
export function report(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ scenario }) => scenario))]
  const parts = names.map((name) => {
    const own = rows.filter(({ scenario }) => scenario === name)
    return { name, rows: own, goals: goalsOf(own) }
  })
  const all = policies.map(({ name }) =>
    mergeRows(
      rows.filter(({ policy }) => policy === name),
      'all scenarios',
    ),
  )
  const summary = { name: 'all scenarios', rows: all, goals: goalsOf(all) }
  return [
    ...parts.map(({ name, rows: own }) => `${name}\n${resultTable(own)}`),
    `${summary.name}\n${resultTable(all)}`,
    `goals of tideway\n${goalTable([...parts, summary])}`,
  ].join('\n\n')
}

function resultTable(rows: readonly Row[]): string {
  return table([
    ['policy', ...columns.map(([title]) => title)],
    ...rows.map((row) => [row.policy, ...columns.map(([, show]) => show(row))]),
  ])
}

function goalTable(parts: readonly { name: string; goals: readonly Goal[] }[]): string {
  const titles = (parts[0]?.goals ?? []).map(
    ({ name, maxRatio }) => `${name} <= ${Number(maxRatio.toFixed(2))}`,
  )
  return table([
    ['scenario', ...titles],
    ...parts.map(({ name, goals }) => [name, ...goals.map(goalCell)]),
  ])
}

function goalCell({ ratio, isMet }: Goal): string {
  const verdict = isMet ? 'met' : 'missed'
  if (ratio === undefined) return `0 of 0 ${verdict}`
  return ratio === Number.POSITIVE_INFINITY
    ? `only tideway has one ${verdict}`
    : `${ratio.toFixed(3)} ${verdict}`
}

function percent(share: number, digits: number): string {
  return share === 0 ? '0' : `${(100 * share).toFixed(digits)} %`
}

/** Aligns the first column to the left, the others to the right. */
function table(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  )
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => {
          const width = widths[column] ?? 0
          return column === 0 ? cell.padEnd(width) : cell.padStart(width)
        })
        .join('  '),
    )
    .map((line) => `  ${line}`)
    .join('\n')
}
