import {
  DescribeServicesCommand,
  type Service,
  type TaskSet,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { ScenarioAccount } from '../scenario-account'

/** A service and its standby, as DescribeServices returns them. */
export interface PairView {
  readonly desired: number
  /** With CodeDeploy: of the task set that receives traffic. */
  readonly running: number
  readonly standby: number
  /** Whether a task with this `startedBy` is among the running ones. */
  readonly isServing: (startedBy: string) => boolean
  /** Sets the count of the standby, in the target group that receives traffic. */
  readonly setStandby: (desiredCount: number) => Promise<void>
}

export async function readPair({ ecs, pairs }: ScenarioAccount, name: string): Promise<PairView> {
  const cluster = 'main'
  const standbyName = pairs.get(name)?.standby.name ?? ''
  const { services = [] } = await ecs.send(
    new DescribeServicesCommand({ cluster, services: [name, standbyName] }),
  )
  const [primary = {}, standby = {}] = services
  const taskSet = servingTaskSet(primary)
  return {
    desired: primary.desiredCount ?? 0,
    running: (taskSet ?? primary).runningCount ?? 0,
    standby: standby.desiredCount ?? 0,
    isServing: (startedBy) => taskSet === undefined || taskSet.id === startedBy,
    setStandby: async (desiredCount) => {
      const input = { cluster, service: standbyName, desiredCount, ...releaseFor(standby, taskSet) }
      await ecs.send(new UpdateServiceCommand(input))
    },
  }
}

function servingTaskSet({ taskSets = [] }: Service): TaskSet | undefined {
  return taskSets.find(({ status }) => status === 'PRIMARY')
}

/** CodeDeploy moves the traffic to another target group. A standby in the old one receives none. */
function releaseFor(standby: Service, taskSet: TaskSet | undefined) {
  const { taskDefinition, loadBalancers = [] } = taskSet ?? {}
  const isSame =
    targetGroupOf(standby) === targetGroupOf({ loadBalancers }) &&
    standby.taskDefinition === taskDefinition
  return taskSet === undefined || isSame ? {} : { taskDefinition, loadBalancers }
}

function targetGroupOf({ loadBalancers = [] }: Pick<Service, 'loadBalancers'>): string | undefined {
  return loadBalancers[0]?.targetGroupArn
}
