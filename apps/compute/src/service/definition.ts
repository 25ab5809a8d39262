import type { CapacityKind } from '../capacity'

/** A part of a strategy: `base` tasks first, then shares of the rest by weight. */
export interface Share<Kind extends CapacityKind> {
  readonly on: Kind
  /** Tasks that are placed here before any weight counts. One share of a strategy may have it. @default 0 */
  readonly base?: number
  readonly weight: number
}

type FargateStrategy = readonly Share<'fargate' | 'fargate-spot'>[]
type Ec2Strategy = readonly Share<'ec2' | 'ec2-spot'>[]

/** ECS refuses a strategy with both. */
export type Strategy = FargateStrategy | Ec2Strategy

/** Capacity that is not taken back: what a standby may be on. */
export type OnDemandKind = 'fargate' | 'ec2'

/** What a task may reach, beside AWS: the network lets it through, and its role may log in. */
export type Use = 'cache' | 'database' | 'internal-alb' | 'work-queue'

interface CommonDefinition {
  /** Units of 1/1024 of a virtual CPU, in one of the sizes that Fargate sells. */
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096 | 8192 | 16384
  readonly memoryMiB: number
  /** The tag of an image in the repository of the service; or `example`, which runs a tiny program until there is one. */
  readonly image: 'example' | { readonly tag: string }
  readonly uses: readonly Use[]
}

interface AlwaysDefinition extends CommonDefinition {
  readonly runs: 'always'
  /** Autoscaling keeps between these. */
  readonly tasks: { readonly least: number; readonly most: number }
  /** Siblings that take over what Spot cannot place, in the order in which they are used. */
  readonly standbys: readonly OnDemandKind[]
  readonly traffic?: Traffic
  /** Messages of the work queue for each task, above which tasks are added. @default the queue does not scale it */
  readonly backlogPerTask?: number
  /**
   * How long a target that leaves has for the requests it has begun: within a notice of two minutes.
   * @default 60
   */
  readonly deregistrationSeconds?: number
}

export interface RollingDefinition extends AlwaysDefinition {
  readonly capacity: Strategy
  readonly release: {
    readonly kind: 'rolling'
    readonly minHealthyPercent: number
    readonly maxPercent: number
  }
}

/** CodeDeploy does not work with an Auto Scaling group whose scaling ECS manages, so it is for Fargate only. */
export interface BlueGreenDefinition extends AlwaysDefinition {
  readonly capacity: FargateStrategy
  readonly release: { readonly kind: 'blue-green' }
  readonly traffic: Traffic
}

export type Traffic = ExternalTraffic | InternalTraffic

interface CommonTraffic {
  /** The place of its rule on the listener: the lowest that matches counts. */
  readonly priority: number
  /** Requests a minute for each task, above which tasks are added. */
  readonly requestsPerTask: number
}

export interface ExternalTraffic extends CommonTraffic {
  readonly from: 'external'
  readonly paths: readonly string[]
}

/** Called by its name under the internal load balancer. */
export interface InternalTraffic extends CommonTraffic {
  readonly from: 'internal'
}

export type LongRunningDefinition = RollingDefinition | BlueGreenDefinition

/** Short work on Fargate, started by the clock: on Spot, and on demand where Spot refuses it or takes it back. */
export interface ScheduledDefinition extends CommonDefinition {
  /** A `cron(...)` or `rate(...)` of EventBridge Scheduler, in UTC. */
  readonly runs: `cron(${string})` | `rate(${string})`
  readonly tasks: number
}

export type ServiceDefinition = LongRunningDefinition | ScheduledDefinition

export function isScheduled(definition: ServiceDefinition): definition is ScheduledDefinition {
  return definition.runs !== 'always'
}

export function usesSpot({ capacity }: LongRunningDefinition): boolean {
  return capacity.some(({ on }) => on === 'fargate-spot' || on === 'ec2-spot')
}

export function standbyName(service: string, kind: OnDemandKind): string {
  return `${service}-standby-${kind}`
}

export const defaultDeregistrationSeconds = 60
