import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import type { StoredAlarm } from '../patches/cloudwatch'
import { respond } from '../patches/operations'
import { type AlarmChange, type AlarmMessage, Alarms } from './alarms'
import { samplesIn } from './emf'
import { FunctionLogs } from './function-logs'
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

/** CloudWatch in a simulation: the logs of functions, metrics and alarms, on the simulated clock. */
export class Monitoring {
  readonly metrics = new MetricStore()
  readonly alarms: Alarms
  private readonly logs: FunctionLogs
  private readonly api: MetricApi

  constructor(private readonly props: MonitoringProps) {
    const { now, logGroups, alarms: deployed, onAlarm: onChange, publish } = props
    this.logs = new FunctionLogs([...logGroups.values()])
    this.api = new MetricApi(this.metrics, now)
    this.alarms = new Alarms({ metrics: this.metrics, deployed, now, onChange, publish })
  }

  /** Stores a line of a function's log, and the metrics in it. */
  addLine(functionName: string, line: string): void {
    const { now, logGroups } = this.props
    const group = logGroups.get(functionName)
    if (group === undefined) return
    this.logs.add(group, functionName, now(), line)
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
    if (request.service === 'logs') return respond(request, this.logs.operations)
    return request.service === 'monitoring' ? this.api.respond(request) : undefined
  }
}
