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
import { elementsNamed, type XmlElement, xmlValue } from '../gateway/xml'
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

  /** @param generated the alarms that AWS creates by itself. @default none */
  constructor(private readonly generated: () => readonly StoredAlarm[] = () => []) {}

  get all(): StoredAlarm[] {
    return [...this.alarms.values(), ...this.generated()]
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
        for (const result of elementsNamed(document, 'DescribeAlarmsResult')) {
          const stored = (result.MetricAlarms as XmlElement | '' | undefined) || { member: [] }
          const all = [stored.member ?? [], this.generatedFor(request).map(xmlValue)].flat(2)
          const alarms = (all as XmlElement[]).map((alarm) => ({
            ...alarm,
            ...this.changes(alarm, isoTime),
          }))
          result.MetricAlarms = { member: alarms.filter(isWanted) }
        }
      })
    }
    return replaceText(response, (body) => {
      const { MetricAlarms = [], ...output } = JSON.parse(body) as { MetricAlarms?: Input[] }
      const all = [...MetricAlarms, ...this.generatedFor(request)].map((alarm) => ({
        ...alarm,
        ...this.changes(alarm, (at) => at / 1000),
      }))
      return JSON.stringify({ ...output, MetricAlarms: all.filter(isWanted) })
    })
  }

  /** Those that a call of DescribeAlarms selects, after the stored ones. */
  private generatedFor(request: AwsRequest): Input[] {
    const { AlarmNames, AlarmNamePrefix = '', ActionPrefix = '' } = inputOf(request)
    const names = (AlarmNames || []) as readonly string[]
    return this.generated()
      .filter(
        ({ name, actions }) =>
          (names.length === 0 || names.includes(name)) &&
          name.startsWith(String(AlarmNamePrefix)) &&
          actions.ALARM.some((arn) => arn.startsWith(String(ActionPrefix))),
      )
      .map(describedAlarm)
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

/** As DescribeAlarms returns an alarm. */
function describedAlarm(alarm: StoredAlarm): Input {
  const { name, arn, description, queries, actions } = alarm
  const dimensionsOf = (dimensions: Readonly<Record<string, string>>) =>
    Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
  const [first] = queries
  const own = queries.length === 1 ? first?.metric : undefined
  return {
    AlarmName: name,
    AlarmArn: arn,
    AlarmDescription: description,
    ActionsEnabled: true,
    OKActions: actions.OK,
    AlarmActions: actions.ALARM,
    InsufficientDataActions: actions.INSUFFICIENT_DATA,
    StateValue: 'INSUFFICIENT_DATA',
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.treatMissingData,
    ...(own
      ? {
          Namespace: own.namespace,
          MetricName: own.name,
          Dimensions: dimensionsOf(own.dimensions),
          Statistic: first?.statistic,
          Period: first?.period,
        }
      : {
          Metrics: queries.map(({ id, metric, statistic, period, ...query }) => ({
            Id: id,
            Label: query.label,
            ReturnData: query.returnsData,
            Expression: query.expression,
            ...(metric && {
              MetricStat: {
                Metric: {
                  Namespace: metric.namespace,
                  MetricName: metric.name,
                  Dimensions: dimensionsOf(metric.dimensions),
                },
                Period: period,
                Stat: statistic,
              },
            }),
          })),
        }),
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

/** @param input of PutMetricAlarm */
export function alarmOf(input: Input): StoredAlarm {
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
