import {
  type CapacityProviderStrategyItem,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  type LoadBalancer,
  type Service,
  type Tag,
  type Task,
  type TaskSet,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { chunks } from './arrays'
import { isServiceName, type Tags } from './pair'
import type { TokenBucket } from './token-bucket'

/** ECS limits for one call. */
const servicesPerCall = 10
const tasksPerCall = 100

/** A service as ECS describes it, reduced to the fields in use. In a release by CodeDeploy, its PRIMARY task set. */
export interface ServiceState {
  readonly name: string
  readonly active: boolean
  readonly desired: number
  readonly running: number
  readonly pending: number
  /** Tasks of all task sets that are paid for: on Fargate also those that start. Not those that stop. */
  readonly paid: number
  readonly isOnFargate: boolean
  /** Names of the capacity providers in its strategy. */
  readonly providers: readonly string[]
  readonly strategy: readonly CapacityProviderStrategyItem[]
  /** Whether a release is rolling out, or back. */
  readonly isDeploying: boolean
  /** Undefined for services with a strategy. */
  readonly launchType: string | undefined
  /** The id of the task set of CodeDeploy that receives the traffic. Undefined for other services. */
  readonly taskSet: string | undefined
  /** The task sets of CodeDeploy that receive no traffic. `startedBy` of a task is the id of its task set. */
  readonly otherTaskSets: readonly string[]
  readonly tags: Tags
  /** The revision that serves now, not the one that a release is rolling out. Undefined if that is unknown. */
  readonly serving: Serving | undefined
  /** The revision that it was last set to, rolled out or not. */
  readonly configured: Serving
  /** Settings that a standby shares with its primary and that the controller does not change, as text to compare. */
  readonly unfollowed: Readonly<Record<string, string>>
  /** Service event messages, newest first. */
  readonly messages: readonly { readonly at: number; readonly text: string }[]
}

export interface Serving {
  readonly taskDefinition: string
  readonly loadBalancers: readonly LoadBalancer[]
}

/** The properties of a standby that the controller changes. */
export interface StandbyChange {
  readonly desiredCount?: number
  readonly taskDefinition?: string
  readonly loadBalancers?: readonly LoadBalancer[]
}

/** The ECS calls of the controller, rate-limited. */
export class Ecs {
  constructor(
    private readonly client: ECSClient,
    private readonly bucket: TokenBucket,
    private readonly writes: TokenBucket,
  ) {}

  async clusterTags(cluster: string): Promise<Tags> {
    await this.bucket.take()
    const { clusters } = await this.client.send(
      new DescribeClustersCommand({ clusters: [cluster], include: ['TAGS'] }),
    )
    return tagsOf(clusters?.[0]?.tags)
  }

  /** The services that exist, by name. ECS does not report a missing service as an error. */
  async describeServices(
    cluster: string,
    names: readonly string[],
  ): Promise<Map<string, ServiceState>> {
    const found = new Map<string, ServiceState>()
    const valid = [...new Set(names)].filter(isServiceName)
    for (const services of chunks(valid, servicesPerCall)) {
      await this.bucket.take()
      const response = await this.client.send(
        new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }),
      )
      for (const service of response.services ?? []) {
        if (service.serviceName !== undefined) found.set(service.serviceName, stateOf(service))
      }
    }
    return found
  }

  /** One page of the names of all services. */
  async listServices(cluster: string, nextToken: string | undefined) {
    await this.bucket.take()
    const response = await this.client.send(
      new ListServicesCommand({ cluster, maxResults: 100, nextToken }),
    )
    const names = (response.serviceArns ?? []).map((arn) => arn.split('/').at(-1) ?? arn)
    return { names, nextToken: response.nextToken }
  }

  async tasksOf(cluster: string, serviceName: string): Promise<Task[]> {
    return this.describeTasks(cluster, await this.listTasks({ cluster, serviceName }))
  }

  /** How many tasks ECS keeps: running and pending ones, without those that it is about to stop. */
  async countTasks(cluster: string, serviceName: string): Promise<number> {
    return (await this.listTasks({ cluster, serviceName })).length
  }

  /** Stopped tasks are included for as long as ECS keeps them. */
  async describeTasks(cluster: string, arns: readonly string[]): Promise<Task[]> {
    const found: Task[] = []
    for (const tasks of chunks(arns, tasksPerCall)) {
      await this.bucket.take()
      const response = await this.client.send(new DescribeTasksCommand({ cluster, tasks }))
      found.push(...(response.tasks ?? []))
    }
    return found
  }

  /** The tasks on an EC2 instance. Empty if the instance is not in the cluster. */
  async tasksOnInstance(cluster: string, instanceId: string): Promise<Task[]> {
    await this.bucket.take()
    const { containerInstanceArns = [] } = await this.client.send(
      new ListContainerInstancesCommand({ cluster, filter: `ec2InstanceId == ${instanceId}` }),
    )
    const arns: string[] = []
    for (const containerInstance of containerInstanceArns) {
      arns.push(...(await this.listTasks({ cluster, containerInstance })))
    }
    return this.describeTasks(cluster, arns)
  }

  private async listTasks(of: ListTasksCommandInput): Promise<string[]> {
    const arns: string[] = []
    let nextToken: string | undefined
    do {
      await this.bucket.take()
      const page = await this.client.send(new ListTasksCommand({ ...of, nextToken }))
      arns.push(...(page.taskArns ?? []))
      nextToken = page.nextToken
    } while (nextToken !== undefined)
    return arns
  }

  async updateService(cluster: string, service: string, change: StandbyChange): Promise<void> {
    await this.writes.take()
    await this.client.send(
      new UpdateServiceCommand({
        cluster,
        service,
        ...change,
        loadBalancers: change.loadBalancers && [...change.loadBalancers],
      }),
    )
  }
}

function tagsOf(found: readonly Tag[] = []): Tags {
  return Object.fromEntries(found.map(({ key, value }) => [key ?? '', value ?? '']))
}

function stateOf(service: Service): ServiceState {
  // In a release by CodeDeploy, the counts of the service include the tasks of both task sets.
  const { taskSets = [] } = service
  const taskSet = taskSets.length > 1 ? servingTaskSet(service) : undefined
  const { runningCount = 0, pendingCount = 0 } = taskSet ?? service
  const strategy = (taskSet ?? service).capacityProviderStrategy ?? []
  const providers = strategy.flatMap(({ capacityProvider }) => capacityProvider ?? [])
  const isOnFargate = [...providers, service.launchType].some((name) => name?.startsWith('FARGATE'))
  return {
    name: service.serviceName ?? '',
    active: service.status === 'ACTIVE',
    desired: taskSet?.computedDesiredCount ?? service.desiredCount ?? 0,
    running: runningCount,
    pending: pendingCount,
    paid: (service.runningCount ?? 0) + (isOnFargate ? (service.pendingCount ?? 0) : 0),
    isOnFargate,
    providers,
    strategy,
    isDeploying: taskSets.length > 1 || isRolling(service),
    launchType: launchTypeOf(servingTaskSet(service) ?? service),
    taskSet: servingTaskSet(service)?.id,
    otherTaskSets: taskSets.flatMap(({ id = '' }) =>
      taskSet === undefined || id === taskSet.id ? [] : id,
    ),
    tags: tagsOf(service.tags),
    serving: servingOf(service),
    configured: {
      taskDefinition: service.taskDefinition ?? '',
      loadBalancers: service.loadBalancers ?? [],
    },
    unfollowed: unfollowedOf(service),
    messages: (service.events ?? []).map(({ createdAt, message }) => ({
      at: createdAt?.getTime() ?? 0,
      text: message ?? '',
    })),
  }
}

function isRolling({ deployments = [] }: Service): boolean {
  return (
    deployments.length > 1 || deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
  )
}

function launchTypeOf({ capacityProviderStrategy = [], launchType }: Service | TaskSet) {
  return capacityProviderStrategy.length > 0 ? undefined : launchType
}

/**
 * CodeDeploy can change the network and the registries with a release. Its task sets name the platform version that runs
 * where a service says LATEST, so these are not compared.
 */
function unfollowedOf(service: Service): ServiceState['unfollowed'] {
  const taskSet = servingTaskSet(service)
  const { networkConfiguration = service.networkConfiguration } = taskSet ?? {}
  const { subnets, securityGroups, assignPublicIp } =
    networkConfiguration?.awsvpcConfiguration ?? {}
  const registries = [taskSet, service].find((of) => of?.serviceRegistries?.length)
  const ports = registries?.serviceRegistries?.map(
    ({ registryArn, containerName, containerPort, port }) =>
      [registryArn, containerName, containerPort, port]
        .filter((part) => part !== undefined)
        .join(':'),
  )
  return {
    ...(networkConfiguration && {
      subnets: textOf(subnets),
      'security groups': textOf(securityGroups),
      'public address': assignPublicIp ?? 'DISABLED',
    }),
    ...(taskSet === undefined &&
      service.platformVersion && { 'platform version': service.platformVersion }),
    'service registries': textOf(ports),
    'tag propagation': service.propagateTags ?? 'NONE',
  }
}

/** In any order, because AWS returns lists in any order. */
function textOf(list: readonly string[] = []): string {
  return [...list].sort().join(', ') || 'none'
}

function servingTaskSet({ taskSets }: Service): TaskSet | undefined {
  return taskSets?.find(({ status }) => status === 'PRIMARY')
}

/**
 * A release replaces tasks step by step, and can be rolled back. So a rolling service serves its last completed
 * deployment, and a CodeDeploy service serves its PRIMARY task set.
 */
function servingOf(service: Service): Serving | undefined {
  if (service.deploymentController?.type === 'CODE_DEPLOY') {
    const { taskDefinition, loadBalancers = [] } = servingTaskSet(service) ?? {}
    return taskDefinition === undefined ? undefined : { taskDefinition, loadBalancers }
  }
  const deployments = service.deployments ?? []
  const completed =
    deployments.length === 1
      ? deployments[0]
      : deployments.find(({ rolloutState }) => rolloutState === 'COMPLETED')
  if (completed?.taskDefinition === undefined) return undefined
  return { taskDefinition: completed.taskDefinition, loadBalancers: service.loadBalancers ?? [] }
}
