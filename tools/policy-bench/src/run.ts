import { type Application, type Deregistration, defaultPrices } from '@tideway/spot-simulator'
import type { Policy, PolicyName } from './policy'
import { type Scenario, tasksOf } from './scenario'
import { ScenarioAccount } from './scenario-account'
import type { TimelineRecorder } from './timeline'

/** The result of one policy in one scenario. */
export interface Row {
  readonly scenario: string
  readonly policy: PolicyName
  readonly application: Application
  readonly deregistration: Deregistration
  readonly failedPerMillion: number
  /** Failures that no policy can prevent that reacts to notices, for the same interruptions. */
  readonly unavoidablePerMillion: number
  readonly latePerMillion: number
  /** Time in which any service failed more than one request in a hundred. */
  readonly badSeconds: number
  readonly requests: number
  /** Missing task-seconds as a share of the desired ones. */
  readonly shortfall: number
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

/**
 * @param onHour called after each hour of virtual time
 * @param recorder follows the run, and changes nothing in it
 */
export async function runPolicy(
  scenario: Scenario,
  policy: Policy,
  onHour: (hours: number) => void | Promise<void> = () => {},
  recorder?: TimelineRecorder,
): Promise<Row> {
  const account = new ScenarioAccount(scenario, policy)
  recorder?.follow(account)
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
  const traffic = account.traffic.total()
  const { application = 'serves-until-drained', deregistration = 'at-stop' } = scenario
  const neededTaskHours = neededTaskSeconds(scenario) / hour
  return {
    scenario: scenario.name,
    policy: policy.name,
    application,
    deregistration,
    failedPerMillion: traffic.failedPerMillion,
    unavoidablePerMillion: traffic.unavoidablePerMillion,
    latePerMillion: traffic.latePerMillion,
    badSeconds: traffic.badSeconds,
    requests: traffic.requests,
    shortfall: total.shortfallRatio,
    worstHourShortfall: total.worstHourShortfallTaskSeconds / (tasksOf(scenario.services) * hour),
    longestShortfallSeconds: total.longestShortfallSeconds,
    onDemandTaskHours: total.onDemandTaskSeconds / hour,
    cost: account.bill.total / (neededTaskHours * defaultPrices.fargateTaskHour),
    writes: total.writes,
    directionChanges: total.directionChanges + (run.directionChanges?.() ?? 0),
    desiredTaskHours: neededTaskHours,
    seeds: 1,
  }
}

/** By the load, so that it is the same for every policy. */
function neededTaskSeconds({ services, hours }: Scenario): number {
  return services.reduce((sum, { desiredCount, load }) => {
    const surges = load?.surges ?? [{ atSeconds: 0, factor: 1 }]
    const factors = surges.map(({ atSeconds, factor }, index) => {
      const end = surges[index + 1]?.atSeconds ?? hours * hour
      return factor * (end - atSeconds)
    })
    return sum + desiredCount * factors.reduce((all, one) => all + one, 0)
  }, 0)
}
