import type { CapacityProvider } from './capacity-provider'
import { CircuitBreaker } from './circuit-breaker'
import type { EcsContext } from './context'
import type { Deployment } from './deployment'
import { countByProvider, toScaleIn } from './scale-in'
import type { Service } from './service'
import { ServiceEvents } from './service-events'
import { drawn } from './settings'
import { split } from './strategy'
import { Task } from './task'
import { TaskLifecycle } from './task-lifecycle'

/** Keeps each service at its desired count. It looks at a service only when something about it has changed. */
export class ServiceScheduler {
  readonly lifecycle: TaskLifecycle
  readonly news: ServiceEvents
  /** All tasks that can be described, by ARN. */
  readonly tasks = new Map<string, Task>()
  private readonly breaker: CircuitBreaker

  constructor(
    private readonly context: EcsContext,
    private readonly providers: ReadonlyMap<string, CapacityProvider>,
  ) {
    this.news = new ServiceEvents(context)
    this.breaker = new CircuitBreaker(context, this.news)
    this.lifecycle = new TaskLifecycle(context, {
      changed: ({ service }) => this.touch(service),
      stopped: (task) => this.forget(task),
      failedToStart: (task) => this.failedToStart(task),
      gaveUpWaiting: (task, fullHosts) =>
        this.notPlaced(task.deployment, task.service, task.provider, 1, fullHosts),
    })
  }

  /** Something about the service has changed. */
  touch(service: Service): void {
    if (service.isTouched || service.status === 'INACTIVE') return
    service.isTouched = true
    this.context.simulation.after(drawn(this.context.random, this.context.timing.scheduler), () => {
      service.isTouched = false
      this.look(service)
    })
  }

  /** Runs what it can at once, as if it had been there for long. */
  startSteady(service: Service): void {
    const { primary } = service
    const lacking = this.start(service, primary, service.desiredCount, true)
    if (lacking > 0) {
      this.touch(service)
      return
    }
    primary.rolloutState = 'COMPLETED'
    service.lastCompleted = primary
    service.isSteady = true
    // Services that were made at different times tell it at different times.
    const { random, timing } = this.context
    this.repeatSteady(service, drawn(random, [0, timing.steadyStateEverySeconds]))
  }

  private look(service: Service): void {
    if (service.status === 'DRAINING') {
      this.drain(service)
      return
    }
    if (service.status === 'INACTIVE') return
    const isRolling = service.controller === 'ECS'
    for (const deployment of isRolling ? [service.primary] : service.deployments) {
      this.converge(service, deployment, isRolling)
    }
    this.settle(service)
  }

  /**
   * One step towards the desired count, within the deployment's limits: tasks of other deployments and those on
   * draining instances go as healthy ones of this deployment come.
   */
  private converge(service: Service, deployment: Deployment, isRolling: boolean): void {
    const wanted = service.desiredCount
    const { minimumHealthyPercent, maximumPercent } = service.deploymentSettings
    const inScope = [...service.tasks].filter(
      (task) => task.desiredStatus === 'RUNNING' && (isRolling || task.deployment === deployment),
    )
    const isCurrent = (task: Task) => task.deployment === deployment && task.isCounted
    const current = inScope.filter(isCurrent)
    const outgoing = inScope.filter((task) => !isCurrent(task))
    if (current.length > wanted) {
      this.stop(service, toScaleIn(current, deployment.release.strategy, wanted))
    } else if (deployment.rolloutState !== 'FAILED') {
      const most = Math.floor((wanted * maximumPercent) / 100)
      const room = most - current.length - outgoing.length
      this.start(service, deployment, Math.min(wanted - current.length, room), false)
    }
    const least = Math.ceil((wanted * minimumHealthyPercent) / 100)
    this.retire(service, outgoing, inScope.filter((task) => task.isServing).length - least)
  }

  /** @returns how many of `number` found no room */
  private start(
    service: Service,
    deployment: Deployment,
    number: number,
    areRunning: boolean,
  ): number {
    const { now } = this.context.simulation
    if (number <= 0 || !deployment.starts.isOver(now)) return number
    const counts = countByProvider(service.tasksOf(deployment).filter(({ isCounted }) => isCounted))
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const targets = split(deployment.release.strategy, total + number)
    const started: Task[] = []
    for (const [name, target] of targets) {
      const backoff = deployment.placementsOn(name)
      const lacking = Math.min(target - (counts.get(name) ?? 0), number - started.length)
      if (lacking <= 0 || !backoff.isOver(now)) continue
      const provider = this.provider(name)
      const placed = this.place(service, deployment, provider, lacking, areRunning)
      started.push(...placed)
      if (placed.length > 0) backoff.succeeded()
      if (placed.length < lacking) {
        this.notPlaced(deployment, service, provider, lacking - placed.length, provider.fullHosts)
      }
    }
    if (!areRunning) this.news.started(service, started)
    return number - started.length
  }

  private place(
    service: Service,
    deployment: Deployment,
    provider: CapacityProvider,
    number: number,
    areRunning: boolean,
  ): Task[] {
    const { arns, ids, simulation } = this.context
    const placed: Task[] = []
    while (placed.length < number) {
      const id = ids.hex(32)
      const arn = arns.task(service.clusterName, id)
      const task = new Task(id, arn, service, deployment, provider, simulation.now)
      if (provider.place(task, areRunning) === 'refused') break
      service.tasks.add(task)
      this.tasks.set(arn, task)
      placed.push(task)
    }
    return placed
  }

  private notPlaced(
    deployment: Deployment,
    service: Service,
    provider: CapacityProvider,
    number: number,
    fullHosts: readonly string[],
  ): void {
    this.news.placementFailed(service, provider, fullHosts)
    const backoff = deployment.placementsOn(provider.name)
    const wait = backoff.failed(this.context.simulation.now, this.context.random.next())
    this.context.simulation.after(wait, () => this.touch(service))
    this.failed(service, deployment, number)
  }

  private failedToStart({ service, deployment }: Task): void {
    const wait = deployment.starts.failed(this.context.simulation.now, this.context.random.next())
    this.context.simulation.after(wait, () => this.touch(service))
    // Told once for each row of failures.
    if (deployment.starts.failures === 3) this.news.startImpaired(service)
    this.failed(service, deployment, 1)
  }

  private failed(service: Service, deployment: Deployment, number: number): void {
    if (this.breaker.failed(service, deployment, number)) this.touch(service)
  }

  /** Tasks that serve nobody can go at once; of the others as many as are not needed. */
  private retire(service: Service, outgoing: readonly Task[], spare: number): void {
    const serving = outgoing.filter(({ isServing }) => isServing)
    const idle = outgoing.filter(({ isServing }) => !isServing)
    this.stop(service, [...idle, ...serving.slice(0, Math.max(0, spare))])
  }

  private stop(service: Service, tasks: readonly Task[]): void {
    for (const task of tasks) {
      const reason = `Scaling activity initiated by (deployment ${service.primary.id})`
      this.lifecycle.stop(task, 'ServiceSchedulerInitiated', reason)
    }
    this.news.stopped(service, tasks)
  }

  private settle(service: Service): void {
    const wasSteady = service.isSteady
    service.isSteady = isSettled(service)
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
      this.news.deployment(service, primary)
    }
    this.news.steady(service)
    this.repeatSteady(service, this.context.timing.steadyStateEverySeconds)
  }

  private repeatSteady(service: Service, seconds: number): void {
    const { simulation, timing } = this.context
    service.cancelSteadyTimer = simulation.after(seconds, () => {
      this.news.steady(service)
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

  private forget(task: Task): void {
    const { service } = task
    service.tasks.delete(task)
    service.stoppedTasks.add(task)
    this.touch(service)
    const { simulation, timing } = this.context
    simulation.after(timing.forgetAfterSeconds, () => {
      service.stoppedTasks.delete(task)
      this.tasks.delete(task.arn)
    })
  }

  private provider(name: string): CapacityProvider {
    const provider = this.providers.get(name)
    if (provider === undefined) throw new RangeError(`no capacity provider ${name}`)
    return provider
  }
}

/** All that is desired runs and serves, and nothing else is left to stop. */
function isSettled(service: Service): boolean {
  const { desiredCount, primary } = service
  const tasks = [...service.tasks].filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
  const expected =
    service.controller === 'ECS' ? desiredCount : desiredCount * service.deployments.length
  const ofOthers =
    service.controller === 'ECS' && tasks.some(({ deployment }) => deployment !== primary)
  return (
    !ofOthers &&
    tasks.length === expected &&
    tasks.every((task) => task.isServing && task.isCounted)
  )
}
