import type { CapacityTrace } from '../trace'
import { CapacityPool, type ZoneTraces } from './capacity-pool'
import type { CapacityProvider, Placement } from './capacity-provider'
import type { EcsContext } from './context'
import { type Rate, RateLimit } from './rate-limit'
import type { Task } from './service'
import type { TaskLifecycle } from './task-lifecycle'

export interface FargateSettings {
  readonly zones: ZoneTraces
  /** @default 20 launches a second, after a burst of 100 */
  readonly launches?: Rate
  /**
   * Spreads the notices of one drop of capacity over this time.
   * @default 0, all at once
   */
  readonly noticeSpreadSeconds?: number
}

/** FARGATE or FARGATE_SPOT. */
export class FargateProvider implements CapacityProvider<Task> {
  readonly launchType = 'FARGATE'
  readonly scarceResource = 'CPU'
  readonly fullHosts = []
  readonly isSpot: boolean
  readonly arn: string
  private readonly pool: CapacityPool<Task>
  private readonly launches: RateLimit

  constructor(
    private readonly context: EcsContext,
    private readonly lifecycle: TaskLifecycle,
    readonly name: 'FARGATE' | 'FARGATE_SPOT',
    settings: FargateSettings,
  ) {
    this.isSpot = name === 'FARGATE_SPOT'
    this.arn = context.arns.capacityProvider(name)
    this.launches = new RateLimit(settings.launches ?? { perSecond: 20, burst: 100 })
    this.pool = new CapacityPool(context.simulation, context.simulation.random.fork(name), {
      zones: settings.zones,
      isSpot: this.isSpot,
      noticeSpreadSeconds: settings.noticeSpreadSeconds ?? 0,
      onReclaimed: (task) => lifecycle.interrupt(task),
      onBroken: (task) =>
        lifecycle.kill(task, 'InfrastructureHealth', 'The zone is not available.'),
    })
  }

  place(task: Task, isRunning: boolean): Placement {
    const zone = this.pool.claim(task)
    if (zone === undefined) return 'failed'
    if (isRunning) this.lifecycle.startRunning(task, zone)
    else {
      this.lifecycle.created(task)
      const delaySeconds = this.launches.reserve(this.context.simulation.now)
      this.lifecycle.placedOnFargate(task, zone, delaySeconds)
    }
    return 'placed'
  }

  release(task: Task): void {
    this.pool.release(task)
  }

  interrupt(task: Task): void {
    this.pool.reclaim(task)
  }

  setBroken(zone: string, isBroken: boolean): void {
    this.pool.setBroken(zone, isBroken)
  }

  setTrace(trace: CapacityTrace, zone?: string): void {
    this.pool.setTrace(trace, zone)
  }
}
