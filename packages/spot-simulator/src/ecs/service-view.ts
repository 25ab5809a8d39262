import type { Arns } from './arns'
import type { Deployment } from './deployment'
import { count, isPending, type Service, type ServiceMessage } from './service'
import { epochSeconds } from './task-view'

/** A service as in DescribeServices. */
export function serviceView(service: Service, arns: Arns, withTags: boolean) {
  const { release } = service.primary
  const isRolling = service.controller === 'ECS'
  const { minimumHealthyPercent, maximumPercent, circuitBreaker } = service.deploymentSettings
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: service.runningCount,
    pendingCount: service.pendingCount,
    taskDefinition: release.taskDefinition,
    capacityProviderStrategy: strategyView(release),
    loadBalancers: release.loadBalancers,
    deploymentController: { type: service.controller },
    deploymentConfiguration: {
      minimumHealthyPercent,
      maximumPercent,
      ...(isRolling && { deploymentCircuitBreaker: circuitBreaker }),
    },
    deployments: isRolling
      ? service.deployments.map((deployment) => deploymentView(service, deployment))
      : [],
    ...(!isRolling && {
      taskSets: service.deployments.map((taskSet) => taskSetView(service, taskSet, arns)),
    }),
    events: messagesView(service.messages),
    createdAt: epochSeconds(service.createdAt),
    schedulingStrategy: 'REPLICA',
    propagateTags: 'NONE',
    ...service.settings,
    ...(withTags && { tags: [...service.tags].map(([key, value]) => ({ key, value })) }),
  }
}

const messagesViews = new WeakMap<readonly ServiceMessage[], unknown>()

/** Frozen and kept until there is another message, because most calls return the same hundred messages. */
function messagesView(messages: readonly ServiceMessage[]): unknown {
  const known = messagesViews.get(messages)
  if (known !== undefined) return known
  const view = Object.freeze(
    messages.map((message) => ({ ...message, createdAt: epochSeconds(message.createdAt) })),
  )
  messagesViews.set(messages, view)
  return view
}

function deploymentView(service: Service, deployment: Deployment) {
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.release.taskDefinition,
    // The desired count of an older deployment is the number of its tasks that are not replaced yet.
    desiredCount:
      deployment.status === 'PRIMARY'
        ? service.desiredCount
        : count(service.tasks, (task) => task.deployment === deployment && task.isCounted),
    ...countsView(service, deployment),
    failedTasks: deployment.failedTasks,
    capacityProviderStrategy: strategyView(deployment.release),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
    createdAt: epochSeconds(deployment.createdAt),
    updatedAt: epochSeconds(deployment.updatedAt),
  }
}

function taskSetView(service: Service, taskSet: Deployment, arns: Arns) {
  const counts = countsView(service, taskSet)
  const isStable =
    counts.runningCount === service.desiredCount &&
    service.tasksOf(taskSet).every(({ desiredStatus }) => desiredStatus === 'RUNNING')
  return {
    id: taskSet.id,
    taskSetArn: arns.taskSet(service.clusterName, service.name, taskSet.id),
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    startedBy: 'CODE_DEPLOY',
    status: taskSet.status,
    taskDefinition: taskSet.release.taskDefinition,
    computedDesiredCount: service.desiredCount,
    ...counts,
    capacityProviderStrategy: strategyView(taskSet.release),
    loadBalancers: taskSet.release.loadBalancers,
    scale: { unit: 'PERCENT', value: 100 },
    stabilityStatus: isStable ? 'STEADY_STATE' : 'STABILIZING',
    createdAt: epochSeconds(taskSet.createdAt),
    updatedAt: epochSeconds(taskSet.updatedAt),
  }
}

function countsView(service: Service, deployment: Deployment) {
  const tasks = service.tasksOf(deployment)
  return {
    runningCount: count(tasks, (task) => task.lastStatus === 'RUNNING'),
    pendingCount: count(tasks, isPending),
  }
}

function strategyView({ strategy }: Deployment['release']) {
  return strategy.map(({ capacityProvider, base = 0, weight = 0 }) => ({
    capacityProvider,
    weight,
    base,
  }))
}
