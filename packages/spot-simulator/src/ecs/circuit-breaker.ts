import type { EcsContext } from './context'
import type { Deployment } from './deployment'
import type { Service } from './service'
import type { ServiceEvents } from './service-events'

/** Gives a deployment up when too many of its tasks fail, or cannot be placed: it does not tell the two apart. */
export class CircuitBreaker {
  constructor(
    private readonly context: EcsContext,
    private readonly news: ServiceEvents,
  ) {}

  /** @returns whether it gave the deployment up */
  failed(service: Service, deployment: Deployment, tasks: number): boolean {
    deployment.failedTasks += tasks
    const { enable, rollback } = service.deploymentSettings.circuitBreaker
    const isWatched =
      enable &&
      service.controller === 'ECS' &&
      deployment === service.primary &&
      deployment.rolloutState === 'IN_PROGRESS' &&
      !deployment.isRollback
    if (!isWatched || deployment.failedTasks < threshold(service.desiredCount)) return false
    this.give(service, deployment)
    if (rollback && service.lastCompleted !== undefined)
      this.rollBack(service, service.lastCompleted)
    return true
  }

  private give(service: Service, deployment: Deployment): void {
    deployment.rolloutState = 'FAILED'
    deployment.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.'
    deployment.updatedAt = this.context.simulation.now
    this.news.deployment(service, deployment)
  }

  private rollBack(service: Service, to: Deployment): void {
    const failed = service.primary
    to.status = 'PRIMARY'
    to.rolloutState = 'IN_PROGRESS'
    to.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${to.id}.`
    to.isRollback = true
    to.updatedAt = this.context.simulation.now
    failed.status = 'ACTIVE'
    service.deployments = [to, ...service.deployments.filter((deployment) => deployment !== to)]
    this.news.rollingBack(service, to)
    this.news.deployment(service, to)
  }
}

/** Half of the desired tasks, but at least 3 and at most 200. */
function threshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)))
}
