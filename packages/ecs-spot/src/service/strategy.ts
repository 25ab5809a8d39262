import type { Check } from '@tideway/constructs/parts'

/** One item of a capacity provider strategy. */
export interface CapacityShare {
  /** The name of the provider. */
  readonly capacityProvider: string
  /** Tasks that are placed here first. Only one share of a strategy may have a base. @default 0 */
  readonly base?: number
  /** The share of the remaining tasks, relative to the other weights. */
  readonly weight: number
}

/** What ECS accepts as a strategy. Providers on Fargate begin with that word. */
export function strategyChecks(shares: readonly CapacityShare[]): Check[] {
  const used = shares.map(({ capacityProvider }) => capacityProvider)
  const bases = shares.map(({ base = 0 }) => base)
  const weights = shares.map(({ weight }) => weight)
  return [
    [used.length > 0, 'name a kind of capacity', 'Name one.'],
    [
      new Set(used.map(isFargate)).size <= 1,
      'be all Fargate or all EC2: ECS rejects a strategy with both',
      'Keep one of them, and name the other as standby.',
    ],
    [new Set(used).size === used.length, 'name each kind once', 'Remove the duplicate.'],
    [
      bases.filter((base) => base > 0).length <= 1,
      'have one base at most: ECS rejects a second',
      'Remove the others.',
    ],
    [
      bases.every((base) => isWhole(base, 0, 100_000)),
      'have a base from 0 to 100000',
      'Correct it.',
    ],
    [weights.every((it) => isWhole(it, 0, 1000)), 'have weights from 0 to 1000', 'Correct them.'],
    [
      weights.some((weight) => weight !== 0),
      'have a weight above 0: with none, ECS places no tasks',
      'Raise one.',
    ],
  ]
}

export function isFargate(capacityProvider: string): boolean {
  return /^fargate/i.test(capacityProvider)
}

export function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
