import type { LoadBalancers } from '../aws/load-balancers'
import type { EventBus } from '../event-bus'
import type { Random } from '../random'
import type { Simulation } from '../simulation'
import type { Arns } from './arns'
import type { Ids } from './ids'
import type { Service } from './service'
import type { Timing } from './settings'
import type { Task } from './task'

/** What a revision of a task definition does that is out of the ordinary. */
export interface RevisionBehaviour {
  /** Its tasks never start, for this reason: `CannotPullContainerError: ...`. */
  readonly startFailure?: string
  /** Its containers end so long after they start. */
  readonly exitsAfterSeconds?: number
}

/** Hears of what changes, at once: for measures. */
export interface Observer {
  /** A service has come, or wants another number of tasks than `before`. */
  desired?(service: Service, before: number | undefined): void
  serving?(task: Task, change: 1 | -1): void
  /** A task takes room that somebody pays for, or gives it back. */
  paid?(task: Task, change: 1 | -1): void
  /** An instance of this provider runs from now on, or no more. */
  instance?(provider: string, change: 1 | -1): void
  /** UpdateService was called, and not refused. */
  written?(service: Service): void
}

/** What all parts of ECS share. */
export interface EcsContext {
  readonly simulation: Simulation
  readonly random: Random
  readonly bus: EventBus
  readonly arns: Arns
  readonly ids: Ids
  readonly timing: Timing
  readonly loadBalancers: LoadBalancers
  readonly observers: Observer[]
  /** By the ARN of the task definition. */
  readonly revisions: Map<string, RevisionBehaviour>
}
