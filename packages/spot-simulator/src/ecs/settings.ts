import type { Random } from '../random'

/** Drawn from a uniform distribution. */
export type SecondsRange = readonly [min: number, max: number]

/** Starts on Fargate, from the placement to RUNNING: lognormal, so that a few take much longer than most. */
export interface StartSettings {
  readonly medianSeconds: number
  /** The standard deviation of the logarithm. @default 0.3 */
  readonly spread?: number
  /** The share of starts that take longer by `slowSeconds`. @default 0 */
  readonly slowShare?: number
  /** @default 120 */
  readonly slowSeconds?: number
}

/** Durations. The README gives the source of each default. */
export interface Timing {
  /** From a change to the reconcile of the service. */
  readonly scheduler: SecondsRange
  /** A Fargate task from its placement to PENDING. */
  readonly fargateProvisioning: SecondsRange
  /** A Fargate task from PENDING to RUNNING: pull and start. */
  readonly fargatePending: SecondsRange
  /** Replaces the two before. @default not set */
  readonly starts?: StartSettings
  /** A task on an instance with room, from its placement to RUNNING. */
  readonly ec2Pending: SecondsRange
  /** From RUNNING to healthy in the target group. */
  readonly healthy: SecondsRange
  /** From SIGTERM to the exit of an application that the scheduler stops and that `serves-until-drained`. */
  readonly stopping: SecondsRange
  /** From SIGTERM to the exit of an application that `leaves-at-once`. */
  readonly leaving: SecondsRange
  /** From the end of the containers to the deregistration `at-stop`. */
  readonly deregistering: SecondsRange
  /** From the end of its containers to STOPPED. */
  readonly deprovisioning: SecondsRange
  /** How long a task waits in PROVISIONING for an instance. */
  readonly placementPatience: SecondsRange
  /** From the interruption notice to the end of the task. */
  readonly noticeSeconds: number
  /** The first retry delay of a failed placement or start. Each further delay is twice as long. */
  readonly firstRetrySeconds: number
  readonly maxRetrySeconds: number
  /** The interval of repeated SERVICE_STEADY_STATE events. */
  readonly steadyStateEverySeconds: number
  /** How long stopped tasks and inactive services are described. */
  readonly forgetAfterSeconds: number
}

export const defaultTiming: Timing = {
  scheduler: [1, 3],
  fargateProvisioning: [10, 25],
  fargatePending: [10, 30],
  ec2Pending: [5, 20],
  healthy: [20, 40],
  stopping: [10, 40],
  leaving: [0.5, 1.5],
  deregistering: [0, 0],
  deprovisioning: [5, 15],
  placementPatience: [600, 1800],
  noticeSeconds: 120,
  firstRetrySeconds: 15,
  maxRetrySeconds: 1620,
  steadyStateEverySeconds: 6 * 3600,
  forgetAfterSeconds: 3600,
}

export function drawn(random: Random, [min, max]: SecondsRange): number {
  // In whole milliseconds, as all times.
  return Math.round(random.between(min, max) * 1000) / 1000
}

/** Draws the start of a Fargate task. */
export function startSeconds(
  random: Random,
  { starts, fargateProvisioning, fargatePending }: Timing,
): { readonly provisioning: number; readonly pending: number } {
  if (starts === undefined) {
    return {
      provisioning: drawn(random, fargateProvisioning),
      pending: drawn(random, fargatePending),
    }
  }
  const { medianSeconds, spread = 0.3, slowShare = 0, slowSeconds = 120 } = starts
  const seconds = medianSeconds * Math.exp(spread * random.normal())
  const extra = random.chance(slowShare) ? slowSeconds : 0
  // Half of the time each, in whole milliseconds.
  const half = Math.round((seconds + extra) * 500) / 1000
  return { provisioning: half, pending: half }
}
