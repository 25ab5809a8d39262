import type { Service, Task } from '../ecs/service'
import { drawn, startSeconds, type Timing } from '../ecs/settings'
import type { EcsSimulation } from '../ecs-simulation'
import type { LedgerSettings } from '../ledger'
import { Random } from '../random'
import { type Arrivals, flatArrivals } from './arrivals'
import type { Interruption } from './bound'
import { GroupTraffic, type OnFailed, type TaskEnd } from './group-traffic'
import { measuresOf, type TrafficMeasures } from './measures'
import { defaultAssumptions, type TrafficAssumptions } from './settings'
import type { Target } from './target'
import { TargetTracking, type TargetTrackingSettings } from './target-tracking'

export interface TrafficSettings {
  /** @default each service is its own group */
  readonly groupOf?: LedgerSettings['groupOf']
  /** @default `defaultAssumptions` */
  readonly assumptions?: Partial<TrafficAssumptions>
  /** By the primary of a group. @default flat, at `utilisation` of the tasks that it needs at first */
  readonly arrivalsOf?: (primary: Service) => Arrivals | undefined
  /**
   * Equally likely times from a notice to a healthy replacement, for the bound of failures.
   * @default of FARGATE, from the timing of the simulation, after `reactionSeconds`
   */
  readonly replacementSeconds?: readonly number[]
  /** Autoscales a primary on this load. It changes the simulation, so only one observer may do it. @default none */
  readonly scalingOf?: (primary: Service) => TargetTrackingSettings | undefined
  /** Follows failed requests over time, of all groups. Called at the latest when a sum is read. */
  readonly onFailed?: OnFailed
}

interface Group {
  readonly primary: Service
  readonly traffic: GroupTraffic
}

/**
 * What happens to requests, from its creation on. A group gets requests once its first target is registered. Services
 * without a load balancer get none. Several observers with other assumptions can measure one simulation.
 */
export class Traffic {
  private readonly byName = new Map<string, Group>()
  private readonly targets = new Map<Task, Target>()
  private readonly tasks = new Map<Target, Task>()
  private readonly noticed = new Set<Task>()
  private readonly assumptions: TrafficAssumptions
  private readonly replacementSeconds: readonly number[]
  private readonly start: number

  constructor(
    private readonly aws: EcsSimulation,
    private readonly settings: TrafficSettings = {},
  ) {
    this.assumptions = { ...defaultAssumptions, ...settings.assumptions }
    this.replacementSeconds = settings.replacementSeconds ?? this.replacementTimes()
    this.start = aws.now
    for (const { tasks } of aws.services) {
      for (const task of tasks) {
        const healthyAt = this.healthyAt(task)
        if (healthyAt !== undefined) this.register(task, healthyAt)
      }
    }
    aws.observe({
      registered: (task, healthyAt) => this.register(task, healthyAt),
      target: (task, _, state) =>
        this.with(task, (traffic, target) => {
          if (state === 'draining') traffic.deregister(aws.now, target)
          if (state === 'unhealthy') traffic.unhealthy(aws.now, target)
          if (state === 'unused') this.drained(task, target, traffic)
        }),
      interrupted: (task) =>
        this.with(task, (traffic, target) => {
          this.noticed.add(task)
          traffic.interrupt(aws.now, target, this.taskEnd(task.service))
        }),
      accepting: (task, change) =>
        change < 0 && this.with(task, (traffic, target) => this.leave(task, target, traffic)),
      paid: (task, change) =>
        change < 0 && this.with(task, (traffic, target) => traffic.end(aws.now, target)),
      rerouted: (service) => this.reroute(service),
    })
  }

  get groups(): string[] {
    return [...this.byName.keys()]
  }

  group(name: string): TrafficMeasures {
    return measuresOf([this.updated(name).totals])
  }

  /** All groups together. */
  total(): TrafficMeasures {
    return measuresOf(this.groups.map((name) => this.updated(name).totals))
  }

  /** Notices that overlap, each with the failures that no reactive policy can prevent. */
  interruptions(name: string): readonly Interruption[] {
    return this.updated(name).interruptions
  }

  private updated(name: string): GroupTraffic {
    const group = this.byName.get(name)
    if (group === undefined) {
      throw new RangeError(`no group ${name} with requests: ${this.groups.join(', ') || 'none'}`)
    }
    group.traffic.advance(this.aws.now)
    return group.traffic
  }

  private register(task: Task, healthyAt: number): void {
    const group = this.groupOf(task.service)
    if (group === undefined) return
    const isPrimary = task.service === group.primary
    const target = group.traffic.register(this.aws.now, isPrimary, healthyAt)
    target.isProduction = isProduction(task, group.primary)
    this.targets.set(task, target)
    this.tasks.set(target, task)
  }

  private leave(task: Task, target: Target, traffic: GroupTraffic): void {
    if (task.stopCode === 'SpotInterruption' && !this.noticed.has(task)) {
      // Its notice never came. The interruption begins with its end.
      const taskEnd = { ...this.taskEnd(task.service), killedAfterSeconds: 0 }
      traffic.interrupt(this.aws.now, target, taskEnd)
    }
    traffic.leave(this.aws.now, target)
  }

  private drained(task: Task, target: Target, traffic: GroupTraffic): void {
    traffic.drained(this.aws.now, target)
    if (!task.isReleased) return
    this.targets.delete(task)
    this.tasks.delete(target)
    this.noticed.delete(task)
  }

  private reroute(service: Service): void {
    const group = this.groupOf(service)
    if (group?.primary !== service) return
    group.traffic.reroute(this.aws.now, (target) => {
      const task = this.tasks.get(target)
      return task !== undefined && isProduction(task, service)
    })
  }

  private with(task: Task, use: (traffic: GroupTraffic, target: Target) => void): void {
    const target = this.targets.get(task)
    const group = target && this.groupOf(task.service)
    if (group !== undefined) use(group.traffic, target as Target)
  }

  private taskEnd({ taskEnd }: Service): TaskEnd {
    const { application, deregistration, stopTimeoutSeconds } = taskEnd
    const killedAfterSeconds = Math.min(stopTimeoutSeconds, this.aws.timing.noticeSeconds)
    return { application, deregistration, killedAfterSeconds }
  }

  private healthyAt({ deployment, ip = '' }: Task): number | undefined {
    const [first] = deployment.release.loadBalancers
    if (first === undefined) return undefined
    return this.aws.loadBalancers.healthyAt(first.targetGroupArn, ip, first.containerPort)
  }

  private groupOf(service: Service): Group | undefined {
    const { groupOf } = this.settings
    const name = groupOf === undefined ? service.arn : groupOf(service)?.group
    if (name === undefined) return undefined
    const known = this.byName.get(name)
    if (known !== undefined) return known
    const primary = this.aws.services.find((one) =>
      groupOf === undefined ? one === service : isPrimaryOf(name, groupOf(one)),
    )
    if (primary === undefined) return undefined
    const group = { primary, traffic: this.trafficOf(primary) }
    this.byName.set(name, group)
    return group
  }

  private trafficOf(primary: Service): GroupTraffic {
    const { assumptions, aws } = this
    const traffic = new GroupTraffic({
      start: this.start,
      now: aws.now,
      arrivals: this.settings.arrivalsOf?.(primary) ?? this.defaultArrivals(primary),
      assumptions,
      unhealthyAfterSeconds: this.unhealthyAfter(primary),
      replacementSeconds: this.replacementSeconds,
      onFailed: this.settings.onFailed,
    })
    const scaling = this.settings.scalingOf?.(primary)
    if (scaling !== undefined) new TargetTracking(aws, primary, traffic, scaling)
    return traffic
  }

  private unhealthyAfter({ primary }: Service): number {
    const arn = primary.release.loadBalancers[0]?.targetGroupArn
    const { healthCheckIntervalSeconds, unhealthyThreshold } = this.aws.loadBalancers.propsOf(arn)
    return healthCheckIntervalSeconds * unhealthyThreshold
  }

  private replacementTimes(): number[] {
    const { reactionSeconds } = this.assumptions
    return replacementTimes(this.aws.timing).map((seconds) => seconds + reactionSeconds)
  }

  private defaultArrivals(primary: Service): Arrivals {
    const { utilisation, requestsAtOnce, serviceTimes } = this.assumptions
    const needed = primary.desiredCount - (this.settings.groupOf?.(primary)?.surplus ?? 0)
    return flatArrivals((needed * utilisation * requestsAtOnce) / serviceTimes.meanSeconds)
  }
}

function isPrimaryOf(
  name: string,
  membership: { readonly group: string; readonly isPrimary: boolean } | undefined,
): boolean {
  return membership?.group === name && membership.isPrimary
}

/** The target group of CodeDeploy's PRIMARY task set receives the requests. */
function isProduction(task: Task, primary: Service): boolean {
  if (primary.controller !== 'CODE_DEPLOY') return true
  const production = primary.primary.release.loadBalancers.map((one) => one.targetGroupArn)
  return task.deployment.release.loadBalancers.some((one) =>
    production.includes(one.targetGroupArn),
  )
}

const quantiles = 16

/** Equally likely times from a notice to a healthy replacement on FARGATE. */
function replacementTimes(timing: Timing): number[] {
  const random = new Random(1)
  const draws = Array.from({ length: 50 * quantiles }, () => {
    const { provisioning, pending } = startSeconds(random, timing)
    return drawn(random, timing.scheduler) + provisioning + pending + drawn(random, timing.healthy)
  }).sort((one, other) => one - other)
  return Array.from({ length: quantiles }, (_, index) => draws[50 * index + 25] as number)
}
