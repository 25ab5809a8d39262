import { account } from '../patches/account'
import type { AlarmState, AlarmStatus, StoredAlarm } from '../patches/cloudwatch'
import type { MetricInput } from '../patches/metric-input'
import { RingBuffer } from '../ring-buffer'
import { type AlarmRule, alarmState, extraPeriods } from './alarm-state'
import { runQueries } from './metric-queries'
import type { MetricStore } from './metric-store'

/** A message to the topic of an alarm. */
export interface AlarmMessage {
  readonly topicArn: string
  readonly subject: string
  readonly message: string
}

export interface AlarmChange {
  readonly alarm: StoredAlarm
  readonly state: AlarmState
  readonly before: AlarmState
  readonly reason: string
}

export interface AlarmsProps {
  readonly metrics: MetricStore
  /** The alarms that are deployed now. */
  readonly deployed: () => readonly StoredAlarm[]
  readonly now: () => number
  readonly onChange: (change: AlarmChange) => void
  readonly publish: (message: AlarmMessage) => Promise<unknown>
}

/** Evaluates the deployed alarms each minute, as CloudWatch does. All are OK at the start. */
export class Alarms {
  /** The last messages. */
  readonly messages = new RingBuffer<AlarmMessage>(200)
  private readonly status = new Map<string, AlarmStatus>()
  private readonly values = new Map<string, readonly number[]>()
  private readonly startedAt: number

  constructor(private readonly props: AlarmsProps) {
    this.startedAt = props.now()
  }

  statusOf(name: string): AlarmStatus {
    const StateReason = 'No evaluation has changed the state since the start of the simulation'
    const initial = { StateValue: 'OK', StateReason, changedAt: this.startedAt } as const
    return this.status.get(name) ?? initial
  }

  /** The values of the last evaluation, the oldest first. */
  valuesOf(name: string): readonly number[] {
    return this.values.get(name) ?? []
  }

  /** Sets a state until the next evaluation. */
  async set(name: string, state: AlarmState, reason: string): Promise<void> {
    const alarm = this.props.deployed().find((each) => each.name === name)
    if (alarm !== undefined) await this.change(alarm, state, reason)
  }

  async evaluate(): Promise<void> {
    for (const alarm of this.props.deployed()) {
      const evaluated = this.evaluated(alarm)
      if (evaluated !== undefined) await this.change(alarm, evaluated.state, evaluated.reason)
    }
  }

  private evaluated(alarm: StoredAlarm) {
    const { metrics, now } = this.props
    const { queries, evaluationPeriods, comparison, threshold } = alarm
    if (!queries.some(({ metric }) => metric && this.isSimulated(metric))) return undefined
    const periods = queries.flatMap(({ metric, period }) => (metric ? period : []))
    const period = 1000 * (queries.find((each) => each.returnsData)?.period || Math.max(...periods))
    const end = now() - (now() % 60_000)
    const count = evaluationPeriods + extraPeriods
    const start = end - count * period
    const [result] = runQueries(metrics, queries, { start, end })
    const values = Array.from({ length: count }, (_, index) => {
      const at = start + index * period
      return { at, value: result?.series.get(at) }
    })
      // Before the start, there is no data to miss.
      .filter(({ at, value }) => value !== undefined || at >= this.startedAt)
      .map(({ value }) => value)
    this.values.set(
      alarm.name,
      values.flatMap((value) => value ?? []),
    )
    if (values.length < evaluationPeriods) return undefined
    const points = values.map((value) =>
      value === undefined ? undefined : compare(comparison, value, threshold),
    )
    const rule: AlarmRule = {
      ...alarm,
      treatMissingData: alarm.treatMissingData as AlarmRule['treatMissingData'],
    }
    const state = alarmState(points, rule, this.statusOf(alarm.name).StateValue)
    return { state, reason: reasonOf(alarm, values) }
  }

  /** Others would all lack data: nobody writes the metrics of a database here. */
  private isSimulated(metric: MetricInput): boolean {
    return simulatedNamespaces.test(metric.namespace) || this.props.metrics.has(metric)
  }

  private async change(alarm: StoredAlarm, state: AlarmState, reason: string): Promise<void> {
    const { onChange, publish, now } = this.props
    const before = this.statusOf(alarm.name).StateValue
    if (state === before) return
    this.status.set(alarm.name, { StateValue: state, StateReason: reason, changedAt: now() })
    onChange({ alarm, state, before, reason })
    // Autoscaling policies follow the state of their alarms themselves.
    for (const topicArn of alarm.actions[state].filter((arn) => arn.includes(':sns:'))) {
      const message = { topicArn, ...messageOf({ alarm, state, before, reason }, now()) }
      this.messages.push(message)
      await publish(message)
    }
  }
}

const simulatedNamespaces =
  /^(Tideway\/|AWS\/(AutoScaling|Events|Lambda|SQS|States)$|ECS\/ContainerInsights$)/

const comparisons: Readonly<
  Record<string, { text: string; test: (value: number, threshold: number) => boolean }>
> = {
  GreaterThanThreshold: { text: 'greater than', test: (value, limit) => value > limit },
  GreaterThanOrEqualToThreshold: {
    text: 'greater than or equal to',
    test: (value, limit) => value >= limit,
  },
  LessThanThreshold: { text: 'less than', test: (value, limit) => value < limit },
  LessThanOrEqualToThreshold: {
    text: 'less than or equal to',
    test: (value, limit) => value <= limit,
  },
}

function compare(comparison: string, value: number, threshold: number): boolean {
  return comparisons[comparison]?.test(value, threshold) ?? false
}

function reasonOf(
  { comparison, threshold, evaluationPeriods, treatMissingData }: StoredAlarm,
  values: readonly (number | undefined)[],
): string {
  const known = values.filter((value) => value !== undefined).slice(-evaluationPeriods)
  if (known.length === 0) {
    const treated =
      treatMissingData === 'missing' ? '' : `, and missing data is ${treatMissingData}`
    return `no datapoints were received for ${evaluationPeriods} periods${treated}`
  }
  const text = comparisons[comparison]?.text ?? comparison
  const breaching = known.filter((value) => compare(comparison, value, threshold)).length
  return `${breaching} of the last ${known.length} datapoints [${known.join(', ')}] ${breaching === 1 ? 'was' : 'were'} ${text} the threshold (${threshold})`
}

/** As CloudWatch writes it, so that what reads the topic can be tried. */
function messageOf({ alarm, state, before, reason }: AlarmChange, now: number) {
  const { name, arn, description, actions } = alarm
  return {
    subject: `${state}: "${name}" in ${account.region}`.slice(0, 100),
    message: JSON.stringify({
      AlarmName: name,
      AlarmDescription: description ?? null,
      AWSAccountId: account.id,
      NewStateValue: state,
      NewStateReason: reason,
      StateChangeTime: new Date(now).toISOString(),
      Region: account.region,
      AlarmArn: arn,
      OldStateValue: before,
      OKActions: actions.OK,
      AlarmActions: actions.ALARM,
      InsufficientDataActions: actions.INSUFFICIENT_DATA,
    }),
  }
}
