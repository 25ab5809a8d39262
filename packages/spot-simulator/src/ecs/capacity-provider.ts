import type { CapacityTrace } from '../trace'

export type Placement =
  | 'placed'
  /** In PROVISIONING, until an instance has room. */
  | 'waiting'
  /** No capacity. */
  | 'failed'

/** Provides the capacity for tasks. */
export interface CapacityProvider<Task> {
  readonly name: string
  readonly arn: string
  readonly isSpot: boolean
  readonly launchType: 'FARGATE' | 'EC2'
  /** The resource that its instances run out of first. */
  readonly scarceResource: 'CPU' | 'MEMORY'
  /** Container instances without room for another task. */
  readonly fullHosts: readonly string[]
  /** @param isRunning the task is RUNNING from the start: for services that are created steady */
  place(task: Task, isRunning: boolean): Placement
  /** Frees the capacity of a task that has ended or has stopped waiting. */
  release(task: Task): void
  /** Interrupts a task, as the Spot market does. */
  interrupt(task: Task): void
  setBroken(zone: string, isBroken: boolean): void
  setTrace(trace: CapacityTrace, zone?: string): void
}
