import type { EcsContext } from './context'
import type { Host, StopCode, Task } from './service'
import { drawn } from './settings'
import { taskDetail } from './task-view'

export interface LifecycleHooks {
  /** The service of the task needs a reconcile. */
  changed(task: Task): void
  failedToStart(task: Task): void
  /** No instance had room within the placement patience. */
  gaveUpWaiting(task: Task, fullHosts: readonly string[]): void
  /** The task is STOPPED. */
  stopped(task: Task): void
}

/** Moves tasks from their placement to STOPPED, and publishes each change of state. */
export class TaskLifecycle {
  /** By their IP address, while they are registered. */
  private readonly targets = new Map<string, Task>()

  constructor(
    private readonly context: EcsContext,
    private readonly hooks: LifecycleHooks,
  ) {
    context.loadBalancers.onDeregistered((id) => {
      const task = this.targets.get(id)
      if (task === undefined) return
      for (const observer of context.observers) observer.deregistered?.(task)
    })
  }

  created(task: Task): void {
    this.publish(task)
  }

  /** Waits for an instance with room, up to the placement patience. */
  waitForHost(task: Task): void {
    this.next(task, drawn(task.random, this.context.timing.placementPatience), () => {
      const { fullHosts } = task.provider
      this.kill(task, 'TaskFailedToStart', 'Timeout waiting for capacity.')
      this.hooks.gaveUpWaiting(task, fullHosts)
    })
  }

  placedOnFargate(task: Task, zone: string, delaySeconds: number): void {
    this.holdCapacity(task, zone)
    const { timing } = this.context
    const provisioning = delaySeconds + drawn(task.random, timing.fargateProvisioning)
    this.next(task, provisioning, () => this.pend(task, drawn(task.random, timing.fargatePending)))
  }

  placedOnHost(task: Task, zone: string, host: Host): void {
    this.holdCapacity(task, zone)
    task.host = host
    this.pend(task, drawn(task.random, this.context.timing.ec2Pending))
  }

  /** Starts the task as RUNNING and healthy, without events. */
  startRunning(task: Task, zone: string, host?: Host): void {
    this.holdCapacity(task, zone)
    task.host = host
    task.lastStatus = 'RUNNING'
    task.startedAt = this.context.simulation.now
    this.register(task, 0)
    this.setServing(task, true)
  }

  /** Deregisters the task from its target groups, then ends it. */
  stop(task: Task, code: StopCode, reason: string): void {
    if (task.desiredStatus === 'STOPPED') return
    this.markStopping(task, code, reason)
    if (task.lastStatus !== 'RUNNING') {
      this.end(task)
      return
    }
    this.deregister(task)
    task.lastStatus = 'DEACTIVATING'
    this.publish(task)
    this.next(task, drawn(task.random, this.context.timing.stopping), () => this.end(task))
  }

  /** Gives a Spot interruption notice. The task keeps running until the notice is over. */
  interrupt(task: Task): void {
    if (task.desiredStatus === 'STOPPED') return
    this.markStopping(task, 'SpotInterruption', 'Your Spot Task was interrupted.')
    if (task.lastStatus !== 'RUNNING') {
      this.end(task)
      return
    }
    this.publish(task)
    for (const observer of this.context.observers) observer.interrupted?.(task)
    this.next(task, this.context.timing.noticeSeconds, () => this.end(task))
    this.hooks.changed(task)
  }

  /** Ends the task at once. */
  kill(task: Task, code: StopCode, reason: string): void {
    if (task.isReleased) return
    if (task.desiredStatus === 'RUNNING') this.markStopping(task, code, reason)
    this.end(task)
  }

  private pend(task: Task, seconds: number): void {
    task.lastStatus = 'PENDING'
    this.publish(task)
    const { startFailure } = this.behaviour(task)
    this.next(task, seconds, () => {
      if (startFailure === undefined) {
        this.run(task)
        return
      }
      this.kill(task, 'TaskFailedToStart', startFailure)
      this.hooks.failedToStart(task)
    })
  }

  private run(task: Task): void {
    const { simulation, timing } = this.context
    task.lastStatus = 'RUNNING'
    task.startedAt = simulation.now
    this.publish(task)
    const { exitsAfterSeconds } = this.behaviour(task)
    if (exitsAfterSeconds !== undefined) {
      simulation.after(exitsAfterSeconds, () => this.exit(task))
    }
    if (task.deployment.release.loadBalancers.length === 0) {
      this.serve(task)
      return
    }
    const healthyAfter = drawn(task.random, timing.healthy)
    this.register(task, healthyAfter)
    this.next(task, healthyAfter, () => this.checkHealth(task))
    this.hooks.changed(task)
  }

  private checkHealth(task: Task): void {
    const { loadBalancers } = task.deployment.release
    const isHealthy = loadBalancers.every(({ targetGroupArn, containerPort }) =>
      this.context.loadBalancers.isHealthy(targetGroupArn, task.ip ?? '', containerPort),
    )
    if (isHealthy) this.serve(task)
    else this.next(task, 10, () => this.checkHealth(task))
  }

  private serve(task: Task): void {
    this.setServing(task, true)
    task.deployment.starts.succeeded()
    this.hooks.changed(task)
  }

  private exit(task: Task): void {
    if (task.lastStatus !== 'RUNNING' || task.desiredStatus === 'STOPPED') return
    const neverServed = !task.isServing
    this.kill(task, 'EssentialContainerExited', 'Essential container in task exited')
    if (neverServed) this.hooks.failedToStart(task)
  }

  private markStopping(task: Task, code: StopCode, reason: string): void {
    task.desiredStatus = 'STOPPED'
    task.stopCode = code
    task.stoppedReason = reason
    task.stoppingAt = this.context.simulation.now
  }

  private end(task: Task): void {
    const { simulation, timing } = this.context
    this.deregister(task)
    if (!task.isReleased) {
      task.isReleased = true
      task.provider.release(task)
      if (task.zone !== undefined)
        for (const observer of this.context.observers) observer.paid?.(task, -1)
    }
    task.lastStatus = 'DEPROVISIONING'
    this.publish(task)
    this.next(task, drawn(task.random, timing.deprovisioning), () => {
      task.lastStatus = 'STOPPED'
      task.stoppedAt = simulation.now
      this.publish(task)
      this.hooks.stopped(task)
    })
    this.hooks.changed(task)
  }

  private holdCapacity(task: Task, zone: string): void {
    task.zone = zone
    task.ip = this.context.ids.privateIp()
    for (const observer of this.context.observers) observer.paid?.(task, 1)
  }

  private register(task: Task, healthyAfterSeconds: number): void {
    const { loadBalancers } = task.deployment.release
    if (loadBalancers.length === 0) return
    const { ip = '' } = task
    for (const { targetGroupArn, containerPort } of loadBalancers) {
      this.context.loadBalancers.register(targetGroupArn, ip, containerPort, healthyAfterSeconds)
    }
    this.targets.set(ip, task)
    const healthyAt = this.context.simulation.now + healthyAfterSeconds * 1000
    for (const observer of this.context.observers) observer.registered?.(task, healthyAt)
  }

  private deregister(task: Task): void {
    this.setServing(task, false)
    if (task.startedAt === undefined) return
    for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
      this.context.loadBalancers.deregister(targetGroupArn, task.ip ?? '', containerPort)
    }
    this.targets.delete(task.ip ?? '')
  }

  private setServing(task: Task, isServing: boolean): void {
    if (task.isServing === isServing) return
    task.isServing = isServing
    for (const observer of this.context.observers) observer.serving?.(task, isServing ? 1 : -1)
  }

  private behaviour(task: Task) {
    return this.context.revisions.get(task.deployment.release.taskDefinition) ?? {}
  }

  private next(task: Task, seconds: number, action: () => void): void {
    task.cancelNext()
    task.cancelNext = this.context.simulation.after(seconds, action)
  }

  private publish(task: Task): void {
    if (task.updatedAt !== task.createdAt || task.lastStatus !== 'PROVISIONING') task.version++
    task.updatedAt = this.context.simulation.now
    this.context.bus.publish(() => ({
      source: 'aws.ecs',
      detailType: 'ECS Task State Change',
      resources: [task.arn],
      detail: taskDetail(task),
    }))
  }
}
