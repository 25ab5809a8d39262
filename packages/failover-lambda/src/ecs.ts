import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  type LoadBalancer,
  type Service,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { chunks } from './chunks'
import type { Tags } from './pair'
import type { TokenBucket } from './token-bucket'

/** The limits of ECS for one call. */
const servicesACall = 10
const tasksACall = 100

/** A service as ECS describes it, with what we need of it. */
export interface ServiceState {
  readonly name: string
  readonly active: boolean
  readonly desired: number
  readonly running: number
  readonly pending: number
  /** Names of the providers in its strategy. */
  readonly providers: readonly string[]
  readonly tags: Tags
  /** What serves now: not what a release that is under way brings. Undefined where that cannot be told. */
  readonly serving: Serving | undefined
  /** What it was last told to be, done or not. */
  readonly configured: Serving
  /** The service's own messages, newest first. */
  readonly messages: readonly { readonly at: number; readonly text: string }[]
}

export interface Serving {
  readonly taskDefinition: string
  readonly loadBalancers: readonly LoadBalancer[]
}

/** What may be changed about a standby. */
export interface StandbyChange {
  readonly desiredCount?: number
  readonly taskDefinition?: string
  readonly loadBalancers?: readonly LoadBalancer[]
}

/** ECS, call by call, under the limit of the account. */
export class Ecs {
  constructor(
    private readonly client: ECSClient,
    private readonly bucket: TokenBucket,
  ) {}

  /** Those that are there, by name. A missing one is not an error of ECS: it is left out. */
  async describeServices(
    cluster: string,
    names: readonly string[],
  ): Promise<Map<string, ServiceState>> {
    const found = new Map<string, ServiceState>()
    for (const services of chunks([...new Set(names)], servicesACall)) {
      await this.bucket.take()
      const answer = await this.client.send(
        new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }),
      )
      for (const service of answer.services ?? []) {
        if (service.serviceName !== undefined) found.set(service.serviceName, stateOf(service))
      }
    }
    return found
  }

  /** A page of the names of all services. */
  async listServices(cluster: string, nextToken: string | undefined) {
    await this.bucket.take()
    const answer = await this.client.send(
      new ListServicesCommand({ cluster, maxResults: 100, nextToken }),
    )
    const names = (answer.serviceArns ?? []).map((arn) => arn.split('/').at(-1) ?? arn)
    return { names, nextToken: answer.nextToken }
  }

  async tasksOf(cluster: string, serviceName: string): Promise<Task[]> {
    return this.describeTasks(cluster, await this.listTasks({ cluster, serviceName }))
  }

  /** Those that ECS still knows. */
  async describeTasks(cluster: string, arns: readonly string[]): Promise<Task[]> {
    const found: Task[] = []
    for (const tasks of chunks(arns, tasksACall)) {
      await this.bucket.take()
      const answer = await this.client.send(new DescribeTasksCommand({ cluster, tasks }))
      found.push(...(answer.tasks ?? []))
    }
    return found
  }

  /** The tasks on an EC2 instance. None where the cluster does not know it. */
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

  /** The ARNs of every page. */
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
    await this.bucket.take()
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

function stateOf(service: Service): ServiceState {
  return {
    name: service.serviceName ?? '',
    active: service.status === 'ACTIVE',
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    pending: service.pendingCount ?? 0,
    providers: (service.capacityProviderStrategy ?? []).flatMap(
      ({ capacityProvider }) => capacityProvider ?? [],
    ),
    tags: Object.fromEntries(
      (service.tags ?? []).map(({ key, value }) => [key ?? '', value ?? '']),
    ),
    serving: servingOf(service),
    configured: {
      taskDefinition: service.taskDefinition ?? '',
      loadBalancers: service.loadBalancers ?? [],
    },
    messages: (service.events ?? []).map(({ createdAt, message }) => ({
      at: createdAt?.getTime() ?? 0,
      text: message ?? '',
    })),
  }
}

/**
 * A release replaces what serves little by little, and may be rolled back. So a rolling service is what its
 * last finished deployment made it, and a service of CodeDeploy is its primary task set.
 */
function servingOf(service: Service): Serving | undefined {
  if (service.deploymentController?.type === 'CODE_DEPLOY') {
    const primary = service.taskSets?.find(({ status }) => status === 'PRIMARY')
    if (primary?.taskDefinition === undefined) return undefined
    return { taskDefinition: primary.taskDefinition, loadBalancers: primary.loadBalancers ?? [] }
  }
  const deployments = service.deployments ?? []
  const finished =
    deployments.length === 1
      ? deployments[0]
      : deployments.find(({ rolloutState }) => rolloutState === 'COMPLETED')
  if (finished?.taskDefinition === undefined) return undefined
  return { taskDefinition: finished.taskDefinition, loadBalancers: service.loadBalancers ?? [] }
}
