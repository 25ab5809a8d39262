import type { Random } from '../random'

/** Drawn from the seed, evenly between the two. */
export type SecondsRange = readonly [least: number, most: number]

/** How long things take. The README says where each value comes from. */
export interface Timing {
  /** From a change to the scheduler's answer. */
  readonly scheduler: SecondsRange
  /** A Fargate task from its placement to PENDING. */
  readonly fargateProvisioning: SecondsRange
  /** A Fargate task from PENDING to RUNNING: pull and start. */
  readonly fargatePending: SecondsRange
  /** A task on an instance with room, from its placement to RUNNING. */
  readonly ec2Pending: SecondsRange
  /** From RUNNING to healthy in the target group. */
  readonly healthy: SecondsRange
  /** A task that was told to stop, until it has left its target groups and ended. */
  readonly stopping: SecondsRange
  /** From the end of its containers to STOPPED. */
  readonly deprovisioning: SecondsRange
  /** A task that waits in PROVISIONING for an instance, until ECS gives up. */
  readonly placementPatience: SecondsRange
  /** From the interruption notice to the end. */
  readonly noticeSeconds: number
  /** A failing placement or start is tried again after so long, then twice as long, and so on. */
  readonly firstRetrySeconds: number
  readonly longestRetrySeconds: number
  /** SERVICE_STEADY_STATE is told again after so long. */
  readonly steadyStateEverySeconds: number
  /** Stopped tasks and inactive services can be described for so long. */
  readonly forgetAfterSeconds: number
}

export const defaultTiming: Timing = {
  scheduler: [1, 3],
  fargateProvisioning: [10, 25],
  fargatePending: [10, 30],
  ec2Pending: [5, 20],
  healthy: [20, 40],
  stopping: [10, 40],
  deprovisioning: [5, 15],
  placementPatience: [600, 1800],
  noticeSeconds: 120,
  firstRetrySeconds: 15,
  longestRetrySeconds: 900,
  steadyStateEverySeconds: 6 * 3600,
  forgetAfterSeconds: 3600,
}

export function drawn(random: Random, [least, most]: SecondsRange): number {
  // Whole milliseconds, as times are.
  return Math.round(random.between(least, most) * 1000) / 1000
}
