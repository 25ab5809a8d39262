import { UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { SimulatedPair } from '@tideway/failover-lambda/harness'
import { defaultTiming, type Task } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'

/** The maximum time from UpdateService to a task that serves. */
function startSeconds({ primary }: SimulatedPair): number {
  const { scheduler, fargateProvisioning, fargatePending, healthy } = defaultTiming
  const steps = [scheduler, fargateProvisioning, fargatePending]
  if (primary.primary.release.loadBalancers.length > 0) steps.push(healthy)
  return steps.reduce((sum, [, max]) => sum + max, 1)
}

/**
 * Reads the state of the simulation directly: which Spot tasks serve, and when each of them ends. A standby task
 * starts early enough to serve when its Spot task ends, even with the slowest start, and stops when a Spot task
 * serves. There is no shortfall. The only avoidable cost is the time between an actual start and the slowest one.
 *
 * It does not read the trace: the notice is longer than a start, so the end of each task is enough. It fails back for
 * every recovery, however short, because the notice alone saves more on-demand time than a restart costs.
 */
export const oracle: Policy = {
  name: 'oracle',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const { aws, pairs } = account
    const adjustLater = (name: string) => {
      const pair = pairs.get(name)
      // After the change that is being reported, at the same moment.
      if (pair !== undefined) aws.simulation.after(0, () => adjust(account, pair))
    }
    aws.observe({ serving: ({ service }) => adjustLater(service.name) })
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
