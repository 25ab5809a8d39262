import { readFileSync } from 'node:fs'
import { previousZip } from '@tideway/failover-lambda/build'
import type { AwsEvent, Service } from '@tideway/spot-simulator'
import type { DeployedRule } from '../delivery/deployed'
import type { DroughtSimulation } from './drought-simulation'
import { allowedShortfallSeconds, desiredTasks, hasStandbys } from './pairs'

/** The phases of a drill, in seconds since its start. */
export interface DrillPlan {
  readonly releaseAt: number
  readonly droughtAt: number
  readonly droughtEndsAt: number
  /** When the controller is rolled back to its previous release, and out again. @default it is not */
  readonly rollback?: { readonly at: number; readonly endsAt: number }
  /** By then every standby must be back at 0. */
  readonly endsAt: number
}

const defaultPlan: DrillPlan = {
  releaseAt: 180,
  droughtAt: 900,
  droughtEndsAt: 2400,
  rollback: { at: 1200, endsAt: 1800 },
  endsAt: 5400,
}

/** How long all standbys must stay at 0 before the drill ends. */
const calmSeconds = 300

export interface ServiceReport {
  readonly name: string
  readonly longestShortfallSeconds: number
  /** How long it may be below its desired count. */
  readonly allowedShortfallSeconds: number
  /** The maximum number of tasks that its standbys had in the drought. */
  readonly maxStandbyTasks: number
  /** From the start of the drought until a standby had a desired count above 0. */
  readonly failoverSeconds: number | undefined
  /** From the end of the drought until all standbys were at 0. */
  readonly failbackSeconds: number | undefined
  /** Compared with On-Demand capacity only. */
  readonly relativeCost: number
}

/** A rollback of the controller, and the next roll-out of what is deployed. */
export interface RollbackReport {
  /** How many services were covered at each of them. */
  readonly covered: readonly number[]
  /** How many invocations the previous release had. */
  readonly invocations: number
}

export interface DrillReport {
  readonly hasPassed: boolean
  /** Each names the part to fix. */
  readonly failures: readonly string[]
  readonly services: readonly ServiceReport[]
  readonly rollback?: RollbackReport
  readonly events: number
  readonly invocations: number
  readonly seconds: number
}

interface StandbyRecord {
  maxTasks: number
  raisedAt: number | undefined
  backAt: number | undefined
}

/** Runs one Spot drought on a simulation, from a release before it to the failback after it. */
export class Drill {
  private readonly events: AwsEvent[] = []
  private readonly standbys = new Map<Service, StandbyRecord>()
  private readonly coveredAtRollback: number[] = []
  private isOver = false

  constructor(
    private readonly simulation: DroughtSimulation,
    readonly plan = defaultPlan,
  ) {
    const { aws, primaries } = simulation
    aws.bus.tap((event) => this.events.push(event))
    for (const primary of primaries) {
      this.standbys.set(primary, { maxTasks: 0, raisedAt: undefined, backAt: undefined })
    }
    aws.simulation.after(plan.releaseAt, () => simulation.release())
    aws.simulation.after(plan.droughtAt, () => this.setDroughts(true))
    aws.simulation.after(plan.droughtEndsAt, () => this.setDroughts(false))
    if (plan.rollback) {
      aws.simulation.after(plan.rollback.at, () => this.setRelease('previous'))
      aws.simulation.after(plan.rollback.endsAt, () => this.setRelease('deployed'))
    }
    aws.simulation.every(1, () => this.observe())
  }

  get isDone(): boolean {
    return this.isOver || this.seconds >= this.plan.endsAt
  }

  report(): DrillReport {
    const { primaries, problems, invocations, otherInvocations } = this.simulation
    const services = primaries.filter(hasStandbys).map((primary) => this.reportOf(primary))
    const failures = [
      ...problems.all.map(({ part, message, count }) =>
        count === 1 ? `${part}: ${message}` : `${part}: ${message} (${count} times)`,
      ),
      ...this.unmatchedRules(),
      ...this.queuesWithoutConsumer(),
      ...this.lostNotices(),
      ...this.functionsWithoutSuccess(),
      ...this.unusedRollback(),
      ...(services.length === 0
        ? ['services: none has a standby, so the drill tests nothing']
        : []),
      ...services.flatMap(failuresOf),
    ]
    return {
      hasPassed: failures.length === 0,
      failures,
      services,
      ...(this.plan.rollback && {
        rollback: { covered: this.coveredAtRollback, invocations: otherInvocations },
      }),
      events: this.events.length,
      invocations: [...invocations.values()].reduce((sum, count) => sum + count, 0),
      seconds: this.seconds,
    }
  }

  private get seconds(): number {
    return this.simulation.timeline.seconds
  }

  private setDroughts(isDrought: boolean): void {
    const { simulation } = this
    for (const provider of simulation.spotProviders) simulation.setDrought(provider, isDrought)
  }

  private setRelease(release: 'deployed' | 'previous'): void {
    const covered = this.simulation.primaries.filter(
      (primary) => desiredTasks(this.simulation.standbys(primary)) > 0,
    )
    this.coveredAtRollback.push(covered.length)
    const zip = release === 'previous' ? readFileSync(previousZip()) : undefined
    const what = release === 'previous' ? 'back to its previous release' : 'out again'
    this.simulation.updateCode(zip, `the controller is rolled ${what}`)
  }

  private observe(): void {
    const { seconds, plan } = this
    if (seconds < plan.droughtAt) return
    for (const [primary, record] of this.standbys) {
      const standbys = this.simulation.standbys(primary)
      const desired = desiredTasks(standbys)
      record.maxTasks = Math.max(record.maxTasks, desired)
      if (desired > 0) record.raisedAt ??= seconds
      const isBack = desired === 0 && standbys.every(({ tasks }) => tasks.size === 0)
      record.backAt = isBack ? (record.backAt ?? seconds) : undefined
    }
    if (seconds < plan.droughtEndsAt) return
    const backAt = [...this.standbys.values()].map((record) => record.backAt ?? Infinity)
    this.isOver = seconds - Math.max(plan.droughtEndsAt, ...backAt) >= calmSeconds
  }

  private reportOf(primary: Service): ServiceReport {
    const name = this.simulation.pairOf(primary)
    const { longestShortfallSeconds, relativeCost } = this.simulation.ledger.group(name)
    const { maxTasks, raisedAt, backAt } = this.standbys.get(primary) as StandbyRecord
    const { droughtAt, droughtEndsAt } = this.plan
    return {
      name,
      longestShortfallSeconds,
      allowedShortfallSeconds: allowedShortfallSeconds(primary),
      maxStandbyTasks: maxTasks,
      failoverSeconds: raisedAt === undefined ? undefined : raisedAt - droughtAt,
      failbackSeconds: backAt === undefined ? undefined : Math.max(0, backAt - droughtEndsAt),
      relativeCost,
    }
  }

  /** A drill sends events for every rule that its capacity has any for, so a rule without a match is broken. */
  private unmatchedRules(): string[] {
    const { deployed, matched } = this.simulation.delivery
    return deployed.rules
      .filter((rule) => rule.targets.length === 0 || !(matched.has(rule.name) || this.isIdle(rule)))
      .map((rule) => {
        if (!rule.isEnabled) return `rule ${rule.name}: it is disabled`
        if (rule.targets.length === 0) return `rule ${rule.name}: it has no target`
        return `rule ${rule.name}: its pattern matches none of the ${this.events.length} events: ${this.closestMismatch(rule)}`
      })
  }

  /** Whether an enabled rule is for interrupted instances, and no capacity provider has instances on Spot. */
  private isIdle({ isEnabled, pattern }: DeployedRule): boolean {
    const isForInstances = (pattern.source as readonly unknown[] | undefined)?.includes('aws.ec2')
    const hasInstances = this.simulation.delivery.deployed.groups.some(({ isSpot }) => isSpot)
    return isEnabled && isForInstances === true && !hasInstances
  }

  /** Prefers events of the rule's type, and those that have the field in question. */
  private closestMismatch(rule: DeployedRule): string {
    const types = (rule.pattern as { 'detail-type'?: readonly unknown[] })['detail-type']
    const ofType = this.events.filter((event) => types?.includes(event['detail-type']))
    const mismatches = (ofType.length > 0 ? ofType : this.events).map(
      (event) => `of "${event['detail-type']}", ${this.simulation.delivery.mismatch(rule, event)}`,
    )
    const closest = mismatches.find((mismatch) => !mismatch.includes(' is nothing, '))
    return closest ?? mismatches[0] ?? 'there were none'
  }

  private queuesWithoutConsumer(): string[] {
    const { delivery } = this.simulation
    const { rules, mappings, queues } = delivery.deployed
    const targets = rules.flatMap((rule) => rule.targets.map(({ arn }) => arn))
    const consumed = mappings.filter(({ isEnabled }) => isEnabled).map(({ queueArn }) => queueArn)
    return queues
      .filter(({ arn }) => targets.includes(arn) && !consumed.includes(arn))
      .map(
        ({ name }) =>
          `event source mapping of queue ${name}: none is enabled, and ${delivery.messagesIn(name)} messages wait`,
      )
  }

  /** Other clusters may have no failover. */
  private lostNotices(): string[] {
    const clusters = this.simulation.primaries.filter(hasStandbys).map((each) => each.clusterArn)
    const lost = this.events.filter(
      ({ id, detail }) =>
        detail.stopCode === 'SpotInterruption' &&
        detail.lastStatus === 'RUNNING' &&
        clusters.includes(String(detail.clusterArn)) &&
        !this.simulation.delivery.delivered.has(id),
    )
    if (lost.length === 0) return []
    return [`delivery: ${lost.length} interruption notices reached no function`]
  }

  private unusedRollback(): string[] {
    const isUnused = this.coveredAtRollback.length > 0 && this.simulation.otherInvocations === 0
    return isUnused ? ['rollback: no invocation of the previous release succeeded'] : []
  }

  private functionsWithoutSuccess(): string[] {
    const { delivery, invocations } = this.simulation
    const names = new Set(delivery.deployed.mappings.map(({ functionName }) => functionName))
    return [...names]
      .filter((name) => !invocations.has(name))
      .map((name) => `function ${name}: no invocation succeeded`)
  }
}

function failuresOf(service: ServiceReport): string[] {
  const { name, longestShortfallSeconds, allowedShortfallSeconds } = service
  const { failoverSeconds, failbackSeconds } = service
  const failures: string[] = []
  if (longestShortfallSeconds > allowedShortfallSeconds) {
    failures.push(
      `service ${name}: below its desired count for ${Math.round(longestShortfallSeconds)} s; the maximum is ${allowedShortfallSeconds} s`,
    )
  }
  if (failoverSeconds === undefined) {
    failures.push(`service ${name}: no standby was scaled out in the drought`)
  }
  if (failbackSeconds === undefined) {
    failures.push(`service ${name}: its standbys were not back at 0 by the end`)
  }
  return failures
}
