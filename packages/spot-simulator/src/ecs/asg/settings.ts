import type { CapacityTrace } from '../../trace'
import type { ZoneTraces } from '../capacity-pool'
import type { SecondsRange } from '../settings'

/** ECS managed scaling: by how many instances the tasks need, those that wait among them. */
export interface ManagedScalingSettings {
  readonly kind: 'managed'
  /**
   * Of 100 instances, how many are to be in use: below 100 there is headroom.
   * @default 100
   */
  readonly targetCapacityPercent?: number
  /** @default 1 */
  readonly minimumStep?: number
  /** @default 10000 */
  readonly maximumStep?: number
  /**
   * No scale-in so long after a launch.
   * @default 300
   */
  readonly warmupSeconds?: number
}

/** Plain scaling by the average CPU of the instances. It knows nothing of tasks. */
export interface CpuScalingSettings {
  readonly kind: 'cpu'
  /** How many percent of an instance a task uses now. */
  readonly cpuPercentOfTask: () => number
  /** @default 70 */
  readonly highPercent?: number
  /** @default 30 */
  readonly lowPercent?: number
  /** @default 300 */
  readonly cooldownSeconds?: number
}

export interface AutoScalingGroupSettings {
  /** Of the capacity provider. */
  readonly name: string
  /** Of the group behind it. @default the same */
  readonly groupName?: string
  /** @default false */
  readonly isSpot?: boolean
  /** How many tasks an instance has room for. */
  readonly tasksPerInstance: number
  /**
   * What its instances run out of first, as ECS names it when it gives up.
   * @default CPU
   */
  readonly scarceResource?: 'CPU' | 'MEMORY'
  /** @default 0 */
  readonly minInstances?: number
  readonly maxInstances: number
  /**
   * Instances that are there at once.
   * @default minInstances
   */
  readonly initialInstances?: number
  readonly scaling: ManagedScalingSettings | CpuScalingSettings
  /**
   * Instances with tasks are not removed by scale-in.
   * @default true
   */
  readonly terminationProtection?: boolean
  /**
   * An instance that scale-in removes first lets its tasks move away.
   * @default true
   */
  readonly managedDraining?: boolean
  /**
   * ECS_ENABLE_SPOT_INSTANCE_DRAINING of the agent: drain when Spot gives notice.
   * @default false, as the agent has it
   */
  readonly spotInstanceDraining?: boolean
  /**
   * How many instances can be had: in the region as one zone, or in each zone.
   * @default unlimited
   */
  readonly capacity?: CapacityTrace | ZoneTraces
  /** @default [90, 180] */
  readonly launchSeconds?: SecondsRange
  /**
   * A launch that failed is tried again after so long.
   * @default [60, 120]
   */
  readonly launchRetrySeconds?: SecondsRange
  /**
   * The chance that an interruption comes with a rebalance recommendation.
   * @default 0.5
   */
  readonly rebalanceRecommendations?: number
}
