import type { CapacityTrace } from '../trace'
import type { Task } from './task'

export type Placement =
  | 'placed'
  /** In PROVISIONING, until there is an instance with room. */
  | 'waiting'
  | 'refused'

/** Where tasks find room. */
export interface CapacityProvider {
  readonly name: string
  readonly arn: string
  readonly isSpot: boolean
  readonly launchType: 'FARGATE' | 'EC2'
  /** What its instances run out of first. */
  readonly scarceResource: 'CPU' | 'MEMORY'
  /** Container instances that have no room for one more. */
  readonly fullHosts: readonly string[]
  /** @param isRunning it has been running for long: for services that are steady from the start */
  place(task: Task, isRunning: boolean): Placement
  /** The task is gone, or has given up waiting. */
  release(task: Task): void
  /** Takes the task back, as the market would. */
  interrupt(task: Task): void
  setBroken(zone: string, isBroken: boolean): void
  setTrace(trace: CapacityTrace, zone?: string): void
}
