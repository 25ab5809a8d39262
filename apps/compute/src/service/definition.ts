import type { CapacityKind } from '../capacity'

/** One item of a capacity provider strategy. */
export interface Share<Kind extends CapacityKind> {
  readonly on: Kind
  /** Tasks that are placed here first. Only one share of a strategy may have a base. @default 0 */
  readonly base?: number
  /** The share of the remaining tasks, relative to the other weights. */
  readonly weight: number
}

type FargateStrategy = readonly Share<'fargate' | 'fargate-spot'>[]
type Ec2Strategy = readonly Share<'ec2' | 'ec2-spot'>[]

/** ECS rejects a strategy that mixes the two. */
export type Strategy = FargateStrategy | Ec2Strategy

/** Capacity that AWS does not reclaim, for standbys. */
export type OnDemandKind = 'fargate' | 'ec2'

/** A dependency of a service. The entry grants the network access and the permissions for it. */
export type Use = 'cache' | 'database' | 'internal-alb' | 'work-queue'

interface CommonDefinition {
  /** CPU units (1024 are one virtual CPU), in one of the sizes of Fargate. */
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096 | 8192 | 16384
  readonly memoryMiB: number
  /** The tag of an image in the repository of the service, or `example` for a small program until there is one. */
  readonly image: 'example' | { readonly tag: string }
  readonly uses: readonly Use[]
}

interface AlwaysDefinition extends CommonDefinition {
  readonly runs: 'always'
  /** The limits of autoscaling. */
  readonly tasks: { readonly min: number; readonly max: number }
  /** Capacity of the standbys, which run the tasks that Spot cannot place, in order of preference. */
  readonly standbys: readonly OnDemandKind[]
  readonly traffic?: Traffic
  /** Messages in the work queue per task that autoscaling aims for. @default the queue does not scale the service */
  readonly backlogPerTask?: number
  /** Time for in-flight requests of a deregistered target, within the two minutes of a notice. @default 60 */
  readonly deregistrationSeconds?: number
  /** The maximum price of the standbys, in US dollars per hour. What exceeds it stays missing. @default unlimited */
  readonly maxCoverDollarsPerHour?: number
  /**
   * What the tasks do at an interruption notice, which ECS passes on as SIGTERM. `leave`: they refuse requests, so
   * they are deregistered at once. `serve-until-drained`: they serve until the load balancer sends no more requests,
   * so they are deregistered once others serve, or at the last safe moment. @default leave
   */
  readonly atNotice?: 'serve-until-drained' | 'leave'
  /** What matters more when failed requests and cost conflict. @default balance */
  readonly prefer?: 'cost' | 'balance' | 'availability'
  /** The duration of the slowest request. At most `deregistrationSeconds`. @default 5 */
  readonly slowestRequestSeconds?: number
}

export interface RollingDefinition extends AlwaysDefinition {
  readonly capacity: Strategy
  readonly release: {
    readonly kind: 'rolling'
    readonly minHealthyPercent: number
    readonly maxPercent: number
  }
}

/** Fargate only: CodeDeploy does not support Auto Scaling groups with managed scaling. */
export interface BlueGreenDefinition extends AlwaysDefinition {
  readonly capacity: FargateStrategy
  readonly release: { readonly kind: 'blue-green' }
  readonly traffic: Traffic
}

export type Traffic = CommonTraffic &
  (
    | { readonly from: 'external'; readonly paths: readonly string[] }
    /** Other services call it by its name under the domain of the internal load balancer. */
    | { readonly from: 'internal' }
  )

interface CommonTraffic {
  /** Priority of the listener rule: the lowest number that matches wins. */
  readonly priority: number
  /** Requests per task and minute that autoscaling aims for. */
  readonly requestsPerTask: number
}

export type EcsServiceDefinition = RollingDefinition | BlueGreenDefinition

/** A short task on Fargate that a schedule starts: on Spot first, on demand if Spot has no capacity or interrupts it. */
export interface ScheduledTaskDefinition extends CommonDefinition {
  /** A `cron(...)` or `rate(...)` of EventBridge Scheduler, in UTC. */
  readonly runs: `cron(${string})` | `rate(${string})`
  readonly tasks: number
}

export type ServiceDefinition = EcsServiceDefinition | ScheduledTaskDefinition

export function isScheduled(definition: ServiceDefinition): definition is ScheduledTaskDefinition {
  return definition.runs !== 'always'
}

export function usesSpot({ capacity }: EcsServiceDefinition): boolean {
  return capacity.some(({ on }) => on === 'fargate-spot' || on === 'ec2-spot')
}

export const defaultDeregistrationSeconds = 60
