import type { Goal } from './goals'

/** Why a goal is out of reach. */
interface Reason {
  readonly goal: Goal['name']
  readonly scenarios: readonly string[]
  readonly text: string
}

const onFargate = [
  'long-drought',
  'short-droughts',
  'partial-drought',
  'zones-together',
  'flapping',
] as const
const api = ['api-drought', 'api-release', 'api-upgrade'] as const

/** Figures are those of default settings. */
const reasons: readonly Reason[] = [
  {
    goal: 'failed requests',
    scenarios: onFargate,
    text: 'the queue and a cold start delay cover by seconds; tasks that end after 30 s leave 2 s before: 36 s, not 29',
  },
  {
    goal: 'frontier',
    scenarios: api,
    text: 'base-50 keeps 2 of 3 tasks on demand, which carry the load alone, and pays nothing for the third',
  },
  {
    goal: 'frontier',
    scenarios: ['flapping'],
    text: 'Spot is lost every 13 minutes: base-75, chosen in hindsight, loses a quarter of the tasks each time',
  },
  {
    goal: 'frontier',
    scenarios: ['zones-together'],
    text: 'as many failures as reactive, for 0.3 % more: the window before a failback',
  },
  {
    goal: 'cost',
    scenarios: ['api-autoscaling'],
    text: 'the oracle knows the load; autoscaling lowers its count 16 minutes late, so all on demand is 1.23 of the oracle',
  },
  {
    goal: 'availability',
    scenarios: ['api-autoscaling', ...api],
    text: 'no reserve precedes the one loss; a third of the failures takes all tasks on demand at all times, at 1.00',
  },
  {
    goal: 'availability',
    scenarios: onFargate,
    text: 'base-75 has 3 of 4 tasks on demand at all times; a third of its failures takes 11 of 12, at 0.94',
  },
]

export function reasonFor(scenario: string, goal: Goal['name']): string {
  return (
    reasons.find((reason) => reason.goal === goal && reason.scenarios.includes(scenario))?.text ??
    'no reason is known: look for a regression'
  )
}
