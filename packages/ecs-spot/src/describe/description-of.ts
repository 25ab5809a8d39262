import type { ContainerDefinition, Service, TaskDefinition } from '@aws-sdk/client-ecs'
import { tags as failoverTags } from '@tideway/failover-lambda/tags'
import { isSpot, servingOf, standbyProviderOf, tagOf, targetGroupsOf } from './facts'
import type { Surroundings } from './selection'
import type { ServiceDescription, TaskDescription } from './service-description'

/** ECS stops a container after this time, if the task definition sets no other. */
const defaultStopSeconds = 30

/** The time between an interruption notice and the end of a task: a longer `stopTimeout` changes nothing. */
const noticeSeconds = 120

/** The least that ECS accepts. */
const minStopSeconds = 2

const freeStorageGiB = 20

/** What a standby needs of a service that can have one. */
export function descriptionOf(
  service: Service,
  task: TaskDefinition,
  surroundings: Surroundings,
): ServiceDescription {
  const serving = servingOf(service)
  const { serviceName: name = '' } = service
  const { awsvpcConfiguration: network } = serving.networkConfiguration ?? {}
  const { namespace } =
    service.deployments?.find(({ status }) => status === 'PRIMARY')?.serviceConnectConfiguration ??
    {}
  const loadBalancers = (serving.loadBalancers ?? []).map((one) => ({
    targetGroupArn: one.targetGroupArn ?? '',
    containerName: one.containerName ?? '',
    containerPort: one.containerPort ?? 0,
  }))
  return {
    cluster: surroundings.selection.cluster,
    name,
    arn: service.serviceArn ?? '',
    controller: service.deploymentController?.type ?? 'ECS',
    taskDefinition: serving.taskDefinition ?? '',
    strategy: (serving.capacityProviderStrategy ?? []).map((item) => {
      const { capacityProvider = '', base = 0, weight = 0 } = item
      const { autoScalingGroupProvider } = surroundings.providers.get(capacityProvider) ?? {}
      const group = autoScalingGroupProvider?.autoScalingGroupArn
      return {
        capacityProvider,
        base,
        weight,
        isSpot: isSpot(capacityProvider, surroundings),
        // arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:ID:autoScalingGroupName/NAME
        ...(group !== undefined && { autoScalingGroup: group.slice(group.indexOf('/') + 1) }),
      }
    }),
    standbyProvider: standbyProviderOf(service, task, surroundings) ?? '',
    standbys: inOrder(surroundings.standbys.get(name) ?? [], tagOf(service, failoverTags.standbys)),
    ...(serving.platformVersion && { platformVersion: serving.platformVersion }),
    ...(network && {
      network: {
        subnets: network.subnets ?? [],
        securityGroups: network.securityGroups ?? [],
        assignPublicIp: network.assignPublicIp === 'ENABLED',
      },
    }),
    loadBalancers,
    targetGroupArns: targetGroupsOf(service, surroundings),
    ...(loadBalancers.length > 0 &&
      service.healthCheckGracePeriodSeconds !== undefined && {
        healthCheckGraceSeconds: service.healthCheckGracePeriodSeconds,
      }),
    registries: (serving.serviceRegistries ?? []).map((one) => ({
      registryArn: one.registryArn ?? '',
      ...(one.port !== undefined && { port: one.port }),
      ...(one.containerName !== undefined && { containerName: one.containerName }),
      ...(one.containerPort !== undefined && { containerPort: one.containerPort }),
    })),
    ...(namespace !== undefined && { connectNamespace: namespace }),
    placementConstraints: (service.placementConstraints ?? []).map(({ type = '', expression }) => ({
      type,
      ...(expression !== undefined && { expression }),
    })),
    placementStrategy: (service.placementStrategy ?? []).map(({ type = '', field }) => ({
      type,
      ...(field !== undefined && { field }),
    })),
    propagateTags: service.propagateTags ?? 'NONE',
    enableExecuteCommand: service.enableExecuteCommand ?? false,
    enableManagedTags: service.enableECSManagedTags ?? false,
    roleArns: [...new Set([task.taskRoleArn, task.executionRoleArn].flatMap((arn) => arn || []))],
    task: taskDescription(task),
  }
}

function taskDescription(task: TaskDefinition): TaskDescription {
  const containers = task.containerDefinitions ?? []
  const sum = (of: (container: ContainerDefinition) => number | undefined) =>
    containers.reduce((total, container) => total + (of(container) ?? 0), 0)
  const essential = containers.filter(({ essential: isEssential = true }) => isEssential)
  const stop = essential.map(({ stopTimeout = defaultStopSeconds }) => stopTimeout)
  return {
    // On instances, a task definition may leave both to its containers.
    cpu: Number(task.cpu) || sum(({ cpu }) => cpu),
    memoryMiB:
      Number(task.memory) || sum(({ memory, memoryReservation }) => memory ?? memoryReservation),
    architecture: task.runtimePlatform?.cpuArchitecture ?? 'X86_64',
    ephemeralStorageGiB: task.ephemeralStorage?.sizeInGiB ?? freeStorageGiB,
    stopSeconds: Math.max(minStopSeconds, Math.min(noticeSeconds, ...stop)),
  }
}

/** As the tag of the primary orders them, then by name. */
function inOrder(names: readonly string[], ordered = ''): string[] {
  const position = (name: string) => {
    const index = ordered.split(/\s+/).indexOf(name)
    return index < 0 ? Number.MAX_SAFE_INTEGER : index
  }
  return [...names].sort().sort((one, other) => position(one) - position(other))
}
