import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import type { Task } from '@aws-sdk/client-ecs'
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { type PairView, type Reader, readAllPairs } from '../pairs'
import type { VerbContext } from '../verb'

/** What the failover of a cluster is like before a game day. */
export interface ClusterView {
  readonly pairs: readonly PairView[]
  /** The names of its alarms that are on. */
  readonly alarms: readonly string[]
  /** Whether the code of the controller is being deployed. */
  readonly isDeploying: boolean
  readonly now: number
}

export async function readCluster(context: VerbContext, reader: Reader): Promise<ClusterView> {
  const { aws, controller } = context
  const pairs = await readAllPairs(context, reader)
  const { LastUpdateStatus } = await aws.lambda.send(
    new GetFunctionConfigurationCommand({ FunctionName: controller.functionName }),
  )
  return {
    pairs,
    alarms: await alarmsOn(context),
    isDeploying: LastUpdateStatus === 'InProgress',
    now: await context.now(),
  }
}

/** The tasks that run and that ECS keeps, always in the same order. */
export async function runningTasks(
  { ecs }: Reader,
  cluster: string,
  service: string,
): Promise<Task[]> {
  return (await ecs.tasksOf(cluster, service))
    .filter((task) => task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING')
    .sort((one, other) => ((one.taskArn ?? '') < (other.taskArn ?? '') ? -1 : 1))
}

/** How many of these tasks are on one instance of a capacity provider, at most. */
export function mostOnOneInstance(tasks: readonly Task[], provider: string): number {
  const counts = new Map<string, number>()
  for (const { capacityProviderName, containerInstanceArn = '' } of tasks) {
    if (capacityProviderName !== provider) continue
    counts.set(containerInstanceArn, (counts.get(containerInstanceArn) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

/** The alarm that standbys have run for hours says nothing about a game day. */
const unrelatedAlarm = /-long-on-demand$/

/** The names of the failover's alarms that are on. */
export async function alarmsOn({
  aws,
  controller,
}: Pick<VerbContext, 'aws' | 'controller'>): Promise<string[]> {
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
