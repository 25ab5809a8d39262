import { type Checks, isObject } from '@tideway/constructs'
import type { CapacityKind } from '@tideway/ecs-spot'
import { strategyChecks } from '@tideway/ecs-spot/internal'
import { isPrice } from '../settings'
import { isList, isUnique } from './values'

/** One item of a capacity provider strategy. */
export interface Share<Kind extends CapacityKind> {
  /** The kind of capacity. A service is all Fargate or all EC2. */
  readonly on: Kind
  /** Tasks that are placed here first. Only one share of a strategy may have a base. @default 0 */
  readonly base?: number
  /** The share of the remaining tasks, relative to the other weights. */
  readonly weight: number
}

export type FargateStrategy = readonly Share<'fargate' | 'fargate-spot'>[]
type Ec2Strategy = readonly Share<'ec2' | 'ec2-spot'>[]

/** ECS rejects a strategy that mixes the two. */
export type Strategy = FargateStrategy | Ec2Strategy

const kinds: readonly unknown[] = [
  'fargate',
  'fargate-spot',
  'ec2',
  'ec2-spot',
] satisfies CapacityKind[]

export function isStrategy(value: unknown): value is Strategy {
  return (
    isList(value, isObject) && value.every((share) => 'on' in share && kinds.includes(share.on))
  )
}

/** Capacity that AWS does not reclaim, for standbys. */
export type OnDemandKind = 'fargate' | 'ec2'

export interface CapacityFields {
  /**
   * Where the tasks run: the shares of a capacity provider strategy.
   *
   * @example capacity: [{ on: 'fargate', base: 1, weight: 1 }, { on: 'fargate-spot', weight: 3 }]
   */
  readonly capacity: Strategy
  /**
   * On-demand capacity of the standbys, which run the tasks that Spot cannot place, in order of preference.
   *
   * @example standbys: ['fargate', 'ec2']
   */
  readonly standbys: readonly OnDemandKind[]
  /**
   * The maximum price of the standbys, in US dollars per hour. What exceeds it stays missing.
   *
   * @default unlimited
   * @example maxCoverDollarsPerHour: 2.5
   */
  readonly maxCoverDollarsPerHour?: number
}

export function usesSpot({ capacity }: Pick<CapacityFields, 'capacity'>): boolean {
  return capacity.some(({ on }) => on === 'fargate-spot' || on === 'ec2-spot')
}

/** @param release the kind of the service's release */
export function capacityChecks(
  { capacity, standbys, maxCoverDollarsPerHour }: CapacityFields,
  release: 'rolling' | 'blue-green',
): Checks<CapacityFields> {
  return {
    capacity: [
      ...strategyChecks(capacity.map(({ on, ...share }) => ({ capacityProvider: on, ...share }))),
      [
        release !== 'blue-green' || capacity.every(({ on }) => on.startsWith('fargate')),
        'be Fargate for blue/green: CodeDeploy does not support managed scaling of instances',
        'Use Fargate, or a rolling release.',
      ],
    ],
    standbys: [
      [
        standbys.every((kind) => kind === 'fargate' || kind === 'ec2'),
        'be on demand: a standby on Spot fails together with the tasks that it covers',
        'Choose "fargate" or "ec2".',
      ],
      [isUnique(standbys), 'name each kind once', 'Remove the duplicate.'],
      [
        !usesSpot({ capacity }) || standbys.length > 0,
        'name at least one: without it, a Spot drought is an outage',
        'Add "fargate".',
      ],
      [
        usesSpot({ capacity }) || standbys.length === 0,
        'be empty: there is no Spot capacity that they would cover',
        'Remove them.',
      ],
    ],
    maxCoverDollarsPerHour: [
      [
        maxCoverDollarsPerHour === undefined || isPrice(maxCoverDollarsPerHour),
        'be from 0.001 to 1000000 US dollars per hour',
        'Choose a price in that range, or remove the field.',
      ],
    ],
  }
}
