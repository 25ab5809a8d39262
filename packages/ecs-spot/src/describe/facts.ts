import type { Service, TaskDefinition } from '@aws-sdk/client-ecs'
import type { Surroundings } from './selection'

/** A service that CodeDeploy releases runs as its PRIMARY task set says. */
export function servingOf(service: Service): Service {
  const set = service.taskSets?.find(({ status }) => status === 'PRIMARY')
  if (service.deploymentController?.type !== 'CODE_DEPLOY' || set === undefined) return service
  return {
    ...service,
    taskDefinition: set.taskDefinition,
    capacityProviderStrategy: set.capacityProviderStrategy,
    loadBalancers: set.loadBalancers,
    networkConfiguration: set.networkConfiguration,
    platformVersion: set.platformVersion,
    serviceRegistries: set.serviceRegistries,
  }
}

export function tagOf({ tags = [] }: Service, key: string): string | undefined {
  return tags.find((tag) => tag.key === key)?.value
}

export function isSpot(provider: string, { selection }: Surroundings): boolean {
  return provider === 'FARGATE_SPOT' || !!selection.spotProviders?.includes(provider)
}

/** Undefined where the cluster has no on-demand provider that is known to run the tasks. */
export function standbyProviderOf(
  service: Service,
  task: TaskDefinition,
  surroundings: Surroundings,
): string | undefined {
  const { selection, providers } = surroundings
  if (selection.standbyProvider !== undefined) return selection.standbyProvider
  const onDemand = (servingOf(service).capacityProviderStrategy ?? [])
    .map(({ capacityProvider = '' }) => capacityProvider)
    .find((name) => !isSpot(name, surroundings))
  if (onDemand !== undefined) return onDemand
  const runsOnFargate = compatibilitiesOf(task).includes('FARGATE')
  return runsOnFargate && providers.has('FARGATE') ? 'FARGATE' : undefined
}

/** Those that ECS reports now, and those that the selection adds. */
export function targetGroupsOf(service: Service, { selection }: Surroundings): string[] {
  const found = [service, ...(service.taskSets ?? [])]
    .flatMap(({ loadBalancers = [] }) => loadBalancers)
    .flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
  const added = selection.targetGroups?.[service.serviceName ?? ''] ?? []
  return [...new Set([...found, ...added])].sort()
}

/** Where ECS can run a task definition. Old ones have only what their owner requires. */
export function compatibilitiesOf(task: TaskDefinition): readonly string[] {
  return task.compatibilities ?? task.requiresCompatibilities ?? ['EC2']
}
