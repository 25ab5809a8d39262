import type { CapacityTrace } from '../../trace'
import type { CapacityProvider, Placement } from '../capacity-provider'
import type { EcsContext } from '../context'
import type { Task } from '../service'
import type { TaskLifecycle } from '../task-lifecycle'
import { AutoScalingGroup } from './auto-scaling-group'
import type { Instance } from './instance'
import { scaleByCpu, scaleByReservation } from './scaling'
import type { AutoScalingGroupSettings } from './settings'

export interface AsgProviderProps {
  readonly context: EcsContext
  readonly lifecycle: TaskLifecycle
  readonly requestReconcile: (task: Task) => void
  readonly clusterName: string
  readonly settings: AutoScalingGroupSettings
}

/** The capacity provider of an Auto Scaling group. Tasks run on instances with room, or wait for one. */
export class AsgProvider implements CapacityProvider<Task> {
  readonly launchType = 'EC2'
  readonly name: string
  readonly arn: string
  readonly isSpot: boolean
  readonly scarceResource: 'CPU' | 'MEMORY'
  readonly group: AutoScalingGroup
  /** Tasks in PROVISIONING that no instance has room for. */
  private readonly waiting = new Set<Task>()
  private readonly hosts = new Map<Task, Instance>()

  constructor(private readonly props: AsgProviderProps) {
    const { context, clusterName, settings } = props
    this.name = settings.name
    this.arn = context.arns.capacityProvider(settings.name)
    this.isSpot = settings.isSpot ?? false
    this.scarceResource = settings.scarceResource ?? 'CPU'
    this.group = new AutoScalingGroup(context, clusterName, settings, {
      ready: () => this.placeWaiting(),
      draining: (instance) => this.drain(instance),
      terminated: (instance) => this.killTasks(instance),
    })
    const { scaling } = settings
    if (scaling.kind === 'cpu') scaleByCpu(context.simulation, this.group, scaling)
    else scaleByReservation(context.simulation, this.group, scaling, () => this.waiting.size)
  }

  get fullHosts(): string[] {
    return this.group.active.map(({ containerInstanceArn }) => containerInstanceArn)
  }

  get waitingTasks(): number {
    return this.waiting.size
  }

  place(task: Task, isRunning: boolean): Placement {
    const instance = this.hostWithRoom()
    if (!isRunning) this.props.lifecycle.created(task)
    if (instance === undefined) {
      this.waiting.add(task)
      this.props.lifecycle.waitForHost(task)
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

  /** Spot reclaims whole instances, with all their tasks. */
  interrupt(task: Task): void {
    const instance = this.hosts.get(task)
    if (instance !== undefined) this.group.pool.reclaim(instance)
  }

  setBroken(zone: string, isBroken: boolean): void {
    this.group.pool.setBroken(zone, isBroken)
  }

  setTrace(trace: CapacityTrace, zone?: string): void {
    this.group.pool.setTrace(trace, zone)
  }

  private placeWaiting(): void {
    for (const task of this.waiting) {
      const instance = this.hostWithRoom()
      if (instance === undefined) return
      this.waiting.delete(task)
      this.assign(task, instance, false)
    }
  }

  /** Fills one instance before the next, so that empty ones can be scaled in. */
  private hostWithRoom(): Instance | undefined {
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
    if (isRunning) this.props.lifecycle.startRunning(task, zone, instance)
    else this.props.lifecycle.placedOnHost(task, zone, instance)
  }

  private drain(instance: Instance): void {
    for (const task of instance.tasks) {
      task.isOnDrainingHost = true
      this.props.requestReconcile(task)
    }
  }

  private killTasks(instance: Instance): void {
    for (const task of [...instance.tasks]) {
      const reason = `Host EC2 (instance ${instance.instanceId}) terminated.`
      this.props.lifecycle.kill(task, 'TerminationNotice', reason)
    }
  }
}
