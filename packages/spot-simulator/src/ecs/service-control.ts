import type { EcsContext } from './context'
import { Deployment, type Release } from './deployment'
import type { Service, Task } from './service'
import type { ServiceScheduler } from './service-scheduler'

/** Changes that operators and tools make to a service. */
export class ServiceControl {
  constructor(
    private readonly context: EcsContext,
    private readonly scheduler: ServiceScheduler,
  ) {}

  setDesiredCount(service: Service, desiredCount: number): void {
    const before = service.desiredCount
    if (desiredCount === before) return
    service.desiredCount = desiredCount
    for (const observer of this.context.observers) observer.desired?.(service, before)
    this.scheduler.requestReconcile(service)
  }

  /** A rolling deployment, or the first deployment of any service. */
  deploy(service: Service, release: Release): Deployment {
    const { ids, simulation, timing } = this.context
    const deployment = new Deployment(ids.deployment(), release, simulation.now, timing)
    for (const before of service.deployments) before.status = 'ACTIVE'
    service.deployments = [deployment, ...service.deployments]
    service.isSteady = false
    this.scheduler.events.deployment(service, deployment)
    this.scheduler.requestReconcile(service)
    return deployment
  }

  /** A service that starts in a steady state. */
  createSteady(service: Service, release: Release): void {
    const { ids, simulation, timing } = this.context
    service.deployments = [new Deployment(ids.deployment(), release, simulation.now, timing)]
    this.scheduler.startSteady(service)
  }

  /** CodeDeploy starts a second task set beside the PRIMARY. */
  startGreen(service: Service, release: Release): Deployment {
    if (service.controller !== 'CODE_DEPLOY') {
      throw new TypeError(
        `${service.name} uses the ECS deployment controller: only CODE_DEPLOY has a second task set`,
      )
    }
    if (service.deployments.length > 1) {
      throw new Error(`${service.name} already has a second task set`)
    }
    const { ids, simulation, timing } = this.context
    const green = new Deployment(ids.deployment(), release, simulation.now, timing)
    green.status = 'ACTIVE'
    service.deployments.push(green)
    service.isSteady = false
    this.scheduler.requestReconcile(service)
    return green
  }

  /** CodeDeploy makes the other task set the PRIMARY. */
  rerouteTraffic(service: Service): void {
    const [blue, green] = service.deployments
    if (blue === undefined || green === undefined) {
      throw new Error(`${service.name} has only one task set`)
    }
    blue.status = 'ACTIVE'
    green.status = 'PRIMARY'
    service.deployments = [green, blue]
    for (const observer of this.context.observers) observer.rerouted?.(service)
    this.scheduler.requestReconcile(service)
  }

  /** CodeDeploy deletes the task set that is not the PRIMARY: the old one, or a failed new one. */
  terminateOtherTaskSet(service: Service): void {
    const { primary } = service
    const ended = [...service.tasks].filter(({ deployment }) => deployment !== primary)
    service.deployments = [primary]
    for (const task of ended) {
      const reason = `Task set ${task.deployment.id} was deleted.`
      this.scheduler.lifecycle.stop(task, 'ServiceSchedulerInitiated', reason)
    }
    this.scheduler.requestReconcile(service)
  }

  /** An operator stops a task. The scheduler replaces it. */
  stopTask(task: Task, reason: string): void {
    this.scheduler.lifecycle.stop(task, 'UserInitiated', reason)
    this.scheduler.requestReconcile(task.service)
  }

  delete(service: Service): void {
    this.setDesiredCount(service, 0)
    service.status = 'DRAINING'
    this.scheduler.requestReconcile(service)
  }
}
