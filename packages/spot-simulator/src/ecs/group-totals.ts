import type { Service, Task } from './service'

export interface Measures {
  readonly desiredTaskSeconds: number
  /** Includes tasks above the desired count. */
  readonly servingTaskSeconds: number
  /** Missing tasks below the desired count, summed over time. */
  readonly shortfallTaskSeconds: number
  /** Missing task-seconds for each desired task-second. */
  readonly shortfallRatio: number
  /** The shortfall of the worst hour on the clock. */
  readonly worstHourShortfallTaskSeconds: number
  /** The longest uninterrupted time below the desired count. */
  readonly longestShortfallSeconds: number
  /** Tasks are paid for from their placement to the end of their containers. */
  readonly onDemandTaskSeconds: number
  readonly spotTaskSeconds: number
  readonly secondsByProvider: Readonly<Record<string, number>>
  /** Relative to the desired tasks on demand. */
  readonly relativeCost: number
  readonly writes: number
  readonly directionChanges: number
}

/** The task-seconds of one group of services. */
export class GroupTotals {
  readonly services = new Set<Service>()
  readonly secondsByProvider = new Map<string, number>()
  readonly shortfallByHour = new Map<number, number>()
  desiredTaskSeconds = 0
  servingTaskSeconds = 0
  shortfallTaskSeconds = 0
  onDemandTaskSeconds = 0
  spotTaskSeconds = 0
  longestShortfallSeconds = 0
  longestLossSeconds = 0
  private desired = 0
  private serving = 0
  private readonly paid = new Map<string, { tasks: number; readonly isSpot: boolean }>()
  private shortfallSeconds = 0
  /** How many of the desired tasks have served at once. */
  private reached = 0
  private lossSeconds = 0

  constructor(private until: number) {}

  addDesired(now: number, change: number): void {
    this.accrue(now)
    this.desired += change
  }

  addServing(now: number, change: number): void {
    this.accrue(now)
    this.serving += change
  }

  addPaid(now: number, { provider: { name, isSpot } }: Task, change: number): void {
    this.accrue(now)
    const paid = this.paid.get(name) ?? { tasks: 0, isSpot }
    paid.tasks += change
    this.paid.set(name, paid)
  }

  /** Updates all sums to `now`. */
  accrue(now: number): void {
    const seconds = (now - this.until) / 1000
    if (seconds <= 0) return
    const missing = Math.max(0, this.desired - this.serving)
    this.desiredTaskSeconds += this.desired * seconds
    this.servingTaskSeconds += this.serving * seconds
    this.shortfallTaskSeconds += missing * seconds
    this.shortfallSeconds = missing > 0 ? this.shortfallSeconds + seconds : 0
    this.longestShortfallSeconds = Math.max(this.longestShortfallSeconds, this.shortfallSeconds)
    this.reached = Math.min(this.desired, Math.max(this.reached, this.serving))
    this.lossSeconds = this.serving < this.reached ? this.lossSeconds + seconds : 0
    this.longestLossSeconds = Math.max(this.longestLossSeconds, this.lossSeconds)
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

/** A number summed over time. */
export class RunningSum {
  private number = 0
  private seconds = 0

  constructor(private since: number) {}

  add(now: number, change: number): void {
    this.total(now)
    this.number += change
  }

  total(now: number): number {
    this.seconds += (this.number * (now - this.since)) / 1000
    this.since = now
    return this.seconds
  }
}

const hourMilliseconds = 3_600_000

export function worstHour(groups: readonly GroupTotals[]): number {
  const hours = new Map<number, number>()
  for (const { shortfallByHour } of groups) {
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
