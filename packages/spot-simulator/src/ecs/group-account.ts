import type { Service } from './service'
import type { Task } from './task'

export interface Measures {
  readonly desiredTaskSeconds: number
  /** All that served, those above the desired count too. */
  readonly servingTaskSeconds: number
  /** What served below the desired count, at each moment for itself. */
  readonly shortfallTaskSeconds: number
  /** Missing task-seconds for each desired task-second. */
  readonly shortfallRatio: number
  /** The shortfall of the worst hour on the clock. */
  readonly worstHourShortfallTaskSeconds: number
  /** The longest time in one piece in which a group was below its desired count. */
  readonly longestShortfallSeconds: number
  /** Tasks hold room, and are paid for, from their placement to the end of their containers. */
  readonly onDemandTaskSeconds: number
  readonly spotTaskSeconds: number
  readonly secondsByProvider: Readonly<Record<string, number>>
  /** 1: as much as the desired tasks would cost on demand. */
  readonly relativeCost: number
  readonly writes: number
  readonly directionChanges: number
}

/** What one group of services has had so far. */
export class GroupAccount {
  readonly services = new Set<Service>()
  readonly secondsByProvider = new Map<string, number>()
  readonly shortfallByHour = new Map<number, number>()
  desiredTaskSeconds = 0
  servingTaskSeconds = 0
  shortfallTaskSeconds = 0
  onDemandTaskSeconds = 0
  spotTaskSeconds = 0
  longestShortfallSeconds = 0
  private desired = 0
  private serving = 0
  private readonly paid = new Map<string, { tasks: number; readonly isSpot: boolean }>()
  private holeSeconds = 0

  constructor(private until: number) {}

  desire(now: number, change: number): void {
    this.accrue(now)
    this.desired += change
  }

  serve(now: number, change: number): void {
    this.accrue(now)
    this.serving += change
  }

  pay(now: number, { provider: { name, isSpot } }: Task, change: number): void {
    this.accrue(now)
    const paid = this.paid.get(name) ?? { tasks: 0, isSpot }
    paid.tasks += change
    this.paid.set(name, paid)
  }

  /** Brings all sums up to `now`. */
  accrue(now: number): void {
    const seconds = (now - this.until) / 1000
    if (seconds <= 0) return
    const missing = Math.max(0, this.desired - this.serving)
    this.desiredTaskSeconds += this.desired * seconds
    this.servingTaskSeconds += this.serving * seconds
    this.shortfallTaskSeconds += missing * seconds
    this.holeSeconds = missing > 0 ? this.holeSeconds + seconds : 0
    this.longestShortfallSeconds = Math.max(this.longestShortfallSeconds, this.holeSeconds)
    if (missing > 0) this.addToHours(missing, this.until, now)
    for (const [provider, { tasks, isSpot }] of this.paid) {
      const taskSeconds = tasks * seconds
      if (isSpot) this.spotTaskSeconds += taskSeconds
      else this.onDemandTaskSeconds += taskSeconds
      const before = this.secondsByProvider.get(provider) ?? 0
      this.secondsByProvider.set(provider, before + taskSeconds)
    }
    this.until = now
  }

  private addToHours(missing: number, from: number, to: number): void {
    for (let start = from; start < to; ) {
      const hour = Math.floor(start / hourMilliseconds)
      const end = Math.min(to, (hour + 1) * hourMilliseconds)
      const before = this.shortfallByHour.get(hour) ?? 0
      this.shortfallByHour.set(hour, before + (missing * (end - start)) / 1000)
      start = end
    }
  }
}

/** How many there are, summed over time. */
export class RunningSum {
  private number = 0
  private seconds = 0

  constructor(private since: number) {}

  add(now: number, change: number): void {
    this.taken(now)
    this.number += change
  }

  taken(now: number): number {
    this.seconds += (this.number * (now - this.since)) / 1000
    this.since = now
    return this.seconds
  }
}

const hourMilliseconds = 3_600_000

export function worstHour(accounts: readonly GroupAccount[]): number {
  const hours = new Map<number, number>()
  for (const { shortfallByHour } of accounts) {
    for (const [hour, shortfall] of shortfallByHour)
      hours.set(hour, (hours.get(hour) ?? 0) + shortfall)
  }
  return Math.max(0, ...hours.values())
}

export function relativeCost(
  seconds: Pick<Measures, 'desiredTaskSeconds' | 'onDemandTaskSeconds' | 'spotTaskSeconds'>,
  spotDiscount: number,
): number {
  const { desiredTaskSeconds, onDemandTaskSeconds, spotTaskSeconds } = seconds
  if (desiredTaskSeconds === 0) return 0
  return (onDemandTaskSeconds + spotTaskSeconds * (1 - spotDiscount)) / desiredTaskSeconds
}
