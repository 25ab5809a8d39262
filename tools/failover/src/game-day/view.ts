import { DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTasksCommand,
  type Service,
  type Tag,
  type Task,
} from '@aws-sdk/client-ecs'
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { type Pair, pairOf, priceIn, type Tags } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import type { VerbContext } from '../verb'

export type Reads = Pick<VerbContext, 'aws' | 'controller'>

/** A service, reduced to what a game day reads. */
export interface ServiceView {
  readonly name: string
  readonly desired: number
  readonly running: number
  readonly providers: readonly string[]
  readonly targetGroups: readonly string[]
  readonly isDeploying: boolean
  readonly tags: Tags
}

export interface PairView {
  readonly pair: Pair
  readonly primary: ServiceView
  readonly standbys: readonly ServiceView[]
  /** Of its most expensive standby, in US dollars per hour. Undefined without a price. */
  readonly taskPrice: number | undefined
}

/** What the failover of a cluster is like before a game day. */
export interface ClusterView {
  readonly pairs: readonly PairView[]
  /** The names of its alarms that are on. */
  readonly alarms: readonly string[]
  readonly hasSwept: boolean
  readonly isDeploying: boolean
}

export async function readCluster(
  context: Reads & Pick<VerbContext, 'now'>,
  cluster: string,
): Promise<ClusterView> {
  const { aws, controller } = context
  const services = await describe(context, cluster, await serviceNames(context, cluster))
  const { clusters } = await aws.ecs.send(
    new DescribeClustersCommand({ clusters: [cluster], include: ['TAGS'] }),
  )
  const now = await context.now()
  const { LastUpdateStatus } = await aws.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: controller.functionName }),
  )
  return {
    pairs: pairsIn(cluster, services, tagsOf(clusters?.[0]?.tags), now),
    alarms: await alarmsOn(context),
    hasSwept: await hasSwept(context, cluster, now),
    isDeploying: LastUpdateStatus === 'InProgress',
  }
}

async function serviceNames({ aws }: Reads, cluster: string): Promise<string[]> {
  const names: string[] = []
  let nextToken: string | undefined
  do {
    const page = await aws.ecs.send(
      new ListServicesCommand({ cluster, maxResults: 100, nextToken }),
    )
    names.push(...(page.serviceArns ?? []).map((arn) => arn.split('/').at(-1) ?? arn))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return names
}

/** The services that exist, by name. */
export async function describe(
  { aws }: Reads,
  cluster: string,
  names: readonly string[],
): Promise<Map<string, ServiceView>> {
  const found = new Map<string, ServiceView>()
  for (let start = 0; start < names.length; start += 10) {
    const { services = [] } = await aws.ecs.send(
      new DescribeServicesCommand({
        cluster,
        services: names.slice(start, start + 10),
        include: ['TAGS'],
      }),
    )
    for (const service of services) {
      if (service.status === 'ACTIVE') found.set(service.serviceName ?? '', viewOf(service))
    }
  }
  return found
}

function viewOf(service: Service): ServiceView {
  const { deployments = [], taskSets = [], capacityProviderStrategy = [] } = service
  const taskSet = taskSets.find(({ status }) => status === 'PRIMARY')
  const strategy = taskSet?.capacityProviderStrategy ?? capacityProviderStrategy
  const isRolling =
    deployments.length > 1 || deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS')
  return {
    name: service.serviceName ?? '',
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    providers: strategy.flatMap(({ capacityProvider }) => capacityProvider ?? []),
    targetGroups:
      (taskSet ?? service).loadBalancers?.flatMap((one) => one.targetGroupArn ?? []) ?? [],
    isDeploying: isRolling || taskSets.length > 1,
    tags: tagsOf(service.tags),
  }
}

function pairsIn(
  cluster: string,
  services: ReadonlyMap<string, ServiceView>,
  clusterTags: Tags,
  now: number,
): PairView[] {
  return [...services.values()].flatMap((primary) => {
    const pair = pairOf(cluster, primary.name, primary.tags, now, clusterTags)
    if (pair === undefined) return []
    const standbys = pair.standbys
      .flatMap((name) => services.get(name) ?? [])
      .filter((standby) => standby.tags[tags.standbyOf] === primary.name)
    const prices = standbys.flatMap((standby) => priceIn(standby.tags, tags.taskPrice) ?? [])
    const taskPrice = prices.length > 0 ? Math.max(...prices) : undefined
    return [{ pair, primary, standbys, taskPrice }]
  })
}

/** The tasks that ECS keeps, and those that it stops. */
export async function tasksOf(
  { aws }: Reads,
  cluster: string,
  serviceName: string,
): Promise<Task[]> {
  const arns: string[] = []
  let nextToken: string | undefined
  do {
    const page = await aws.ecs.send(new ListTasksCommand({ cluster, serviceName, nextToken }))
    arns.push(...(page.taskArns ?? []))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  const found: Task[] = []
  for (let start = 0; start < arns.length; start += 100) {
    const tasks = arns.slice(start, start + 100)
    found.push(...((await aws.ecs.send(new DescribeTasksCommand({ cluster, tasks }))).tasks ?? []))
  }
  return found
}

/** The alarm that standbys have run for hours says nothing about a game day. */
const unrelatedAlarm = /-long-on-demand$/

/** The names of the failover's alarms that are on. */
export async function alarmsOn({ aws, controller }: Reads): Promise<string[]> {
  const prefix = controller.functionName.replace(/reconcile$/, '')
  const found: string[] = []
  let NextToken: string | undefined
  do {
    const page = await aws.cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: prefix, StateValue: 'ALARM', NextToken }),
    )
    found.push(...(page.MetricAlarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found.filter((name) => !unrelatedAlarm.test(name))
}

/** Whether the controller has swept lately. CloudWatch shows a sample after a minute or two. */
async function hasSwept({ aws }: Reads, cluster: string, now: number): Promise<boolean> {
  const minute = 60_000
  const end = Math.floor(now / minute) * minute
  const { MetricDataResults = [] } = await aws.cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(end - 5 * minute),
      EndTime: new Date(end + minute),
      MetricDataQueries: [
        {
          Id: 'sweeps',
          MetricStat: {
            Metric: {
              Namespace: 'Tideway/Failover',
              MetricName: 'Sweeps',
              Dimensions: [{ Name: 'Cluster', Value: cluster }],
            },
            Period: 60,
            Stat: 'Sum',
          },
        },
      ],
    }),
  )
  return MetricDataResults.some(({ Values = [] }) => Values.some((value) => value > 0))
}

function tagsOf(found: readonly Tag[] = []): Tags {
  return Object.fromEntries(found.map(({ key, value }) => [key ?? '', value ?? '']))
}
