import { type Goal, goalsOf, maxCostOfOracleInAll } from './goals'
import { mergeRows } from './merge'
import { reasonFor } from './reasons'
import type { Row } from './run'

export const everywhere = 'all scenarios'

/** The rows of one scenario and combination. */
export interface Part {
  readonly scenario: string
  readonly combination: string
  readonly rows: readonly Row[]
  readonly goals: readonly Goal[]
}

/** One part for all scenarios together, and one for each, with every combination. */
export function partsOf(rows: readonly Row[]): Part[] {
  return [...grouped(mergeAll(rows), maxCostOfOracleInAll), ...grouped(rows)]
}

export function combinationOf({
  application,
  deregistration,
}: Pick<Row, 'application' | 'deregistration'>): string {
  return `${application}, ${deregistration}`
}

export function mergeAll(rows: readonly Row[]): Row[] {
  return groupsOf(rows, 'policy').map((group) => mergeRows(group, everywhere))
}

function grouped(rows: readonly Row[], maxCost?: number): Part[] {
  return groupsOf(rows, 'scenario').map((group) => ({
    scenario: group[0]?.scenario ?? '',
    combination: combinationOf(group[0] as Row),
    rows: group,
    goals: goalsOf(group, maxCost),
  }))
}

/** The rows with the same combination, and the same policy or scenario. */
function groupsOf(rows: readonly Row[], property: 'policy' | 'scenario'): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row[property]}, ${combinationOf(row)}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()]
}

/** In how many of the parts each goal is met. */
export function scoresOf(parts: readonly Part[]) {
  const goals = parts.flatMap((part) => part.goals)
  return [...new Set(goals.map(({ name }) => name))].map((name) => {
    const own = goals.filter((goal) => goal.name === name)
    return { name, of: own.length, met: own.filter(({ isMet }) => isMet).length }
  })
}

/** A goal that a scenario misses, in the combination that misses it most. */
export interface Missed {
  readonly scenario: string
  readonly combination: string
  readonly goal: Goal
  /** In so many combinations. */
  readonly times: number
  /** Undefined for all scenarios together, which miss it with one of them. */
  readonly reason: string | undefined
}

export function missedOf(parts: readonly Part[]): Missed[] {
  const worst = new Map<string, Missed>()
  for (const { scenario, combination, goals } of parts) {
    for (const goal of goals.filter(({ isMet }) => !isMet)) {
      const key = `${scenario}, ${goal.name}`
      const before = worst.get(key)
      const reason = scenario === everywhere ? undefined : reasonFor(scenario, goal.name)
      const isWorse = before === undefined || goal.excess > before.goal.excess
      worst.set(key, {
        ...(isWorse ? { scenario, combination, goal, reason } : before),
        times: (before?.times ?? 0) + 1,
      })
    }
  }
  return [...worst.values()]
}
