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

interface Bucket extends Statistics {
  readonly at: number
}

interface Stored {
  readonly metric: Metric
  minutes: Bucket[]
  /** Of the time before the minutes. */
  hours: Bucket[]
}

const minute = 60_000
const hour = 60 * minute
/** A day and more in minutes, then two years in hours. */
const maxMinutes = 3000
const maxHours = 17_520
const maxValues = 100
const maxMetrics = 10_000

/** Metrics as CloudWatch keeps them: by minute, and older ones by hour. */
export class MetricStore {
  private readonly metrics = new Map<string, Stored>()

  add(metric: Metric, at: number, value: number): void {
    const samples = { count: 1, sum: value, min: value, max: value, values: [value] }
    const key = keyOf(metric)
    const stored = this.metrics.get(key) ?? { metric, minutes: [], hours: [] }
    if (this.metrics.size >= maxMetrics && !this.metrics.has(key)) return
    this.metrics.set(key, stored)
    addTo(stored.minutes, at - (at % minute), samples)
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
    const { hours = [], minutes = [] } = this.metrics.get(keyOf(metric)) ?? {}
    const buckets: Bucket[] = []
    for (const stored of [hours, minutes]) {
      for (let index = firstFrom(stored, start); index < stored.length; index++) {
        const bucket = stored[index] as Bucket
        if (bucket.at >= end) break
        addTo(buckets, bucket.at - ((bucket.at - start) % (period * 1000)), bucket)
      }
    }
    return new Map(buckets.map((bucket) => [bucket.at, statisticOf(bucket, statistic)]))
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

/** Adds samples to the bucket of a time. Times mostly rise, so that it is at the end. */
function addTo(buckets: Bucket[], at: number, samples: Statistics): void {
  const index = firstFrom(buckets, at)
  const known = buckets[index]
  if (known?.at === at) buckets[index] = { at, ...merged(known, samples) }
  else buckets.splice(index, 0, { ...samples, at })
}

function merged(one: Statistics, other: Statistics): Statistics {
  return {
    count: one.count + other.count,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    values: [...one.values, ...other.values].slice(-maxValues),
  }
}

/** Keeps the older half of the minutes as hours. */
function fold(stored: Stored): void {
  for (const bucket of stored.minutes.splice(0, maxMinutes / 2)) {
    addTo(stored.hours, bucket.at - (bucket.at % hour), bucket)
  }
  stored.hours = stored.hours.slice(-maxHours)
}

/** The index of the first bucket at a time or later. */
function firstFrom(buckets: readonly Bucket[], at: number): number {
  let low = 0
  let high = buckets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((buckets[middle] as Bucket).at < at) low = middle + 1
    else high = middle
  }
  return low
}
