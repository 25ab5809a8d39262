import { atMost, deterministic, exactly, type Figure } from '@tideway/spot-simulator/figures'
import { maxCostOfOracleInAll, maxFailedOf, rowOf } from './goals'
import { mergeAll, partsOf, scoresOf } from './parts'
import type { PolicyName } from './policy'
import type { Row } from './run'

/** What happens at a notice, in words. ECS deregisters the tasks at their stop where nothing else is said. */
const cases = [
  ['tasks serve until drained', 'serves-until-drained', 'at-stop'],
  ['tasks serve, but ECS deregisters them at the notice', 'serves-until-drained', 'at-notice'],
  ['tasks leave at once', 'leaves-at-once', 'at-stop'],
] as const

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
  const byCase = cases.map(([words, application, deregistration]) => ({
    words,
    own: merged.filter(
      (row) => row.application === application && row.deregistration === deregistration,
    ),
  }))
  return [
    ...byCase.flatMap(({ words, own }) => failedFigures(words, own)),
    ...goalFigures(rows),
    ...byCase.flatMap(({ words, own }) => costFigures(words, own)),
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
