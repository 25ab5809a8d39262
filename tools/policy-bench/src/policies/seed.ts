import type { AwsEvent } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { failedPlacement } from './failed-placement'
import { serviceOf } from './interruption'
import { LambdaFunction } from './lambda-function'
import { readPair } from './standby'

/**
 * The Lambda of 2021, which acts on events alone:
 *
 * - ECS cannot place a task on FARGATE_SPOT: the standby is set to `desiredCount` minus `runningCount`, and a flag is
 *   set. `runningCount` still includes tasks with an interruption notice.
 * - A task on FARGATE_SPOT is RUNNING while the flag is set: the standby is set again, and at 0 the flag is cleared.
 *
 * The original shares one standby among all primaries, which overwrite each other's count. Here each primary has its
 * own Lambda and standby, which follows the target group of CodeDeploy: the best conditions for this policy.
 */
export const seed: Policy = {
  name: 'seed',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    for (const name of account.pairs.keys()) {
      const lambda = new LambdaFunction(account)
      let isFlagged = false
      lambda.subscribe('ECS Service Action', async (event) => {
        if (failedPlacement(event) !== name) return
        await setMissing(account, name)
        isFlagged = true
      })
      lambda.subscribe('ECS Task State Change', async (event) => {
        if (runsOnSpot(event) !== name || !isFlagged) return
        if ((await setMissing(account, name)) === 0) isFlagged = false
      })
    }
    return {}
  },
}

async function setMissing(account: ScenarioAccount, name: string): Promise<number> {
  const { desired, running, setStandby } = await readPair(account, name)
  const missing = Math.max(0, desired - running)
  await setStandby(missing)
  return missing
}

function runsOnSpot({ detail }: AwsEvent): string | undefined {
  const isRunning =
    detail.capacityProviderName === 'FARGATE_SPOT' && detail.lastStatus === 'RUNNING'
  return isRunning ? serviceOf(detail.group) : undefined
}
