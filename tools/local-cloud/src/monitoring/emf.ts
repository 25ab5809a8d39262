import type { MetricInput } from '../patches/metric-input'

interface Directive {
  readonly Namespace?: string
  readonly Dimensions?: readonly (readonly string[])[]
  readonly Metrics?: readonly { readonly Name?: string }[]
}

export interface Sample {
  readonly metric: MetricInput
  readonly at: number
  readonly values: readonly number[]
}

/** The metrics in a line of a log, in CloudWatch's embedded metric format. */
export function samplesIn(line: string): Sample[] {
  if (!line.includes('"_aws"')) return []
  const event = parsed(line)
  const { Timestamp, CloudWatchMetrics = [] } = (event._aws ?? {}) as {
    Timestamp?: number
    CloudWatchMetrics?: Directive[]
  }
  if (typeof Timestamp !== 'number') return []
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions = [[]], Metrics = [] }) =>
    Dimensions.flatMap((names) =>
      Metrics.flatMap(({ Name = '' }) => {
        const values = [event[Name]].flat().filter((value) => typeof value === 'number')
        if (Namespace === undefined || values.length === 0) return []
        const dimensions = Object.fromEntries(names.map((name) => [name, String(event[name])]))
        return [{ metric: { namespace: Namespace, name: Name, dimensions }, at: Timestamp, values }]
      }),
    ),
  )
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) ?? {}
  } catch {
    return {}
  }
}
