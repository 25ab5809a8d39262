import { gunzipSync } from 'node:zlib'
import { AwsError } from '@tideway/spot-simulator'
import { type AwsRequest, type AwsResponse, withBody } from '../gateway/aws-request'
import { xmlValue } from '../gateway/xml'
import { metricOf, queriesOf } from '../patches/metric-input'
import { type Input, isJson, respond } from '../patches/operations'
import { runQueries } from './metric-queries'
import type { MetricStore } from './metric-store'

type Output = Readonly<Record<string, unknown>>

/** The operations of CloudWatch on metrics, in the JSON and the query protocol. */
export class MetricApi {
  constructor(
    private readonly store: MetricStore,
    private readonly now: () => number,
  ) {}

  /** Undefined for other operations. */
  respond(sent: AwsRequest): AwsResponse | undefined {
    // Clients compress large requests.
    const isCompressed = sent.headers['content-encoding'] === 'gzip'
    const request = isCompressed ? withBody(sent, gunzipSync(sent.body).toString()) : sent
    const write = isJson(request) ? jsonOf : xmlValue
    const written = ([name, run]: [string, (input: Input) => Output]) =>
      [name, (input: Input) => write(run(input)) as object] as const
    return respond(request, Object.fromEntries(Object.entries(this.operations).map(written)))
  }

  private readonly operations: Readonly<Record<string, (input: Input) => Output>> = {
    PutMetricData: (input) => this.put(input),
    ListMetrics: (input) => this.list(input),
    GetMetricData: (input) => {
      const range = this.rangeOf(input)
      const isDescending = input.ScanBy !== 'TimestampAscending'
      const results = runQueries(this.store, queriesOf(input.MetricDataQueries), range)
      return {
        MetricDataResults: results.map(({ id, label, series }) => {
          const points = [...series].sort(([one], [other]) => one - other)
          if (isDescending) points.reverse()
          return {
            Id: id,
            Label: label,
            Timestamps: points.map(([time]) => new Date(time)),
            Values: points.map(([, value]) => value),
            StatusCode: 'Complete',
          }
        }),
        Messages: [],
      }
    },
    GetMetricStatistics: (input) => this.statistics(input),
  }

  private put({ Namespace, MetricData }: Input): Output {
    const namespace = String(Namespace ?? '')
    if (namespace === '' || namespace.startsWith('AWS/')) {
      throw new AwsError(
        'InvalidParameterValue',
        `The value ${namespace} for parameter Namespace is invalid.`,
      )
    }
    for (const data of listOf(MetricData)) {
      const { MetricName, Dimensions, Timestamp, Value, Values = [Value] } = data
      const metric = metricOf({ Namespace, MetricName, Dimensions })
      const at = Timestamp === undefined ? this.now() : timeOf(Timestamp)
      if (data.StatisticValues !== undefined || data.Counts !== undefined) {
        throw new AwsError('InvalidParameterValue', 'Only Value and Values are simulated.')
      }
      for (const value of Values as readonly unknown[]) this.store.add(metric, at, Number(value))
    }
    return {}
  }

  private list({ Namespace, MetricName, Dimensions, NextToken }: Input): Output {
    const wanted = listOf(Dimensions)
    const found = this.store.all.filter(
      ({ namespace, name, dimensions }) =>
        (Namespace === undefined || namespace === Namespace) &&
        (MetricName === undefined || name === MetricName) &&
        wanted.every(
          ({ Name, Value }) =>
            Object.hasOwn(dimensions, String(Name)) &&
            (Value === undefined || dimensions[String(Name)] === Value),
        ),
    )
    const start = Number(NextToken ?? 0)
    const end = start + 500
    return {
      Metrics: found.slice(start, end).map(({ namespace, name, dimensions }) => ({
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      })),
      ...(found.length > end && { NextToken: String(end) }),
    }
  }

  private statistics(input: Input): Output {
    const { Statistics = [], ExtendedStatistics = [], MetricName } = input
    const metric = metricOf(input)
    const names = [...(Statistics as string[]), ...(ExtendedStatistics as string[])]
    const range = { ...this.rangeOf(input), period: Number(input.Period ?? 60) }
    const all = names.map((name) => [name, this.store.series(metric, name, range)] as const)
    const times = [...new Set(all.flatMap(([, series]) => [...series.keys()]))]
    const extended = (name: string) => (ExtendedStatistics as string[]).includes(name)
    return {
      Label: MetricName,
      Datapoints: times.map((time) => {
        const values = all.map(([name, series]) => [name, series.get(time)] as const)
        const own = values.filter(([name]) => extended(name))
        return {
          Timestamp: new Date(time),
          Unit: 'None',
          ...Object.fromEntries(values.filter(([name]) => !extended(name))),
          ...(own.length > 0 && { ExtendedStatistics: Object.fromEntries(own) }),
        }
      }),
    }
  }

  /** Rounds the start as CloudWatch does, by its age. */
  private rangeOf({ StartTime, EndTime }: Input) {
    const start = timeOf(StartTime)
    const end = timeOf(EndTime)
    if (!(start < end)) {
      const message = 'The parameter StartTime must be less than the parameter EndTime.'
      throw new AwsError('ValidationError', message)
    }
    const days = (this.now() - start) / 86_400_000
    const unit = days < 15 ? 60_000 : days < 63 ? 300_000 : 3_600_000
    return { start: start - (start % unit), end }
  }
}

function listOf(value: unknown): Input[] {
  return Array.isArray(value) ? value : []
}

/** Seconds since 1970 in JSON, and text in the query protocol. */
function timeOf(value: unknown): number {
  const time = typeof value === 'number' ? value * 1000 : Date.parse(String(value))
  if (Number.isFinite(time)) return time
  throw new AwsError('ValidationError', `a time is required; got ${value}`)
}

function jsonOf(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(jsonOf)
  return mapped(value, jsonOf)
}

function mapped(value: unknown, each: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(item)]))
}
