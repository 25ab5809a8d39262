/** Requests of a service per second, as the mean of a sample. */
export interface RequestRates {
  /** All requests, with those that fail. */
  readonly rate: number
  /** Those with a status from 500 on, refused connections included. */
  readonly failed: number
  /** Those that are answered after more than a second. */
  readonly slow: number
}

/** What viewers felt in the ten seconds before `at`. */
export interface RequestSample {
  /** Seconds since the start, as in the samples of tasks. */
  readonly at: number
  readonly services: Readonly<Record<string, RequestRates>>
}

/** How the services run: as deployed, without the controller, or without Spot. */
export type Policy = 'tideway' | 'without' | 'on-demand'

/** The same market, load and seed with another policy, in the ten seconds before `at`. */
export interface ComparisonSample {
  readonly at: number
  readonly policy: Exclude<Policy, 'tideway'>
  readonly services: Readonly<Record<string, RequestRates & { readonly serving: number }>>
}

/** Since the start, over all services. */
export interface PolicyTotals {
  readonly policy: Policy
  readonly requests: number
  readonly failed: number
  /** Of any service: the longest time with fewer tasks than it had. */
  readonly longestLossSeconds: number
  readonly dollars: number
}

/** Why requests of a service failed, since the start. */
export interface FailureCause {
  readonly service: string
  /** `502 from tideway-local-api-blue: the connection was reset` */
  readonly cause: string
  readonly count: number
}
