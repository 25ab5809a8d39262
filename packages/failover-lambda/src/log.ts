/** One line of JSON for each thing worth knowing. CloudWatch makes metrics of what is in `_aws`. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

export const consoleLog: Log = (line) => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

interface Metric {
  readonly unit: 'Count' | 'Seconds'
  readonly value: number
}

/** Metrics in the embedded format: a log line that costs no call. */
export function metricLine(
  now: number,
  dimensions: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, Metric>>,
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: 'Tideway/Failover',
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.entries(metrics).map(([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
  }
}
