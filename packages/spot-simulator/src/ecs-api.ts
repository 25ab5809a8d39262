import type { CapacityProvider } from './ecs/capacity-provider'
import type { Cluster } from './ecs/cluster'
import type { EcsContext } from './ecs/context'
import { type Rate, RateLimit } from './ecs/rate-limit'
import { count, isPending, type Service } from './ecs/service'
import type { ServiceControl } from './ecs/service-control'
import { serviceView, tagsView } from './ecs/service-view'
import type { Task } from './ecs/task'
import { epochSeconds, taskView } from './ecs/task-view'
import { updateService } from './ecs/update-service'
import { AwsError, type ServiceModel } from './endpoint'

export interface EcsApiProps {
  readonly context: EcsContext
  readonly clusters: ReadonlyMap<string, Cluster>
  readonly providers: ReadonlyMap<string, CapacityProvider>
  readonly tasks: ReadonlyMap<string, Task>
  readonly control: ServiceControl
  /**
   * Refuses calls above this rate with a ThrottlingException.
   * @default none is refused
   */
  readonly callRate?: Rate
}

interface Input {
  readonly cluster?: string
  readonly clusters?: readonly string[]
  readonly service?: string
  readonly services?: readonly string[]
  readonly serviceName?: string
  readonly tasks?: readonly string[]
  readonly capacityProviders?: readonly string[]
  readonly include?: readonly string[]
  readonly desiredStatus?: string
  readonly startedBy?: string
  readonly containerInstance?: string
  readonly filter?: string
  readonly maxResults?: number
  readonly nextToken?: string
  readonly resourceArn?: string
  readonly tags?: readonly { readonly key?: string; readonly value?: string }[]
  readonly tagKeys?: readonly string[]
}

/** The ECS API, as far as a controller of services needs it. */
export class EcsApi implements ServiceModel {
  readonly protocol = 'json'
  private readonly limit: RateLimit | undefined
  private readonly operations: Readonly<Record<string, (input: Input) => unknown>> = {
    DescribeCapacityProviders: (input) => this.describeCapacityProviders(input),
    DescribeClusters: (input) => this.describeClusters(input),
    DescribeServices: (input) => this.describeServices(input),
    DescribeTasks: (input) => this.describeTasks(input),
    ListContainerInstances: (input) => this.listContainerInstances(input),
    ListServices: (input) => this.listServices(input),
    ListTagsForResource: ({ resourceArn }) => ({ tags: tagsView(this.tagged(resourceArn).tags) }),
    ListTasks: (input) => this.listTasks(input),
    TagResource: (input) => this.tag(input),
    UntagResource: (input) => this.untag(input),
    UpdateService: (input) => this.update(input),
  }

  constructor(private readonly props: EcsApiProps) {
    this.limit = props.callRate && new RateLimit(props.callRate)
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    if (this.limit?.take(this.props.context.simulation.now) === false) {
      throw new AwsError('ThrottlingException', 'Rate exceeded')
    }
    const answer = this.operations[operation]
    if (answer === undefined) {
      throw new AwsError('UnknownOperationException', `The simulator has no ${operation}.`)
    }
    return answer(input as Input)
  }

  private describeServices({ cluster, services = [], include = [] }: Input) {
    refuseUnlessUpTo(10, services.length, 'Services')
    const found = this.cluster(cluster)
    const known = services.map((name) => [name, this.service(found, name)] as const)
    return {
      services: known.flatMap(([, service]) =>
        service === undefined
          ? []
          : [serviceView(service, this.props.context.arns, include.includes('TAGS'))],
      ),
      failures: known.flatMap(([name, service]) =>
        service === undefined ? [this.missing(found, 'service', name)] : [],
      ),
    }
  }

  private listServices(input: Input) {
    const size = pageSize(input, 10)
    const start = startOf(input)
    const { services, hasMore } = this.cluster(input.cluster).page(start, size)
    return {
      serviceArns: services.map(({ arn }) => arn),
      ...(hasMore && { nextToken: tokenFor(start + size) }),
    }
  }

  private update(input: Input) {
    const { context, providers, control } = this.props
    const service = this.cluster(input.cluster).find(input.service ?? '')
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.')
    updateService(service, input, new Set(providers.keys()), context, control)
    return { service: serviceView(service, context.arns, false) }
  }

  /** Instances that have tasks; by their EC2 id where the filter says so, which is the one filter known here. */
  private listContainerInstances({ cluster: name, filter }: Input) {
    const cluster = this.cluster(name)
    const instanceId =
      filter === undefined ? undefined : /^ec2InstanceId == (\S+)$/.exec(filter)?.[1]
    if (filter !== undefined && instanceId === undefined) {
      throw new AwsError('InvalidParameterException', `Not a filter that is known here: ${filter}`)
    }
    const arns = new Set<string>()
    for (const { host, service } of this.props.tasks.values()) {
      if (host === undefined || service.clusterArn !== cluster.arn) continue
      if (instanceId === undefined || host.instanceId === instanceId)
        arns.add(host.containerInstanceArn)
    }
    return { containerInstanceArns: [...arns] }
  }

  private listTasks(input: Input) {
    const cluster = this.cluster(input.cluster)
    const { desiredStatus = 'RUNNING', serviceName, startedBy, containerInstance } = input
    const service = serviceName === undefined ? undefined : cluster.find(serviceName)
    if (serviceName !== undefined && service === undefined) {
      throw new AwsError('ServiceNotFoundException', 'Service not found.')
    }
    const all =
      service === undefined
        ? this.props.tasks.values()
        : [...service.tasks, ...service.stoppedTasks]
    const arns: string[] = []
    for (const task of all) {
      if (task.desiredStatus !== desiredStatus || task.service.clusterArn !== cluster.arn) continue
      if (startedBy !== undefined && task.deployment.id !== startedBy) continue
      if (containerInstance !== undefined && !isOn(containerInstance, task)) continue
      arns.push(task.arn)
    }
    const [start, size] = [startOf(input), pageSize(input, 100)]
    return {
      taskArns: arns.slice(start, start + size),
      ...(arns.length > start + size && { nextToken: tokenFor(start + size) }),
    }
  }

  private describeTasks({ cluster, tasks = [] }: Input) {
    refuseUnlessUpTo(100, tasks.length, 'Tasks')
    const found = this.cluster(cluster)
    const { arns } = this.props.context
    const known = tasks.map((reference) => {
      const arn = arns.task(found.name, reference.split('/').at(-1) ?? '')
      return [reference, this.props.tasks.get(arn)] as const
    })
    return {
      tasks: known.flatMap(([, task]) =>
        task === undefined ? [] : [taskView(task, epochSeconds)],
      ),
      failures: known.flatMap(([reference, task]) =>
        task === undefined ? [this.missing(found, 'task', reference)] : [],
      ),
    }
  }

  private describeClusters({ clusters = ['default'] }: Input) {
    const known = clusters.map((name) => [name, this.find(name)] as const)
    return {
      clusters: known.flatMap(([, cluster]) =>
        cluster === undefined ? [] : [this.clusterView(cluster)],
      ),
      failures: known.flatMap(([name, cluster]) =>
        cluster === undefined
          ? [{ arn: this.props.context.arns.cluster(name), reason: 'MISSING' }]
          : [],
      ),
    }
  }

  private clusterView(cluster: Cluster) {
    const services = [...cluster.services].filter(({ status }) => status === 'ACTIVE')
    const tasks = services.flatMap((service) => [...service.tasks])
    return {
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      status: 'ACTIVE',
      activeServicesCount: services.length,
      runningTasksCount: count(tasks, ({ lastStatus }) => lastStatus === 'RUNNING'),
      pendingTasksCount: count(tasks, isPending),
      capacityProviders: [...this.props.providers.keys()],
    }
  }

  private describeCapacityProviders({ capacityProviders }: Input) {
    const names = capacityProviders?.map((name) => name.split('/').at(-1) ?? '')
    const found = [...this.props.providers.values()].filter(
      ({ name }) => names?.includes(name) ?? true,
    )
    const missing = (names ?? []).filter((name) => !this.props.providers.has(name))
    return {
      capacityProviders: found.map(({ name, arn, launchType }) => ({
        capacityProviderArn: arn,
        name,
        status: 'ACTIVE',
        ...(launchType === 'EC2' && {
          autoScalingGroupProvider: {
            autoScalingGroupArn: this.props.context.arns.autoScalingGroup(name),
          },
        }),
      })),
      failures: missing.map((name) => ({
        arn: this.props.context.arns.capacityProvider(name),
        reason: 'MISSING',
      })),
    }
  }

  private tag({ resourceArn, tags = [] }: Input) {
    const service = this.tagged(resourceArn)
    for (const { key = '', value = '' } of tags) service.tags.set(key, value)
  }

  private untag({ resourceArn, tagKeys = [] }: Input) {
    const service = this.tagged(resourceArn)
    for (const key of tagKeys) service.tags.delete(key)
  }

  private tagged(resourceArn = ''): Service {
    const [clusterName = '', name = ''] = resourceArn.split('/').slice(-2)
    const service = this.props.clusters.get(clusterName)?.find(name)
    if (service?.arn === resourceArn) return service
    throw new AwsError('InvalidParameterException', 'The specified resource was not found.')
  }

  private find(reference: string): Cluster | undefined {
    return this.props.clusters.get(reference.split('/').at(-1) ?? '')
  }

  private cluster(reference = 'default'): Cluster {
    const cluster = this.find(reference)
    if (cluster === undefined) {
      throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
    }
    return cluster
  }

  private service(cluster: Cluster, reference: string): Service | undefined {
    const { simulation, timing } = this.props.context
    const service = cluster.find(reference)
    const inactiveFor = simulation.now - (service?.inactiveAt ?? simulation.now)
    return inactiveFor > timing.forgetAfterSeconds * 1000 ? undefined : service
  }

  private missing(cluster: Cluster, kind: 'service' | 'task', reference: string) {
    const name = reference.split('/').at(-1) ?? ''
    return { arn: this.props.context.arns[kind](cluster.name, name), reason: 'MISSING' }
  }
}

function refuseUnlessUpTo(most: number, number: number, what: string): void {
  const refuse = (message: string): never => {
    throw new AwsError('InvalidParameterException', message)
  }
  if (number === 0) refuse(`${what} cannot be empty.`)
  if (number > most) refuse(`${what} cannot have more than ${most} elements.`)
}

function pageSize({ maxResults }: Input, otherwise: number): number {
  if (maxResults === undefined) return otherwise
  if (Number.isInteger(maxResults) && maxResults >= 1 && maxResults <= 100) return maxResults
  throw new AwsError('InvalidParameterException', 'maxResults must be from 1 to 100.')
}

const tokenFor = (start: number) => Buffer.from(`from:${start}`).toString('base64')

function startOf({ nextToken }: Input): number {
  if (nextToken === undefined) return 0
  const start = /^from:(\d+)$/.exec(Buffer.from(nextToken, 'base64').toString())?.[1]
  if (start !== undefined) return Number(start)
  throw new AwsError('InvalidParameterException', 'Invalid token.')
}

/** A container instance may be named by its ARN or by the last part of it. */
function isOn(containerInstance: string, { host }: Task): boolean {
  return host !== undefined && `/${host.containerInstanceArn}`.endsWith(`/${containerInstance}`)
}
