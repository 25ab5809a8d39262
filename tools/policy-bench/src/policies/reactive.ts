import type { AwsEvent } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { deregisterIfLeaving, interruptedTask, serviceOf } from './interruption'
import { LambdaFunction } from './lambda-function'
import { type PairView, readPair } from './standby'

/** The maximum time from RUNNING to healthy behind a load balancer. */
const settlingSeconds = 60

/** What the events say about the tasks of one service. */
interface Tasks {
  /** With a notice, and still running. The values are their deployments. */
  readonly interrupted: Map<string, string>
  /** On Spot, and not yet healthy. The values are their deployments. */
  readonly settling: Map<string, string>
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
      tasksOf.set(name, { interrupted: new Map(), settling: new Map() })
    }
    const lambda = new LambdaFunction(account)
    lambda.subscribe('ECS Service Action', async ({ detail, resources }) => {
      if (detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') return
      const name = resources[0]?.split('/').at(-1) ?? ''
      const tasks = tasksOf.get(name)
      if (tasks !== undefined) await raise(account, name, tasks)
    })
    lambda.subscribe('ECS Task State Change', async (event) => {
      const name = serviceOf(event.detail.group)
      const tasks = tasksOf.get(name)
      if (tasks !== undefined) await taskChanged(account, event, name, tasks, lambda)
    })
    return {}
  },
}

async function taskChanged(
  account: ScenarioAccount,
  event: AwsEvent,
  name: string,
  tasks: Tasks,
  lambda: LambdaFunction,
): Promise<void> {
  const { taskArn, lastStatus, desiredStatus, capacityProviderName } = event.detail
  const [arn, startedBy] = [String(taskArn), String(event.detail.startedBy)]
  if (lastStatus !== 'RUNNING') {
    tasks.interrupted.delete(arn)
    return
  }
  const interrupted = interruptedTask(event)
  if (interrupted !== undefined) {
    if (tasks.interrupted.has(arn)) return
    tasks.interrupted.set(arn, startedBy)
    await deregisterIfLeaving(account, interrupted)
    await raise(account, name, tasks)
    return
  }
  if (desiredStatus !== 'RUNNING' || !/spot/i.test(String(capacityProviderName))) return
  tasks.settling.set(arn, startedBy)
  const isLoadBalanced =
    (account.pairs.get(name)?.primary.primary.release.loadBalancers ?? []).length > 0
  account.aws.simulation.after(isLoadBalanced ? settlingSeconds : 0, () =>
    lambda.invoke(async () => {
      tasks.settling.delete(arn)
      await lower(account, name, tasks)
    }),
  )
}

async function raise(account: ScenarioAccount, name: string, tasks: Tasks): Promise<void> {
  const { desired, running, standby, isServing, setStandby } = await readPair(account, name)
  const missing = desired - (running - count(tasks.interrupted, isServing))
  if (missing > standby) await setStandby(Math.min(missing, desired))
}

async function lower(account: ScenarioAccount, name: string, tasks: Tasks): Promise<void> {
  const { desired, running, standby, isServing, setStandby } = await readPair(account, name)
  const { interrupted, settling } = tasks
  const healthy = running - count(interrupted, isServing) - count(settling, isServing)
  const missing = Math.max(0, desired - healthy)
  if (missing < standby) await setStandby(missing)
}

/** Tasks of the task set that receives traffic. */
function count(tasks: ReadonlyMap<string, string>, isServing: PairView['isServing']): number {
  return [...tasks.values()].filter(isServing).length
}
