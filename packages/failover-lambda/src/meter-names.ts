/**
 * The meters of a cluster: their sum over any time is what its pairs used in it. Dollars are list prices on demand, also
 * of tasks on Spot. The names are those of the metrics, and part of the stored record.
 */
export const clusterMeters = [
  'SpotTaskSeconds',
  'OnDemandTaskSeconds',
  'StandbyTaskSeconds',
  'DesiredTaskSeconds',
  'SpotDollars',
  'OnDemandDollars',
  'StandbyDollars',
  'DesiredDollars',
  'UnpricedTaskSeconds',
  'UnmeteredTaskSeconds',
] as const

/** The meters of a pair that is not calm. */
export const pairMeters = [
  'StandbyTaskSeconds',
  'StandbyDollars',
  'CoveredSeconds',
  'UncoveredSeconds',
  'Notices',
  'FailedPlacements',
] as const

export type Meter = (typeof clusterMeters)[number] | (typeof pairMeters)[number]
export type Counts = Readonly<Partial<Record<Meter, number>>>

/** How fast the meters of a pair run from one moment on, per second. Without those at 0. */
export interface Reading {
  readonly at: number
  readonly rates: Counts
}
