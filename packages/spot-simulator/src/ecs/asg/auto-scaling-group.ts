import { unlimited } from '../../synthetic-traces'
import { CapacityTrace } from '../../trace'
import { CapacityPool } from '../capacity-pool'
import { type EcsContext, isNoticeMissing } from '../context'
import { drawn } from '../settings'
import { InstanceEvents } from './events'
import { Instance } from './instance'
import type { AutoScalingGroupSettings } from './settings'

export interface GroupHooks {
  /** The instance accepts tasks. */
  ready(instance: Instance): void
  /** The tasks of the instance must be replaced elsewhere. */
  draining(instance: Instance): void
  /** The instance has ended, and its tasks with it. */
  terminated(instance: Instance): void
}

/** Keeps the desired number of instances, as far as the pool has capacity. */
export class AutoScalingGroup {
  readonly instances = new Set<Instance>()
  readonly pool: CapacityPool<Instance>
  private readonly zones = new Map<Instance, string>()
  private readonly events: InstanceEvents
  private desired = 0
  private isRetrying = false

  constructor(
    private readonly context: EcsContext,
    private readonly clusterName: string,
    readonly settings: AutoScalingGroupSettings,
    private readonly hooks: GroupHooks,
  ) {
    const { name, groupName = name, isSpot = false, capacity = unlimited() } = settings
    const { simulation, arns } = context
    this.events = new InstanceEvents(context, { name: groupName, isSpot })
    this.pool = new CapacityPool(simulation, simulation.random.fork(name), {
      zones: capacity instanceof CapacityTrace ? { [`${arns.region}a`]: capacity } : capacity,
      isSpot: isSpot,
      noticeSpreadSeconds: 0,
      onReclaimed: (instance) => this.interrupt(instance),
      onBroken: (instance) => this.end(instance),
    })
    this.setDesired(settings.initialInstances ?? 0, true)
  }

  /** Instances that run or launch, without those that are interrupted or draining. */
  get staying(): Instance[] {
    return [...this.instances].filter(
      ({ state, isInterrupted }) => !isInterrupted && (state === 'ACTIVE' || state === 'LAUNCHING'),
    )
  }

  get active(): Instance[] {
    return [...this.instances].filter(({ state }) => state === 'ACTIVE')
  }

  get desiredInstances(): number {
    return this.desired
  }

  zoneOf(instance: Instance): string {
    return this.zones.get(instance) ?? ''
  }

  setDesired(number: number, isImmediate = false): void {
    const { minInstances = 0, maxInstances } = this.settings
    this.desired = Math.min(maxInstances, Math.max(minInstances, number))
    this.fill(isImmediate)
    this.shrink()
  }

  /** Call after the last task of an instance has ended: the instance may terminate now. */
  emptied(instance: Instance): void {
    if (instance.state === 'DRAINING' && !instance.isInterrupted) this.end(instance)
    else if (instance.state === 'ACTIVE') this.shrink()
  }

  private fill(isImmediate = false): void {
    for (let missing = this.desired - this.staying.length; missing > 0; missing--) {
      if (this.launch(isImmediate)) continue
      this.events.launchFailed()
      this.retry()
      return
    }
  }

  private launch(isImmediate: boolean): boolean {
    const { simulation, random, arns, ids, observers } = this.context
    const {
      tasksPerInstance,
      launchSeconds = [90, 180],
      name,
      spotInstanceDraining,
    } = this.settings
    const arn = arns.containerInstance(this.clusterName, ids.hex(32))
    const instance = new Instance(`i-${ids.hex(17)}`, arn, simulation.now, tasksPerInstance)
    const zone = this.pool.claim(instance)
    if (zone === undefined) return false
    this.instances.add(instance)
    this.zones.set(instance, zone)
    for (const observer of observers) observer.instance?.(name, 1)
    const ready = () => {
      instance.state = 'ACTIVE'
      // The agent reads the notice of an instance that was interrupted in its launch when it starts.
      if (instance.isInterrupted && spotInstanceDraining) this.drain(instance)
      else this.hooks.ready(instance)
    }
    if (isImmediate) ready()
    else instance.cancelLaunch = simulation.after(drawn(random, launchSeconds), ready)
    return true
  }

  private retry(): void {
    if (this.isRetrying) return
    this.isRetrying = true
    const { launchRetrySeconds = [60, 120] } = this.settings
    this.context.simulation.after(drawn(this.context.random, launchRetrySeconds), () => {
      this.isRetrying = false
      this.fill()
    })
  }

  /** Picks instances at random, except those that termination protection keeps. */
  private shrink(): void {
    const { terminationProtection = true, managedDraining = true } = this.settings
    const candidates = terminationProtection
      ? this.staying.filter(({ tasks }) => tasks.size === 0)
      : this.staying
    for (let excess = this.staying.length - this.desired; excess > 0; excess--) {
      if (candidates.length === 0) return
      const index = this.context.random.integer(0, candidates.length - 1)
      const [instance] = candidates.splice(index, 1) as [Instance]
      if (managedDraining && instance.tasks.size > 0) this.drain(instance)
      else this.end(instance)
    }
  }

  private interrupt(instance: Instance): void {
    const { simulation, random, timing } = this.context
    const { spotInstanceDraining = false, rebalanceRecommendations = 0.5 } = this.settings
    instance.isInterrupted = true
    if (isNoticeMissing(this.context, random)) {
      this.end(instance)
      return
    }
    const zone = this.zoneOf(instance)
    if (random.chance(rebalanceRecommendations)) this.events.rebalance(instance, zone)
    this.events.interruption(instance, zone)
    if (spotInstanceDraining) this.drain(instance)
    simulation.after(timing.noticeSeconds, () => this.end(instance))
    this.fill()
  }

  private drain(instance: Instance): void {
    if (instance.state !== 'ACTIVE') return
    instance.state = 'DRAINING'
    this.hooks.draining(instance)
  }

  private end(instance: Instance): void {
    if (instance.state === 'TERMINATED') return
    instance.state = 'TERMINATED'
    instance.cancelLaunch()
    this.instances.delete(instance)
    this.hooks.terminated(instance)
    this.pool.release(instance)
    this.zones.delete(instance)
    for (const observer of this.context.observers) observer.instance?.(this.settings.name, -1)
    this.fill()
  }
}
