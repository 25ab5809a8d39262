import type { ApiCall } from '@tideway/spot-simulator'
import { defaultPolicy } from '../src/observation'
import type { RandomAccount, RandomPair } from './random-history'

/** For so long a sign counts, and a scheduler's look takes a few seconds. */
const evidenceSeconds = defaultPolicy.evidenceSeconds + 10

interface Written {
  readonly desired: number
  /** When it last grew. */
  readonly raisedAt: number
}

/**
 * Sees every call that reaches ECS, and notes each write that breaks a law: thrown, the function would take it
 * for a fault of ECS.
 */
export class WriteMonitor {
  readonly broken: string[] = []
  private readonly standbys = new Map<string, RandomPair>()
  private readonly written = new Map<string, Written>()
  /** What primaries wanted when they were described, at this moment. */
  private seen = { at: 0, desired: new Map<string, number>() }

  constructor(private readonly account: RandomAccount) {
    for (const pair of account.pairs) {
      for (const { name } of pair.standbys) this.standbys.set(name, pair)
    }
    account.aws.endpoint.interceptors.push((call) => this.see(call))
  }

  private see({ service, operation, input }: ApiCall): void {
    if (service !== 'ecs') return
    if (operation === 'DescribeServices') this.describe(input.services)
    else if (operation === 'UpdateService') this.write(String(input.service), input.desiredCount)
    else if (!/^(Describe|List)/.test(operation)) this.breaks(`calls ${operation}`)
  }

  /** No time passes in a run, so all that runs have seen at this moment was seen by those that still run. */
  private describe(names: unknown): void {
    const { now } = this.account.aws
    if (this.seen.at !== now) this.seen = { at: now, desired: new Map() }
    const { desired } = this.seen
    for (const { primary } of this.account.pairs) {
      if (!(names as string[]).includes(primary.name)) continue
      desired.set(primary.name, Math.max(primary.desiredCount, desired.get(primary.name) ?? 0))
    }
  }

  private write(name: string, desired: unknown): void {
    const pair = this.standbys.get(name)
    if (pair === undefined) this.breaks(`changes ${name}, which is no standby`)
    if (pair === undefined || desired === undefined) return
    const wanted = this.seen.at === this.account.aws.now && this.seen.desired.get(pair.primary.name)
    if (wanted === false || wanted === undefined) {
      this.breaks(`changes ${name}, and has not looked at its primary`)
      return
    }
    const most = Math.min(pair.maxStandby, wanted)
    if (!Number.isInteger(desired) || Number(desired) < 0 || Number(desired) > most) {
      this.breaks(`${name} gets ${desired}, and ${most} are the most`)
      return
    }
    this.turn(pair, name, Number(desired), most)
  }

  private turn(pair: RandomPair, name: string, desired: number, most: number): void {
    const { now } = this.account.aws
    const before = this.written.get(name) ?? { desired: 0, raisedAt: Number.NEGATIVE_INFINITY }
    if (desired > before.desired) {
      this.checkRaise(pair, name)
      this.written.set(name, { desired, raisedAt: now })
      return
    }
    this.written.set(name, { ...before, desired })
    // What is above the bound goes at once.
    if (desired < Math.min(before.desired, most)) this.checkLowering(pair, name, before)
  }

  /** A task that waits longer than the grace for an instance looks the same in a shortage and without one. */
  private checkRaise(pair: RandomPair, name: string): void {
    const seconds = (this.account.aws.now - this.account.shortAt(pair)) / 1000
    if (pair.kind === 'instances' || seconds <= evidenceSeconds) return
    this.breaks(`${name} grows, and its capacity was last short ${seconds} s ago`)
  }

  /**
   * B turns from growing to shrinking at most once in a dwell: it shrinks no sooner than a dwell after it last
   * grew. It may turn the other way at any time, since cover comes at once. Where something happens between
   * the look of a run and its write, the write is of another time than it was decided for.
   */
  private checkLowering(
    { stabilizationSeconds }: RandomPair,
    name: string,
    { raisedAt }: Written,
  ): void {
    const seconds = (this.account.aws.now - raisedAt) / 1000
    if (seconds >= stabilizationSeconds || this.account.disturbedAt === this.account.aws.now) return
    this.breaks(`${name} shrinks only ${seconds} s after it grew`)
  }

  private breaks(what: string): void {
    this.broken.push(`${new Date(this.account.aws.now).toISOString()}: ${what}`)
  }
}
