import type { Policy, PolicyName } from './policy'
import { Rotation } from './rotation'
import { type Scenario, tasksOf } from './scenario'
import { ScenarioAccount } from './scenario-account'

/** The result of one policy in one scenario. */
export interface Row {
  readonly scenario: string
  readonly policy: PolicyName
  /** Missing task-seconds as a share of the desired ones. */
  readonly shortfall: number
  /** The same, but a deregistered task counts as missing. */
  readonly rotationShortfall: number
  /** The shortfall of the worst clock hour. */
  readonly worstHourShortfall: number
  readonly longestShortfallSeconds: number
  readonly onDemandTaskHours: number
  /** As a share of the cost of all tasks on demand. */
  readonly cost: number
  /** UpdateService calls. */
  readonly writes: number
  /** How often a desired count or the strategy changed direction. */
  readonly directionChanges: number
  /** The sum of all seeds. */
  readonly desiredTaskHours: number
  readonly seeds: number
}

const hour = 3600

export class PolicyFailure extends Error {
  override readonly name = 'PolicyFailure'
}

/** @param onHour called after each hour of virtual time */
export async function runPolicy(
  scenario: Scenario,
  policy: Policy,
  onHour: (hours: number) => void | Promise<void> = () => {},
): Promise<Row> {
  const account = new ScenarioAccount(scenario, policy)
  const rotation = new Rotation(account)
  const run = (await policy.start?.(account)) ?? {}
  const seconds = scenario.hours * hour
  for (let done = 0; done < seconds; done += hour) {
    await account.aws.run(Math.min(hour, seconds - done))
    // The recorded calls of a week do not fit into memory, and nothing reads them.
    account.aws.endpoint.calls.length = 0
    await onHour(done / hour + 1)
  }
  const [problem, ...others] = run.problems?.() ?? []
  if (problem !== undefined) {
    const more = others.length > 0 ? ` (and ${others.length} more)` : ''
    throw new PolicyFailure(`${policy.name} failed in ${scenario.name}: ${problem}${more}`)
  }
  const total = account.capacity.total()
  return {
    scenario: scenario.name,
    policy: policy.name,
    shortfall: total.shortfallRatio,
    rotationShortfall: rotation.shortfall,
    worstHourShortfall: total.worstHourShortfallTaskSeconds / (tasksOf(scenario.services) * hour),
    longestShortfallSeconds: total.longestShortfallSeconds,
    onDemandTaskHours: total.onDemandTaskSeconds / hour,
    cost: total.relativeCost,
    writes: total.writes,
    directionChanges: total.directionChanges + (run.directionChanges?.() ?? 0),
    desiredTaskHours: total.desiredTaskSeconds / hour,
    seeds: 1,
  }
}
