import { AsgProvider } from './ecs/asg/asg-provider'
import { GroupTotals, type Measures, RunningSum, relativeCost, worstHour } from './ecs/group-totals'
import type { Service } from './ecs/service'
import type { EcsSimulation } from './ecs-simulation'

export interface Membership {
  /** The same for a primary and its standbys. */
  readonly group: string
  /** The desired count of the primary, without the surplus, is the desired count of the group. */
  readonly isPrimary: boolean
  /**
   * Tasks of the primary that the group does not need.
   * @default 0
   */
  readonly surplus?: number
}

export interface LedgerSettings {
  /** @default each service is its own group */
  readonly groupOf?: (service: Service) => Membership | undefined
  /**
   * The price advantage of Spot over on-demand.
   * @default 0.68
   */
  readonly spotDiscount?: number
}

/** Counts of one service. */
export interface ServiceMeasures {
  /** Successful UpdateService calls. */
  readonly writes: number
  /** Changes of the desired count from growth to decrease, or back. */
  readonly directionChanges: number
}

interface ServiceCount {
  writes: number
  directionChanges: number
  direction: number
}

/**
 * Records desired, serving and paid task-seconds, from its creation on.
 *
 * A task serves while new work reaches it: it runs, its application accepts connections, and its targets are healthy and
 * not draining.
 */
export class Ledger {
  private readonly totals = new Map<string, GroupTotals>()
  private readonly instances = new Map<string, RunningSum>()
  private readonly services = new Map<string, ServiceCount>()

  constructor(
    private readonly aws: EcsSimulation,
    private readonly settings: LedgerSettings = {},
  ) {
    for (const service of aws.services) {
      this.desired(service, undefined)
      for (const task of service.tasks) {
        if (task.isInService) this.totalsOf(service)?.addServing(aws.now, 1)
        if (task.zone !== undefined && !task.isReleased)
          this.totalsOf(service)?.addPaid(aws.now, task, 1)
      }
    }
    for (const provider of aws.capacityProviders.values()) {
      if (provider instanceof AsgProvider) {
        this.instance(provider.name, provider.group.instances.size)
      }
    }
    aws.observe({
      desired: (service, before) => this.desired(service, before),
      inService: (task, change) => this.totalsOf(task.service)?.addServing(aws.now, change),
      paid: (task, change) => this.totalsOf(task.service)?.addPaid(aws.now, task, change),
      instance: (provider, change) => this.instance(provider, change),
      written: (service) => void this.count(service).writes++,
    })
  }

  get groups(): string[] {
    return [...this.totals.keys()]
  }

  group(name: string): Measures {
    const totals = this.totals.get(name)
    if (totals === undefined) throw new RangeError(`no group ${name} in the ledger`)
    return this.measures([totals])
  }

  /** All groups together: sums, the longest shortfall of any group, and the worst hour of the sum. */
  total(): Measures {
    return this.measures([...this.totals.values()])
  }

  /**
   * The longest uninterrupted time of a group with fewer tasks than it had, as far as they are desired. Tasks that start
   * for the first time or for a scale-out are not lost.
   */
  longestLossSeconds(group: string): number {
    const totals = this.totals.get(group)
    totals?.accrue(this.aws.now)
    return totals?.longestLossSeconds ?? 0
  }

  /** Paid seconds of EC2 instances, whether or not tasks used them. */
  instanceSeconds(provider: string): number {
    return this.instances.get(provider)?.total(this.aws.now) ?? 0
  }

  service(service: Service): ServiceMeasures {
    const { writes, directionChanges } = this.count(service)
    return { writes, directionChanges }
  }

  private measures(groups: readonly GroupTotals[]): Measures {
    for (const group of groups) group.accrue(this.aws.now)
    const sum = (of: (group: GroupTotals) => number) =>
      groups.reduce((total, group) => total + of(group), 0)
    const services = groups.flatMap((group) => [...group.services])
    const desiredTaskSeconds = sum((group) => group.desiredTaskSeconds)
    const secondsByProvider = new Map<string, number>()
    for (const { secondsByProvider: seconds } of groups) {
      for (const [provider, more] of seconds) {
        secondsByProvider.set(provider, (secondsByProvider.get(provider) ?? 0) + more)
      }
    }
    const onDemandTaskSeconds = sum((group) => group.onDemandTaskSeconds)
    const spotTaskSeconds = sum((group) => group.spotTaskSeconds)
    const shortfallTaskSeconds = sum((group) => group.shortfallTaskSeconds)
    return {
      desiredTaskSeconds,
      servingTaskSeconds: sum((group) => group.servingTaskSeconds),
      shortfallTaskSeconds,
      shortfallRatio: desiredTaskSeconds === 0 ? 0 : shortfallTaskSeconds / desiredTaskSeconds,
      worstHourShortfallTaskSeconds: worstHour(groups),
      longestShortfallSeconds: Math.max(0, ...groups.map((group) => group.longestShortfallSeconds)),
      onDemandTaskSeconds,
      spotTaskSeconds,
      secondsByProvider: Object.fromEntries(secondsByProvider),
      relativeCost: relativeCost(
        { desiredTaskSeconds, onDemandTaskSeconds, spotTaskSeconds },
        this.settings.spotDiscount ?? 0.68,
      ),
      writes: services.reduce((total, service) => total + this.count(service).writes, 0),
      directionChanges: services.reduce(
        (total, service) => total + this.count(service).directionChanges,
        0,
      ),
    }
  }

  private desired(service: Service, before: number | undefined): void {
    const { isPrimary = false, surplus = 0 } = this.membership(service) ?? {}
    const needed = (count: number) => (isPrimary ? Math.max(0, count - surplus) : 0)
    const change = service.desiredCount - (before ?? 0)
    this.totalsOf(service)?.addDesired(
      this.aws.now,
      needed(service.desiredCount) - needed(before ?? 0),
    )
    if (before === undefined || change === 0) return
    const count = this.count(service)
    const direction = Math.sign(change)
    if (count.direction === -direction) count.directionChanges++
    count.direction = direction
  }

  private instance(provider: string, change: number): void {
    const instances = this.instances.get(provider) ?? new RunningSum(this.aws.now)
    instances.add(this.aws.now, change)
    this.instances.set(provider, instances)
  }

  private membership(service: Service): Membership | undefined {
    const { groupOf } = this.settings
    return groupOf === undefined ? { group: service.arn, isPrimary: true } : groupOf(service)
  }

  private totalsOf(service: Service): GroupTotals | undefined {
    const group = this.membership(service)?.group
    if (group === undefined) return undefined
    const totals = this.totals.get(group) ?? new GroupTotals(this.aws.now)
    this.totals.set(group, totals)
    totals.services.add(service)
    return totals
  }

  private count(service: Service): ServiceCount {
    const count = this.services.get(service.arn) ?? { writes: 0, directionChanges: 0, direction: 0 }
    this.services.set(service.arn, count)
    return count
  }
}
