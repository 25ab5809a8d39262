import { ECSClient } from '@aws-sdk/client-ecs'
import {
  EcsSimulation,
  Ledger,
  type LoadBalancers,
  type Service,
  type StrategyItem,
} from '@tideway/spot-simulator'
import { onDemand } from './policy'
import type { Scenario, ServiceLoad } from './scenario'

// The SDK warns of Node 20, which Lambda does not run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

export interface Pair {
  readonly primary: Service
  readonly standby: Service
}

/** The services of a scenario, each with a standby on demand, in a region of their own. */
export class World {
  readonly aws: EcsSimulation
  readonly ledger: Ledger
  /** By the name of the primary. */
  readonly pairs: ReadonlyMap<string, Pair>
  readonly ecs: ECSClient
  readonly loadBalancers: LoadBalancers

  constructor(scenario: Scenario, strategy: readonly StrategyItem[]) {
    this.aws = new EcsSimulation({ seed: scenario.seed, fargateSpot: scenario.spot })
    this.loadBalancers = this.aws.loadBalancers
    this.pairs = new Map(
      scenario.services.map((load) => [load.name, this.pair(load, strategy)] as const),
    )
    this.ledger = new Ledger(this.aws, {
      groupOf: ({ name }) => ({
        group: name.replace(/-standby$/, ''),
        isPrimary: this.pairs.has(name),
      }),
    })
    this.ecs = new ECSClient(this.client)
  }

  /** What the SDK's clients are made with. */
  get client() {
    return {
      region: 'us-east-1',
      credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
      maxAttempts: 1,
      requestHandler: this.aws.endpoint.requestHandler,
    }
  }

  private pair(load: ServiceLoad, strategy: readonly StrategyItem[]): Pair {
    const { name, desiredCount, isLoadBalanced } = load
    const loadBalancers = isLoadBalanced
      ? [
          {
            targetGroupArn: this.loadBalancers.createTargetGroup({ name }),
            containerName: 'app',
            containerPort: 80,
          },
        ]
      : []
    const primary = this.aws.createService({
      name,
      desiredCount,
      strategy,
      loadBalancers,
      startsSteady: true,
      tags: { 'tideway:standbys': `${name}-standby` },
    })
    const standby = this.aws.createService({
      name: `${name}-standby`,
      desiredCount: 0,
      strategy: onDemand,
      loadBalancers,
      startsSteady: true,
      taskDefinition: `${name}:1`,
      tags: { 'tideway:standby-of': name },
    })
    return { primary, standby }
  }
}
