import { GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import { chunks } from '@tideway/failover-lambda/arrays'
import { OperatorError, UsageError } from './errors'
import type { Values, VerbContext } from './verb'

/** Metrics of one call of GetMetricData. */
const metricsPerCall = 500

const dayMilliseconds = 86_400_000

/** How long CloudWatch keeps data points of each period. */
const retention = [
  { days: 15, period: 60 },
  { days: 63, period: 300 },
  { days: 455, period: 3600 },
] as const

export interface MetricQuery {
  readonly namespace?: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly stat: 'Average' | 'Maximum' | 'Sum'
  readonly period: number
}

export interface Point {
  /** The begin of its period. */
  readonly at: number
  readonly value: number
}

export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** Reads metrics and counts its calls, for which AWS charges. */
export class MetricReader {
  calls = 0

  constructor(private readonly cloudWatch: VerbContext['aws']['cloudWatch']) {}

  /** The points of each query, in the order of the queries, oldest first. */
  async read(queries: readonly MetricQuery[], { from, to }: TimeRange): Promise<Point[][]> {
    const points: Point[][] = queries.map(() => [])
    for (const [index, some] of chunks(queries, metricsPerCall).entries()) {
      let NextToken: string | undefined
      do {
        const page = await this.cloudWatch.send(
          new GetMetricDataCommand({
            StartTime: new Date(from),
            EndTime: new Date(to),
            ScanBy: 'TimestampAscending',
            MetricDataQueries: some.map((query, number) => queryOf(query, `m${number}`)),
            NextToken,
          }),
        )
        this.calls++
        for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
          const found = points[index * metricsPerCall + Number(Id.slice(1))]
          found?.push(...Timestamps.map((at, n) => ({ at: at.getTime(), value: Values[n] ?? 0 })))
        }
        NextToken = page.NextToken
      } while (NextToken !== undefined)
    }
    return points.map((found) => found.sort((one, other) => one.at - other.at))
  }

  /** The points of each of these metrics, by its name, for each thing that the dimensions name. */
  async readEach<Name extends string>(
    things: readonly MetricQuery['dimensions'][],
    names: readonly Name[],
    query: Omit<MetricQuery, 'dimensions' | 'name'>,
    range: TimeRange,
  ): Promise<Readonly<Record<Name, Point[]>>[]> {
    const points = await this.read(
      things.flatMap((dimensions) => names.map((name) => ({ ...query, name, dimensions }))),
      range,
    )
    return chunks(points, names.length).map(
      (of) =>
        Object.fromEntries(names.map((name, index) => [name, of[index]])) as Record<Name, Point[]>,
    )
  }
}

function queryOf(
  { namespace = 'Tideway/Failover', name, dimensions, stat, period }: MetricQuery,
  Id: string,
): MetricDataQuery {
  return {
    Id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Stat: stat,
      Period: period,
    },
  }
}

/** The finest periods that CloudWatch has kept for each part of a range, oldest part first. */
export function resolutions(
  { from, to }: TimeRange,
  now: number,
): (TimeRange & { readonly period: number })[] {
  let end = to
  const parts = retention.map(({ days, period }) => {
    // A minute less, so that no point is gone when the call arrives.
    const oldest = floorTo(now - days * dayMilliseconds + 60_000, 3600) + 3_600_000
    const part = { from: Math.max(from, oldest), to: end, period }
    end = Math.min(end, Math.max(from, oldest))
    return part
  })
  return parts.filter((part) => part.from < part.to).reverse()
}

export function floorTo(at: number, seconds: number): number {
  return Math.floor(at / (seconds * 1000)) * seconds * 1000
}

/** The option `--days`: whole hours up to now, as far as CloudWatch keeps them. */
export async function rangeOf(values: Values, { now }: Pick<VerbContext, 'now'>) {
  const text = values.days ?? '30'
  const days = typeof text === 'string' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (!(days > 0 && days <= 455)) {
    throw new UsageError(
      `--days: must be a number above 0 and at most 455, which is how long CloudWatch keeps metrics; got ${text}.`,
    )
  }
  const to = await now()
  return { days, from: floorTo(to - days * dayMilliseconds, 3600), to }
}

export function requireNoService(positionals: readonly string[], verb: string): void {
  if (positionals.length === 0) return
  throw new OperatorError(
    `${verb}: the meters are of a whole cluster, so it takes no service; got ${positionals.join(' ')}.`,
  )
}

export function sumOf(points: readonly Point[] = []): number {
  return points.reduce((sum, { value }) => sum + value, 0)
}
