import type { CapacityTrace } from '../../trace'
import type { ZoneTraces } from '../capacity-pool'
import type { SecondsRange } from '../settings'

/** ECS managed scaling: by the number of instances that running and waiting tasks need. */
export interface ManagedScalingSettings {
  readonly kind: 'managed'
  /**
   * The percentage of instances in use. Below 100 leaves headroom.
   * @default 100
   */
  readonly targetCapacityPercent?: number
  /** @default 1 */
  readonly minimumStep?: number
  /** @default 10000 */
  readonly maximumStep?: number
  /**
   * No scale-in for this time after a launch.
   * @default 300
   */
  readonly warmupSeconds?: number
}

/** Plain scaling by the average CPU of the instances, without regard to tasks. */
export interface CpuScalingSettings {
  readonly kind: 'cpu'
  /** The CPU of an instance that a task uses now, in percent. */
  readonly cpuPercentOfTask: () => number
  /** @default 70 */
  readonly highPercent?: number
  /** @default 30 */
  readonly lowPercent?: number
  /** @default 300 */
  readonly cooldownSeconds?: number
}

export interface AutoScalingGroupSettings {
  /** The name of the capacity provider. */
  readonly name: string
  /** The name of the Auto Scaling group. @default the same */
  readonly groupName?: string
  /** @default false */
  readonly isSpot?: boolean
  readonly tasksPerInstance: number
  /**
   * The resource that instances run out of first, as placement failures name it.
   * @default CPU
   */
  readonly scarceResource?: 'CPU' | 'MEMORY'
  /** @default 0 */
  readonly minInstances?: number
  readonly maxInstances: number
  /**
   * Instances that are active from the start.
   * @default minInstances
   */
  readonly initialInstances?: number
  readonly scaling: ManagedScalingSettings | CpuScalingSettings
  /**
   * Protects instances with tasks from scale-in.
   * @default true
   */
  readonly terminationProtection?: boolean
  /**
   * Drains an instance before scale-in terminates it.
   * @default true
   */
  readonly managedDraining?: boolean
  /**
   * ECS_ENABLE_SPOT_INSTANCE_DRAINING of the agent: drains an instance at its interruption notice.
   * @default false, as in the agent
   */
  readonly spotInstanceDraining?: boolean
  /**
   * Available instances: of a region with one zone, or of each zone.
   * @default unlimited
   */
  readonly capacity?: CapacityTrace | ZoneTraces
  /** @default [90, 180] */
  readonly launchSeconds?: SecondsRange
  /**
   * The delay before a failed launch is retried.
   * @default [60, 120]
   */
  readonly launchRetrySeconds?: SecondsRange
  /**
   * The chance that an interruption comes with a rebalance recommendation.
   * @default 0.5
   */
  readonly rebalanceRecommendations?: number
}
