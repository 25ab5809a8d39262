import type { StrategyItem } from '@tideway/spot-simulator'
import type { ScenarioAccount } from './scenario-account'

export type PolicyName = 'ecs-only' | 'seed' | 'flip' | 'tideway' | 'all-on-demand' | 'oracle'

/** What the ledger cannot measure about a policy. */
export interface PolicyRun {
  /** Direction changes of the strategy. The ledger counts those of desired counts. */
  readonly directionChanges?: () => number
  /** Errors of the policy's own code, which would otherwise look like a shortage that it missed. */
  readonly problems?: () => readonly string[]
}

/** A way to run services on Spot. */
export interface Policy {
  readonly name: PolicyName
  /** The strategy of the primaries at the start. */
  readonly strategy: readonly StrategyItem[]
  /** Starts to act on the account. Undefined for a policy that is only a strategy. */
  readonly start?: (account: ScenarioAccount) => PolicyRun
}

export const spot: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
export const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]
