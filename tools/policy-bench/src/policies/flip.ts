import { DescribeServicesCommand, type Service as ServiceDescription } from '@aws-sdk/client-ecs'
import type { AwsEvent, StrategyItem } from '@tideway/spot-simulator'
import { type Policy, spot } from '../policy'
import type { ScenarioAccount } from '../scenario-account'
import { deregisterIfLeaving, interruptedTask } from './interruption'
import { LambdaFunction } from './lambda-function'

const hour = 3600
const firstBackoffSeconds = 3 * hour
const maxBackoffSeconds = 24 * hour
const maxRestoresPerDay = 4
const scanSeconds = hour

/** Spot stays in the strategy, at weight 0. That distinguishes a fallback from a strategy that a user set. */
const fallback: readonly StrategyItem[] = [
  { capacityProvider: 'FARGATE_SPOT', weight: 0 },
  { capacityProvider: 'FARGATE', weight: 100 },
]

/** What it stores about a service. Times are milliseconds since 1970. */
interface Stored {
  failures: number
  backoffUntil: number
  /** A fallback that is not restored yet. */
  isRestorePending: boolean
  readonly restores: number[]
  changes: number
}

/**
 * Changes the strategy of a service, as Spot Guard of nucleus-cloud-ops does (read in its public source):
 *
 * - A failed placement: the whole service moves to on-demand with a forced deployment. During a rollout, or in a
 *   fallback, it only counts the failure. Each failure doubles the backoff: 3 h, 6 h, 12 h, 24 h.
 * - A scan each hour restores the strategy once the backoff is over, whether Spot is back or not: not during a rollout,
 *   and at most four times in 24 h. A successful UpdateService call ends the backoff and the count of failures.
 *
 * Without Spot, the rollout of a restore waits, and the tasks on demand stay. So it moves to Spot when ECS finds capacity.
 *
 * The source deregisters an interrupted task at its notice, but never for a task that is older than two minutes: it
 * compares the start of the task with the notice. Here it deregisters where that helps.
 *
 * AWS rejects its call for a service with CodeDeploy, and it has no other. So in AWS such a service stays as ecs-only
 * leaves it. Here CodeDeploy moves it: all tasks on demand, then the traffic.
 */
export const flip: Policy = {
  name: 'flip',
  declare: () => ({ strategy: spot }),
  start: (account) => {
    const run = new Flip(account)
    const lambda = new LambdaFunction(account)
    lambda.subscribe('ECS Service Action', (event) => run.serviceAction(event))
    lambda.subscribe('ECS Task State Change', (event) => run.taskChanged(event))
    account.aws.simulation.every(scanSeconds, () => lambda.invoke(() => run.scan()))
    return { directionChanges: () => run.directionChanges() }
  },
}

class Flip {
  private readonly stored = new Map<string, Stored>()
  private readonly interrupted = new Set<string>()

  constructor(private readonly account: ScenarioAccount) {
    for (const name of account.pairs.keys()) {
      this.stored.set(name, {
        failures: 0,
        backoffUntil: 0,
        isRestorePending: false,
        restores: [],
        changes: 0,
      })
    }
  }

  /** The first change of a service has no direction before it. */
  directionChanges(): number {
    const changes = [...this.stored.values()].map((stored) => Math.max(0, stored.changes - 1))
    return changes.reduce((sum, number) => sum + number, 0)
  }

  async serviceAction({ detail, resources }: AwsEvent): Promise<void> {
    if (detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') return
    const name = resources[0]?.split('/').at(-1) ?? ''
    const stored = this.stored.get(name)
    if (stored === undefined) return
    const service = await this.describe(name)
    stored.failures++
    const backoffSeconds = firstBackoffSeconds * 2 ** (stored.failures - 1)
    stored.backoffUntil = this.now + Math.min(maxBackoffSeconds, backoffSeconds) * 1000
    if (isFallback(service) || isInRollout(service)) return
    stored.isRestorePending = true
    stored.changes++
    await this.account.changeStrategy(name, fallback)
  }

  async taskChanged(event: AwsEvent): Promise<void> {
    const interrupted = interruptedTask(event)
    if (interrupted === undefined || this.interrupted.has(interrupted.arn)) return
    this.interrupted.add(interrupted.arn)
    await deregisterIfLeaving(this.account, interrupted)
  }

  async scan(): Promise<void> {
    for (const [name, stored] of this.stored) {
      if (stored.backoffUntil > this.now) continue
      const service = await this.describe(name)
      if (isInRollout(service) || !service.desiredCount) continue
      const dayAgo = this.now - 24 * hour * 1000
      if (stored.restores.filter((at) => at > dayAgo).length >= maxRestoresPerDay) continue
      if (!stored.isRestorePending && !isFallback(service)) continue
      stored.changes++
      await this.account.changeStrategy(name, spot)
      stored.isRestorePending = false
      stored.failures = 0
      stored.backoffUntil = 0
      stored.restores.push(this.now)
    }
  }

  private get now(): number {
    return this.account.aws.now
  }

  private async describe(name: string): Promise<ServiceDescription> {
    const { services = [] } = await this.account.ecs.send(
      new DescribeServicesCommand({ cluster: 'main', services: [name] }),
    )
    return services[0] ?? {}
  }
}

function isFallback({ capacityProviderStrategy = [] }: ServiceDescription): boolean {
  return capacityProviderStrategy.every(
    ({ capacityProvider = '', weight = 0 }) => !/spot/i.test(capacityProvider) || weight === 0,
  )
}

function isInRollout({ deployments = [], taskSets = [] }: ServiceDescription): boolean {
  return (
    taskSets.length > 1 || deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
  )
}
