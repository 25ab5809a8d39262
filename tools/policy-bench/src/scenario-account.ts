import type { ECSClient } from '@aws-sdk/client-ecs'
import { SimulatedAccount, type SimulatedPair } from '@tideway/failover-lambda/harness'
import type { Ledger, StrategyItem } from '@tideway/spot-simulator'
import type { Scenario } from './scenario'

/** An account with the services of a scenario, each with an on-demand standby. */
export class ScenarioAccount extends SimulatedAccount {
  readonly capacity: Ledger
  /** By the name of the primary. */
  readonly pairs: ReadonlyMap<string, SimulatedPair>
  readonly ecs: ECSClient

  constructor(scenario: Scenario, strategy: readonly StrategyItem[]) {
    super({ seed: scenario.seed, fargateSpot: scenario.spot })
    this.pairs = new Map(
      scenario.services.map(({ name, desiredCount, isLoadBalanced }) => {
        const loadBalancers = isLoadBalanced ? [this.targetGroup(name)] : []
        return [name, this.addPair(name, { desiredCount, strategy, loadBalancers })] as const
      }),
    )
    this.capacity = this.ledger()
    this.ecs = this.clients().ecs
  }

  private targetGroup(name: string) {
    const targetGroupArn = this.loadBalancers.createTargetGroup({ name })
    return { targetGroupArn, containerName: 'app', containerPort: 80 }
  }
}
