/** Writes one line of JSON. CloudWatch extracts metrics from lines with an `_aws` field. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

export const consoleLog: Log = (line) => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

export interface MetricSet {
  readonly dimensions: Readonly<Record<string, string>>
  readonly counts: Readonly<Record<string, number>>
}

/** Counts in the CloudWatch embedded metric format: a log line, and no API call. */
export function metricLine(now: number, ...sets: readonly MetricSet[]): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: sets.map(({ dimensions, counts }) => ({
        Namespace: 'Tideway/Failover',
        Dimensions: [Object.keys(dimensions)],
        Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
      })),
    },
    ...Object.assign({}, ...sets.flatMap(({ dimensions, counts }) => [dimensions, counts])),
  }
}
