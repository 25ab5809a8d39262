import type { StrategyItem } from '@tideway/spot-simulator'
import type { World } from './world'

export type PolicyName = 'ecs-only' | 'seed' | 'flip' | 'tideway' | 'all-on-demand' | 'oracle'

/** What a policy did that the ledger does not see. */
export interface PolicyRun {
  /** How often it turned back: a change of strategy is none of a desired count. */
  readonly reversals?: () => number
  /** Errors of its own code: they would look like a drought that it did not see. */
  readonly problems?: () => readonly string[]
}

/** A way to live with Spot that runs dry. */
export interface Policy {
  readonly name: PolicyName
  /** Of the primaries, at the start. */
  readonly strategy: readonly StrategyItem[]
  /** Begins to act in the world. Left out by a policy that only chooses a strategy. */
  readonly start?: (world: World) => PolicyRun
}

export const spot: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
export const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]
