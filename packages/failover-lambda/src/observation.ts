/** What is known of a pair at one moment, in our own words: no type of the SDK comes further than `observe`. */
export interface Observation {
  readonly primary: PrimaryView
  /** On-demand siblings, in the order in which they are used. */
  readonly standbys: readonly StandbyView[]
  /** What speaks for a shortage of capacity, in no order; the same thing may be there twice. */
  readonly evidence: readonly Evidence[]
}

export interface PrimaryView {
  /** `gone`: deleted, or never there. */
  readonly status: 'active' | 'gone'
  readonly desired: number
  readonly running: number
  /** Of the running ones, those that carry an interruption notice. */
  readonly doomed: number
  /** Of the running ones, those that serve and carry no notice. Undefined where that could not be found out. */
  readonly healthy: number | undefined
}

export interface StandbyView {
  readonly name: string
  readonly desired: number
  readonly running: number
}

/** A sign that capacity is short. */
export interface Evidence {
  readonly kind:
    | 'interruption'
    | 'launch-failure'
    | 'placement-failure'
    | 'service-message'
    | 'stuck-provisioning'
  /** `spot` is about the primary; the name of a standby is about the on-demand capacity of that one. */
  readonly about: 'spot' | { readonly standby: string }
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What is remembered of a pair from one look to the next. Everything else is read anew. */
export interface Memory {
  /** When Spot was last seen to be short. Forgotten once the primary is whole again. */
  readonly spotShortAt?: number
  /** When the primary was last seen whole: signs from before that are stale, however late they arrive. */
  readonly wholeAt?: number
  /** Of each standby by its name. */
  readonly standbys: Readonly<Record<string, StandbyMemory>>
  /** The dwell as the last relapse left it. Calm since then makes it shorter again. */
  readonly dwellSeconds?: number
  readonly lastRaisedAt?: number
  readonly lastLoweredAt?: number
}

export interface StandbyMemory {
  /** When the on-demand capacity of this standby was last seen to be short. */
  readonly shortAt?: number
  /** Since when fewer tasks would do, and how many would, at the looks since then. */
  readonly lower?: { readonly since: number; readonly needs: readonly Need[] }
}

/** How many tasks were needed, and until when: the next look after the last that needed so many. */
export interface Need {
  readonly count: number
  readonly until: number
}

export const noMemory: Memory = { standbys: {} }

/** What a team may set for a pair. */
export interface Policy {
  /** The most tasks that any one standby may have. */
  readonly maxStandby: number
  /** How long a recovery must last before on-demand capacity is given back. */
  readonly dwellSeconds: number
  /** Where relapses stop doubling it. */
  readonly maxDwellSeconds: number
  /** For how long a sign of a shortage counts, if the primary does not become whole before. */
  readonly evidenceSeconds: number
  /** An operator's word, or `auto`. `hold` changes nothing; a number is that many standby tasks. */
  readonly mode: 'auto' | 'hold' | { readonly force: number }
}

export const defaultPolicy: Policy = {
  maxStandby: 100,
  dwellSeconds: 60,
  maxDwellSeconds: 300,
  evidenceSeconds: 900,
  mode: 'auto',
}

export interface Decision {
  /** The desired count of every standby, changed or not, in the order of the observation. */
  readonly standbys: readonly { readonly name: string; readonly desired: number }[]
  readonly memory: Memory
  /** Why, for the log and for a person: never empty. */
  readonly reasons: readonly Reason[]
  /** What somebody must be told. */
  readonly alerts: readonly Alert[]
  /** When to look again, at the latest. Undefined where nothing is under way. */
  readonly lookAgainInSeconds?: number
}

export type Reason =
  | 'calm'
  | 'cover'
  | 'dwell'
  | 'force'
  | 'give-back'
  | 'hold'
  | 'no-evidence'
  | 'paused'
  | 'primary-gone'
  | 'unknown-health'
  | 'within-bounds'

export type Alert = 'on-demand-short' | 'primary-gone' | 'uncovered'
