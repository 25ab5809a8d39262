import type { ECSClient } from '@aws-sdk/client-ecs'
import { SimulatedAccount, type SimulatedPair } from '@tideway/failover-lambda/harness'
import type { Ledger } from '@tideway/spot-simulator'
import type { Policy } from './policy'
import type { Scenario } from './scenario'

/** The default of the compute stack. That of AWS, 300 s, is longer than an interruption notice. */
const deregistrationDelaySeconds = 60

/** An account with the services of a scenario as a policy declares them, each with an on-demand standby. */
export class ScenarioAccount extends SimulatedAccount {
  protected override get skipsMiddleware(): boolean {
    return true
  }

  readonly capacity: Ledger
  /** By the name of the primary. */
  readonly pairs: ReadonlyMap<string, SimulatedPair>
  readonly ecs: ECSClient

  constructor(
    readonly scenario: Scenario,
    { declare }: Pick<Policy, 'declare'>,
  ) {
    super({ seed: scenario.seed, fargateSpot: scenario.spot })
    const surplus = new Map<string, number>()
    this.pairs = new Map(
      scenario.services.map((service) => {
        const { name, isLoadBalanced } = service
        const declaration = declare(service, scenario)
        surplus.set(name, declaration.surplus ?? 0)
        const pair = this.addPair(name, {
          desiredCount: service.desiredCount + (declaration.surplus ?? 0),
          strategy: declaration.strategy,
          loadBalancers: isLoadBalanced ? [this.targetGroup(name)] : [],
          ...(declaration.tags && { tags: declaration.tags }),
        })
        return [name, pair] as const
      }),
    )
    this.capacity = this.ledger((primary) => surplus.get(primary) ?? 0)
    this.ecs = this.clients().ecs
  }

  private targetGroup(name: string) {
    const targetGroupArn = this.loadBalancers.createTargetGroup({
      name,
      deregistrationDelaySeconds,
    })
    return { targetGroupArn, containerName: 'app', containerPort: 80 }
  }
}
