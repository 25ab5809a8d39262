import { type Goal, goalsOf } from './goals'
import { mergeRows } from './merge'
import type { Row } from './run'

export const everywhere = 'all scenarios'

/** The rows of one scenario and combination. */
export interface Part {
  readonly scenario: string
  readonly combination: string
  readonly rows: readonly Row[]
  readonly goals: readonly Goal[]
}

export function combinationOf({ application, deregistration }: Row): string {
  return `${application}, ${deregistration}`
}

export function mergeAll(rows: readonly Row[]): Row[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row.policy}, ${combinationOf(row)}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((group) => mergeRows(group, everywhere))
}

export function partsOf(rows: readonly Row[], maxCost?: number): Part[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row.scenario}, ${combinationOf(row)}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((group) => ({
    scenario: group[0]?.scenario ?? '',
    combination: combinationOf(group[0] as Row),
    rows: group,
    goals: goalsOf(group, maxCost),
  }))
}
