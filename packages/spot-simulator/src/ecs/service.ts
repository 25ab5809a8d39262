import type { TargetState } from '../aws/load-balancers'
import type { Random } from '../random'
import type { Cancel } from '../simulation'
import type { TaskEnd } from './application'
import type { CapacityProvider } from './capacity-provider'
import type { Deployment } from './deployment'

export interface DeploymentSettings {
  readonly minimumHealthyPercent: number
  readonly maximumPercent: number
  readonly circuitBreaker: { readonly enable: boolean; readonly rollback: boolean }
}

/** An entry of `events` in DescribeServices. */
export interface ServiceMessage {
  readonly id: string
  readonly createdAt: number
  readonly message: string
}

/** Of tasks that RunTask has started, which belong to no service. */
export interface Standalone {
  readonly group: string
  readonly startedBy: string | undefined
  readonly overrides: object
  /** The names of its containers. */
  readonly containers: readonly string[]
  /** It names a launch type, and so no capacity provider. */
  readonly hasLaunchType: boolean
}

export interface ServiceProps {
  readonly arn: string
  readonly name: string
  readonly clusterName: string
  readonly clusterArn: string
  readonly controller: 'ECS' | 'CODE_DEPLOY'
  readonly desiredCount: number
  readonly deploymentSettings: DeploymentSettings
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly random: Random
  readonly taskEnd: TaskEnd
  /** @default 0 */
  readonly healthCheckGraceSeconds?: number
  /** @default the tasks are those of a service */
  readonly standalone?: Standalone
}

const maxMessages = 100

/** The state of a service. Only ServiceScheduler and ServiceControl change it. */
export class Service {
  readonly arn: string
  readonly name: string
  readonly clusterName: string
  readonly clusterArn: string
  readonly controller: 'ECS' | 'CODE_DEPLOY'
  readonly deploymentSettings: DeploymentSettings
  readonly tags: Map<string, string>
  readonly createdAt: number
  /** Its own generator, so that what happens to it does not depend on what happens to other services. */
  readonly random: Random
  /** How many tasks it has created so far. */
  createdTasks = 0
  taskEnd: TaskEnd
  readonly healthCheckGraceSeconds: number
  /** Set where it only stands for tasks that RunTask has started. */
  readonly standalone: Standalone | undefined
  desiredCount: number
  /** Settings that the simulation does not use, as DescribeServices returns them. They replace those of the view. */
  settings: Readonly<Record<string, unknown>> = {}
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' = 'ACTIVE'
  inactiveAt: number | undefined
  /** Deployments or task sets, the PRIMARY first. */
  deployments: Deployment[] = []
  /** The target of a rollback. */
  lastCompleted: Deployment | undefined
  /** Tasks that run or hold capacity. */
  readonly tasks = new Set<Task>()
  /** Stopped tasks, while DescribeTasks still returns them. */
  readonly stoppedTasks = new Set<Task>()
  /** Newest first. */
  messages: readonly ServiceMessage[] = []
  isSteady = false
  isReconcileScheduled = false
  cancelSteadyTimer: Cancel = () => {}

  constructor(props: ServiceProps) {
    this.arn = props.arn
    this.name = props.name
    this.clusterName = props.clusterName
    this.clusterArn = props.clusterArn
    this.controller = props.controller
    this.deploymentSettings = props.deploymentSettings
    this.tags = new Map(Object.entries(props.tags))
    this.createdAt = props.createdAt
    this.random = props.random
    this.taskEnd = props.taskEnd
    this.healthCheckGraceSeconds = props.healthCheckGraceSeconds ?? 0
    this.standalone = props.standalone
    this.desiredCount = props.desiredCount
  }

  /**
   * The generator of its nth task, from 0 on. Policies that start the same task at different times have the same start,
   * and an oracle can draw from it before the task exists.
   */
  randomOfTask(ordinal: number): Random {
    return this.random.fork(`task ${ordinal}`)
  }

  get primary(): Deployment {
    return this.deployments[0] as Deployment
  }

  /** As DescribeServices counts them: interrupted tasks are still running. */
  get runningCount(): number {
    return count(this.tasks, (task) => task.lastStatus === 'RUNNING')
  }

  get pendingCount(): number {
    return count(this.tasks, isPending)
  }

  /** Tasks that are RUNNING and healthy, interrupted ones included. */
  get servingCount(): number {
    return count(this.tasks, (task) => task.isServing)
  }

  tasksOf(deployment: Deployment): Task[] {
    return [...this.tasks].filter((task) => task.deployment === deployment)
  }

  addMessage(message: ServiceMessage): void {
    this.messages = [message, ...this.messages.slice(0, maxMessages - 1)]
  }
}

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED'

export type StopCode =
  | 'EssentialContainerExited'
  | 'InfrastructureHealth'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption'
  | 'TaskFailedToStart'
  | 'TerminationNotice'
  | 'UserInitiated'

/** The instance of an EC2 task. */
export interface Host {
  readonly instanceId: string
  readonly containerInstanceArn: string
}

export interface TaskProps {
  readonly id: string
  readonly arn: string
  readonly service: Service
  readonly deployment: Deployment
  readonly provider: CapacityProvider<Task>
  readonly createdAt: number
  /** Among the tasks of its service, from 0 on. */
  readonly ordinal: number
}

/** The state of a task. Only TaskLifecycle changes it. */
export class Task {
  readonly id: string
  readonly arn: string
  readonly service: Service
  readonly deployment: Deployment
  readonly provider: CapacityProvider<Task>
  readonly createdAt: number
  readonly ordinal: number
  /** Its own generator: first for its start, then for its end. */
  readonly random: Random
  lastStatus: TaskStatus = 'PROVISIONING'
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'
  stopCode: StopCode | undefined
  stoppedReason: string | undefined
  /** Milliseconds since 1970, as all times here. */
  startedAt: number | undefined
  stoppingAt: number | undefined
  /** When its containers had ended. */
  executionStoppedAt: number | undefined
  /** Of its containers, where it is known. */
  exitCode: number | undefined
  stoppedAt: number | undefined
  updatedAt: number
  /** Counts changes of state, as `detail.version` does. */
  version = 1
  zone: string | undefined
  ip: string | undefined
  host: Host | undefined
  /** For ECS, it is healthy: from its first healthy targets until it is stopped, or its containers end. */
  isServing = false
  /** The application accepts connections. */
  isAccepting = false
  /** New work reaches it: it serves and accepts connections, and its targets are healthy and not draining. */
  isInService = false
  /** The state of its target in each of its target groups, by ARN, since it was registered. */
  readonly targets = new Map<string, TargetState>()
  /** Its instance is draining: ECS starts a replacement, then stops this task. */
  isOnDrainingHost = false
  /** The target group in which it is unhealthy: ECS starts a replacement, then stops this task. */
  unhealthyIn: string | undefined
  /** It holds no capacity any more. */
  isReleased = false
  /** Cancels the next step of its lifecycle. */
  cancelNext: Cancel = () => {}

  constructor(props: TaskProps) {
    this.id = props.id
    this.arn = props.arn
    this.service = props.service
    this.deployment = props.deployment
    this.provider = props.provider
    this.createdAt = props.createdAt
    this.ordinal = props.ordinal
    this.random = props.service.randomOfTask(props.ordinal)
    this.updatedAt = props.createdAt
  }

  /** Counts towards the desired count. */
  get isCounted(): boolean {
    return (
      this.desiredStatus === 'RUNNING' && !this.isOnDrainingHost && this.unhealthyIn === undefined
    )
  }

  /** Has an interruption notice, and runs until the notice is over. */
  get isInterrupted(): boolean {
    return this.lastStatus === 'RUNNING' && this.stopCode === 'SpotInterruption'
  }
}

export function isPending(task: Task): boolean {
  return task.lastStatus === 'PROVISIONING' || task.lastStatus === 'PENDING'
}

export function count<Item>(items: Iterable<Item>, test: (item: Item) => boolean): number {
  let number = 0
  for (const item of items) if (test(item)) number++
  return number
}
