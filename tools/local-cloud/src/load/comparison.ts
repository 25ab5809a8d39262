import { type EcsSimulation, Ledger, type Service, type Task } from '@tideway/spot-simulator'
import type { Delivery } from '../delivery/delivery'
import { addResourceMetrics } from '../drought/resource-metrics'
import { Monitoring } from '../monitoring/monitoring'
import type { StoredAlarm } from '../patches/cloudwatch'
import { RingBuffer } from '../ring-buffer'
import { isTargetOf, type ScalingSource } from '../scaling/deployed-scaling'
import { Scaling } from '../scaling/scaling'
import { sampleSeconds } from './counts'
import { dollarsOf } from './dollars'
import type { Load } from './load'
import type { ComparisonSample, PolicyTotals } from './measures'
import type { SimulatedRequests } from './simulated-requests'

/** Each request stands for so many more than in the live simulation: the comparison must not cost as much. */
const weight = 4

/** The parts of a live simulation that the comparison follows. */
export interface Compared {
  readonly aws: EcsSimulation
  readonly ledger: Ledger
  readonly load: Load
  readonly delivery: Delivery
  readonly pairOf: (service: Service) => string
  readonly isPrimary: (service: Service) => boolean
}

/** As deployed. */
interface Deployed {
  readonly alarms: () => readonly StoredAlarm[]
  readonly scaling: ScalingSource
}

/**
 * What would have happened without the controller: the same services, seed, market, load, path and releases, in a
 * simulation of its own, whose autoscaling follows its own load. All on demand is a calculation: its tasks are the desired
 * ones of the live simulation, and nothing interrupts them.
 */
export class Comparison {
  readonly aws: EcsSimulation
  readonly samples = new RingBuffer<ComparisonSample>(6000)
  private readonly ledger: Ledger
  private readonly load: Load
  private readonly startedAt: number
  /** The last revision of each service that was released here too. */
  private readonly released = new Map<Service, string>()

  /** @param requests of a simulation with the same services as the live one */
  constructor(
    private readonly live: Compared,
    readonly requests: SimulatedRequests,
    { alarms, scaling: source }: Deployed,
  ) {
    const { delivery, pairOf, isPrimary } = live
    this.aws = requests.aws
    this.startedAt = this.aws.now
    this.ledger = new Ledger(this.aws, {
      groupOf: (service) => ({ group: pairOf(service), isPrimary: isPrimary(service) }),
    })
    this.load = requests.startLoad(this.aws.services.filter(isPrimary), pairOf, { weight })
    live.aws.observe({
      desired: (service, before) => {
        // The desired count of others is that of their own autoscaling.
        const isScaled = source.targets.some((target) => isTargetOf(target, service))
        if (before !== undefined && !isScaled) this.followCount(service)
      },
    })
    this.aws.simulation.every(sampleSeconds, () => this.sample())
    const scalingAlarms = () => {
      const policies = new Set(source.policies.map(({ PolicyARN }) => PolicyARN))
      return alarms().filter(({ actions }) =>
        Object.values(actions).some((each) => each.some((action) => policies.has(action))),
      )
    }
    const monitoring = new Monitoring({
      now: () => this.aws.now,
      logGroups: new Map(),
      alarms: scalingAlarms,
      onAlarm: () => {},
      publish: async () => {},
    })
    const scaling = new Scaling({
      aws: this.aws,
      source,
      alarms: monitoring.alarms,
      deployedAlarms: scalingAlarms,
      onChange: () => {},
    })
    this.aws.simulation.every(60, async () => {
      addResourceMetrics({ aws: this.aws, delivery, monitoring })
      requests.addMetrics(monitoring)
      await monitoring.alarms.evaluate()
      scaling.evaluate()
    })
  }

  /** Sets the desired count of a live primary. */
  followCount(service: Service): void {
    const same = this.live.isPrimary(service) ? this.same(service) : undefined
    if (same !== undefined) this.aws.setDesiredCount(same, service.desiredCount)
  }

  async run(seconds: number): Promise<void> {
    this.load.follow(this.live.load)
    for (const service of this.live.aws.services) {
      if (this.live.isPrimary(service)) this.followReleases(service)
    }
    await this.aws.run(seconds)
    this.aws.endpoint.calls.length = 0
  }

  /** The same task of the same service, or another one of it on the same capacity. */
  sameTask({ service, ordinal, provider }: Task): Task | undefined {
    const tasks = [...(this.same(service)?.tasks ?? [])].filter(
      (task) => task.provider.name === provider.name && task.isCounted,
    )
    return tasks.find((task) => task.ordinal === ordinal) ?? tasks[0]
  }

  totals(): readonly PolicyTotals[] {
    const live = this.totalsOf(this.live.aws, this.live.ledger, this.live.load)
    const without = this.totalsOf(this.aws, this.ledger, this.load)
    return [
      { policy: 'tideway', ...live.totals },
      { policy: 'without', ...without.totals },
      {
        policy: 'on-demand',
        requests: live.totals.requests,
        failed: 0,
        longestLossSeconds: 0,
        dollars: live.allOnDemand,
      },
    ]
  }

  private totalsOf(aws: EcsSimulation, ledger: Ledger, load: Load) {
    const { requests, failed } = load.counts.total()
    const longestLossSeconds = Math.max(
      0,
      ...ledger.groups.map((group) => ledger.longestLossSeconds(group)),
    )
    const { paid, allOnDemand } = dollarsOf(ledger, aws.services, this.live.pairOf)
    return { totals: { requests, failed, longestLossSeconds, dollars: paid }, allOnDemand }
  }

  private sample(): void {
    const at = (this.aws.now - this.startedAt) / 1000
    const rates = this.load.counts.samples.last?.services ?? {}
    const serving = new Map<string, number>()
    for (const service of this.aws.services) {
      const name = this.live.pairOf(service)
      serving.set(name, (serving.get(name) ?? 0) + service.servingCount)
    }
    const none = { rate: 0, failed: 0, slow: 0 }
    const services = [...serving].map(
      ([name, count]) => [name, { ...(rates[name] ?? none), serving: count }] as const,
    )
    this.samples.push({ at, policy: 'without', services: Object.fromEntries(services) })
  }

  /** The releases of the live service, by its deployment controller. */
  private followReleases(service: Service): void {
    const { aws } = this
    const same = this.same(service)
    if (same === undefined) return
    const { taskDefinition } = service.primary.release
    if (service.controller === 'ECS') {
      // Its circuit breaker rolls back by itself.
      if (taskDefinition !== (this.released.get(service) ?? same.primary.release.taskDefinition)) {
        this.released.set(service, taskDefinition)
        aws.deploy(same, { taskDefinition })
      }
      return
    }
    const [, green] = service.deployments
    const before = service.deployments.length
    if (before === 2 && same.deployments.length === 1) {
      const other = green?.release ?? service.primary.release
      const isRerouted = other.taskDefinition === same.primary.release.taskDefinition
      aws.startGreen(same, isRerouted ? service.primary.release : other)
    }
    if (same.deployments.length !== 2) return
    if (taskDefinition !== same.primary.release.taskDefinition) aws.rerouteTraffic(same)
    if (before === 1) aws.terminateOtherTaskSet(same)
  }

  private same({ arn }: Service): Service | undefined {
    return this.aws.services.find((service) => service.arn === arn)
  }
}
