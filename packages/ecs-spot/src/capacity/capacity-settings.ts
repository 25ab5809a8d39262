/** The instances behind a capacity provider. */
export interface GroupSettings {
  /** Kept even without tasks. */
  readonly minInstances: number
  readonly maxInstances: number
  /**
   * The utilization that ECS aims for. The rest is headroom: a surge starts its tasks there while new
   * instances start, which takes minutes.
   */
  readonly targetCapacityPercent: number
}

export interface OnDemandSettings extends GroupSettings {
  /** Stopped instances in the warm pool, which cost their disks and join in seconds. 0 disables the pool. */
  readonly warmInstances: number
}

export interface InstanceSettings {
  /**
   * When the instances of the cluster get their image. `once`: the image of the first deploy, see README for updates.
   * `at-launch`: each new instance gets the latest one, but AWS may reject that in groups with several instance types.
   */
  readonly imageResolved: 'once' | 'at-launch'
}

/** A cluster of any stack. */
export interface ClusterReference {
  readonly name: string
  readonly arn: string
}
