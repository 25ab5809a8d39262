import { type LogEvent, Logs } from '@tideway/spot-simulator'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import type { StoredAlarm } from '../patches/cloudwatch'
import { type Input, respond } from '../patches/operations'
import { RingBuffer } from '../ring-buffer'
import { type AlarmChange, type AlarmMessage, Alarms } from './alarms'
import { samplesIn } from './emf'
import { MetricApi } from './metric-api'
import { MetricStore } from './metric-store'

export interface MonitoringProps {
  readonly now: () => number
  /** The log group of each function. */
  readonly logGroups: ReadonlyMap<string, string>
  readonly alarms: () => readonly StoredAlarm[]
  readonly onAlarm: (change: AlarmChange) => void
  readonly publish: (message: AlarmMessage) => Promise<unknown>
}

/** Lines that a log group keeps. */
const maxLines = 10_000

/** CloudWatch in a simulation: the logs of functions, metrics and alarms, on the simulated clock. */
export class Monitoring {
  readonly metrics = new MetricStore()
  readonly alarms: Alarms
  private readonly lines = new Map<string, RingBuffer<LogEvent>>()
  private readonly logs = new Logs((group) => this.lines.get(group)?.all)
  private readonly api: MetricApi

  constructor(private readonly props: MonitoringProps) {
    const { now, logGroups, alarms: deployed, onAlarm: onChange, publish } = props
    for (const group of logGroups.values()) this.lines.set(group, new RingBuffer(maxLines))
    this.api = new MetricApi(this.metrics, now)
    this.alarms = new Alarms({ metrics: this.metrics, deployed, now, onChange, publish })
  }

  /** Stores a line of a function's log, and the metrics in it. */
  addLine(functionName: string, line: string): void {
    const group = this.props.logGroups.get(functionName)
    if (group !== undefined) this.addEvent(group, undefined, line)
  }

  /** Stores a line of a log stream, and the metrics in it. */
  addEvent(group: string, stream: string | undefined, line: string): void {
    const lines = this.lines.get(group) ?? new RingBuffer<LogEvent>(maxLines)
    this.lines.set(group, lines)
    const event = { at: this.props.now(), text: line, number: lines.total }
    lines.push(stream === undefined ? event : { ...event, stream })
    for (const { metric, at, values } of samplesIn(line)) {
      for (const value of values) this.metrics.add(metric, at, value)
    }
  }

  /** Adds values of the metrics that AWS writes for its resources. */
  add(
    namespace: string,
    dimensions: Readonly<Record<string, string>>,
    values: Readonly<Record<string, number>>,
    at = this.props.now(),
  ): void {
    for (const [name, value] of Object.entries(values)) {
      this.metrics.add({ namespace, name, dimensions }, at, value)
    }
  }

  /** Undefined for what only the emulator knows: log groups of other resources, the definitions of alarms. */
  respond(request: AwsRequest): AwsResponse | undefined {
    if (request.service === 'logs') {
      return respond(request, {
        DescribeLogStreams: (input) => this.read('DescribeLogStreams', input),
        FilterLogEvents: (input) => this.read('FilterLogEvents', input),
        GetLogEvents: (input) => this.read('GetLogEvents', input),
      })
    }
    return request.service === 'monitoring' ? this.api.respond(request) : undefined
  }

  /** The caller names the group by its name or its ARN. */
  private read(operation: string, { logGroupIdentifier, ...input }: Input): object | undefined {
    const named = String(input.logGroupName ?? logGroupIdentifier)
    const logGroupName = named.replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '')
    if (!this.lines.has(logGroupName)) return undefined
    const { startTime } = input
    return this.logs.call(operation, {
      ...input,
      logGroupName,
      ...(startTime !== undefined && { startTime: this.simulatedTime(Number(startTime)) }),
    }) as object
  }

  /** A time after now is one of the caller's clock: `aws logs tail --since 10m` names it by that. */
  private simulatedTime(time: number): number {
    const now = this.props.now()
    return time <= now ? time : now - Math.max(0, Date.now() - time)
  }
}
