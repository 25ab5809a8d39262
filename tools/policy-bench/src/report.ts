import { bestDominating } from './frontier'
import { rowOf } from './goals'
import { combinations } from './job'
import {
  combinationOf,
  everywhere,
  type Missed,
  missedOf,
  type Part,
  partsOf,
  scoresOf,
} from './parts'
import { perMillion } from './robustness-table'
import type { Row } from './run'
import { table } from './table'

/** A summary, then the frontiers of each scenario, then the second table: capacity. */
export function report(rows: readonly Row[]): string {
  const parts = partsOf(rows)
  const [all] = parts
  const scenarios = [...new Set(parts.map(({ scenario }) => scenario))]
  return [
    `goals of tideway: met in so many of the scenarios and combinations\n${goalTable(parts)}`,
    `missed\n${missedTable(parts)}`,
    'failed requests per million, and cost as a share of all tasks on demand; * no baseline fails less at this cost',
    ...scenarios.map((name) => frontierTable(parts.filter(({ scenario }) => scenario === name))),
    ...(all ? [`capacity, ${everywhere}, ${all.combination}\n${capacityTable(all.rows)}`] : []),
  ].join('\n\n')
}

function goalTable(parts: readonly Part[]): string {
  const names = scoresOf(parts).map(({ name }) => name)
  const used = [...new Set(parts.map(({ combination }) => combination))]
  const cells = (own: readonly Part[]) => {
    const scores = scoresOf(own)
    return names.map((name) => {
      const { met = 0, of = 0 } = scores.find((score) => score.name === name) ?? {}
      return of === 0 ? '-' : `${met} of ${of} ${met === of ? 'met' : 'MISSED'}`
    })
  }
  return table([
    ['application, deregistration', ...names],
    ...used.map((each) => [each, ...cells(parts.filter((part) => part.combination === each))]),
    ['all', ...cells(parts)],
  ])
}

/** One line for each goal that a scenario misses: the worst. */
function missedTable(parts: readonly Part[]): string {
  const missed = missedOf(parts)
  if (missed.length === 0) return '  none'
  const figures = table(
    [
      ['scenario', 'goal', 'times', 'worst figure'],
      ...missed.map(({ scenario, combination, goal, times }) => [
        scenario,
        goal.name,
        String(times),
        `${goal.figure} (${combination})`,
      ]),
    ],
    'left',
  )
  return `${figures}\n\nwhy\n${why(missed)}`
}

/** The goals and the scenarios that miss them, each with the reason. */
function why(missed: readonly Missed[]): string {
  const found = new Map<string, { goal: string; reason: string; scenarios: string[] }>()
  for (const { scenario, goal, reason } of missed) {
    if (reason === undefined) continue
    const before = found.get(`${goal.name} ${reason}`)?.scenarios ?? []
    found.set(`${goal.name} ${reason}`, {
      goal: goal.name,
      reason,
      scenarios: [...before, scenario],
    })
  }
  return [...found.values()]
    .map(({ goal, reason, scenarios }) => `  ${goal} in ${scenarios.join(', ')}\n    ${reason}`)
    .join('\n')
}

const shortNames: Readonly<Record<string, string>> = {
  'serves-until-drained': 'serves',
  'leaves-at-once': 'leaves',
  'leaves-after-30s': '30 s',
}

/** A line per policy, a column per combination. */
function frontierTable(parts: readonly Part[]): string {
  const names = [...new Set(parts.flatMap(({ rows }) => rows.map(({ policy }) => policy)))]
  const columns = combinations.flatMap((each) => {
    const part = parts.find(({ combination }) => combination === combinationOf(each))
    const title = `${shortNames[each.application]}, ${each.deregistration.replace('at-', '')}`
    return part === undefined ? [] : [{ title, part }]
  })
  return table([
    [parts[0]?.scenario ?? '', ...columns.map(({ title }) => title)],
    ...names.map((name) => [
      name,
      ...columns.map(({ part: { rows } }) => {
        const row = rowOf(rows, name)
        if (row === undefined) return '-'
        const mark = bestDominating(row, rows) === undefined ? '*' : ' '
        return `${perMillion(row.failedPerMillion)} ${row.cost.toFixed(3)}${mark}`
      }),
    ]),
    [
      'bound for tideway',
      ...columns.map(({ part: { rows } }) => {
        const row = rowOf(rows, 'tideway')
        return row === undefined ? '-' : `${perMillion(row.unavoidablePerMillion)}       `
      }),
    ],
  ])
}

const capacityColumns: readonly (readonly [title: string, show: (row: Row) => string])[] = [
  ['shortfall', ({ shortfall }) => percent(shortfall, 4)],
  ['worst hour', ({ worstHourShortfall }) => percent(worstHourShortfall, 2)],
  ['longest', ({ longestShortfallSeconds }) => `${Math.round(longestShortfallSeconds)} s`],
  ['bad', ({ badSeconds }) => `${Math.round(badSeconds)} s`],
  ['late per million', ({ latePerMillion }) => perMillion(latePerMillion)],
  ['on-demand', ({ onDemandTaskHours }) => `${onDemandTaskHours.toFixed(1)} h`],
  ['writes', ({ writes }) => String(writes)],
  ['changes', ({ directionChanges }) => String(directionChanges)],
]

function capacityTable(rows: readonly Row[]): string {
  return table([
    ['policy', ...capacityColumns.map(([title]) => title)],
    ...rows.map((row) => [row.policy, ...capacityColumns.map(([, show]) => show(row))]),
  ])
}

function percent(share: number, digits: number): string {
  return share === 0 ? '0' : `${(100 * share).toFixed(digits)} %`
}
