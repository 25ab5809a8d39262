import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import type { Construct } from 'constructs'
import { contextOf } from './deployment-context'

export interface AlarmProps
  extends Omit<
    CloudwatchMetricAlarmConfig,
    | 'alarmActions'
    | 'alarmDescription'
    | 'comparisonOperator'
    | 'insufficientDataActions'
    | 'okActions'
  > {
  /** Receives a message when the alarm goes off and when it returns to OK. */
  readonly topicArn: string
  readonly alarmDescription: string
  /** The page for those on call, by its name in `docs/operations`. The description ends with its address. */
  readonly page: string
  /** @default GreaterThanThreshold */
  readonly comparisonOperator?: string
  /** @default 0 */
  readonly threshold?: number
  /** @default notBreaching */
  readonly treatMissingData?: string
}

/** An alarm that notifies a topic. */
export function alarm(scope: Construct, id: string, { topicArn, page, ...config }: AlarmProps) {
  return new CloudwatchMetricAlarm(scope, id, {
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
    ...config,
    alarmDescription: withPage(scope, config.alarmDescription, page),
    alarmActions: [topicArn],
    okActions: [topicArn],
  })
}

/** The description of an alarm, with the address of its page at the end if the context has one for runbooks. */
export function withPage(scope: Construct, description: string, page: string): string {
  const { runbooks } = contextOf(scope)
  if (runbooks === undefined) return description
  const sentence = /[.?]$/.test(description) ? description : `${description}.`
  return `${sentence} What to do: ${runbooks}/${page}.md`
}
