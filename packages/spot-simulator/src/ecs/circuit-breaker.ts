import type { EcsContext } from './context'
import type { Deployment } from './deployment'
import type { Service } from './service'
import type { ServiceEvents } from './service-events'

/** Fails a deployment after too many failed tasks. It counts failed placements as failed tasks. */
export class CircuitBreaker {
  constructor(
    private readonly context: EcsContext,
    private readonly events: ServiceEvents,
  ) {}

  /** @returns whether the deployment has failed now */
  countFailures(service: Service, deployment: Deployment, tasks: number): boolean {
    deployment.failedTasks += tasks
    const { enable, rollback } = service.deploymentSettings.circuitBreaker
    const isMonitored =
      enable &&
      service.controller === 'ECS' &&
      deployment === service.primary &&
      deployment.rolloutState === 'IN_PROGRESS' &&
      !deployment.isRollback
    if (!isMonitored || deployment.failedTasks < threshold(service.desiredCount)) return false
    this.fail(service, deployment)
    if (rollback && service.lastCompleted !== undefined)
      this.rollBack(service, service.lastCompleted)
    return true
  }

  private fail(service: Service, deployment: Deployment): void {
    deployment.rolloutState = 'FAILED'
    deployment.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.'
    deployment.updatedAt = this.context.simulation.now
    this.events.deployment(service, deployment)
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
    this.events.rollingBack(service, to)
    this.events.deployment(service, to)
  }
}

/** Half of the desired tasks, but at least 3 and at most 200. */
function threshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)))
}
