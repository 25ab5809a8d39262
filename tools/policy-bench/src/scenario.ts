import type { CapacityTrace } from '@tideway/spot-simulator'

/** The trace of each zone, by its name. */
export type ZoneTraces = Readonly<Record<string, CapacityTrace>>

export interface ServiceLoad {
  readonly name: string
  readonly desiredCount: number
  /** Behind a load balancer a task serves only once its target is healthy. */
  readonly isLoadBalanced: boolean
}

/** What Spot does, and to whom: the same for every policy. */
export interface Scenario {
  readonly name: string
  /** Of the simulation: start-up times, delays of events, which task is taken back. */
  readonly seed: number
  /** Places for tasks on FARGATE_SPOT, which all services share. */
  readonly spot: ZoneTraces
  readonly services: readonly ServiceLoad[]
  readonly hours: number
}

/** A small shop: large enough for a partial drought, small enough that the bench ends soon. */
export const shop: readonly ServiceLoad[] = [
  { name: 'api', desiredCount: 6, isLoadBalanced: true },
  { name: 'web', desiredCount: 3, isLoadBalanced: true },
  { name: 'worker', desiredCount: 4, isLoadBalanced: false },
]

export function tasksOf(services: readonly ServiceLoad[]): number {
  return services.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
}

/**
 * Every scenario begins in calm, since a shortage that was there before the start would cost every policy the
 * same first hole.
 */
export const calmStartSeconds = 600
