import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { AwsEvent } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { failedPlacement } from './failed-placement'
import { serviceOf } from './interruption'

/**
 * The Lambda of 2021, which acts on events alone:
 *
 * - ECS cannot place a task on FARGATE_SPOT: the standby is set to `desiredCount` minus `runningCount`, and a flag is
 *   set. `runningCount` still includes tasks with an interruption notice.
 * - A task on FARGATE_SPOT is RUNNING while the flag is set: the standby is set again, and at 0 the flag is cleared.
 *
 * The original shares one standby among all primaries, which overwrite each other's count. Here each primary has its
 * own Lambda and standby, and no event or write is lost: the best conditions for this policy.
 */
export const seed: Policy = {
  name: 'seed',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const flags = new Set<string>()
    account.aws.bus.subscribe(
      async (event) => {
        const name = failedPlacement(event)
        if (name === undefined || !account.pairs.has(name)) return
        await setMissing(account, name)
        flags.add(name)
      },
      { 'detail-type': ['ECS Service Action'] },
    )
    account.aws.bus.subscribe(
      async (event) => {
        const name = runsOnSpot(event)
        if (name === undefined || !flags.has(name)) return
        if ((await setMissing(account, name)) === 0) flags.delete(name)
      },
      { 'detail-type': ['ECS Task State Change'] },
    )
    return {}
  },
}

async function setMissing({ ecs, pairs }: ScenarioAccount, name: string): Promise<number> {
  const cluster = 'main'
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster, services: [name] }),
  )
  const { desiredCount: desired = 0, runningCount: running = 0 } = services[0] ?? {}
  const desiredCount = Math.max(0, desired - running)
  const service = pairs.get(name)?.standby.name
  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }))
  return desiredCount
}

function runsOnSpot({ detail }: AwsEvent): string | undefined {
  const isRunning =
    detail.capacityProviderName === 'FARGATE_SPOT' && detail.lastStatus === 'RUNNING'
  return isRunning ? serviceOf(detail.group) : undefined
}
