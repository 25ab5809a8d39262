import type { CapacityTrace } from '../../trace'
import type { CapacityProvider, Placement } from '../capacity-provider'
import type { EcsContext } from '../context'
import type { Task } from '../task'
import type { TaskLifecycle } from '../task-lifecycle'
import { AutoScalingGroup } from './auto-scaling-group'
import type { Instance } from './instance'
import { scaleByCpu, scaleByReservation } from './scaling'
import type { AutoScalingGroupSettings } from './settings'

/** The capacity provider of an Auto Scaling group: tasks go to instances with room, or wait for one. */
export class AsgProvider implements CapacityProvider {
  readonly launchType = 'EC2'
  readonly name: string
  readonly arn: string
  readonly isSpot: boolean
  readonly scarceResource: 'CPU' | 'MEMORY'
  readonly group: AutoScalingGroup
  private readonly waiting = new Set<Task>()
  private readonly hosts = new Map<Task, Instance>()

  constructor(
    context: EcsContext,
    private readonly lifecycle: TaskLifecycle,
    private readonly touch: (task: Task) => void,
    clusterName: string,
    settings: AutoScalingGroupSettings,
  ) {
    this.name = settings.name
    this.arn = context.arns.capacityProvider(settings.name)
    this.isSpot = settings.isSpot ?? false
    this.scarceResource = settings.scarceResource ?? 'CPU'
    this.group = new AutoScalingGroup(context, clusterName, settings, {
      ready: () => this.placeWaiting(),
      draining: (instance) => this.leave(instance),
      gone: (instance) => this.killAll(instance),
    })
    const { scaling } = settings
    if (scaling.kind === 'cpu') scaleByCpu(context.simulation, this.group, scaling)
    else scaleByReservation(context.simulation, this.group, scaling, () => this.waiting.size)
  }

  get fullHosts(): string[] {
    return this.group.active.map(({ containerInstanceArn }) => containerInstanceArn)
  }

  /** Tasks in PROVISIONING that no instance has room for. */
  get waitingTasks(): number {
    return this.waiting.size
  }

  place(task: Task, isRunning: boolean): Placement {
    const instance = this.withRoom()
    if (!isRunning) this.lifecycle.created(task)
    if (instance === undefined) {
      this.waiting.add(task)
      this.lifecycle.waits(task)
      return 'waiting'
    }
    this.assign(task, instance, isRunning)
    return 'placed'
  }

  release(task: Task): void {
    this.waiting.delete(task)
    const instance = this.hosts.get(task)
    if (instance === undefined) return
    this.hosts.delete(task)
    instance.tasks.delete(task)
    if (instance.tasks.size === 0) this.group.emptied(instance)
    this.placeWaiting()
  }

  /** An instance is what Spot takes back, with all its tasks. */
  interrupt(task: Task): void {
    const instance = this.hosts.get(task)
    if (instance !== undefined) this.group.pool.takeBack(instance)
  }

  setBroken(zone: string, isBroken: boolean): void {
    this.group.pool.setBroken(zone, isBroken)
  }

  setTrace(trace: CapacityTrace, zone?: string): void {
    this.group.pool.setTrace(trace, zone)
  }

  private placeWaiting(): void {
    for (const task of this.waiting) {
      const instance = this.withRoom()
      if (instance === undefined) return
      this.waiting.delete(task)
      this.assign(task, instance, false)
    }
  }

  /** Fills one instance before it begins with another, so that some stay empty and can go. */
  private withRoom(): Instance | undefined {
    let best: Instance | undefined
    for (const instance of this.group.instances) {
      if (instance.hasRoom && instance.tasks.size >= (best?.tasks.size ?? 0)) best = instance
    }
    return best
  }

  private assign(task: Task, instance: Instance, isRunning: boolean): void {
    instance.tasks.add(task)
    this.hosts.set(task, instance)
    const zone = this.group.zoneOf(instance)
    if (isRunning) this.lifecycle.alreadyRunning(task, zone, instance)
    else this.lifecycle.placedOnHost(task, zone, instance)
  }

  private leave(instance: Instance): void {
    for (const task of instance.tasks) {
      task.isLeaving = true
      this.touch(task)
    }
  }

  private killAll(instance: Instance): void {
    for (const task of [...instance.tasks]) {
      const reason = `Host EC2 (instance ${instance.instanceId}) terminated.`
      this.lifecycle.kill(task, 'TerminationNotice', reason)
    }
  }
}
