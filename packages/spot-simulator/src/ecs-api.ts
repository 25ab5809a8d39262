import { callOperation, type Operations } from './aws/operations'
import type { CapacityProvider } from './ecs/capacity-provider'
import type { Cluster } from './ecs/cluster'
import type { EcsContext } from './ecs/context'
import { type Rate, RateLimit } from './ecs/rate-limit'
import type { Service, Task } from './ecs/service'
import type { ServiceControl } from './ecs/service-control'
import { serviceView } from './ecs/service-view'
import { type RunTaskInput, runTaskParameters, type StandaloneTasks } from './ecs/standalone-tasks'
import { epochSeconds, startedByOf, taskView } from './ecs/task-view'
import { type UpdateServiceInput, updateService } from './ecs/update-service'
import { AwsError, type ServiceModel } from './endpoint'

export interface EcsApiProps {
  readonly context: EcsContext
  readonly clusters: ReadonlyMap<string, Cluster>
  readonly providers: ReadonlyMap<string, CapacityProvider<Task>>
  readonly tasks: ReadonlyMap<string, Task>
  readonly control: ServiceControl
  readonly standalone: StandaloneTasks
  /**
   * Calls above this rate fail with a ThrottlingException.
   * @default unlimited
   */
  readonly callRate?: Rate
}

interface PageInput {
  readonly cluster?: string
  readonly nextToken?: string
}

interface TagInput {
  readonly resourceArn?: string
  readonly tags?: readonly { readonly key?: string; readonly value?: string }[]
}

interface ListTasksInput extends PageInput {
  readonly serviceName?: string
  readonly containerInstance?: string
  readonly family?: string
  readonly startedBy?: string
  /** @default RUNNING */
  readonly desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED'
  readonly maxResults?: number
}

const taskPageSize = 100

/** The part of the ECS API that controllers of services call. */
export class EcsApi implements ServiceModel {
  readonly protocol = 'json'
  private readonly limit: RateLimit | undefined

  constructor(private readonly props: EcsApiProps) {
    this.limit = props.callRate && new RateLimit(props.callRate)
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    if (this.limit?.take(this.props.context.simulation.now) === false) {
      throw new AwsError('ThrottlingException', 'Rate exceeded')
    }
    return callOperation('ecs', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    DescribeClusters: {
      parameters: ['clusters', 'include'],
      run: (input: { clusters?: readonly string[]; include?: readonly string[] }) =>
        this.describeClusters(input.clusters, input.include),
    },
    DescribeServices: {
      parameters: ['cluster', 'services', 'include'],
      run: (input: {
        cluster?: string
        services?: readonly string[]
        include?: readonly string[]
      }) => this.describeServices(input.cluster, input.services, input.include),
    },
    DescribeTasks: {
      parameters: ['cluster', 'tasks'],
      run: (input: { cluster?: string; tasks?: readonly string[] }) =>
        this.describeTasks(input.cluster, input.tasks),
    },
    ListContainerInstances: {
      parameters: ['cluster', 'filter'],
      run: (input: { cluster?: string; filter?: string }) =>
        this.listContainerInstances(input.cluster, input.filter),
    },
    ListServices: {
      parameters: ['cluster', 'maxResults', 'nextToken'],
      run: (input: PageInput & { maxResults?: number }) => this.listServices(input),
    },
    ListTasks: {
      parameters: [
        'cluster',
        'serviceName',
        'containerInstance',
        'family',
        'startedBy',
        'desiredStatus',
        'maxResults',
        'nextToken',
      ],
      run: (input: ListTasksInput) => this.listTasks(input),
    },
    RunTask: {
      parameters: runTaskParameters,
      run: (input: RunTaskInput & { cluster?: string }) => this.runTask(input),
    },
    StopTask: {
      parameters: ['cluster', 'task', 'reason'],
      run: (input: { cluster?: string; task?: string; reason?: string }) => this.stopTask(input),
    },
    TagResource: {
      parameters: ['resourceArn', 'tags'],
      run: (input: TagInput) => this.tagResource(input),
    },
    UntagResource: {
      parameters: ['resourceArn', 'tagKeys'],
      run: (input: { resourceArn?: string; tagKeys?: readonly string[] }) =>
        this.untagResource(input),
    },
    UpdateService: {
      parameters: [
        'cluster',
        'service',
        'desiredCount',
        'forceNewDeployment',
        'capacityProviderStrategy',
        'taskDefinition',
        'loadBalancers',
      ],
      run: (input: UpdateServiceInput) => this.updateService(input),
    },
  }

  private describeClusters(
    references: readonly string[] = ['default'],
    include: readonly string[] = [],
  ) {
    const found = references.map((name) => this.props.clusters.get(lastPart(name)) ?? name)
    return {
      clusters: found.flatMap((cluster) =>
        typeof cluster === 'string'
          ? []
          : [
              {
                clusterArn: cluster.arn,
                clusterName: cluster.name,
                status: 'ACTIVE',
                ...(include.includes('TAGS') && {
                  tags: Object.entries(cluster.tags).map(([key, value]) => ({ key, value })),
                }),
              },
            ],
      ),
      failures: found.flatMap((cluster) =>
        typeof cluster === 'string'
          ? [{ arn: this.props.context.arns.cluster(lastPart(cluster)), reason: 'MISSING' }]
          : [],
      ),
    }
  }

  private describeServices(
    clusterName?: string,
    references: readonly string[] = [],
    include: readonly string[] = [],
  ) {
    checkCount('Services', references.length, 10)
    const cluster = this.cluster(clusterName)
    const { arns } = this.props.context
    const withTags = include.includes('TAGS')
    const found = references.map((reference) => {
      const service = this.service(cluster, reference)
      return [reference, service && this.viewOf(service, withTags)] as const
    })
    return {
      services: found.flatMap(([, view]) => view ?? []),
      failures: found.flatMap(([reference, view]) =>
        view === undefined
          ? [{ arn: arns.service(cluster.name, lastPart(reference)), reason: 'MISSING' }]
          : [],
      ),
    }
  }

  private viewOf(service: Service, withTags: boolean) {
    const { replica, arns } = this.props.context
    if (replica === undefined) return serviceView(service, arns, withTags)
    const { tags, ...view } = replica.read(service) ?? {}
    if (tags === undefined) return undefined
    return withTags ? { ...view, tags } : view
  }

  private describeTasks(clusterName?: string, references: readonly string[] = []) {
    checkCount('Tasks', references.length, 100)
    const cluster = this.cluster(clusterName)
    const { arns } = this.props.context
    const ids = references.map((reference) => arns.task(cluster.name, lastPart(reference)))
    const { replica } = this.props.context
    const found = ids.map((arn) => {
      const task = this.props.tasks.get(arn)
      const view =
        task && (replica === undefined ? taskView(task, epochSeconds) : replica.read(task))
      return [arn, view] as const
    })
    return {
      tasks: found.flatMap(([, view]) => view ?? []),
      failures: found.flatMap(([arn, view]) =>
        view === undefined ? [{ arn, reason: 'MISSING' }] : [],
      ),
    }
  }

  /** Instances that have tasks. */
  private listContainerInstances(clusterName?: string, filter?: string) {
    const cluster = this.cluster(clusterName)
    const instanceId = /^ec2InstanceId == (\S+)$/.exec(filter ?? '')?.[1]
    if (filter !== undefined && instanceId === undefined) {
      throw new AwsError(
        'InvalidParameterException',
        `filter "${filter}" is not simulated; simulated: ec2InstanceId == ID`,
      )
    }
    const found = new Set<string>()
    for (const { host, service } of this.props.tasks.values()) {
      if (host === undefined || service.clusterArn !== cluster.arn) continue
      if (instanceId === undefined || host.instanceId === instanceId) {
        found.add(host.containerInstanceArn)
      }
    }
    return { containerInstanceArns: [...found] }
  }

  private listServices({
    cluster,
    maxResults = 10,
    nextToken,
  }: PageInput & { maxResults?: number }) {
    if (!(Number.isInteger(maxResults) && maxResults >= 1 && maxResults <= 100)) {
      throw new AwsError('InvalidParameterException', 'maxResults must be from 1 to 100.')
    }
    const start = startOf(nextToken)
    const { services, hasMore } = this.cluster(cluster).page(start, maxResults)
    return {
      serviceArns: services.map(({ arn }) => arn),
      ...(hasMore && { nextToken: tokenFor(start + maxResults) }),
    }
  }

  private listTasks({
    cluster: name,
    serviceName,
    containerInstance,
    family,
    startedBy,
    desiredStatus = 'RUNNING',
    maxResults = taskPageSize,
    nextToken,
  }: ListTasksInput) {
    const cluster = this.cluster(name)
    const service = serviceName === undefined ? undefined : cluster.find(serviceName)
    if (serviceName !== undefined && service === undefined) {
      throw new AwsError('ServiceNotFoundException', 'Service not found.')
    }
    const arns: string[] = []
    const tasks = service ? [...service.tasks, ...service.stoppedTasks] : this.props.tasks.values()
    for (const task of tasks) {
      if (task.desiredStatus !== desiredStatus || task.service.clusterArn !== cluster.arn) continue
      if (containerInstance !== undefined && !isOn(containerInstance, task)) continue
      if (family !== undefined && familyOf(task) !== family) continue
      if (startedBy === undefined || startedByOf(task) === startedBy) arns.push(task.arn)
    }
    const start = startOf(nextToken)
    const end = start + maxResults
    return {
      taskArns: arns.slice(start, end),
      ...(arns.length > end && { nextToken: tokenFor(end) }),
    }
  }

  private runTask(input: RunTaskInput & { cluster?: string }) {
    const { tasks, failures } = this.props.standalone.run(this.cluster(input.cluster), input)
    return { tasks: tasks.map((task) => taskView(task, epochSeconds)), failures }
  }

  /** A task that has been stopped before is returned as it is. */
  private stopTask({
    cluster: name,
    task: reference = '',
    reason = 'Task stopped by user',
  }: {
    cluster?: string
    task?: string
    reason?: string
  }) {
    if (reason.length > 255) {
      throw new AwsError('InvalidParameterException', 'Reason exceeds the limit of 255 characters.')
    }
    const cluster = this.cluster(name)
    const { context, control, tasks } = this.props
    const task = tasks.get(context.arns.task(cluster.name, lastPart(reference)))
    if (task === undefined) {
      throw new AwsError('InvalidParameterException', 'The referenced task was not found.')
    }
    control.stopTask(task, reason)
    return { task: taskView(task, epochSeconds) }
  }

  private tagResource({ resourceArn, tags = [] }: TagInput): object {
    const found = tags.map(({ key = '', value = '' }) => {
      const isValid = (text: string, max: number) =>
        text.length <= max && /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u.test(text)
      if (key === '' || !isValid(key, 128) || !isValid(value, 256)) {
        throw new AwsError('InvalidParameterException', `Invalid tag: ${key}=${value}`)
      }
      return [key, value] as const
    })
    this.changeTags(resourceArn, (before) => new Map([...before, ...found]))
    return {}
  }

  private untagResource({
    resourceArn,
    tagKeys = [],
  }: {
    resourceArn?: string
    tagKeys?: readonly string[]
  }): object {
    this.changeTags(
      resourceArn,
      (before) => new Map([...before].filter(([key]) => !tagKeys.includes(key))),
    )
    return {}
  }

  /** Of a service or a cluster. Other resources have no tags here. */
  private changeTags(
    arn = '',
    change: (before: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
  ): void {
    const [, type, path = ''] = /^arn:aws:ecs:[^:]+:\d+:(cluster|service)\/(.+)$/.exec(arn) ?? []
    const [clusterName = '', serviceName] = path.split('/')
    if (type === undefined || (type === 'service') !== (serviceName !== undefined)) {
      throw new AwsError('InvalidParameterException', `Invalid identifier: ${arn}`)
    }
    const cluster = this.cluster(clusterName)
    if (serviceName === undefined) {
      cluster.tags = Object.fromEntries(change(new Map(Object.entries(cluster.tags))))
      return
    }
    const service = cluster.find(serviceName)
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.')
    const after = change(service.tags)
    service.tags.clear()
    for (const [key, value] of after) service.tags.set(key, value)
    this.props.context.replica?.changed(service)
  }

  private updateService(input: UpdateServiceInput) {
    const { context, providers, control } = this.props
    const service = this.cluster(input.cluster).find(input.service ?? '')
    if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.')
    updateService(service, input, new Set(providers.keys()), context, control)
    return { service: serviceView(service, context.arns, false) }
  }

  private cluster(reference = 'default'): Cluster {
    const cluster = this.props.clusters.get(lastPart(reference))
    if (cluster !== undefined) return cluster
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
  }

  private service(cluster: Cluster, reference: string): Service | undefined {
    const { simulation, timing } = this.props.context
    const service = cluster.find(reference)
    const inactiveFor = simulation.now - (service?.inactiveAt ?? simulation.now)
    return inactiveFor > timing.forgetAfterSeconds * 1000 ? undefined : service
  }
}

function checkCount(what: string, number: number, max: number): void {
  if (number >= 1 && number <= max) return
  throw new AwsError(
    'InvalidParameterException',
    number === 0 ? `${what} cannot be empty.` : `${what} cannot have more than ${max} elements.`,
  )
}

/** The name or id at the end of an ARN, or the whole reference. */
function lastPart(reference: string): string {
  return reference.split('/').at(-1) ?? ''
}

const tokenFor = (start: number) => Buffer.from(`from:${start}`).toString('base64')

function startOf(nextToken: string | undefined): number {
  if (nextToken === undefined) return 0
  const start = /^from:(\d+)$/.exec(Buffer.from(nextToken, 'base64').toString())?.[1]
  if (start !== undefined) return Number(start)
  throw new AwsError('InvalidParameterException', 'Invalid token.')
}

function familyOf({ deployment }: Task): string {
  return lastPart(deployment.release.taskDefinition).replace(/:\d+$/, '')
}

/** Accepts the ARN of a container instance, or its last part. */
function isOn(containerInstance: string, { host }: Task): boolean {
  return host !== undefined && `/${host.containerInstanceArn}`.endsWith(`/${containerInstance}`)
}
