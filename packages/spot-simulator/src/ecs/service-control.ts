import type { EcsContext } from './context'
import { Deployment, type Release } from './deployment'
import type { Service } from './service'
import type { ServiceScheduler } from './service-scheduler'

/** What people and tools do to a service. */
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
    this.scheduler.touch(service)
  }

  /** A rolling deployment, or the first of any service. */
  deploy(service: Service, release: Release): Deployment {
    const { ids, simulation, timing } = this.context
    const deployment = new Deployment(ids.deployment(), release, simulation.now, timing)
    for (const before of service.deployments) before.status = 'ACTIVE'
    service.deployments = [deployment, ...service.deployments]
    service.isSteady = false
    this.scheduler.news.deployment(service, deployment)
    this.scheduler.touch(service)
    return deployment
  }

  /** A service that has been there for long. */
  createSteady(service: Service, release: Release): void {
    const { ids, simulation, timing } = this.context
    service.deployments = [new Deployment(ids.deployment(), release, simulation.now, timing)]
    this.scheduler.startSteady(service)
  }

  /** CodeDeploy starts a second task set beside the one that serves. */
  startGreen(service: Service, release: Release): Deployment {
    if (service.controller !== 'CODE_DEPLOY') {
      throw new TypeError(`${service.name} is deployed by ECS: it has no second colour`)
    }
    if (service.deployments.length > 1) {
      throw new Error(`${service.name} has a second task set already`)
    }
    const { ids, simulation, timing } = this.context
    const green = new Deployment(ids.deployment(), release, simulation.now, timing)
    green.status = 'ACTIVE'
    service.deployments.push(green)
    service.isSteady = false
    this.scheduler.touch(service)
    return green
  }

  /** CodeDeploy moves the traffic: the other task set is the PRIMARY from now on. */
  rerouteTraffic(service: Service): void {
    const [blue, green] = service.deployments
    if (blue === undefined || green === undefined) {
      throw new Error(`${service.name} has one task set only`)
    }
    blue.status = 'ACTIVE'
    green.status = 'PRIMARY'
    service.deployments = [green, blue]
    this.scheduler.touch(service)
  }

  /** CodeDeploy ends the task set that is not the PRIMARY: the old one, or the new one of a failed release. */
  terminateOtherTaskSet(service: Service): void {
    const { primary } = service
    const ended = [...service.tasks].filter(({ deployment }) => deployment !== primary)
    service.deployments = [primary]
    for (const task of ended) {
      const reason = `Task set ${task.deployment.id} was deleted.`
      this.scheduler.lifecycle.stop(task, 'ServiceSchedulerInitiated', reason)
    }
    this.scheduler.touch(service)
  }

  delete(service: Service): void {
    this.setDesiredCount(service, 0)
    service.status = 'DRAINING'
    this.scheduler.touch(service)
  }
}
