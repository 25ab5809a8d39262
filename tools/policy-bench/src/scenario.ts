import type {
  Application,
  AutoScalingGroupSettings,
  CapacityTrace,
  Deregistration,
  EcsSimulationSettings,
  ServiceSettings,
  StrategyItem,
} from '@tideway/spot-simulator'

/** Traces by the name of their zone. */
export type ZoneTraces = Readonly<Record<string, CapacityTrace>>

/** The providers of a service, so that a policy can change its strategy. */
export interface Providers {
  readonly spot: string
  readonly onDemand: string
}

export interface ServiceLoad {
  readonly name: string
  readonly desiredCount: number
  /** Behind a load balancer, a task serves only when its target is healthy. */
  readonly isLoadBalanced: boolean
  /** @default FARGATE_SPOT and FARGATE */
  readonly providers?: Providers
  /** Base and weights. @default all tasks on Spot */
  readonly strategy?: readonly StrategyItem[]
  /** Providers of the standbys, in the order in which they are used. @default the on-demand one */
  readonly standbys?: readonly string[]
  /** Requests that change over time, with autoscaling. @default as many as the desired tasks take */
  readonly load?: {
    /** A factor of the usual requests, from a time on. */
    readonly surges: readonly { readonly atSeconds: number; readonly factor: number }[]
    readonly maxTasks: number
  }
  readonly deployment?: Pick<
    ServiceSettings,
    'controller' | 'maximumPercent' | 'minimumHealthyPercent'
  >
}

/** What happens to the services during a scenario, beside the lack of Spot. */
export type Change =
  | { readonly kind: 'release'; readonly service: string }
  /** New functions replace those of the controller. */
  | { readonly kind: 'upgrade' }

/** Spot capacity over time, and the services that use it: the same for every policy. */
export interface Scenario {
  readonly name: string
  /** For readers of a report: one sentence. */
  readonly description: string
  /** For start-up times, event delays and the choice of interrupted tasks. */
  readonly seed: number
  /** Capacity of FARGATE_SPOT in tasks, shared by all services. */
  readonly spot: ZoneTraces
  readonly services: readonly ServiceLoad[]
  readonly groups?: readonly AutoScalingGroupSettings[]
  /** In the order of time. */
  readonly changes?: readonly (Change & { readonly atSeconds: number })[]
  /** What applications do at SIGTERM. @default serves-until-drained */
  readonly application?: Application
  /** When ECS itself deregisters an interrupted task. @default at-stop */
  readonly deregistration?: Deregistration
  readonly hours: number
  /** Settings of the simulation that differ from its defaults. */
  readonly settings?: Partial<EcsSimulationSettings>
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

/** No task of a calm scenario gets a SIGTERM, so the results do not depend on what it does then. */
export function isCalm({ changes = [], groups = [], services, spot }: Scenario): boolean {
  const isUnlimited = ({ steps }: CapacityTrace) =>
    steps.every(({ capacity }) => capacity === Number.POSITIVE_INFINITY)
  const isSteady = services.every(({ load }) => load === undefined)
  return changes.length + groups.length === 0 && isSteady && Object.values(spot).every(isUnlimited)
}
