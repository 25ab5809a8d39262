import type { Input } from './operations'

/** A metric in a request. */
export interface MetricInput {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** A query in GetMetricData or PutMetricAlarm. */
export interface MetricQueryInput {
  readonly id: string
  readonly label?: string | undefined
  readonly returnsData: boolean
  readonly metric?: MetricInput | undefined
  readonly statistic: string
  readonly period: number
  readonly expression?: string | undefined
}

export function metricOf({ Namespace, MetricName, Dimensions }: Input): MetricInput {
  return {
    namespace: String(Namespace),
    name: String(MetricName),
    dimensions: dimensionsOf(Dimensions),
  }
}

function dimensionsOf(dimensions: unknown): Record<string, string> {
  const all = (dimensions || []) as readonly { Name: string; Value: string }[]
  return Object.fromEntries(all.map(({ Name, Value }) => [Name, Value]))
}

/** The query protocol has text in place of numbers and booleans. */
export function queriesOf(queries: unknown): MetricQueryInput[] {
  return ((queries || []) as readonly Input[]).map((query) => {
    const { Id, Label, ReturnData = true, MetricStat, Expression, Period } = query
    const stat = MetricStat as Input | undefined
    return {
      id: String(Id),
      label: Label === undefined ? undefined : String(Label),
      returnsData: String(ReturnData) !== 'false',
      metric: stat && metricOf(stat.Metric as Input),
      statistic: String(stat?.Stat),
      period: Number(stat?.Period ?? Period ?? 0),
      expression: Expression === undefined ? undefined : String(Expression),
    }
  })
}
