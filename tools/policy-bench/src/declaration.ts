import type { StrategyItem } from '@tideway/spot-simulator'
import type { Scenario, ServiceLoad } from './scenario'

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

export type Declare = (service: ServiceLoad, scenario: Scenario) => Declaration
