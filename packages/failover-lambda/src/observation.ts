/** The state of a pair at one moment. No type of the SDK passes beyond `observe.ts`. */
export interface Observation {
  readonly primary: PrimaryView
  /** In the order in which they are used. */
  readonly standbys: readonly StandbyView[]
  /** Evidence of a capacity shortage, in no order. Duplicates are possible. */
  readonly evidence: readonly Evidence[]
}

export interface PrimaryView {
  /** `gone`: deleted, or it never existed. */
  readonly status: 'active' | 'gone'
  readonly desired: number
  readonly running: number
  /** Running tasks that have an interruption notice. */
  readonly interrupted: number
  /** Running tasks that serve and have no notice. Undefined if that is unknown. */
  readonly healthy: number | undefined
  /** How many tasks its strategy places on demand. @default 0 */
  readonly onDemand?: number
  /**
   * Whether interrupted tasks receive no requests before a replacement runs. Never so without a load balancer.
   * @default false
   */
  readonly losesAtNotice?: boolean
}

export interface StandbyView {
  readonly name: string
  readonly desired: number
  readonly running: number
  /** US dollars per hour for one task. Without it, the cap on the price of cover does not count its tasks. */
  readonly taskPrice?: number
}

/** Evidence that capacity is short. */
export interface Evidence {
  readonly kind:
    | 'interruption'
    | 'launch-failure'
    | 'placement-failure'
    | 'service-message'
    | 'stuck-provisioning'
  /** `spot`: the Spot capacity of the primary. Otherwise the on-demand capacity of that standby. */
  readonly about: 'spot' | { readonly standby: string }
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who simulates it, in a game day. */
  readonly simulatedBy?: string | undefined
}

/** What is kept from one reconcile to the next. Everything else is read again. */
export interface Memory {
  /** When Spot was last short. Cleared once the primary is at full strength again. */
  readonly spotShortAt?: number
  /** When the primary was last at full strength. Older signals are stale, however late they arrive. */
  readonly fullStrengthAt?: number
  /** By the name of the standby. */
  readonly standbys: Readonly<Record<string, StandbyMemory>>
  /** The stabilization window after the last relapse. A calm period shortens it. */
  readonly stabilizationSeconds?: number
  readonly lastRaisedAt?: number
  readonly lastLoweredAt?: number
  /** When Spot was lost lately, oldest first, as far as the preference of the owner counts it. */
  readonly losses?: readonly number[]
  /** During a shortage: how far the desired count of the primary counts. */
  readonly growth?: Growth
}

/** Autoscaling also reacts to the loss of tasks, so growth in a shortage counts only in part. */
export interface Growth {
  /** The desired count when the shortage began, or one that autoscaling has confirmed since. */
  readonly from: number
  /** Since when the tasks of the pair are enough for the growth that counts. */
  readonly reachedAt?: number
}

export interface StandbyMemory {
  /** When the on-demand capacity of this standby was last short. */
  readonly shortAt?: number
  /** Since when fewer tasks are enough, and the numbers needed since then. */
  readonly lower?: { readonly since: number; readonly needs: readonly Need[] }
  /** Tasks of the primary that run and are not all healthy yet. */
  readonly starting?: Starting
}

export interface Starting {
  /** Since when no further task has started to run. */
  readonly since: number
  readonly running: number
}

/** A number of tasks that was needed, and until when. */
export interface Need {
  readonly count: number
  readonly until: number
}

export const noMemory: Memory = { standbys: {} }

/** What the tasks of a service do at an interruption notice: they serve until they are drained, or refuse requests. */
export type AtNotice = 'serve-until-drained' | 'leave'

/** What the owner of a service prefers when failed requests and cost conflict. */
export type Preference = 'cost' | 'balance' | 'availability'

interface PreferenceRules {
  readonly stabilizationSeconds: number
  /** Instead, where tasks that serve until they are drained leave before their replacements serve. */
  readonly lateStabilizationSeconds: number
  readonly maxStabilizationSeconds: number
  /** After a loss of Spot, failback leaves as many tasks as carry this share of the desired count without Spot. */
  readonly reserveShare: number
  /** How long, for each loss that is not older than the maximum. */
  readonly reserveSecondsPerLoss: number
  readonly maxReserveSeconds: number
}

const noReserve = { reserveShare: 0, reserveSecondsPerLoss: 0, maxReserveSeconds: 0 }

/** Chosen with the policy bench: longer windows cost more than another policy with as few failed requests. */
export const preferenceRules: Readonly<Record<Preference, PreferenceRules>> = {
  cost: {
    stabilizationSeconds: 0,
    lateStabilizationSeconds: 0,
    maxStabilizationSeconds: 0,
    ...noReserve,
  },
  balance: {
    stabilizationSeconds: 15,
    lateStabilizationSeconds: 40,
    maxStabilizationSeconds: 300,
    ...noReserve,
  },
  availability: {
    stabilizationSeconds: 15,
    lateStabilizationSeconds: 40,
    maxStabilizationSeconds: 300,
    // The usual target of autoscaling: without Spot, these tasks carry the load.
    reserveShare: 0.6,
    reserveSecondsPerLoss: 2 * 3600,
    maxReserveSeconds: 6 * 3600,
  },
}

/** Raises within this time are one loss, in several steps. */
export const oneLossSeconds = 300

/** What a team can set for a pair. */
export interface Policy {
  /** The maximum number of tasks of any one standby. */
  readonly maxStandby: number
  /** How long a recovery must last before the standby is lowered. */
  readonly stabilizationSeconds: number
  /** Instead, where tasks that serve until they are drained leave before their replacements serve. */
  readonly lateStabilizationSeconds: number
  /** Relapses double the window up to this. */
  readonly maxStabilizationSeconds: number
  /** How long evidence of a shortage counts, unless the primary reaches full strength before. */
  readonly evidenceSeconds: number
  /** The maximum price of all standby tasks, in US dollars per hour. @default unlimited */
  readonly maxCoverPrice?: number
  /** Set by an operator, or `auto`. `hold` changes nothing; a number is that many standby tasks. */
  readonly mode: 'auto' | 'hold' | { readonly force: number }
  readonly atNotice: AtNotice
  readonly prefer: Preference
  /** The duration of the slowest request. A target is deregistered so early that it can finish one. */
  readonly slowestRequestSeconds: number
  /** From SIGTERM, which comes with the notice, to SIGKILL. */
  readonly stopSeconds: number
}

/** From an interruption notice to the end of the task. */
export const noticeSeconds = 120

export const defaultPolicy: Policy = {
  maxStandby: 100,
  stabilizationSeconds: preferenceRules.balance.stabilizationSeconds,
  lateStabilizationSeconds: preferenceRules.balance.lateStabilizationSeconds,
  maxStabilizationSeconds: preferenceRules.balance.maxStabilizationSeconds,
  evidenceSeconds: 900,
  mode: 'auto',
  atNotice: 'leave',
  prefer: 'balance',
  slowestRequestSeconds: 5,
  stopSeconds: noticeSeconds,
}

export interface Decision {
  /** The desired count of every standby, changed or not, in the order of the observation. */
  readonly standbys: readonly { readonly name: string; readonly desired: number }[]
  readonly memory: Memory
  /** Never empty. */
  readonly reasons: readonly Reason[]
  readonly alerts: readonly Alert[]
  /** The latest time for the next reconcile. Undefined if the next event or sweep is early enough. */
  readonly requeueAfterSeconds?: number
}

export type Reason =
  | 'calm'
  | 'cover'
  | 'fail-back'
  | 'force'
  | 'growth-limited'
  | 'hold'
  | 'no-evidence'
  | 'paused'
  | 'primary-gone'
  | 'reserve'
  | 'stabilizing'
  | 'unknown-health'
  | 'within-bounds'

export type Alert = 'cover-capped' | 'on-demand-short' | 'primary-gone' | 'uncovered'
