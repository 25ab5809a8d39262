import { drought } from '@tideway/spot-simulator'
import type { Policy } from '../src/policy'
import type { Scenario } from '../src/scenario'
import { ScenarioAccount } from '../src/scenario-account'

export const hour = 3600
export const droughtStartSeconds = 600

/** One service of three tasks, and no Spot capacity for `droughtHours`. */
export function droughtScenario(droughtHours: number, hours: number): Scenario {
  return {
    name: 'one-service',
    seed: 1,
    hours,
    services: [{ name: 'api', desiredCount: 3, isLoadBalanced: true }],
    spot: {
      'us-east-1a': drought({
        fromSeconds: droughtStartSeconds,
        toSeconds: droughtStartSeconds + droughtHours * hour,
      }),
    },
  }
}

export interface Write {
  /** From the start of the simulation. */
  readonly atSeconds: number
  readonly input: Readonly<Record<string, unknown>>
}

/** Starts a policy, and records its writes to ECS. */
export async function startPolicy(policy: Policy, scenario: Scenario) {
  const account = new ScenarioAccount(scenario, policy)
  const startedAt = account.aws.now
  const writes: Write[] = []
  account.aws.endpoint.interceptors.push(({ operation, input }) => {
    if (operation !== 'UpdateService') return
    writes.push({ atSeconds: (account.aws.now - startedAt) / 1000, input })
  })
  await policy.start?.(account)
  const pair = account.pairs.get('api')
  if (pair === undefined) throw new Error('the scenario has no service api')
  return { account, writes, ...pair }
}
