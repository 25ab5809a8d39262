import type { Declare } from './declaration'
import type { ScenarioAccount } from './scenario-account'

export { onDemand, spot } from './strategies'

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

/** A way to run services on Spot. */
export interface Policy {
  readonly name: PolicyName
  readonly declare: Declare
  /** Starts to act on the account. Undefined for a policy that is only a declaration. */
  readonly start?: (account: ScenarioAccount) => PolicyRun | Promise<PolicyRun>
}
