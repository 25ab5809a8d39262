import { type AwsEvent, CapacityTrace } from '@tideway/spot-simulator'
import type { Policy } from '../src/policy'
import type { Scenario } from '../src/scenario'
import { ScenarioAccount } from '../src/scenario-account'

export const hour = 3600
export const droughtStartSeconds = 600

/** One service of three tasks, and no Spot capacity for `droughtHours`. */
export function droughtScenario(droughtHours: number, hours: number): Scenario {
  return droughtsScenario([[droughtStartSeconds, droughtStartSeconds + droughtHours * hour]], hours)
}

/** One service of three tasks, and no Spot capacity from the first to the second of each pair of seconds. */
export function droughtsScenario(
  droughts: readonly (readonly [fromSeconds: number, toSeconds: number])[],
  hours: number,
): Scenario {
  const steps = droughts.flatMap(([fromSeconds, toSeconds]) => [
    { atSeconds: fromSeconds, capacity: 0 },
    { atSeconds: toSeconds, capacity: Number.POSITIVE_INFINITY },
  ])
  return {
    name: 'one-service',
    description: 'One service.',
    seed: 1,
    hours,
    services: [{ name: 'api', desiredCount: 3, isLoadBalanced: true }],
    spot: {
      'us-east-1a': new CapacityTrace([
        { atSeconds: 0, capacity: Number.POSITIVE_INFINITY },
        ...steps,
      ]),
    },
  }
}

export interface Write {
  /** From the start of the simulation. */
  readonly atSeconds: number
  readonly input: Readonly<Record<string, unknown>>
}

/** Starts a policy, and records its writes to ECS, its deregistrations, and the notices. */
export async function startPolicy(policy: Policy, scenario: Scenario) {
  const account = new ScenarioAccount(scenario, policy)
  const startedAt = account.aws.now
  const writes: Write[] = []
  const deregistrations: Write[] = []
  account.aws.endpoint.interceptors.push(({ operation, input }) => {
    const call = { atSeconds: (account.aws.now - startedAt) / 1000, input }
    if (operation === 'UpdateService') writes.push(call)
    if (operation === 'DeregisterTargets') deregistrations.push(call)
  })
  const notices: AwsEvent[] = []
  account.aws.bus.tap((event) => {
    const { stopCode, lastStatus } = event.detail
    if (stopCode === 'SpotInterruption' && lastStatus === 'RUNNING') notices.push(event)
  })
  await policy.start?.(account)
  const pair = account.pairs.get('api')
  if (pair === undefined) throw new Error('the scenario has no service api')
  return { account, writes, deregistrations, notices, ...pair }
}
