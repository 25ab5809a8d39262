import { atMost, deterministic, exactly, type Figure } from '@tideway/spot-simulator/figures'
import { maxCostOfOracleInAll, maxFailedOf, rowOf } from './goals'
import { mergeAll, partsOf, scoresOf } from './parts'
import type { PolicyName } from './policy'
import type { Row } from './run'

/** What applications do at a notice, in words. ECS deregisters their tasks at the stop. */
const applications = {
  'serves-until-drained': 'tasks serve until drained',
  'leaves-at-once': 'tasks leave at once',
} as const

const compared: readonly PolicyName[] = [
  'tideway',
  'tideway-availability',
  'ecs-only',
  'base-50',
  'base-75',
  'seed',
  'flip',
  'reactive',
  'all-on-demand',
]

/** The figures of a run over all scenarios: failed requests and cost of each policy, and how many goals are met. */
export function figuresOf(rows: readonly Row[]): Figure[] {
  const merged = mergeAll(rows)
  const byApplication = Object.entries(applications).map(([application, words]) => {
    const own = merged.filter(
      (row) => row.application === application && row.deregistration === 'at-stop',
    )
    return { words, own }
  })
  return [
    ...byApplication.flatMap(({ words, own }) => failedFigures(words, own)),
    ...goalFigures(rows),
    ...byApplication.flatMap(({ words, own }) => costFigures(words, own)),
  ]
}

function failedFigures(words: string, rows: readonly Row[]): Figure[] {
  return inOrder(rows).map((row) =>
    deterministic(
      `failed requests, ${words}: ${row.policy}`,
      row.failedPerMillion,
      'per million',
      row.policy === 'tideway' ? { goal: atMost(Math.round(maxFailedOf(row))) } : {},
    ),
  )
}

function costFigures(words: string, rows: readonly Row[]): Figure[] {
  const oracle = rowOf(rows, 'oracle')
  return inOrder(rows).map((row) =>
    deterministic(`cost, ${words}: ${row.policy}`, row.cost, 'of all on demand', {
      group: 'cost',
      digits: 3,
      ...(row.policy === 'tideway' &&
        oracle && { goal: atMost(Number((maxCostOfOracleInAll * oracle.cost).toFixed(3))) }),
    }),
  )
}

function inOrder(rows: readonly Row[]): Row[] {
  return compared.flatMap((policy) => rowOf(rows, policy) ?? [])
}

/** Of all scenarios and combinations, and of their sums. */
function goalFigures(rows: readonly Row[]): Figure[] {
  return scoresOf(partsOf(rows)).map(({ name, met, of }) =>
    deterministic(`scenarios and combinations in which the goal is met: ${name}`, met, `of ${of}`, {
      ...(name === 'cost' && { group: 'cost' }),
      goal: exactly(of),
    }),
  )
}
