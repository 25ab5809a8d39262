import type { Application, Deregistration } from '../ecs/application'
import type { Arrivals } from './arrivals'
import { Bound, type Interruption } from './bound'
import { Totals } from './measures'
import type { TrafficAssumptions } from './settings'
import { Target } from './target'
import { type Overload, TaskQueue } from './task-queue'

const slowStartSteps = 10
const badShare = 0.01

/** Rates a second while nothing changes. */
interface Plan {
  readonly since: number
  readonly until: number
  readonly requests: number
  readonly answered: number
  readonly late: number
  readonly refused: number
  readonly unavailable: number
  readonly left: number
  readonly starting: number
  readonly unavoidable: number
  readonly isBad: boolean
  readonly healthyTargets: number
  /** Of the running tasks of the primary, without a value if there are none. */
  readonly utilisation: number | undefined
}

/** What a task does at its interruption notice. */
export interface TaskEnd {
  readonly application: Application
  readonly deregistration: Deregistration
  /** From the notice to SIGKILL. */
  readonly killedAfterSeconds: number
}

/** Integrals for the metrics of autoscaling. */
export interface Load {
  requests: number
  healthyTargetSeconds: number
  utilisationSeconds: number
  measuredSeconds: number
}

export interface GroupTrafficProps {
  readonly now: number
  /** Second 0 of the arrivals. @default now */
  readonly start?: number
  readonly arrivals: Arrivals
  readonly assumptions: TrafficAssumptions
  /** From the end of an application to an unhealthy target. */
  readonly unhealthyAfterSeconds: number
  /** Equally likely times from a notice to a replacement that serves. */
  readonly replacementSeconds: readonly number[]
  readonly onFailed?: OnFailed | undefined
}

/** Receives each time in which requests fail at a steady rate a second, in milliseconds since 1970. */
export type OnFailed = (from: number, to: number, perSecond: number) => void

/** The requests to a primary and its standbys. Work is done only when something changes. */
export class GroupTraffic {
  readonly totals = new Totals()
  readonly load: Load = {
    requests: 0,
    healthyTargetSeconds: 0,
    utilisationSeconds: 0,
    measuredSeconds: 0,
  }
  private readonly start: number
  private until: number
  private plan: Plan | undefined
  private readonly targets = new Set<Target>()
  private readonly bound: Bound
  private readonly queue: TaskQueue
  /** Of so many tasks with one queue, for least outstanding requests. */
  private readonly pooledQueues = new Map<number, TaskQueue>()
  /** Resets of a moment count for the following second. */
  private bursts: { readonly until: number; readonly perSecond: number }[] = []

  constructor(private readonly props: GroupTrafficProps) {
    const { now, start = now, assumptions, replacementSeconds } = props
    this.start = start
    this.until = now
    this.queue = new TaskQueue(assumptions, assumptions.serviceTimes.meanSeconds)
    this.bound = new Bound(replacementSeconds)
  }

  get interruptions(): readonly Interruption[] {
    return this.bound.interruptions
  }

  register(now: number, isPrimary: boolean, healthyAt: number): Target {
    const { answersBeforeHealthySeconds, serviceTimes } = this.props.assumptions
    const answersFrom = healthyAt - answersBeforeHealthySeconds * 1000
    const target = new Target(isPrimary, healthyAt, answersFrom, serviceTimes)
    this.change(now, () => this.targets.add(target))
    return target
  }

  deregister(now: number, target: Target): void {
    const unroutedAt = now + this.props.assumptions.deregistrationSeenSeconds * 1000
    this.change(now, () => {
      target.unroutedAt = Math.min(target.unroutedAt, unroutedAt)
    })
  }

  /** The deregistration delay of the target is over. */
  drained(now: number, target: Target): void {
    this.change(now, () => {
      target.resetsAt = Math.min(target.resetsAt, now)
    })
  }

  /** The application of the task refuses connections. */
  leave(now: number, target: Target): void {
    this.change(now, () => {
      target.leavesAt = Math.min(target.leavesAt, now)
      if (this.props.assumptions.inFlightAtLeave === 'reset') target.resetsAt = target.leavesAt
    })
  }

  /** Health checks notice that the application has left. */
  unhealthy(now: number, target: Target): void {
    this.change(now, () => {
      target.unhealthyAt = now
    })
  }

  /** The containers of the task end. */
  end(now: number, target: Target): void {
    this.change(now, () => {
      target.hasEnded = true
      target.leavesAt = Math.min(target.leavesAt, now)
      target.resetsAt = Math.min(target.resetsAt, now)
    })
  }

  /** Computes the bound for a task that receives its interruption notice, with SIGTERM. */
  interrupt(
    now: number,
    target: Target,
    { application, deregistration, killedAfterSeconds }: TaskEnd,
  ): void {
    this.advance(now)
    if (!target.isHealthy(now) || !target.answers(now)) return
    this.totals.interruptions++
    const { unhealthyAfterSeconds, arrivals } = this.props
    const { assumptions } = this.props
    const { deregistrationSeenSeconds, reactionSeconds } = assumptions
    const { serviceTimes, inFlightAtLeave } = assumptions
    const pool = this.pool(now)
    const requests = arrivals.at((now - this.start) / 1000) / pool.length
    const leavesAfter = application === 'leaves-at-once' ? 0 : killedAfterSeconds
    const isAtNotice = deregistration === 'at-notice'
    const firstDeregistration = deregistrationSeenSeconds + (isAtNotice ? 0 : reactionSeconds)
    const lastDeregistration = isAtNotice ? 0 : leavesAfter - serviceTimes.slowestSeconds
    const routedFor = Math.min(
      Math.max(firstDeregistration, lastDeregistration),
      leavesAfter + unhealthyAfterSeconds,
      (target.unroutedAt - now) / 1000,
    )
    const deadFor = Math.max(0, routedFor - leavesAfter)
    const isReset = application !== 'leaves-at-once' || inFlightAtLeave === 'reset'
    const inFlight = isReset ? serviceTimes.remaining(Math.max(0, leavesAfter - routedFor)) : 0
    const lost = requests * (deadFor + inFlight)
    this.totals.unavoidableFailed += lost
    // Its share is missing to the others only when they receive it.
    const routedUntil = now + Math.round(routedFor * 1000)
    this.bound.notice(now, routedUntil, pool.filter((one) => one.answers(now)).length, lost)
  }

  /** Switches the target group that receives requests. */
  reroute(now: number, isProduction: (target: Target) => boolean): void {
    this.change(now, () => {
      for (const target of this.targets) target.isProduction = isProduction(target)
    })
  }

  /** Updates all sums to `now`. */
  advance(now: number): void {
    while (this.until < now) {
      this.plan ??= this.planned(this.until)
      const end = Math.min(now, this.plan.until)
      this.accrue(this.plan, this.until, end)
      this.until = end
      if (end === this.plan.until) this.settle()
    }
  }

  private change(now: number, change: () => void): void {
    this.advance(now)
    this.settle()
    change()
    this.settle()
  }

  /** Ends the current plan. */
  private settle(): void {
    const { until, plan } = this
    for (const target of this.targets) {
      if (plan !== undefined) target.record(plan.since, until)
      const lost = target.resetInFlight(until)
      if (lost !== undefined && lost.requests > 0) this.resetInFlight(lost.requests, lost.late)
      if (target.isGone(until)) this.targets.delete(target)
    }
    this.plan = undefined
  }

  private resetInFlight(requests: number, late: number): void {
    this.totals.answered -= requests - late
    this.totals.late -= late
    this.totals.resetBy.inFlight += requests
    this.bursts.push({ until: this.until + 1000, perSecond: requests })
    this.props.onFailed?.(this.until, this.until + 1000, requests)
  }

  private accrue(plan: Plan, from: number, to: number): void {
    const { totals, load } = this
    const seconds = (to - from) / 1000
    totals.requests += plan.requests * seconds
    totals.answered += plan.answered * seconds
    totals.late += plan.late * seconds
    totals.refused += plan.refused * seconds
    totals.unavailable += plan.unavailable * seconds
    totals.resetBy.left += plan.left * seconds
    totals.resetBy.starting += plan.starting * seconds
    const failed = plan.refused + plan.unavailable + plan.left + plan.starting
    if (failed > 0) this.props.onFailed?.(from, to, failed)
    if (plan.isBad) totals.addBad(from, to)
    if (plan.unavoidable > 0) this.addUnavoidable(plan.unavoidable * seconds)
    load.requests += plan.requests * seconds
    load.healthyTargetSeconds += plan.healthyTargets * seconds
    if (plan.utilisation === undefined) return
    load.utilisationSeconds += plan.utilisation * seconds
    load.measuredSeconds += seconds
  }

  private addUnavoidable(failed: number): void {
    this.totals.unavoidableFailed += failed
    this.bound.add(failed)
  }

  private planned(now: number): Plan {
    const pool = this.pool(now)
    const elapsed = (now - this.start) / 1000
    const { arrivals } = this.props
    const requests = arrivals.at(elapsed)
    const nextArrivals = arrivals.nextChange(elapsed)
    const { dead, live } = this.shared(now, pool, requests)
    let [answered, late, refused] = [0, 0, 0]
    for (const target of this.targets) [target.accepted, target.lateShare] = [0, 0]
    for (const [target, rate] of live) {
      const overload = this.overloadOf(rate, live.size)
      refused += rate * overload.refused
      late += rate * overload.late
      target.accepted = rate * (1 - overload.refused)
      target.lateShare = target.accepted === 0 ? 0 : (rate * overload.late) / target.accepted
      answered += target.accepted * (1 - target.lateShare)
    }
    let [left, starting] = [0, 0]
    for (const [target, rate] of dead) {
      if (now >= target.leavesAt) left += rate
      else starting += rate
    }
    const unavailable = pool.length === 0 ? requests : 0
    this.bursts = this.bursts.filter(({ until }) => until > now)
    const bursts = this.bursts.reduce((sum, { perSecond }) => sum + perSecond, 0)
    const failed = refused + unavailable + left + starting + bursts
    return {
      since: now,
      until: Math.min(
        this.nextChange(now),
        nextArrivals === undefined
          ? Number.POSITIVE_INFINITY
          : this.start + Math.round(nextArrivals * 1000),
      ),
      requests,
      answered,
      late,
      refused,
      unavailable,
      left,
      starting,
      unavoidable: this.unavoidableRate(now, requests, live.size),
      isBad: failed > requests * badShare,
      healthyTargets: pool.filter((target) => target.isHealthy(now)).length,
      utilisation: this.utilisation(),
    }
  }

  /** The healthy targets, or all registered ones if none is healthy. */
  private pool(now: number): Target[] {
    const registered = [...this.targets].filter((target) => target.isRegistered(now))
    const healthy = registered.filter((target) => target.isHealthy(now))
    return healthy.length > 0 ? healthy : registered
  }

  /** The rates of targets that answer, and of targets that do not. */
  private shared(now: number, pool: readonly Target[], requests: number) {
    const live = new Map<Target, number>()
    const dead = new Map<Target, number>()
    if (this.props.assumptions.algorithm === 'round-robin') {
      const weights = pool.map((target) => this.weight(now, target))
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      for (const [index, target] of pool.entries()) {
        const rate = (requests * (weights[index] as number)) / total
        if (target.answers(now)) live.set(target, rate)
        else dead.set(target, rate)
      }
      return { live, dead }
    }
    // A target that refuses connections never has a request in flight. Only idle targets are as attractive.
    const answering = pool.filter((target) => target.answers(now))
    const refusing = pool.length - answering.length
    const { meanSeconds } = this.props.assumptions.serviceTimes
    const offered = answering.length === 0 ? 0 : (requests * meanSeconds) / answering.length
    const deadShare =
      refusing === 0 ? 0 : refusing / (refusing + answering.length * Math.exp(-offered))
    for (const target of pool) {
      if (target.answers(now)) live.set(target, (requests * (1 - deadShare)) / answering.length)
      else dead.set(target, (requests * deadShare) / refusing)
    }
    return { live, dead }
  }

  private weight(now: number, { healthyAt }: Target): number {
    const slowStart = this.props.assumptions.slowStartSeconds * 1000
    const age = now - healthyAt
    if (age < 0 || age >= slowStart) return 1
    return (Math.floor((age / slowStart) * slowStartSteps) + 0.5) / slowStartSteps
  }

  private overloadOf(rate: number, targets: number): Overload {
    const { algorithm, requestsAtOnce, queueLength, lateAfterSeconds, serviceTimes } =
      this.props.assumptions
    if (algorithm === 'round-robin') return this.queue.overload(rate)
    let queue = this.pooledQueues.get(targets)
    if (queue === undefined) {
      const pooled = {
        requestsAtOnce: requestsAtOnce * targets,
        queueLength: queueLength * targets,
        lateAfterSeconds,
      }
      queue = new TaskQueue(pooled, serviceTimes.meanSeconds)
      this.pooledQueues.set(targets, queue)
    }
    return queue.overload(rate * targets)
  }

  private utilisation(): number | undefined {
    const running = [...this.targets].filter((target) => target.isPrimary && !target.hasEnded)
    if (running.length === 0) return undefined
    const full = this.queue.requestsPerSecond
    return (
      running.reduce((sum, { accepted }) => sum + Math.min(1, accepted / full), 0) / running.length
    )
  }

  private nextChange(now: number): number {
    let next = this.bound.nextChange(now)
    const consider = (at: number) => {
      if (at > now && at < next) next = at
    }
    const slowStart = this.props.assumptions.slowStartSeconds * 1000
    for (const target of this.targets) {
      consider(target.answersFrom)
      consider(target.healthyAt)
      consider(target.unroutedAt)
      const age = now - target.healthyAt
      if (age >= 0 && age < slowStart) {
        const step = Math.floor((age / slowStart) * slowStartSteps) + 1
        consider(target.healthyAt + Math.ceil((step * slowStart) / slowStartSteps))
      }
    }
    for (const { until } of this.bursts) consider(until)
    return next
  }

  private unavoidableRate(now: number, requests: number, serving: number): number {
    const tasks = this.bound.tasks(now, serving)
    if (tasks === undefined || tasks.during >= tasks.before) return 0
    return (
      requests * (this.refusedBy(tasks.during, requests) - this.refusedBy(tasks.before, requests))
    )
  }

  private refusedBy(tasks: number, requests: number): number {
    return tasks <= 1e-9 ? 1 : this.overloadOf(requests / tasks, Math.ceil(tasks)).refused
  }
}
