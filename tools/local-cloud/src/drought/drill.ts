import type { AwsEvent } from '@tideway/spot-simulator'
import type { DeployedRule } from '../delivery/deployed'
import { primaryOf, type World } from './world'

/** What happens in a drill, and when: seconds of its clock. */
export interface DrillPlan {
  readonly releaseAt: number
  readonly droughtAt: number
  readonly droughtEndsAt: number
  /** By then every standby must be back at 0. */
  readonly endsAt: number
}

export const usualPlan: DrillPlan = {
  releaseAt: 180,
  droughtAt: 900,
  droughtEndsAt: 2400,
  endsAt: 5400,
}

/** How long a service may be below its desired count. */
export const allowedHoleSeconds = 0

export interface ServiceReport {
  readonly name: string
  readonly longestShortfallSeconds: number
  /** The most tasks that its standbys had in the drought. */
  readonly mostStandby: number
  /** Seconds from the beginning of the drought until a standby was asked for tasks. */
  readonly raisedAfterSeconds: number | undefined
  /** Seconds from its end until no standby had any. */
  readonly givenBackAfterSeconds: number | undefined
  /** Of what all on demand would have cost. */
  readonly relativeCost: number
}

export interface DrillReport {
  readonly hasPassed: boolean
  /** What is wrong, each with the part to patch. */
  readonly failures: readonly string[]
  readonly services: readonly ServiceReport[]
  readonly events: number
  readonly invocations: number
  readonly seconds: number
}

interface Tally {
  mostStandby: number
  raisedAt: number | undefined
  backAt: number | undefined
}

/** A Spot drought from its beginning to the last standby's end, on what is deployed. */
export class Drill {
  private readonly events: AwsEvent[] = []
  private readonly tallies = new Map<string, Tally>()
  private isOver = false

  constructor(
    private readonly world: World,
    readonly plan = usualPlan,
  ) {
    const { simulation, bus } = world.aws
    bus.tap((event) => this.events.push(event))
    for (const { name } of world.primaries) {
      this.tallies.set(name, { mostStandby: 0, raisedAt: undefined, backAt: undefined })
    }
    simulation.after(this.plan.releaseAt, () => world.release())
    simulation.after(this.plan.droughtAt, () => this.setDroughts(true))
    simulation.after(this.plan.droughtEndsAt, () => this.setDroughts(false))
    simulation.every(1, () => this.look())
  }

  get isDone(): boolean {
    return this.isOver || this.world.story.seconds >= this.plan.endsAt
  }

  report(): DrillReport {
    const services = this.world.primaries.filter(hasStandbys).map(({ name }) => this.reportOf(name))
    const failures = [
      ...this.world.troubles.all.map(({ part, message, count }) =>
        count === 1 ? `${part}: ${message}` : `${part}: ${message} (${count} times)`,
      ),
      ...this.silentRules(),
      ...this.unreadQueues(),
      ...this.lostNotices(),
      ...this.silentFunctions(),
      ...(services.length === 0 ? ['services: none has a standby, so nothing was tried'] : []),
      ...services.flatMap(failuresOf),
    ]
    const counts = [...this.world.invocations.values()]
    return {
      hasPassed: failures.length === 0,
      failures,
      services,
      events: this.events.length,
      invocations: counts.reduce((sum, count) => sum + count, 0),
      seconds: this.world.story.seconds,
    }
  }

  private setDroughts(isShort: boolean): void {
    for (const provider of this.world.spotProviders) this.world.setDrought(provider, isShort)
  }

  private look(): void {
    const { story, standbys } = this.world
    if (story.seconds < this.plan.droughtAt) return
    for (const [name, tally] of this.tallies) {
      const own = standbys.filter((service) => primaryOf(service) === name)
      const desired = own.reduce((sum, { desiredCount }) => sum + desiredCount, 0)
      tally.mostStandby = Math.max(tally.mostStandby, desired)
      if (desired > 0) tally.raisedAt ??= story.seconds
      const isBack = desired === 0 && own.every(({ tasks }) => tasks.size === 0)
      tally.backAt = isBack ? (tally.backAt ?? story.seconds) : undefined
    }
    if (story.seconds < this.plan.droughtEndsAt) return
    // A while of calm after the last one, in which nothing may come back.
    const lasts = [...this.tallies.values()].map(({ backAt }) => backAt ?? Number.POSITIVE_INFINITY)
    this.isOver = story.seconds - Math.max(this.plan.droughtEndsAt, ...lasts) >= 300
  }

  private reportOf(name: string): ServiceReport {
    const { longestShortfallSeconds, relativeCost } = this.world.ledger.group(name)
    const { mostStandby, raisedAt, backAt } = this.tallies.get(name) as Tally
    return {
      name,
      longestShortfallSeconds,
      mostStandby,
      raisedAfterSeconds: raisedAt === undefined ? undefined : raisedAt - this.plan.droughtAt,
      givenBackAfterSeconds:
        backAt === undefined ? undefined : Math.max(0, backAt - this.plan.droughtEndsAt),
      relativeCost,
    }
  }

  /** A drill has events for every rule: one that hears nothing is broken. */
  private silentRules(): string[] {
    const { deployed, matched } = this.world.delivery
    return deployed.rules
      .filter(({ name, targets }) => !matched.has(name) || targets.length === 0)
      .map((rule) => {
        if (!rule.isEnabled) return `rule ${rule.name}: it is disabled`
        if (rule.targets.length === 0) return `rule ${rule.name}: it has no target`
        return `rule ${rule.name}: its pattern matches none of the ${this.events.length} events: ${this.nearMiss(rule)}`
      })
  }

  /** What keeps an event from a rule that should rather have heard it: one of its type, which has what is asked about. */
  private nearMiss(rule: DeployedRule): string {
    const types = (rule.pattern as { 'detail-type'?: readonly unknown[] })['detail-type']
    const ofType = this.events.filter((event) => types?.includes(event['detail-type']))
    const misses = (ofType.length > 0 ? ofType : this.events).map(
      (event) => `of "${event['detail-type']}", ${this.world.delivery.mismatch(rule, event)}`,
    )
    return misses.find((miss) => !miss.includes(' is nothing, ')) ?? misses[0] ?? 'there were none'
  }

  private unreadQueues(): string[] {
    const { deployed } = this.world.delivery
    const fed = new Set(deployed.rules.flatMap(({ targets }) => targets.map(({ arn }) => arn)))
    const read = new Set(
      deployed.mappings.filter(({ isEnabled }) => isEnabled).map(({ queueArn }) => queueArn),
    )
    return deployed.queues
      .filter(({ arn }) => fed.has(arn) && !read.has(arn))
      .map(
        ({ name, arn }) =>
          `event source mapping of queue ${name}: there is none that is enabled, and ${this.world.delivery.waiting(arn)} messages wait`,
      )
  }

  private lostNotices(): string[] {
    const lost = this.events.filter(
      ({ id, detail }) =>
        detail.stopCode === 'SpotInterruption' &&
        detail.lastStatus === 'RUNNING' &&
        !this.world.delivery.delivered.has(id),
    )
    if (lost.length === 0) return []
    return [`delivery: ${lost.length} interruption notices reached no function`]
  }

  private silentFunctions(): string[] {
    const { deployed } = this.world.delivery
    const names = new Set(deployed.mappings.map(({ functionName }) => functionName))
    return [...names]
      .filter((name) => !this.world.invocations.has(name))
      .map((name) => `function ${name}: it has not answered once`)
  }
}

function hasStandbys({ tags }: { readonly tags: ReadonlyMap<string, string> }): boolean {
  return tags.has('tideway:standbys')
}

function failuresOf(service: ServiceReport): string[] {
  const failures: string[] = []
  if (service.longestShortfallSeconds > allowedHoleSeconds) {
    failures.push(
      `service ${service.name}: below its desired count for ${Math.round(service.longestShortfallSeconds)} s, and ${allowedHoleSeconds} s are allowed`,
    )
  }
  if (service.raisedAfterSeconds === undefined) {
    failures.push(`service ${service.name}: no standby was raised in the drought`)
  }
  if (service.givenBackAfterSeconds === undefined) {
    failures.push(`service ${service.name}: its standbys were not back at 0 by the end`)
  }
  return failures
}
