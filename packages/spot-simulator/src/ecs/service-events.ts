import type { CapacityProvider } from './capacity-provider'
import type { EcsContext } from './context'
import type { Deployment } from './deployment'
import type { Service, Task } from './service'
import { isoTime } from './task-view'

type Level = 'INFO' | 'WARN' | 'ERROR'

/** Publishes the events of a service, and adds its messages in DescribeServices. */
export class ServiceEvents {
  constructor(private readonly context: EcsContext) {}

  /** @param hosts the instances without room, for providers with instances */
  placementFailed(
    service: Service,
    provider: CapacityProvider<Task>,
    hosts: readonly string[],
  ): void {
    if (provider.launchType === 'FARGATE') {
      this.addMessage(service, `was unable to place a task. Reason: ${unavailable}`)
      this.action(service, 'WARN', 'SERVICE_TASK_PLACEMENT_FAILURE', {
        capacityProviderArns: [provider.arn],
        reason: 'RESOURCE:FARGATE',
      })
      return
    }
    const { scarceResource } = provider
    const scarce = scarceResource === 'CPU' ? 'CPU units' : 'memory'
    const why =
      hosts[0] === undefined
        ? 'No Container Instances were found in your capacity provider.'
        : `The closest matching container-instance ${hosts[0].split('/').at(-1)} has insufficient ${scarce} available.`
    this.addMessage(
      service,
      `was unable to place a task because no container instance met all of its requirements. Reason: ${why} ${moreInformation}`,
    )
    this.action(service, 'WARN', 'SERVICE_TASK_PLACEMENT_FAILURE', {
      containerInstanceArns: hosts,
      reason: `RESOURCE:${scarceResource}`,
    })
  }

  startImpaired(service: Service): void {
    this.addMessage(
      service,
      `is unable to consistently start tasks successfully. ${moreInformation}`,
    )
    this.action(service, 'WARN', 'SERVICE_TASK_START_IMPAIRED', {})
  }

  steady(service: Service): void {
    this.addMessage(service, 'has reached a steady state.')
    this.action(service, 'INFO', 'SERVICE_STEADY_STATE', {})
    const { strategy } = service.primary.release
    this.action(service, 'INFO', 'CAPACITY_PROVIDER_STEADY_STATE', {
      capacityProviderArns: strategy.map(({ capacityProvider }) =>
        this.context.arns.capacityProvider(capacityProvider),
      ),
    })
  }

  started(service: Service, tasks: readonly Task[]): void {
    if (tasks.length > 0)
      this.addMessage(service, `has started ${tasks.length} tasks: ${named(tasks)}.`)
  }

  stopped(service: Service, tasks: readonly Task[]): void {
    if (tasks.length === 0) return
    this.addMessage(service, `has stopped ${tasks.length} running tasks: ${named(tasks)}.`)
  }

  unhealthy(task: Task, targetGroupArn: string, description: string): void {
    const { id, service, deployment } = task
    const { loadBalancers } = deployment.release
    const target = loadBalancers.find((each) => each.targetGroupArn === targetGroupArn)
    this.addMessage(
      service,
      `(task ${id}) (port ${target?.containerPort}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${description}).`,
    )
  }

  rollingBack(service: Service, to: Deployment): void {
    this.addMessage(service, `rolling back to (deployment ${to.id}).`)
  }

  deployment(service: Service, deployment: Deployment): void {
    const { id, rolloutState, rolloutStateReason } = deployment
    if (rolloutState === 'COMPLETED')
      this.addMessage(service, `(deployment ${id}) deployment completed.`)
    if (rolloutState === 'FAILED') {
      this.addMessage(service, `(deployment ${id}) deployment failed: tasks failed to start.`)
    }
    this.context.bus.publish(() => ({
      source: 'aws.ecs',
      detailType: 'ECS Deployment State Change',
      resources: [service.arn],
      detail: {
        eventType: rolloutState === 'FAILED' ? 'ERROR' : 'INFO',
        eventName: `SERVICE_DEPLOYMENT_${rolloutState}`,
        deploymentId: id,
        updatedAt: isoTime(deployment.updatedAt),
        reason: rolloutStateReason,
      },
    }))
  }

  private addMessage(service: Service, text: string): void {
    service.addMessage({
      id: this.context.ids.uuid(),
      createdAt: this.context.simulation.now,
      message: `(service ${service.name}) ${text}`,
    })
  }

  private action(
    service: Service,
    eventType: Level,
    eventName: string,
    more: Readonly<Record<string, unknown>>,
  ): void {
    const createdAt = isoTime(this.context.simulation.now)
    this.context.bus.publish(() => ({
      source: 'aws.ecs',
      detailType: 'ECS Service Action',
      resources: [service.arn],
      detail: { eventType, eventName, clusterArn: service.clusterArn, createdAt, ...more },
    }))
  }
}

const moreInformation =
  'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.'
const unavailable = `Capacity is unavailable at this time. Please try again later or in a different availability zone. ${moreInformation}`

function named(tasks: readonly Task[]): string {
  return tasks.map(({ id }) => `(task ${id})`).join(' ')
}
