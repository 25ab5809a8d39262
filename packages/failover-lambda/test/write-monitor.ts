import type { ApiCall } from '@tideway/spot-simulator'
import { defaultPolicy } from '../src/observation'
import type { RandomAccount, RandomPair } from './random-history'

/** How long evidence counts, and the few seconds of one run of the ECS scheduler. */
const evidenceSeconds = defaultPolicy.evidenceSeconds + 10

/** How long a run waits at most between its calls. */
const maxRunSeconds = 10

interface Described {
  readonly at: number
  readonly desired: number
}

interface Written {
  readonly desired: number
  /** When it was last raised. */
  readonly raisedAt: number
}

/**
 * Records each write that violates an invariant. It intercepts every call to ECS and throws nothing, because the
 * function would treat an error as a fault of ECS.
 */
export class WriteMonitor {
  readonly violations: string[] = []
  private readonly standbys = new Map<string, RandomPair>()
  private readonly written = new Map<string, Written>()
  /** By the name of the primary. */
  private readonly described = new Map<string, readonly Described[]>()

  constructor(private readonly account: RandomAccount) {
    for (const pair of account.pairs) {
      for (const { name } of pair.standbys) this.standbys.set(name, pair)
    }
    account.aws.endpoint.interceptors.push((call) => this.onCall(call))
  }

  private onCall({ service, operation, input }: ApiCall): void {
    if (operation === 'DeregisterTargets') this.onDeregister(input)
    if (service !== 'ecs') return
    if (operation === 'DescribeServices') this.onDescribe(input.services)
    else if (operation === 'UpdateService') this.onWrite(String(input.service), input.desiredCount)
    else if (!/^(Describe|List)/.test(operation)) this.report(`calls ${operation}`)
  }

  /** A run waits for its share of the API calls, so it writes for what was described seconds before. */
  private onDescribe(names: unknown): void {
    const { now } = this.account.aws
    for (const { primary } of this.account.pairs) {
      if (!(names as string[]).includes(primary.name)) continue
      const recent = this.describedLately(primary.name)
      this.described.set(primary.name, [...recent, { at: now, desired: primary.desiredCount }])
    }
  }

  private describedLately(primary: string): readonly Described[] {
    const { now } = this.account.aws
    return (this.described.get(primary) ?? []).filter(({ at }) => now - at <= 1000 * maxRunSeconds)
  }

  private onWrite(name: string, desired: unknown): void {
    const pair = this.standbys.get(name)
    if (pair === undefined) this.report(`changes ${name}, which is not a standby`)
    if (pair === undefined || desired === undefined) return
    const described = this.describedLately(pair.primary.name)
    if (described.length === 0) {
      this.report(`changes ${name} without describing its primary`)
      return
    }
    const max = Math.min(pair.maxStandby, Math.max(...described.map(({ desired }) => desired)))
    if (!Number.isInteger(desired) || Number(desired) < 0 || Number(desired) > max) {
      this.report(`sets ${name} to ${desired}; the maximum is ${max}`)
      return
    }
    this.onDesiredCount(pair, name, Number(desired), max)
  }

  private onDesiredCount(pair: RandomPair, name: string, desired: number, max: number): void {
    const { now } = this.account.aws
    const before = this.written.get(name) ?? { desired: 0, raisedAt: Number.NEGATIVE_INFINITY }
    if (desired > before.desired) {
      this.checkRaise(pair, name)
      this.written.set(name, { desired, raisedAt: now })
      return
    }
    this.written.set(name, { ...before, desired })
    // Tasks above the bound are removed at once.
    if (desired < Math.min(before.desired, max)) this.checkLowering(pair, name, before)
  }

  /** On instances, a task that waits longer than the grace period counts as a shortage, whatever the cause. */
  private checkRaise(pair: RandomPair, name: string): void {
    const seconds = (this.account.aws.now - this.account.shortAt(pair)) / 1000
    if (pair.kind === 'instances' || seconds <= evidenceSeconds) return
    this.report(`raises ${name} ${seconds} s after its capacity was last short`)
  }

  /**
   * A standby is lowered no sooner than one stabilization window after it was last raised. It can be raised at any
   * time. A disturbed run is exempt: it writes for another state than it observed.
   */
  private checkLowering(
    { stabilizationSeconds }: RandomPair,
    name: string,
    { raisedAt }: Written,
  ): void {
    const seconds = (this.account.aws.now - raisedAt) / 1000
    if (seconds >= stabilizationSeconds || this.account.disturbedAt === this.account.aws.now) return
    this.report(`lowers ${name} only ${seconds} s after it was raised`)
  }

  /** The random pairs behind load balancers serve until they are drained. */
  private onDeregister({ TargetGroupArn, Targets }: ApiCall['input']): void {
    const { aws, pairs, disturbedAt } = this.account
    const ids = (Targets as { Id: string }[]).map(({ Id }) => Id)
    const healthy = aws.loadBalancers
      .health(String(TargetGroupArn))
      .filter(({ id, state }) => state === 'healthy' && !ids.includes(id)).length
    for (const { primary } of pairs) {
      for (const { ip = '', stoppingAt } of primary.tasks) {
        if (!ids.includes(ip)) continue
        const seconds = (aws.now - (stoppingAt ?? aws.now)) / 1000
        if (seconds >= 100 || healthy >= primary.desiredCount || disturbedAt === aws.now) continue
        this.report(
          `deregisters ${ip} ${seconds} s after its notice, and leaves ${healthy} healthy`,
        )
      }
    }
  }

  private report(violation: string): void {
    this.violations.push(`${new Date(this.account.aws.now).toISOString()}: ${violation}`)
  }
}
