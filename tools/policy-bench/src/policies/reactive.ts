import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { AwsEvent } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { deregisterIfLeaving, interruptedTask, serviceOf } from './interruption'

/** The maximum time from RUNNING to healthy behind a load balancer. */
const settlingSeconds = 60

/** What the events say about the tasks of one service. */
interface Tasks {
  /** With a notice, and still running. */
  readonly interrupted: Set<string>
  /** On Spot, and not yet healthy. */
  readonly settling: Set<string>
}

/**
 * A Lambda that reacts to interruption notices, as a careful author writes it:
 *
 * - A notice, or a failed placement: the standby gets all missing tasks. Interrupted tasks are missing.
 * - A task on Spot is healthy: the standby keeps only the tasks that are still missing.
 *
 * Events are its only input: it has no schedule, and no stabilization window. It remembers tasks by their ARN, so that
 * repeated events change nothing, and handles the events of one service one after the other.
 */
export const reactive: Policy = {
  name: 'reactive',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const tasksOf = new Map<string, Tasks>()
    for (const name of account.pairs.keys()) {
      tasksOf.set(name, { interrupted: new Set(), settling: new Set() })
    }
    account.aws.bus.subscribe(
      async (event) => {
        if (event.detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') return
        const name = event.resources[0]?.split('/').at(-1) ?? ''
        const tasks = tasksOf.get(name)
        if (tasks !== undefined) await raise(account, name, tasks)
      },
      { 'detail-type': ['ECS Service Action'] },
    )
    account.aws.bus.subscribe(
      async (event) => {
        const name = serviceOf(event.detail.group)
        const tasks = tasksOf.get(name)
        if (tasks !== undefined) await taskChanged(account, event, name, tasks)
      },
      { 'detail-type': ['ECS Task State Change'] },
    )
    return {}
  },
}

async function taskChanged(
  account: ScenarioAccount,
  event: AwsEvent,
  name: string,
  tasks: Tasks,
): Promise<void> {
  const { taskArn, lastStatus, desiredStatus, capacityProviderName } = event.detail
  const arn = String(taskArn)
  if (lastStatus !== 'RUNNING') {
    tasks.interrupted.delete(arn)
    return
  }
  const interrupted = interruptedTask(event)
  if (interrupted !== undefined) {
    if (tasks.interrupted.has(arn)) return
    tasks.interrupted.add(arn)
    await deregisterIfLeaving(account, interrupted)
    await raise(account, name, tasks)
    return
  }
  if (desiredStatus !== 'RUNNING' || !/spot/i.test(String(capacityProviderName))) return
  tasks.settling.add(arn)
  const isLoadBalanced =
    (account.pairs.get(name)?.primary.primary.release.loadBalancers ?? []).length > 0
  account.aws.simulation.after(isLoadBalanced ? settlingSeconds : 0, async () => {
    tasks.settling.delete(arn)
    await lower(account, name, tasks)
  })
}

async function raise(account: ScenarioAccount, name: string, tasks: Tasks): Promise<void> {
  const { desired, running, standby } = await counts(account, name)
  const missing = desired - (running - tasks.interrupted.size)
  if (missing > standby) await setStandby(account, name, Math.min(missing, desired))
}

async function lower(account: ScenarioAccount, name: string, tasks: Tasks): Promise<void> {
  const { desired, running, standby } = await counts(account, name)
  const healthy = running - tasks.interrupted.size - tasks.settling.size
  const missing = Math.max(0, desired - healthy)
  if (missing < standby) await setStandby(account, name, missing)
}

async function counts({ ecs }: ScenarioAccount, name: string) {
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster: 'main', services: [name, `${name}-standby`] }),
  )
  const [primary, standby] = services
  return {
    desired: primary?.desiredCount ?? 0,
    running: primary?.runningCount ?? 0,
    standby: standby?.desiredCount ?? 0,
  }
}

async function setStandby({ ecs }: ScenarioAccount, name: string, desiredCount: number) {
  const service = `${name}-standby`
  await ecs.send(new UpdateServiceCommand({ cluster: 'main', service, desiredCount }))
}
