import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import type { Construct } from 'constructs'

export interface AlarmProps
  extends Omit<
    CloudwatchMetricAlarmConfig,
    'alarmActions' | 'comparisonOperator' | 'insufficientDataActions' | 'okActions'
  > {
  /** Receives a message when the alarm goes off and when it returns to OK. */
  readonly topicArn: string
  /** @default GreaterThanThreshold */
  readonly comparisonOperator?: string
  /** @default 0 */
  readonly threshold?: number
  /** @default notBreaching */
  readonly treatMissingData?: string
}

/** An alarm that notifies a topic. */
export function alarm(scope: Construct, id: string, { topicArn, ...config }: AlarmProps) {
  return new CloudwatchMetricAlarm(scope, id, {
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
    ...config,
    alarmActions: [topicArn],
    okActions: [topicArn],
  })
}
