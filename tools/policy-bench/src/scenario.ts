import type { CapacityTrace } from '@tideway/spot-simulator'

/** Traces by the name of their zone. */
export type ZoneTraces = Readonly<Record<string, CapacityTrace>>

export interface ServiceLoad {
  readonly name: string
  readonly desiredCount: number
  /** Behind a load balancer, a task serves only when its target is healthy. */
  readonly isLoadBalanced: boolean
}

/** Spot capacity over time, and the services that use it: the same for every policy. */
export interface Scenario {
  readonly name: string
  /** For start-up times, event delays and the choice of interrupted tasks. */
  readonly seed: number
  /** Capacity of FARGATE_SPOT in tasks, shared by all services. */
  readonly spot: ZoneTraces
  readonly services: readonly ServiceLoad[]
  readonly hours: number
}

/** Large enough for a partial drought, small enough for a short bench. */
export const shop: readonly ServiceLoad[] = [
  { name: 'api', desiredCount: 6, isLoadBalanced: true },
  { name: 'web', desiredCount: 3, isLoadBalanced: true },
  { name: 'worker', desiredCount: 4, isLoadBalanced: false },
]

export function tasksOf(services: readonly ServiceLoad[]): number {
  return services.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
}

/**
 * Every scenario begins in calm, because a shortage at the start would cost every policy the same first shortfall.
 */
export const calmStartSeconds = 600
