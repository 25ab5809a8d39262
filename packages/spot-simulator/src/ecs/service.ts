import type { Cancel } from '../simulation'
import type { Deployment } from './deployment'
import type { Task } from './task'

export interface DeploymentSettings {
  readonly minimumHealthyPercent: number
  readonly maximumPercent: number
  readonly circuitBreaker: { readonly enable: boolean; readonly rollback: boolean }
}

/** One line of what DescribeServices shows under `events`. */
export interface ServiceMessage {
  readonly id: string
  readonly createdAt: number
  readonly message: string
}

const keptMessages = 100

/** A service: what is known of it. ServiceScheduler and the front door change it. */
export class Service {
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' = 'ACTIVE'
  inactiveAt: number | undefined
  /** Deployments or task sets, the PRIMARY first. */
  deployments: Deployment[] = []
  /** What a failed deployment is rolled back to. */
  lastCompleted: Deployment | undefined
  /** Those that still run or hold room. */
  readonly tasks = new Set<Task>()
  /** Those that have stopped, while they can be described. */
  readonly stoppedTasks = new Set<Task>()
  readonly messages: ServiceMessage[] = []
  isSteady = false
  /** The scheduler is about to look at it. */
  isTouched = false
  cancelSteadyTimer: Cancel = () => {}

  constructor(
    readonly arn: string,
    readonly name: string,
    readonly clusterName: string,
    readonly clusterArn: string,
    readonly controller: 'ECS' | 'CODE_DEPLOY',
    public desiredCount: number,
    public deploymentSettings: DeploymentSettings,
    readonly tags: Map<string, string>,
    readonly createdAt: number,
  ) {}

  get primary(): Deployment {
    return this.deployments[0] as Deployment
  }

  /** As DescribeServices counts them: those with an interruption notice are still running. */
  get runningCount(): number {
    return count(this.tasks, (task) => task.lastStatus === 'RUNNING')
  }

  get pendingCount(): number {
    return count(this.tasks, isPending)
  }

  /** RUNNING and healthy, for as long as they last. */
  get servingCount(): number {
    return count(this.tasks, (task) => task.isServing)
  }

  tasksOf(deployment: Deployment): Task[] {
    return [...this.tasks].filter((task) => task.deployment === deployment)
  }

  say(message: ServiceMessage): void {
    this.messages.unshift(message)
    if (this.messages.length > keptMessages) this.messages.pop()
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
