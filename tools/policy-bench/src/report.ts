import { bestDominating } from './frontier'
import { type Goal, maxCostOfOracleInAll, rowOf } from './goals'
import { combinations } from './job'
import { combinationOf, everywhere, mergeAll, type Part, partsOf } from './parts'
import { reasonFor } from './reasons'
import { perMillion } from './robustness-table'
import type { Row } from './run'
import { table } from './table'

/** A summary, then the frontiers of each scenario, then the second table: capacity. */
export function report(rows: readonly Row[]): string {
  const all = mergeAll(rows)
  const parts = [...partsOf(all, maxCostOfOracleInAll), ...partsOf(rows)]
  const scenarios = [...new Set(parts.map(({ scenario }) => scenario))]
  return [
    `goals of tideway: met in so many of the scenarios and combinations\n${goalTable(parts)}`,
    `missed\n${missedTable(parts)}`,
    'failed requests per million, and cost as a share of all tasks on demand; * no baseline fails less at this cost',
    ...scenarios.map((name) => frontierTable(parts.filter(({ scenario }) => scenario === name))),
    `capacity, ${everywhere}, ${combinationOf(all[0] as Row)}\n${capacityTable(all)}`,
  ].join('\n\n')
}

function goalTable(parts: readonly Part[]): string {
  const names = [...new Set(parts.flatMap(({ goals }) => goals.map(({ name }) => name)))]
  const used = [...new Set(parts.map(({ combination }) => combination))]
  const cell = (combination: string | undefined, name: Goal['name']) => {
    const goals = parts
      .filter((part) => combination === undefined || part.combination === combination)
      .flatMap((part) => part.goals.filter((goal) => goal.name === name))
    if (goals.length === 0) return '-'
    const met = goals.filter(({ isMet }) => isMet).length
    return `${met} of ${goals.length} ${met === goals.length ? 'met' : 'MISSED'}`
  }
  return table([
    ['application, deregistration', ...names],
    ...[...used, undefined].map((combination) => [
      combination ?? 'all',
      ...names.map((name) => cell(combination, name)),
    ]),
  ])
}

/** The scenarios in which a goal is missed in most combinations have one line for each goal: the worst. */
function missedTable(parts: readonly Part[]): string {
  const missed = parts.flatMap((part) =>
    part.goals.filter(({ isMet }) => !isMet).map((goal) => ({ ...part, goal })),
  )
  const worst = new Map<string, { line: (typeof missed)[number]; count: number }>()
  for (const line of missed) {
    const key = `${line.scenario}, ${line.goal.name}`
    const before = worst.get(key)
    const isWorse = before === undefined || line.goal.excess > before.line.goal.excess
    worst.set(key, { line: isWorse ? line : before.line, count: (before?.count ?? 0) + 1 })
  }
  if (worst.size === 0) return '  none'
  const lines = [...worst.values()]
  const figures = table(
    [
      ['scenario', 'goal', 'times', 'worst figure'],
      ...lines.map(({ line, count }) => [
        line.scenario,
        line.goal.name,
        String(count),
        `${line.goal.figure} (${line.combination})`,
      ]),
    ],
    'left',
  )
  return `${figures}\n\nwhy\n${why(lines.map(({ line }) => line))}`
}

/** The goals and the scenarios that miss them, each with the reason. */
function why(missed: readonly (Pick<Part, 'scenario'> & { readonly goal: Goal })[]): string {
  const found = new Map<string, { goal: string; reason: string; scenarios: string[] }>()
  for (const { scenario, goal } of missed) {
    if (scenario === everywhere) continue
    const reason = reasonFor(scenario, goal.name)
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
  const columns = combinations.flatMap(({ application, deregistration }) => {
    const part = parts.find(
      ({ combination }) => combination === `${application}, ${deregistration}`,
    )
    return part === undefined
      ? []
      : [{ title: `${shortNames[application]}, ${deregistration.replace('at-', '')}`, part }]
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
  const [first] = rows
  const own = rows.filter((row) => first && combinationOf(row) === combinationOf(first))
  return table([
    ['policy', ...capacityColumns.map(([title]) => title)],
    ...own.map((row) => [row.policy, ...capacityColumns.map(([, show]) => show(row))]),
  ])
}

function percent(share: number, digits: number): string {
  return share === 0 ? '0' : `${(100 * share).toFixed(digits)} %`
}
