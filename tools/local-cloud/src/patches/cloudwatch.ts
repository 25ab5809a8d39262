import {
  type AwsRequest,
  type AwsResponse,
  type Backend,
  formInput,
  jsonInput,
  withBody,
} from '../gateway/aws-request'
import { editXml, isSuccess, replaceText } from '../gateway/aws-response'
import type { MotoPatch } from '../gateway/moto-patch'
import { elementsNamed, type XmlElement } from '../gateway/xml'
import { localArn } from './account'
import { type MetricQueryInput, metricOf, queriesOf } from './metric-input'
import { type Input, inputOf, isJson } from './operations'

/** A metric alarm, as it was put. */
export interface StoredAlarm {
  readonly name: string
  readonly arn: string
  readonly description: string | undefined
  readonly queries: readonly MetricQueryInput[]
  readonly comparison: string
  readonly threshold: number
  readonly evaluationPeriods: number
  readonly datapointsToAlarm: number
  readonly treatMissingData: string
  /** The topics that receive a change to each state. */
  readonly actions: Readonly<Record<AlarmState, readonly string[]>>
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'

/** The part of an alarm that changes, by the names of the API. */
export interface AlarmStatus {
  readonly StateValue: AlarmState
  readonly StateReason: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/**
 * CloudWatch. moto does not evaluate alarms. While a drought runs, their states come from the simulation. Remove it when
 * moto evaluates alarms on a clock of the caller.
 */
export class CloudWatch implements MotoPatch {
  readonly service = 'monitoring'
  private readonly alarms = new Map<string, StoredAlarm>()
  /** The current state of an alarm. Set while a simulation runs. */
  statusOf: (name: string) => AlarmStatus | undefined = () => undefined
  /** Receives a state that a caller sets. */
  onSetState: (name: string, state: AlarmState, reason: string) => Promise<void> = async () => {}

  get all(): StoredAlarm[] {
    return [...this.alarms.values()]
  }

  async handle(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { operation } = request
    if (operation === 'DescribeAlarms') return this.describe(request, backend)
    const response = await backend(request)
    if (!isSuccess(response)) return response
    const input = inputOf(request)
    if (operation === 'PutMetricAlarm') this.alarms.set(String(input.AlarmName), alarmOf(input))
    if (operation === 'DeleteAlarms') {
      for (const name of (input.AlarmNames ?? []) as string[]) this.alarms.delete(name)
    }
    if (operation === 'SetAlarmState') {
      const { AlarmName, StateValue, StateReason } = input
      // moto rejects other states.
      await this.onSetState(String(AlarmName), StateValue as AlarmState, String(StateReason))
    }
    return response
  }

  private async describe(request: AwsRequest, backend: Backend): Promise<AwsResponse> {
    const { StateValue } = inputOf(request)
    const isWanted = (alarm: { StateValue?: unknown }) =>
      StateValue === undefined || alarm.StateValue === StateValue
    const response = await backend(withoutState(request))
    if (!isSuccess(response)) return response
    if (!isJson(request)) {
      return editXml(response, (document) => {
        for (const list of elementsNamed(document, 'MetricAlarms')) {
          const all = [list.member ?? []].flat() as XmlElement[]
          for (const alarm of all)
            Object.assign(
              alarm,
              this.changes(alarm, (at) => isoTime(at)),
            )
          list.member = all.filter(isWanted)
        }
      })
    }
    return replaceText(response, (body) => {
      const { MetricAlarms = [], ...output } = JSON.parse(body) as { MetricAlarms?: Input[] }
      const all = MetricAlarms.map((alarm) => ({
        ...alarm,
        ...this.changes(alarm, (at) => at / 1000),
      }))
      return JSON.stringify({ ...output, MetricAlarms: all.filter(isWanted) })
    })
  }

  private changes(
    { AlarmName }: { readonly AlarmName?: unknown },
    write: (at: number) => string | number,
  ) {
    const status = this.statusOf(String(AlarmName))
    if (status === undefined) return {}
    const { changedAt, ...state } = status
    const time = write(changedAt)
    return { ...state, StateUpdatedTimestamp: time, StateTransitionedTimestamp: time }
  }
}

/** moto would filter by its own states. */
function withoutState(request: AwsRequest): AwsRequest {
  if (isJson(request)) {
    const { StateValue: _, ...input } = jsonInput(request)
    return withBody(request, JSON.stringify(input))
  }
  const form = formInput(request)
  form.delete('StateValue')
  return withBody(request, form.toString())
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function alarmOf(input: Input): StoredAlarm {
  const { AlarmName, AlarmDescription, EvaluationPeriods, DatapointsToAlarm, Metrics } = input
  const { Statistic, ExtendedStatistic, Period, ActionsEnabled } = input
  const name = String(AlarmName)
  const own = {
    id: 'metric',
    returnsData: true,
    metric: metricOf(input),
    statistic: String(Statistic ?? ExtendedStatistic),
    period: Number(Period),
  }
  const queries = queriesOf(Metrics)
  const topics = (actions: unknown) =>
    String(ActionsEnabled) === 'false' ? [] : ((actions || []) as readonly string[])
  return {
    name,
    arn: localArn('cloudwatch', `alarm:${name}`),
    description: AlarmDescription === undefined ? undefined : String(AlarmDescription),
    queries: queries.length > 0 ? queries : [own],
    comparison: String(input.ComparisonOperator),
    threshold: Number(input.Threshold ?? 0),
    evaluationPeriods: Number(EvaluationPeriods),
    datapointsToAlarm: Number(DatapointsToAlarm ?? EvaluationPeriods),
    treatMissingData: String(input.TreatMissingData ?? 'missing'),
    actions: {
      ALARM: topics(input.AlarmActions),
      OK: topics(input.OKActions),
      INSUFFICIENT_DATA: topics(input.InsufficientDataActions),
    },
  }
}
