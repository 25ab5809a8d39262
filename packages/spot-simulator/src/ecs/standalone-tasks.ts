import { AwsError } from '../endpoint'
import type { TaskEnd } from './application'
import type { CapacityProvider } from './capacity-provider'
import type { Cluster } from './cluster'
import type { EcsContext } from './context'
import { Deployment } from './deployment'
import { Service, type Task } from './service'
import type { ServiceScheduler } from './service-scheduler'
import type { StrategyItem } from './strategy'
import { checkStrategy } from './update-service'

/** The parameters of RunTask that have an effect here. */
export interface RunTaskInput {
  readonly capacityProviderStrategy?: readonly StrategyItem[]
  readonly launchType?: string
  readonly count?: number
  readonly group?: string
  readonly overrides?: { readonly containerOverrides?: readonly { readonly name?: string }[] }
  readonly startedBy?: string
  readonly taskDefinition?: string
}

export const runTaskParameters = [
  'capacityProviderStrategy',
  'clientToken',
  'cluster',
  'count',
  'enableECSManagedTags',
  'enableExecuteCommand',
  'group',
  'launchType',
  'networkConfiguration',
  'overrides',
  'placementConstraints',
  'placementStrategy',
  'platformVersion',
  'propagateTags',
  'referenceId',
  'startedBy',
  'tags',
  'taskDefinition',
  'volumeConfigurations',
]

/** An entry of `failures` in the response of RunTask. Without capacity on Fargate, it has no ARN. */
export interface RunTaskFailure {
  readonly reason: string
}

const unavailable =
  'Capacity is unavailable at this time. Please try again later or in a different availability zone'

/** Runs tasks that belong to no service: ECS places them once, and replaces none of them. */
export class StandaloneTasks {
  private runs = 0

  constructor(
    private readonly context: EcsContext,
    private readonly scheduler: ServiceScheduler,
    private readonly providers: ReadonlyMap<string, CapacityProvider<Task>>,
    private readonly taskEnd: TaskEnd,
  ) {}

  /** RunTask: rejects the whole call as AWS does, or places as many tasks as there is capacity for. */
  run(cluster: Cluster, input: RunTaskInput): { tasks: Task[]; failures: RunTaskFailure[] } {
    const { arns, ids, simulation, timing } = this.context
    const { count = 1, taskDefinition = '' } = input
    if (taskDefinition === '') {
      throw new AwsError('ClientException', 'TaskDefinition can not be blank.')
    }
    if (!(Number.isInteger(count) && count >= 1 && count <= 10)) {
      reject('Count must be from 1 to 10.')
    }
    const strategy = this.strategyOf(input)
    const arn = arns.taskDefinition(taskDefinition)
    const family = arn.split('/').at(-1)?.replace(/:\d+$/, '') ?? ''
    const overridden = input.overrides?.containerOverrides?.flatMap(({ name }) => name ?? [])
    const release = { taskDefinition: arn, strategy, loadBalancers: [] }
    const service = new Service({
      arn: '',
      name: family,
      clusterName: cluster.name,
      clusterArn: cluster.arn,
      controller: 'ECS',
      desiredCount: 0,
      deploymentSettings: {
        minimumHealthyPercent: 0,
        maximumPercent: 100,
        circuitBreaker: { enable: false, rollback: false },
      },
      tags: {},
      createdAt: simulation.now,
      random: this.context.random.fork(`${cluster.name} ${family} run ${this.runs++}`),
      taskEnd: this.taskEnd,
      standalone: {
        group: input.group ?? `family:${family}`,
        startedBy: input.startedBy,
        overrides: input.overrides ?? { containerOverrides: [] },
        containers: overridden?.length ? overridden : ['app'],
        hasLaunchType: input.launchType !== undefined,
      },
    })
    // Nothing keeps it at a desired count.
    service.status = 'INACTIVE'
    service.deployments = [new Deployment(ids.deployment(), release, simulation.now, timing)]
    const tasks = this.scheduler.startStandalone(service, count)
    const missing = count - tasks.length
    return { tasks, failures: Array.from({ length: missing }, () => ({ reason: unavailable })) }
  }

  private strategyOf({ capacityProviderStrategy, launchType }: RunTaskInput) {
    const known = new Set(this.providers.keys())
    if (capacityProviderStrategy?.length) {
      if (launchType !== undefined) {
        reject(
          'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
        )
      }
      checkStrategy(capacityProviderStrategy, known)
      // The default of RunTask, where nothing is said about the weight.
      return capacityProviderStrategy.map((item) =>
        item.weight === undefined && item.base === undefined ? { ...item, weight: 1 } : item,
      )
    }
    if (launchType === 'FARGATE') return [{ capacityProvider: launchType, weight: 1 }]
    return reject('No Container Instances were found in your cluster.')
  }
}

function reject(message: string): never {
  throw new AwsError('InvalidParameterException', message)
}
