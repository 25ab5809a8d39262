import type { TargetState } from '../aws/load-balancers'
import { type EcsContext, isNoticeMissing } from './context'
import type { Host, StopCode, Task } from './service'
import { drawn, startSeconds } from './settings'
import { taskDetail } from './task-view'

export interface LifecycleHooks {
  /** The service of the task needs a reconcile. */
  changed(task: Task): void
  failedToStart(task: Task): void
  /** A target of the task is unhealthy. */
  unhealthy(task: Task, targetGroupArn: string): void
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
    const failure = this.context.programs.startsTask?.(task)
    for (const observer of this.context.observers) observer.started?.(task)
    this.setAccepting(task, true)
    this.setServing(task, true)
    this.register(task, 0)
    if (failure !== undefined)
      void Promise.resolve(failure).then((why) => this.failStart(task, why))
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
    const { deregistration } = task.service.taskEnd
    if (deregistration === 'at-notice') this.deregister(task)
    this.sigterm(task, this.stopTimeout(task), noticeSeconds)
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
      const failure = startFailure ?? this.context.programs.startsTask?.(task)
      if (!(failure instanceof Promise)) this.runOrFail(task, failure)
      else return failure.then((why) => this.runOrFail(task, why))
    })
  }

  private runOrFail(task: Task, failure: string | undefined): void {
    if (failure !== undefined) this.failStart(task, failure)
    else if (!task.isReleased) this.run(task)
    else this.signal(task, 'SIGKILL')
  }

  private failStart(task: Task, reason: string | undefined): void {
    if (reason === undefined || task.isReleased) return
    this.kill(task, 'TaskFailedToStart', reason)
    this.hooks.failedToStart(task)
  }

  private run(task: Task): void {
    const { simulation, timing } = this.context
    task.lastStatus = 'RUNNING'
    task.startedAt = simulation.now
    this.publish(task)
    for (const observer of this.context.observers) observer.started?.(task)
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

  /** The program of the task has ended. One that stops ends with its exit. */
  exit(task: Task, exitCode?: number): void {
    if (task.isReleased || task.startedAt === undefined) return
    task.exitCode ??= exitCode
    if (task.desiredStatus === 'STOPPED') {
      if (exitCode !== undefined) this.end(task, true)
      return
    }
    const neverServed = !task.isServing
    this.markStopping(task, 'EssentialContainerExited', 'Essential container in task exited')
    this.end(task, true)
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
    this.signal(task, 'SIGTERM')
    if (task.isReleased) return
    const limit = Math.min(this.stopTimeout(task), limitSeconds)
    const runsProgram = this.context.programs.startsTask !== undefined
    const leaves = !runsProgram && task.service.taskEnd.application === 'leaves-at-once'
    if (leaves) this.setAccepting(task, false)
    const seconds = leaves ? drawn(task.random, timing.leaving) : exitSeconds
    const exits = !runsProgram && seconds < limit
    this.next(task, exits ? seconds : limit, () => {
      if (runsProgram || task.service.standalone !== undefined) {
        task.exitCode = exits ? exitCodes.sigterm : exitCodes.sigkill
      }
      this.end(task, exits)
    })
  }

  private stopTimeout(task: Task): number {
    return this.behaviour(task).stopTimeoutSeconds ?? task.service.taskEnd.stopTimeoutSeconds
  }

  private signal(task: Task, signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const observer of this.context.observers) observer.signal?.(task, signal)
  }

  private markStopping(task: Task, code: StopCode, reason: string): void {
    task.desiredStatus = 'STOPPED'
    task.stopCode = code
    task.stoppedReason = reason
    task.stoppingAt = this.context.simulation.now
  }

  /** @param hasExited its program has ended by itself */
  private end(task: Task, hasExited = false): void {
    const { simulation, timing } = this.context
    const hasRun = !task.isReleased && task.startedAt !== undefined
    if (hasRun && !hasExited) this.signal(task, 'SIGKILL')
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
    if (hasRun) for (const observer of this.context.observers) observer.ended?.(task)
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
    const { checksTargets } = this.context.programs
    const healthyAt = this.context.simulation.now + healthyAfterSeconds * 1000
    for (const observer of this.context.observers) observer.registered?.(task, healthyAt)
    for (const { targetGroupArn, containerPort } of loadBalancers) {
      this.context.loadBalancers.register(
        targetGroupArn,
        task.ip ?? '',
        containerPort,
        healthyAfterSeconds,
        (state) => this.targetChanged(task, targetGroupArn, state),
        checksTargets && (() => checksTargets(task, targetGroupArn)),
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
    if (state === 'unhealthy' && this.context.programs.checksTargets) {
      this.unhealthy(task, targetGroupArn)
    }
  }

  /** ECS ignores failed health checks until the grace period is over. */
  private unhealthy(task: Task, targetGroupArn: string): void {
    const { simulation } = this.context
    const graceEnds = (task.startedAt ?? 0) + task.service.healthCheckGraceSeconds * 1000
    if (simulation.now >= graceEnds) this.hooks.unhealthy(task, targetGroupArn)
    else {
      simulation.at(graceEnds, () => {
        if (task.targets.get(targetGroupArn) === 'unhealthy') this.unhealthy(task, targetGroupArn)
      })
    }
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

  private next(task: Task, seconds: number, action: () => void | Promise<void>): void {
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
