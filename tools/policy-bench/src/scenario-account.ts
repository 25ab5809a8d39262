import { type ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { DirectAccount, groupOf, type SimulatedPair } from '@tideway/failover-lambda/harness'
import {
  type Arrivals,
  Bill,
  defaultAssumptions,
  eventDelaySeconds,
  flatArrivals,
  Ledger,
  type ReleaseSettings,
  recordedArrivals,
  type Service,
  type StrategyItem,
  type TargetTrackingSettings,
  Traffic,
} from '@tideway/spot-simulator'
import type { Declare } from './declaration'
import type { Change, Providers, Scenario, ServiceLoad } from './scenario'
import { spot } from './strategies'

const fargate: Providers = { spot: 'FARGATE_SPOT', onDemand: 'FARGATE' }

/** The default of the compute stack. That of AWS, 300 s, is longer than an interruption notice. */
const deregistrationDelaySeconds = 60

const pollSeconds = 15

/** An account with the services of a scenario as a policy declares them, each with on-demand standbys. */
export class ScenarioAccount extends DirectAccount {
  readonly capacity: Ledger
  /** By the name of the primary. */
  readonly pairs: ReadonlyMap<string, SimulatedPair>
  readonly ecs: ECSClient
  readonly targets: ElasticLoadBalancingV2Client
  readonly traffic: Traffic
  readonly bill: Bill
  /** Deploys new functions of the controller, if the policy has one. */
  onUpgrade: () => void = () => {}
  /** Receives each time, in milliseconds since 1970, in which requests fail at a rate a second. */
  onFailed: (from: number, to: number, perSecond: number) => void = () => {}
  private readonly targetGroupArns = new Map<string, string>()
  private readonly surplus = new Map<string, number>()

  constructor(
    readonly scenario: Scenario,
    { declare }: { readonly declare: Declare },
  ) {
    const { application, deregistration } = scenario
    super({
      ...scenario.settings,
      seed: scenario.seed,
      fargateSpot: scenario.spot,
      ...(application && { application }),
      ...(deregistration && { deregistration }),
    })
    for (const group of scenario.groups ?? []) this.aws.addAutoScalingGroup(group)
    this.pairs = new Map(
      scenario.services.map((service) => {
        const { name, isLoadBalanced, providers = fargate } = service
        const { strategy, surplus = 0, tags: declared } = declare(service, scenario)
        this.surplus.set(name, surplus)
        const settings = {
          desiredCount: service.desiredCount + surplus,
          strategy: strategyOf(service, strategy),
          loadBalancers: isLoadBalanced ? [this.targetGroup(name)] : [],
          ...(declared && { tags: declared }),
          ...service.deployment,
        }
        return [
          name,
          this.addPair(name, settings, {}, service.standbys ?? [providers.onDemand]),
        ] as const
      }),
    )
    this.capacity = new Ledger(this.aws, {
      groupOf: (service) => {
        const membership = groupOf(service)
        return { ...membership, surplus: this.surplus.get(membership.group) ?? 0 }
      },
    })
    this.bill = new Bill(this.aws)
    this.traffic = new Traffic(this.aws, {
      groupOf,
      assumptions: { reactionSeconds: reactionSeconds(scenario) },
      arrivalsOf: ({ name }) => arrivalsOf(this.loadOf(name)),
      scalingOf: ({ name }) => scalingOf(this.loadOf(name)),
      onFailed: (from, to, perSecond) => this.onFailed(from, to, perSecond),
    })
    const { ecs, targets } = this.clients()
    this.ecs = ecs
    this.targets = targets
    for (const change of scenario.changes ?? []) {
      this.aws.simulation.after(change.atSeconds, () => this.change(change))
    }
  }

  /**
   * Changes the strategy of a primary in a forced deployment, or with CodeDeploy.
   *
   * @param strategy on FARGATE and FARGATE_SPOT: stands for the providers of the service
   */
  async changeStrategy(name: string, strategy: readonly StrategyItem[]): Promise<void> {
    const primary = this.primary(name)
    const capacityProviderStrategy = strategyOf(this.loadOf(name), strategy)
    if (primary.controller === 'CODE_DEPLOY') {
      this.release(primary, { strategy: capacityProviderStrategy })
      return
    }
    await this.ecs.send(
      new UpdateServiceCommand({
        cluster: 'main',
        service: name,
        capacityProviderStrategy,
        forceNewDeployment: true,
      }),
    )
  }

  /** The tasks that all services need now: without a surplus that a policy adds. */
  get neededTasks(): number {
    return [...this.pairs].reduce(
      (sum, [name, { primary }]) =>
        sum + Math.max(0, primary.desiredCount - (this.surplus.get(name) ?? 0)),
      0,
    )
  }

  private loadOf(name: string): ServiceLoad {
    const load = this.scenario.services.find((service) => service.name === name)
    if (load === undefined) throw new RangeError(`no service ${name} in ${this.scenario.name}`)
    return load
  }

  private primary(name: string): Service {
    const pair = this.pairs.get(name)
    if (pair === undefined) throw new RangeError(`no service ${name} in ${this.scenario.name}`)
    return pair.primary
  }

  private change(change: Change): void {
    if (change.kind === 'upgrade') {
      this.onUpgrade()
      return
    }
    const primary = this.primary(change.service)
    this.release(primary, { taskDefinition: `${primary.name}:2` })
  }

  /** A second release waits for the first. With CodeDeploy, the new tasks are in the other target group. */
  private release(service: Service, release: ReleaseSettings): void {
    const { aws } = this
    if (service.controller === 'CODE_DEPLOY' && service.deployments.length > 1) {
      aws.simulation.after(pollSeconds, () => this.release(service, release))
      return
    }
    const [current] = service.primary.release.loadBalancers
    const other = [this.targetGroup(service.name), this.targetGroup(`${service.name}-green`)].find(
      ({ targetGroupArn }) => targetGroupArn !== current?.targetGroupArn,
    )
    aws.release(service, {
      ...release,
      ...(service.controller === 'CODE_DEPLOY' && other && { loadBalancers: [other] }),
    })
  }

  private targetGroup(name: string) {
    const targetGroupArn =
      this.targetGroupArns.get(name) ??
      this.loadBalancers.createTargetGroup({ name, deregistrationDelaySeconds })
    this.targetGroupArns.set(name, targetGroupArn)
    return { targetGroupArn, containerName: 'app', containerPort: 80 }
  }
}

/** No policy can react before the event of a notice reaches it. */
function reactionSeconds({ settings = {} }: Scenario): number {
  const [min, max] = settings.events?.delaySeconds ?? eventDelaySeconds
  return (min + max) / 2
}

/** All tasks on Spot stands for the strategy of the scenario, if it has one. */
function strategyOf(
  { strategy, providers = fargate }: ServiceLoad,
  declared: readonly StrategyItem[],
): StrategyItem[] {
  if (declared === spot && strategy !== undefined) return [...strategy]
  return declared.map(({ capacityProvider, ...item }) => ({
    capacityProvider: capacityProvider === fargate.spot ? providers.spot : providers.onDemand,
    ...item,
  }))
}

const { requestsAtOnce, serviceTimes, utilisation } = defaultAssumptions

/** The requests that the desired tasks of the scenario take, whatever a policy adds. */
function arrivalsOf({ desiredCount, load }: ServiceLoad): Arrivals {
  const usual = (desiredCount * utilisation * requestsAtOnce) / serviceTimes.meanSeconds
  if (load === undefined) return flatArrivals(usual)
  return recordedArrivals(
    load.surges.map(({ atSeconds, factor }) => ({ atSeconds, perSecond: factor * usual })),
  )
}

function scalingOf({ desiredCount, load }: ServiceLoad): TargetTrackingSettings | undefined {
  if (load === undefined) return undefined
  const { maxTasks } = load
  return { metric: 'utilisation', target: utilisation, minTasks: desiredCount, maxTasks }
}
