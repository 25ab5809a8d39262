import type { CapacityProvider } from './capacity-provider'
import { CircuitBreaker } from './circuit-breaker'
import type { EcsContext } from './context'
import type { Deployment } from './deployment'
import { countByProvider, toScaleIn } from './scale-in'
import { type Service, Task } from './service'
import { ServiceEvents } from './service-events'
import { drawn } from './settings'
import { split } from './strategy'
import { TaskLifecycle } from './task-lifecycle'

interface StartRequest {
  readonly service: Service
  readonly deployment: Deployment
  readonly number: number
  /** Start them as RUNNING, without events. */
  readonly areRunning: boolean
}

/** Keeps each service at its desired count. Only changes trigger a reconcile, so steady services need no work. */
export class ServiceScheduler {
  readonly lifecycle: TaskLifecycle
  readonly events: ServiceEvents
  /** All tasks that DescribeTasks returns, by ARN. */
  readonly tasks = new Map<string, Task>()
  private readonly circuitBreaker: CircuitBreaker

  constructor(
    private readonly context: EcsContext,
    private readonly providers: ReadonlyMap<string, CapacityProvider<Task>>,
  ) {
    this.events = new ServiceEvents(context)
    this.circuitBreaker = new CircuitBreaker(context, this.events)
    this.lifecycle = new TaskLifecycle(context, {
      changed: ({ service }) => this.requestReconcile(service),
      stopped: (task) => this.archive(task),
      failedToStart: (task) => {
        if (task.service.standalone === undefined) this.failedToStart(task)
      },
      unhealthy: (task, targetGroupArn) => this.replaceUnhealthy(task, targetGroupArn),
      gaveUpWaiting: (task, fullHosts) => {
        const { service, deployment, provider } = task
        if (service.standalone !== undefined) return
        this.placementFailed({ service, deployment, provider, number: 1, fullHosts })
      },
    })
  }

  /** Call after each change of a service or its tasks. */
  requestReconcile(service: Service): void {
    this.context.replica?.changed(service)
    if (service.isReconcileScheduled || service.status === 'INACTIVE') return
    service.isReconcileScheduled = true
    this.context.simulation.after(drawn(service.random, this.context.timing.scheduler), () => {
      service.isReconcileScheduled = false
      this.reconcile(service)
      this.context.replica?.changed(service)
    })
  }

  /** Places missing tasks at the next reconcile, and not after the delay of a failed placement. */
  endBackoff(service: Service): void {
    for (const deployment of service.deployments) deployment.endBackoff()
    this.requestReconcile(service)
  }

  /** Starts all tasks at once, as if the service had been running for long. */
  startSteady(service: Service): void {
    const { primary } = service
    const number = service.desiredCount
    const missing = this.start({ service, deployment: primary, number, areRunning: true })
    if (missing > 0) {
      this.requestReconcile(service)
      return
    }
    primary.rolloutState = 'COMPLETED'
    service.lastCompleted = primary
    service.isSteady = true
    // A random offset, because real services were created at different times.
    const { steadyStateEverySeconds } = this.context.timing
    this.repeatSteady(service, drawn(service.random, [0, steadyStateEverySeconds]))
  }

  /** Places up to `number` tasks that nothing replaces. */
  startStandalone(service: Service, number: number): Task[] {
    const { primary } = service
    return [...split(primary.release.strategy, number)].flatMap(([name, share]) => {
      const request = { service, deployment: primary, number: share, areRunning: false }
      return this.place(request, this.provider(name))
    })
  }

  private reconcile(service: Service): void {
    if (service.status === 'DRAINING') {
      this.drain(service)
      return
    }
    if (service.status === 'INACTIVE') return
    const isRolling = service.controller === 'ECS'
    for (const deployment of isRolling ? [service.primary] : service.deployments) {
      this.converge(service, deployment, isRolling)
    }
    this.updateSteadyState(service)
  }

  /**
   * One step towards the desired count, within the limits of the deployment. Tasks of other deployments and on
   * draining instances are stopped as healthy tasks of this deployment replace them.
   */
  private converge(service: Service, deployment: Deployment, isRolling: boolean): void {
    const { desiredCount } = service
    const { minimumHealthyPercent, maximumPercent } = service.deploymentSettings
    const inScope = [...service.tasks].filter(
      (task) => task.desiredStatus === 'RUNNING' && (isRolling || task.deployment === deployment),
    )
    const isCurrent = (task: Task) => task.deployment === deployment && task.isCounted
    const current = inScope.filter(isCurrent)
    const outgoing = inScope.filter((task) => !isCurrent(task))
    const maxTasks = Math.floor((desiredCount * maximumPercent) / 100)
    const room = maxTasks - current.length - outgoing.length
    if (current.length > desiredCount) {
      this.stop(service, toScaleIn(current, deployment.release.strategy, desiredCount))
    } else if (deployment.rolloutState !== 'FAILED') {
      const number = Math.min(desiredCount - current.length, room)
      this.start({ service, deployment, number, areRunning: false })
    }
    const minTasks = Math.ceil((desiredCount * minimumHealthyPercent) / 100)
    const spare = inScope.filter((task) => task.isServing).length - minTasks
    // Without room for a replacement, ECS stops an unhealthy task first.
    const isBlocked = current.length < desiredCount && room <= 0
    this.stopOutgoing(service, outgoing, spare, isBlocked)
  }

  /** @returns how many of `number` tasks found no capacity */
  private start(request: StartRequest): number {
    const { service, deployment, number, areRunning } = request
    const { now } = this.context.simulation
    if (number <= 0 || !deployment.starts.isOver(now)) return number
    const counts = countByProvider(service.tasksOf(deployment).filter(({ isCounted }) => isCounted))
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const targets = split(deployment.release.strategy, total + number)
    const started: Task[] = []
    for (const [name, target] of targets) {
      const backoff = deployment.placementsOn(name)
      const missing = Math.min(target - (counts.get(name) ?? 0), number - started.length)
      if (missing <= 0 || !backoff.isOver(now)) continue
      const provider = this.provider(name)
      const placed = this.place({ ...request, number: missing }, provider)
      started.push(...placed)
      if (placed.length > 0) backoff.succeeded()
      if (placed.length < missing) {
        const { fullHosts } = provider
        const failed = missing - placed.length
        this.placementFailed({ service, deployment, provider, number: failed, fullHosts })
      }
    }
    if (!areRunning) this.events.started(service, started)
    return number - started.length
  }

  private place(request: StartRequest, provider: CapacityProvider<Task>): Task[] {
    const { service, deployment, number, areRunning } = request
    const { arns, ids, simulation } = this.context
    const placed: Task[] = []
    while (placed.length < number) {
      const id = ids.hex(32)
      const arn = arns.task(service.clusterName, id)
      const createdAt = simulation.now
      const ordinal = service.createdTasks
      const task = new Task({ id, arn, service, deployment, provider, createdAt, ordinal })
      if (provider.place(task, areRunning) === 'failed') break
      service.createdTasks++
      service.tasks.add(task)
      this.tasks.set(arn, task)
      placed.push(task)
    }
    return placed
  }

  private placementFailed(failure: {
    readonly service: Service
    readonly deployment: Deployment
    readonly provider: CapacityProvider<Task>
    readonly number: number
    readonly fullHosts: readonly string[]
  }): void {
    const { service, deployment, provider, number, fullHosts } = failure
    this.events.placementFailed(service, provider, fullHosts)
    const backoff = deployment.placementsOn(provider.name)
    const wait = backoff.failed(this.context.simulation.now, service.random.next())
    this.context.simulation.after(wait, () => this.requestReconcile(service))
    this.countFailures(service, deployment, number)
  }

  private failedToStart({ service, deployment }: Task): void {
    const wait = deployment.starts.failed(this.context.simulation.now, service.random.next())
    this.context.simulation.after(wait, () => this.requestReconcile(service))
    // Published once for each series of failures.
    if (deployment.starts.failures === 3) this.events.startImpaired(service)
    this.countFailures(service, deployment, 1)
  }

  private countFailures(service: Service, deployment: Deployment, tasks: number): void {
    if (this.circuitBreaker.countFailures(service, deployment, tasks)) {
      this.requestReconcile(service)
    }
  }

  /** ECS replaces a task with an unhealthy target. */
  private replaceUnhealthy(task: Task, targetGroupArn: string): void {
    if (!task.isCounted) return
    task.unhealthyIn = targetGroupArn
    const { service, deployment, ip = '' } = task
    const { loadBalancers } = deployment.release
    const port = loadBalancers.find((each) => each.targetGroupArn === targetGroupArn)?.containerPort
    const failure = this.context.loadBalancers.failureOf(targetGroupArn, ip, port ?? 0)
    this.events.unhealthy(task, targetGroupArn, failure?.description ?? 'Health checks failed')
    if (!task.isServing) this.countFailures(service, deployment, 1)
    this.requestReconcile(service)
  }

  /** Stops tasks that do not serve at once, and serving tasks only above the minimum healthy percent. */
  private stopOutgoing(
    service: Service,
    outgoing: readonly Task[],
    spare: number,
    isBlocked: boolean,
  ): void {
    const isIdle = ({ isServing, unhealthyIn }: Task) =>
      !isServing || (isBlocked && unhealthyIn !== undefined)
    const serving = outgoing.filter((task) => !isIdle(task))
    const idle = outgoing.filter(isIdle)
    this.stop(service, [...idle, ...serving.slice(0, Math.max(0, spare))])
  }

  private stop(service: Service, tasks: readonly Task[]): void {
    for (const task of tasks) {
      const reason =
        task.unhealthyIn === undefined
          ? `Scaling activity initiated by (deployment ${service.primary.id})`
          : `Task failed ELB health checks in (target-group ${task.unhealthyIn})`
      this.lifecycle.stop(task, 'ServiceSchedulerInitiated', reason)
    }
    this.events.stopped(service, tasks)
  }

  private updateSteadyState(service: Service): void {
    const wasSteady = service.isSteady
    service.isSteady = isSteady(service)
    if (!service.isSteady) service.cancelSteadyTimer()
    if (wasSteady || !service.isSteady) return
    const { primary } = service
    if (service.controller === 'ECS') {
      service.deployments = [primary]
      service.lastCompleted = primary
    }
    if (primary.rolloutState === 'IN_PROGRESS') {
      primary.rolloutState = 'COMPLETED'
      primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`
      primary.updatedAt = this.context.simulation.now
      this.events.deployment(service, primary)
    }
    this.events.steady(service)
    this.repeatSteady(service, this.context.timing.steadyStateEverySeconds)
  }

  private repeatSteady(service: Service, seconds: number): void {
    const { simulation, timing } = this.context
    service.cancelSteadyTimer = simulation.after(seconds, () => {
      this.events.steady(service)
      this.repeatSteady(service, timing.steadyStateEverySeconds)
    })
  }

  private drain(service: Service): void {
    service.cancelSteadyTimer()
    this.stop(
      service,
      [...service.tasks].filter(({ desiredStatus }) => desiredStatus === 'RUNNING'),
    )
    if (service.tasks.size > 0) return
    service.status = 'INACTIVE'
    service.inactiveAt = this.context.simulation.now
  }

  /** Stopped tasks are described for a while. */
  private archive(task: Task): void {
    const { service } = task
    service.tasks.delete(task)
    service.stoppedTasks.add(task)
    this.requestReconcile(service)
    const { simulation, timing } = this.context
    simulation.after(timing.forgetAfterSeconds, () => {
      service.stoppedTasks.delete(task)
      this.tasks.delete(task.arn)
    })
  }

  private provider(name: string): CapacityProvider<Task> {
    const provider = this.providers.get(name)
    if (provider === undefined) throw new RangeError(`no capacity provider ${name}`)
    return provider
  }
}

/** All desired tasks run and serve, and no other task is left to stop. */
function isSteady(service: Service): boolean {
  const { desiredCount, primary } = service
  const tasks = [...service.tasks].filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
  const expected =
    service.controller === 'ECS' ? desiredCount : desiredCount * service.deployments.length
  const hasOldTasks =
    service.controller === 'ECS' && tasks.some(({ deployment }) => deployment !== primary)
  return (
    !hasOldTasks &&
    tasks.length === expected &&
    tasks.every((task) => task.isServing && task.isCounted)
  )
}
