import { Alarms, MetricStore, type StoredAlarm } from '@tideway/local-cloud/alarms'

/** An alarm in the JSON of a stack. */
export interface SynthesizedAlarm {
  readonly alarm_name: string
  readonly comparison_operator: string
  readonly threshold?: number
  readonly evaluation_periods: number
  readonly datapoints_to_alarm?: number
  readonly treat_missing_data?: string
  readonly metric_query?: readonly {
    readonly id: string
    readonly expression?: string
    readonly return_data?: boolean
    readonly metric?: SynthesizedMetric
  }[]
}

interface SynthesizedMetric {
  readonly namespace: string
  readonly metric_name: string
  readonly dimensions?: Readonly<Record<string, string>>
  readonly period: number
  readonly stat?: string
}

/**
 * The states of an alarm whose metrics first have bad values and then good ones, for the first values that set it off and
 * end it. Empty if none do: then nothing that its metrics say sets it off, or nothing ends it.
 */
export async function statesOf(alarm: SynthesizedAlarm): Promise<readonly string[]> {
  const stored = storedAlarm(alarm)
  for (const bad of valuesNear(stored.threshold)) {
    for (const good of valuesNear(stored.threshold)) {
      const states = await statesWith(stored, bad, good)
      if (String(states) === 'ALARM,OK') return states
    }
  }
  return []
}

/** Values of the first metric, and of all others. */
function valuesNear(threshold: number): [number, number][] {
  const values = [threshold + 1, threshold - 1, 0, 1000]
  return values.flatMap((first) => values.map((rest): [number, number] => [first, rest]))
}

async function statesWith(
  alarm: StoredAlarm,
  ...values: readonly [first: number, rest: number][]
): Promise<string[]> {
  const metrics = new MetricStore()
  let now = Date.UTC(2026, 0, 1)
  const states: string[] = []
  const alarms = new Alarms({
    metrics,
    deployed: () => [alarm],
    now: () => now,
    onChange: ({ state }) => states.push(state),
    publish: async () => {},
  })
  const queries = alarm.queries.filter(({ metric }) => metric !== undefined)
  const period = 1000 * Math.max(...queries.map((query) => query.period))
  for (const [first, rest] of values) {
    for (let count = 0; count < alarm.evaluationPeriods + 3; count++) {
      for (const [index, { metric }] of queries.entries()) {
        if (metric) metrics.add(metric, now, index === 0 ? first : rest)
      }
      now += period
      await alarms.evaluate()
    }
  }
  return states
}

function storedAlarm(alarm: SynthesizedAlarm): StoredAlarm {
  const { alarm_name, metric_query = [], threshold = 0, evaluation_periods } = alarm
  const own = alarm as SynthesizedAlarm & SynthesizedMetric & { readonly statistic?: string }
  const queryOf = (metric: SynthesizedMetric, stat: string | undefined) => ({
    metric: {
      namespace: metric.namespace,
      name: metric.metric_name,
      dimensions: metric.dimensions ?? {},
    },
    statistic: stat ?? '',
    period: metric.period,
  })
  const queries = metric_query.map(({ id, expression, return_data = false, metric }) => ({
    id,
    expression,
    returnsData: return_data,
    ...(metric ? queryOf(metric, metric.stat) : { statistic: '', period: 0 }),
  }))
  return {
    name: alarm_name,
    arn: alarm_name,
    description: undefined,
    queries:
      queries.length > 0
        ? queries
        : [{ id: 'metric', returnsData: true, ...queryOf(own, own.statistic) }],
    comparison: alarm.comparison_operator,
    threshold,
    evaluationPeriods: evaluation_periods,
    datapointsToAlarm: alarm.datapoints_to_alarm ?? evaluation_periods,
    treatMissingData: alarm.treat_missing_data ?? 'missing',
    actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  }
}
