/** Writes one line of JSON. CloudWatch extracts metrics from lines with an `_aws` field. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

export const consoleLog: Log = (line) => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** Counts in the CloudWatch embedded metric format: a log line, and no API call. */
export function metricLine(
  now: number,
  dimensions: Readonly<Record<string, string>>,
  counts: Readonly<Record<string, number>>,
): Record<string, unknown> {
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: 'Tideway/Failover',
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    ...dimensions,
    ...counts,
  }
}
