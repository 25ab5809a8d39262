import type { StrategyItem } from '@tideway/spot-simulator'
import type { Scenario, ServiceLoad } from './scenario'
import type { ScenarioAccount } from './scenario-account'

export type PolicyName =
  | 'ecs-only'
  | 'base-25'
  | 'base-50'
  | 'base-75'
  | 'surplus'
  | 'seed'
  | 'flip'
  | 'reactive'
  | 'tideway'
  | 'tideway-availability'
  | 'tideway-cost'
  | 'all-on-demand'
  | 'oracle'
  | 'limit'

/** What the ledger cannot measure about a policy. */
export interface PolicyRun {
  /** Direction changes of the strategy. The ledger counts those of desired counts. */
  readonly directionChanges?: () => number
  /** Errors of the policy's own code, which would otherwise look like a shortage that it missed. */
  readonly problems?: () => readonly string[]
}

/** How a policy declares a service. */
export interface Declaration {
  readonly strategy: readonly StrategyItem[]
  /**
   * Tasks of the primary above the desired count of the scenario. They are paid for, and not needed.
   * @default 0
   */
  readonly surplus?: number
  /** On the primary. */
  readonly tags?: Readonly<Record<string, string>>
}

/** A way to run services on Spot. */
export interface Policy {
  readonly name: PolicyName
  readonly declare: (service: ServiceLoad, scenario: Scenario) => Declaration
  /** Starts to act on the account. Undefined for a policy that is only a declaration. */
  readonly start?: (account: ScenarioAccount) => PolicyRun | Promise<PolicyRun>
}

export const spot: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]
export const onDemand: readonly StrategyItem[] = [{ capacityProvider: 'FARGATE', weight: 1 }]
