import { settings } from '@tideway/compute/src/settings'
import { rateVariables } from '@tideway/failover-lambda/deployment'
import {
  SimulatedController,
  type SimulatedControllerProps,
  thisRelease,
} from '@tideway/failover-lambda/harness'
import { tags } from '@tideway/failover-lambda/tags'
import { taskEnd } from '@tideway/spot-simulator'
import { type Policy, type PolicyName, spot } from '../policy'
import type { Scenario } from '../scenario'
import type { ScenarioAccount } from '../scenario-account'
import { coldStarts } from './lambda-function'

/**
 * The deployed handlers behind the deployed rules, queues and mappings, with the deployed call rates. The tags
 * declare what the application really does at a notice, and what its owner prefers.
 */
function tidewayWith(name: PolicyName, prefer?: 'cost' | 'availability'): Policy {
  const declare = (scenario: Scenario) => ({
    strategy: spot,
    tags: {
      ...atNotice(scenario),
      ...(prefer && { [tags.prefer]: prefer }),
    },
  })
  return { name, declare: (_, scenario) => declare(scenario), start }
}

/** A task that ignores SIGTERM serves until its stopTimeout ends. */
function atNotice({ application, deregistration, settings }: Scenario): Record<string, string> {
  const end = taskEnd({ ...settings, application, deregistration })
  return {
    [tags.atNotice]: end.application === 'leaves-at-once' ? 'leave' : 'serve-until-drained',
    [tags.stopSeconds]: String(end.stopTimeoutSeconds),
  }
}

export function deployedController(
  account: ScenarioAccount,
  onLog: NonNullable<SimulatedControllerProps['onLog']> = () => {},
): SimulatedController {
  const variables = rateVariables(settings.prod.failover)
  return new SimulatedController(account, { coldStarts, variables, onLog })
}

function start(account: ScenarioAccount) {
  const problems: string[] = []
  const controller = deployedController(account, (line) => {
    if (line.level === 'error') problems.push(JSON.stringify(line))
  })
  account.onUpgrade = () => controller.deploy(thisRelease)
  const mappings = controller.start()
  const errors = () =>
    mappings.flatMap(({ invocations }) => invocations.flatMap(({ error }) => error ?? []))
  return { problems: () => [...problems, ...errors().map(String)] }
}

export const tideway = tidewayWith('tideway')
export const tidewayAvailability = tidewayWith('tideway-availability', 'availability')
export const tidewayCost = tidewayWith('tideway-cost', 'cost')
