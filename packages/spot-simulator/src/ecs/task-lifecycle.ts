import type { EcsContext } from './context'
import { drawn } from './settings'
import type { Host, StopCode, Task } from './task'
import { taskDetail } from './task-view'

export interface LifecycleHooks {
  /** The scheduler should look at the task's service. */
  changed(task: Task): void
  failedToStart(task: Task): void
  /** It waited for an instance in vain. */
  gaveUpWaiting(task: Task, fullHosts: readonly string[]): void
  /** It is STOPPED, and leaves its service. */
  stopped(task: Task): void
}

/** What happens to a task from its placement to its end. */
export class TaskLifecycle {
  constructor(
    private readonly context: EcsContext,
    private readonly hooks: LifecycleHooks,
  ) {}

  /** It exists, and waits for room. */
  created(task: Task): void {
    this.tell(task)
  }

  /** It waits for an instance with room; after a while ECS gives up. */
  waits(task: Task): void {
    const { random, timing } = this.context
    this.next(task, drawn(random, timing.placementPatience), () => {
      const { fullHosts } = task.provider
      this.kill(task, 'TaskFailedToStart', 'Timeout waiting for capacity.')
      this.hooks.gaveUpWaiting(task, fullHosts)
    })
  }

  /** It has room on Fargate. */
  placedOnFargate(task: Task, zone: string, delaySeconds: number): void {
    this.takeRoom(task, zone)
    const { random, timing } = this.context
    const provisioning = delaySeconds + drawn(random, timing.fargateProvisioning)
    this.next(task, provisioning, () => this.pend(task, drawn(random, timing.fargatePending)))
  }

  /** It has room on an instance. */
  placedOnHost(task: Task, zone: string, host: Host): void {
    this.takeRoom(task, zone)
    task.host = host
    this.pend(task, drawn(this.context.random, this.context.timing.ec2Pending))
  }

  /** It has been running for long, and nobody is told. */
  alreadyRunning(task: Task, zone: string, host?: Host): void {
    this.takeRoom(task, zone)
    task.host = host
    task.lastStatus = 'RUNNING'
    task.startedAt = this.context.simulation.now
    this.register(task, 0)
    this.setServing(task, true)
  }

  /** The scheduler's way: out of the target groups first. */
  stop(task: Task, code: StopCode, reason: string): void {
    if (task.desiredStatus === 'STOPPED') return
    this.condemn(task, code, reason)
    if (task.lastStatus !== 'RUNNING') {
      this.end(task)
      return
    }
    this.leave(task)
    task.lastStatus = 'DEACTIVATING'
    this.tell(task)
    this.next(task, drawn(this.context.random, this.context.timing.stopping), () => this.end(task))
  }

  /** Spot takes it back: it goes on running until the notice is over. */
  interrupt(task: Task): void {
    if (task.desiredStatus === 'STOPPED') return
    this.condemn(task, 'SpotInterruption', 'Your Spot Task was interrupted.')
    if (task.lastStatus !== 'RUNNING') {
      this.end(task)
      return
    }
    this.tell(task)
    this.next(task, this.context.timing.noticeSeconds, () => this.end(task))
    this.hooks.changed(task)
  }

  /** It is over at once. */
  kill(task: Task, code: StopCode, reason: string): void {
    if (task.isGone) return
    if (task.desiredStatus === 'RUNNING') this.condemn(task, code, reason)
    this.end(task)
  }

  private pend(task: Task, seconds: number): void {
    task.lastStatus = 'PENDING'
    this.tell(task)
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
    const { simulation, random, timing } = this.context
    task.lastStatus = 'RUNNING'
    task.startedAt = simulation.now
    this.tell(task)
    const { exitsAfterSeconds } = this.behaviour(task)
    if (exitsAfterSeconds !== undefined) {
      simulation.after(exitsAfterSeconds, () => this.exit(task))
    }
    if (task.deployment.release.loadBalancers.length === 0) {
      this.serve(task)
      return
    }
    const healthyAfter = drawn(random, timing.healthy)
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

  private condemn(task: Task, code: StopCode, reason: string): void {
    task.desiredStatus = 'STOPPED'
    task.stopCode = code
    task.stoppedReason = reason
    task.stoppingAt = this.context.simulation.now
  }

  private end(task: Task): void {
    const { simulation, random, timing } = this.context
    this.leave(task)
    if (!task.isGone) {
      task.isGone = true
      task.provider.release(task)
      if (task.zone !== undefined)
        for (const observer of this.context.observers) observer.paid?.(task, -1)
    }
    task.lastStatus = 'DEPROVISIONING'
    this.tell(task)
    this.next(task, drawn(random, timing.deprovisioning), () => {
      task.lastStatus = 'STOPPED'
      task.stoppedAt = simulation.now
      this.tell(task)
      this.hooks.stopped(task)
    })
    this.hooks.changed(task)
  }

  private takeRoom(task: Task, zone: string): void {
    task.zone = zone
    task.ip = this.context.ids.privateIp()
    for (const observer of this.context.observers) observer.paid?.(task, 1)
  }

  private register(task: Task, healthyAfterSeconds: number): void {
    for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
      const { loadBalancers } = this.context
      loadBalancers.register(targetGroupArn, task.ip ?? '', containerPort, healthyAfterSeconds)
    }
  }

  private leave(task: Task): void {
    this.setServing(task, false)
    if (task.startedAt === undefined) return
    for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
      this.context.loadBalancers.deregister(targetGroupArn, task.ip ?? '', containerPort)
    }
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

  private tell(task: Task): void {
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
