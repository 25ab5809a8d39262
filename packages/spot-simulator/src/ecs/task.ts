import type { Cancel } from '../simulation'
import type { CapacityProvider } from './capacity-provider'
import type { Deployment } from './deployment'
import type { Service } from './service'

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'RUNNING'
  | 'DEACTIVATING'
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

/** Where an EC2 task runs. */
export interface Host {
  readonly instanceId: string
  readonly containerInstanceArn: string
}

/** One task of a service: what is known of it. TaskLifecycle alone changes it. */
export class Task {
  lastStatus: TaskStatus = 'PROVISIONING'
  desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'
  stopCode: StopCode | undefined
  stoppedReason: string | undefined
  /** Milliseconds since 1970, as all times here. */
  startedAt: number | undefined
  stoppingAt: number | undefined
  stoppedAt: number | undefined
  updatedAt: number
  /** Counts changes of state, as `detail.version` does. */
  version = 1
  zone: string | undefined
  ip: string | undefined
  host: Host | undefined
  /** RUNNING and healthy in its target groups, until it stops: what users are served by. */
  isServing = false
  /** Its instance is draining: another is to be started, and then it is to be stopped. */
  isLeaving = false
  /** It has left its provider. */
  isGone = false
  /** What happens to it next, unless something else does. */
  cancelNext: Cancel = () => {}

  constructor(
    readonly id: string,
    readonly arn: string,
    readonly service: Service,
    readonly deployment: Deployment,
    readonly provider: CapacityProvider,
    readonly createdAt: number,
  ) {
    this.updatedAt = createdAt
  }

  /** Stands for one of the desired tasks. */
  get isCounted(): boolean {
    return this.desiredStatus === 'RUNNING' && !this.isLeaving
  }

  /** Its two minutes are running. */
  get isInterrupted(): boolean {
    return this.lastStatus === 'RUNNING' && this.stopCode === 'SpotInterruption'
  }
}
