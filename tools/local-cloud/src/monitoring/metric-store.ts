import { AwsError } from '@tideway/spot-simulator'
import type { MetricInput as Metric } from '../patches/metric-input'

/** Samples of one metric within a time. */
interface Statistics {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  /** Some of the samples, for percentiles. */
  readonly values: readonly number[]
}

/** Values by the start of their period, in milliseconds since 1970. */
export type Series = ReadonlyMap<number, number>

export interface Range {
  readonly start: number
  readonly end: number
  /** In seconds. */
  readonly period: number
}

interface Stored {
  readonly metric: Metric
  readonly minutes: Buckets
  /** Of the time before the minutes. */
  readonly hours: Buckets
}

const minute = 60_000
const hour = 60 * minute
/** A day and more in minutes, then two years in hours. */
const maxMinutes = 1560
const foldedMinutes = 60
const maxHours = 17_520
const maxValues = 100
const maxMetrics = 10_000

/** Metrics as CloudWatch keeps them: by minute, and older ones by hour. */
export class MetricStore {
  private readonly metrics = new Map<string, Stored>()

  add(metric: Metric, at: number, value: number): void {
    const key = keyOf(metric)
    let stored = this.metrics.get(key)
    if (stored === undefined) {
      if (this.metrics.size >= maxMetrics) return
      stored = { metric, minutes: new Buckets(), hours: new Buckets() }
      this.metrics.set(key, stored)
    }
    const samples = { count: 1, sum: value, min: value, max: value, values: [value] }
    stored.minutes.add(at - (at % minute), samples)
    if (stored.minutes.length > maxMinutes) fold(stored)
  }

  has(metric: Metric): boolean {
    return this.metrics.has(keyOf(metric))
  }

  get all(): Metric[] {
    return [...this.metrics.values()].map(({ metric }) => metric)
  }

  /** The values of each period that has samples. */
  series(metric: Metric, statistic: string, { start, end, period }: Range): Series {
    const stored = this.metrics.get(keyOf(metric))
    const found = new Buckets()
    for (const buckets of [stored?.hours, stored?.minutes]) {
      for (const [at, samples] of buckets?.between(start, end) ?? []) {
        found.add(at - ((at - start) % (period * 1000)), samples)
      }
    }
    const values = new Map<number, number>()
    for (const [at, samples] of found.between(start, end)) {
      values.set(at, statisticOf(samples, statistic))
    }
    return values
  }
}

/** Samples by time, in columns: an object for each time would use several times as much memory. */
class Buckets {
  private readonly at: number[] = []
  private readonly count: number[] = []
  private readonly sum: number[] = []
  private readonly min: number[] = []
  private readonly max: number[] = []
  /** Undefined: the sum is the only one. */
  private readonly values: (number[] | undefined)[] = []

  get length(): number {
    return this.at.length
  }

  /** Adds samples to the bucket of a time. Times mostly rise, so that it is at the end. */
  add(at: number, { count, sum, min, max, values }: Statistics): void {
    const index = this.firstFrom(at)
    if (this.at[index] !== at) {
      const several = count > 1 ? [...values] : undefined
      this.at.splice(index, 0, at)
      this.count.splice(index, 0, count)
      this.sum.splice(index, 0, sum)
      this.min.splice(index, 0, min)
      this.max.splice(index, 0, max)
      this.values.splice(index, 0, several)
      return
    }
    const known = this.values[index] ?? [this.sum[index] as number]
    for (const value of values) known.push(value)
    if (known.length > maxValues) known.splice(0, known.length - maxValues)
    this.values[index] = known
    this.count[index] = (this.count[index] as number) + count
    this.sum[index] = (this.sum[index] as number) + sum
    this.min[index] = Math.min(this.min[index] as number, min)
    this.max[index] = Math.max(this.max[index] as number, max)
  }

  /** Those from a time up to another one. */
  *between(start: number, end: number): Generator<readonly [at: number, samples: Statistics]> {
    for (let index = this.firstFrom(start); index < this.length; index++) {
      const at = this.at[index] as number
      if (at >= end) return
      yield [at, this.samples(index)]
    }
  }

  /** Removes the first ones. */
  take(count: number): (readonly [at: number, samples: Statistics])[] {
    const taken = [...this.between(0, this.at[count] ?? Infinity)]
    for (const column of [this.at, this.count, this.sum, this.min, this.max, this.values]) {
      column.splice(0, count)
    }
    return taken
  }

  private samples(index: number): Statistics {
    const [count, sum] = [this.count[index] as number, this.sum[index] as number]
    const [min, max] = [this.min[index] as number, this.max[index] as number]
    return { count, sum, min, max, values: this.values[index] ?? [sum] }
  }

  /** The index of the first bucket at a time or later. */
  private firstFrom(at: number): number {
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.at[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Throws for a statistic that CloudWatch does not have. */
function statisticOf({ count, sum, min, max, values }: Statistics, statistic: string): number {
  switch (statistic) {
    case 'Average':
      return sum / count
    case 'Maximum':
      return max
    case 'Minimum':
      return min
    case 'SampleCount':
      return count
    case 'Sum':
      return sum
    default: {
      const percent = Number(/^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1])
      if (!(percent >= 0 && percent <= 100)) {
        throw new AwsError(
          'ValidationError',
          `statistic: must be Average, Maximum, Minimum, SampleCount, Sum or a percentile such as p99; got ${statistic}`,
        )
      }
      const sorted = [...values].sort((one, other) => one - other)
      return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? max
    }
  }
}

function keyOf({ namespace, name, dimensions }: Metric): string {
  return JSON.stringify([namespace, name, ...Object.entries(dimensions).sort().flat()])
}

/** Keeps the oldest minutes as hours. */
function fold({ minutes, hours }: Stored): void {
  for (const [at, samples] of minutes.take(foldedMinutes)) hours.add(at - (at % hour), samples)
  if (hours.length > maxHours) hours.take(hours.length - maxHours)
}
