import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { AwsEvent } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { failedPlacement } from './failed-placement'

/**
 * The Lambda of 2021, which acts on events alone:
 *
 * - ECS cannot place a task on FARGATE_SPOT: the standby gets as many tasks as `runningCount` is below
 *   `desiredCount`, and a flag is set. `runningCount` still has the tasks whose notice has begun.
 * - A task on FARGATE_SPOT is RUNNING while the flag is set: the same again; at 0 the flag is taken back.
 *
 * The original has one standby for all primaries, each overwriting what another asked for. Here each primary has
 * a Lambda and a standby of its own, and no event and no write is lost: its best setting.
 */
export const seed: Policy = {
  name: 'seed',
  strategy: spot,
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
  return isRunning ? String(detail.group).replace(/^service:/, '') : undefined
}
