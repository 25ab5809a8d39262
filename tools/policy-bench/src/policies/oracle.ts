import { UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { SimulatedPair } from '@tideway/failover-lambda/harness'
import { defaultTiming, type Task } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'

/** From UpdateService to a task that serves, when everything takes as long as it can. */
function startSeconds({ primary }: SimulatedPair): number {
  const { scheduler, fargateProvisioning, fargatePending, healthy } = defaultTiming
  const steps = [scheduler, fargateProvisioning, fargatePending]
  if (primary.primary.release.loadBalancers.length > 0) steps.push(healthy)
  return steps.reduce((sum, [, most]) => sum + most, 1)
}

/**
 * Sees inside the simulation, at once and without asking: which Spot tasks serve, and when each of them ends. A
 * standby task is started so early that it serves when its Spot task ends, however slow its start, and stopped as
 * soon as a Spot task serves. Nothing is ever missing, and what could be cheaper are the seconds by which a start is
 * faster than the slowest.
 *
 * Of the trace it needs no more than the end of each task, since the notice is longer than a start. A recovery is
 * taken however short it is: the notice alone is worth more on-demand time than giving back and starting again.
 */
export const oracle: Policy = {
  name: 'oracle',
  strategy: spot,
  start: (account) => {
    const { aws, pairs } = account
    const lookAt = (name: string) => {
      const pair = pairs.get(name)
      // Not within the change that is being told, but at the same moment.
      if (pair !== undefined) aws.simulation.after(0, () => adjust(account, pair))
    }
    aws.observe({ serving: ({ service }) => lookAt(service.name) })
    aws.bus.tap(({ detail }) => {
      if (detail.stopCode !== 'SpotInterruption' || detail.lastStatus !== 'RUNNING') return
      const name = String(detail.group).replace(/^service:/, '')
      const pair = pairs.get(name)
      if (pair === undefined) return
      const wait = defaultTiming.noticeSeconds - startSeconds(pair)
      aws.simulation.after(wait, () => adjust(account, pair))
    })
    return {}
  },
}

async function adjust({ aws, ecs }: ScenarioAccount, pair: SimulatedPair): Promise<void> {
  const { primary, standby } = pair
  const lasts = (task: Task) =>
    task.isServing && (!task.isInterrupted || endOf(task) - aws.now > startSeconds(pair) * 1000)
  const lasting = [...primary.tasks].filter(lasts).length
  const desiredCount = Math.max(0, primary.desiredCount - lasting)
  if (desiredCount === standby.desiredCount) return
  await ecs.send(new UpdateServiceCommand({ cluster: 'main', service: standby.name, desiredCount }))
}

function endOf({ stoppingAt = 0 }: Task): number {
  return stoppingAt + defaultTiming.noticeSeconds * 1000
}
