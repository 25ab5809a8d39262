import type { TargetState } from '../aws/load-balancers'
import { type EcsContext, isNoticeMissing } from './context'
import type { Host, StopCode, Task } from './service'
import { drawn, startSeconds } from './settings'
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

/** Of a process that a signal ends: 128 and its number. */
const exitCodes = { sigterm: 143, sigkill: 137 }

/** Moves tasks from their placement to STOPPED, and publishes each change of state. */
export class TaskLifecycle {
  constructor(
    private readonly context: EcsContext,
    private readonly hooks: LifecycleHooks,
  ) {}

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
    const { provisioning, pending } = startSeconds(task.random, this.context.timing)
    this.next(task, delaySeconds + provisioning, () => this.pend(task, pending))
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
    this.context.replica?.changed(task)
    this.setAccepting(task, true)
    this.setServing(task, true)
    this.register(task, 0)
  }

  /** Deregisters the task from its target groups, waits for their deregistration delay, then sends SIGTERM. */
  stop(task: Task, code: StopCode, reason: string): void {
    if (task.desiredStatus === 'STOPPED') return
    this.markStopping(task, code, reason)
    if (task.lastStatus !== 'RUNNING') {
      this.end(task)
      return
    }
    this.setServing(task, false)
    this.deregister(task)
    const drainSeconds = this.drainSeconds(task)
    if (drainSeconds === 0) {
      this.stopContainers(task)
      return
    }
    task.lastStatus = 'DEACTIVATING'
    this.publish(task)
    this.next(task, drainSeconds, () => this.stopContainers(task))
  }

  /** Gives a Spot interruption notice, and SIGTERM with it. The task keeps running until its application exits. */
  interrupt(task: Task): void {
    const { noticeSeconds } = this.context.timing
    if (task.desiredStatus === 'STOPPED') {
      // The scheduler is stopping it. Its capacity ends with the notice all the same.
      this.context.simulation.after(noticeSeconds, () => {
        if (!task.isReleased) this.end(task)
      })
      return
    }
    this.markStopping(task, 'SpotInterruption', 'Your Spot Task was interrupted.')
    if (task.lastStatus !== 'RUNNING' || isNoticeMissing(this.context, task.random)) {
      this.end(task)
      return
    }
    this.publish(task)
    for (const observer of this.context.observers) observer.interrupted?.(task)
    const { deregistration, stopTimeoutSeconds } = task.service.taskEnd
    if (deregistration === 'at-notice') this.deregister(task)
    this.sigterm(task, stopTimeoutSeconds, noticeSeconds)
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
    this.setAccepting(task, true)
    const { exitsAfterSeconds, exitCode } = this.behaviour(task)
    if (exitsAfterSeconds !== undefined) {
      simulation.after(exitsAfterSeconds, () => {
        if (task.desiredStatus === 'RUNNING') this.exit(task, exitCode)
      })
    }
    if (task.deployment.release.loadBalancers.length === 0) {
      this.serve(task)
      return
    }
    this.register(task, drawn(task.random, timing.healthy))
    this.hooks.changed(task)
  }

  private serve(task: Task): void {
    this.setServing(task, true)
    task.deployment.starts.succeeded()
    this.hooks.changed(task)
  }

  /** The containers of a task end by themselves, or at a SIGTERM that they have received. */
  exit(task: Task, exitCode?: number): void {
    if (task.isReleased || task.startedAt === undefined) return
    if (task.desiredStatus === 'STOPPED') {
      if (!task.isTerminating) return
      task.exitCode = exitCode
      this.end(task)
      return
    }
    task.exitCode = exitCode
    const neverServed = !task.isServing
    this.kill(task, 'EssentialContainerExited', 'Essential container in task exited')
    if (neverServed) this.hooks.failedToStart(task)
  }

  private stopContainers(task: Task): void {
    const { timing } = this.context
    task.lastStatus = 'STOPPING'
    this.publish(task)
    const { application } = task.service.taskEnd
    const exitSeconds =
      application === 'serves-until-drained' ? drawn(task.random, timing.stopping) : undefined
    this.sigterm(task, exitSeconds)
  }

  /**
   * Ends the task when its application exits, or at SIGKILL.
   *
   * @param exitSeconds of an application that does not leave at once. Default: it waits for SIGKILL
   */
  private sigterm(task: Task, exitSeconds = Infinity, limitSeconds = Infinity): void {
    const { timing } = this.context
    const { application, stopTimeoutSeconds } = task.service.taskEnd
    const leaves = application === 'leaves-at-once'
    task.isTerminating = true
    if (leaves) this.setAccepting(task, false)
    const seconds = leaves ? drawn(task.random, timing.leaving) : exitSeconds
    const killedAfter = Math.min(stopTimeoutSeconds, limitSeconds)
    this.next(task, Math.min(seconds, killedAfter), () => {
      if (task.service.standalone !== undefined) {
        task.exitCode = seconds < killedAfter ? exitCodes.sigterm : exitCodes.sigkill
      }
      this.end(task)
    })
  }

  private markStopping(task: Task, code: StopCode, reason: string): void {
    task.desiredStatus = 'STOPPED'
    task.stopCode = code
    task.stoppedReason = reason
    task.stoppingAt = this.context.simulation.now
  }

  private end(task: Task): void {
    const { simulation, timing } = this.context
    this.setServing(task, false)
    this.setAccepting(task, false)
    if (timing.deregistering[1] === 0) this.deregister(task)
    else simulation.after(drawn(task.random, timing.deregistering), () => this.deregister(task))
    if (!task.isReleased) {
      task.isReleased = true
      task.executionStoppedAt = simulation.now
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
    const healthyAt = this.context.simulation.now + healthyAfterSeconds * 1000
    for (const observer of this.context.observers) observer.registered?.(task, healthyAt)
    for (const { targetGroupArn, containerPort } of loadBalancers) {
      this.context.loadBalancers.register(
        targetGroupArn,
        task.ip ?? '',
        containerPort,
        healthyAfterSeconds,
        (state) => this.targetChanged(task, targetGroupArn, state),
      )
    }
  }

  private targetChanged(task: Task, targetGroupArn: string, state: TargetState): void {
    task.targets.set(targetGroupArn, state)
    for (const observer of this.context.observers) {
      observer.target?.(task, targetGroupArn, state)
      if (state === 'draining') observer.deregistered?.(task)
    }
    const isFirst = !task.isServing && task.desiredStatus === 'RUNNING'
    if (isFirst && hasHealthyTargets(task)) this.serve(task)
    this.updateInService(task)
  }

  private deregister(task: Task): void {
    if (task.startedAt === undefined) return
    for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
      this.context.loadBalancers.deregister(targetGroupArn, task.ip ?? '', containerPort)
    }
  }

  private drainSeconds(task: Task): number {
    const { loadBalancers } = this.context
    return Math.max(
      0,
      ...task.deployment.release.loadBalancers.map(({ targetGroupArn, containerPort }) =>
        loadBalancers.drainSeconds(targetGroupArn, task.ip ?? '', containerPort),
      ),
    )
  }

  private setServing(task: Task, isServing: boolean): void {
    if (task.isServing === isServing) return
    task.isServing = isServing
    for (const observer of this.context.observers) observer.serving?.(task, isServing ? 1 : -1)
    this.updateInService(task)
  }

  private setAccepting(task: Task, isAccepting: boolean): void {
    if (task.isAccepting === isAccepting) return
    task.isAccepting = isAccepting
    for (const observer of this.context.observers) observer.accepting?.(task, isAccepting ? 1 : -1)
    if (!isAccepting) {
      for (const { targetGroupArn, containerPort } of task.deployment.release.loadBalancers) {
        this.context.loadBalancers.refuse(targetGroupArn, task.ip ?? '', containerPort)
      }
    }
    this.updateInService(task)
  }

  private updateInService(task: Task): void {
    const isInService = task.isServing && task.isAccepting && hasHealthyTargets(task)
    if (task.isInService === isInService) return
    task.isInService = isInService
    for (const observer of this.context.observers) observer.inService?.(task, isInService ? 1 : -1)
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
    this.context.replica?.changed(task)
    this.context.bus.publish(() => ({
      source: 'aws.ecs',
      detailType: 'ECS Task State Change',
      resources: [task.arn],
      detail: taskDetail(task),
    }))
  }
}

function hasHealthyTargets({ deployment, targets }: Task): boolean {
  return deployment.release.loadBalancers.every(
    ({ targetGroupArn }) => targets.get(targetGroupArn) === 'healthy',
  )
}
