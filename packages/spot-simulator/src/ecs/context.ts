import type { FailedCheck, LoadBalancers, TargetState } from '../aws/load-balancers'
import type { EventBus } from '../event-bus'
import type { Random } from '../random'
import type { Simulation } from '../simulation'
import type { Arns } from './arns'
import type { Ids } from './ids'
import type { ReadReplica } from './read-replica'
import type { Service, Task } from './service'
import type { Timing } from './settings'

/** How the tasks of a task definition revision differ from healthy ones. */
export interface RevisionBehaviour {
  /** Its tasks never start, for this reason: `CannotPullContainerError: ...`. */
  readonly startFailure?: string
  /** Its containers exit after this time. */
  readonly exitsAfterSeconds?: number
  /** With this code. @default it is not known */
  readonly exitCode?: number
  /** The longest `stopTimeout` of its containers. @default that of the service */
  readonly stopTimeoutSeconds?: number
}

/** `undefined`: it starts, or it passes the check. */
export type Outcome<Failure> = Failure | undefined | Promise<Failure | undefined>

/** What tasks run, where it is more than the `application` of their service. */
export interface Programs {
  /**
   * Starts the program of a task, which runs until it exits by itself (call `EcsSimulation.exit`) or receives SIGKILL.
   * Returns the reason why it cannot start. The clock waits for the answer.
   *
   * @default the `application` of the service decides when a task ends
   */
  startsTask?(task: Task): Outcome<string>
  /**
   * A health check of a target, each interval of its target group. A target without passed checks is unhealthy, and
   * ECS replaces its task. The clock does not wait for the answer.
   *
   * @default a target is healthy some time after its registration, while its application accepts connections
   */
  checksTargets?(task: Task, targetGroupArn: string): Outcome<FailedCheck>
}

/** Callbacks for measurements, called at the moment of the change. */
export interface Observer {
  /** A service was created, or its desired count changed from `before`. */
  desired?(service: Service, before: number | undefined): void
  /** For ECS, the task is healthy: until it is stopped, or its containers end. */
  serving?(task: Task, change: 1 | -1): void
  /** The task is a target from now on, and healthy at a later time (milliseconds since 1970). */
  registered?(task: Task, healthyAt: number): void
  /** ECS or a caller of the API deregistered the task from a target group: once for each group. */
  deregistered?(task: Task): void
  /** The task has received its interruption notice, and its SIGTERM. */
  interrupted?(task: Task): void
  /** CodeDeploy made the other task set the PRIMARY. */
  rerouted?(service: Service): void
  /** The task is RUNNING. */
  started?(task: Task): void
  /** The containers of a task that was RUNNING have ended. */
  ended?(task: Task): void
  /** ECS stops the containers, or ends them: after the stop timeout, with the notice, or with their host. */
  signal?(task: Task, signal: 'SIGTERM' | 'SIGKILL'): void
  /** The application accepts connections. */
  accepting?(task: Task, change: 1 | -1): void
  /** The state of a target of the task changed. `unused`: it is not registered any more. */
  target?(task: Task, targetGroupArn: string, state: TargetState): void
  /** `isInService` of the task changed. */
  inService?(task: Task, change: 1 | -1): void
  /** The billing of a task starts or ends. */
  paid?(task: Task, change: 1 | -1): void
  /** An instance of this provider was launched or terminated. */
  instance?(provider: string, change: 1 | -1): void
  /** An UpdateService call succeeded. */
  written?(service: Service): void
}

/** Shared by all parts of ECS. */
export interface EcsContext {
  readonly simulation: Simulation
  readonly random: Random
  readonly bus: EventBus
  readonly arns: Arns
  readonly ids: Ids
  readonly timing: Timing
  readonly loadBalancers: LoadBalancers
  readonly observers: Observer[]
  readonly programs: Programs
  /** The share of interruptions without a notice. */
  readonly missingNotices: number
  /** What lagging reads return. Undefined: reads do not lag. */
  readonly replica: ReadReplica | undefined
  /** By the ARN of the task definition. */
  readonly revisions: Map<string, RevisionBehaviour>
}

/** Draws only if there are missing notices, so that other runs keep their random numbers. */
export function isNoticeMissing({ missingNotices }: EcsContext, random: Random): boolean {
  return missingNotices > 0 && random.chance(missingNotices)
}
