import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ControllerFunction } from './controller-function'
import type { EventQueue } from './event-queue'

export interface AlarmsProps {
  readonly topicArn: string
  readonly clusterName: string
  /** Primaries by their short names: what ECS calls them. */
  readonly serviceNames: Readonly<Record<string, string>>
  readonly queues: Readonly<Record<string, EventQueue>>
  readonly functions: Readonly<Record<string, ControllerFunction>>
  /** After how many hours on demand somebody should ask why Spot stays away. */
  readonly standbyHours: number
}

/** What the operator is told: of the controller itself, and of shortages that it cannot, or should not for long, cover. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AlarmsProps,
  ) {
    super(scope, id)
    const { clusterName, serviceNames, queues, functions, standbyHours } = props
    for (const [name, serviceName] of Object.entries(serviceNames)) {
      const about = {
        namespace: 'Tideway/Failover',
        dimensions: { Cluster: clusterName, Service: serviceName },
        statistic: 'Minimum',
      }
      this.alarm(`${name}-uncovered`, {
        alarmDescription: `${name} lacks tasks, and its standbys do not run them: on-demand capacity is short too`,
        ...about,
        metricName: 'Uncovered',
        period: 60,
        evaluationPeriods: 5,
        datapointsToAlarm: 4,
      })
      this.alarm(`${name}-long-on-demand`, {
        alarmDescription: `${name} has been on demand for ${standbyHours} h: is Spot gone for so long, or does a tag hold it?`,
        ...about,
        metricName: 'StandbyTasks',
        period: 3600,
        evaluationPeriods: standbyHours,
      })
    }
    for (const [name, queue] of Object.entries(queues)) {
      this.alarm(`${name}-dead-letters`, {
        alarmDescription: `Messages in ${name} that the failover controller could do nothing with`,
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: queue.deadLetterName },
        statistic: 'Maximum',
        period: 60,
        evaluationPeriods: 1,
      })
      this.alarm(`${name}-late`, {
        alarmDescription: `Messages in ${name} have waited for more than two minutes, which is all that a notice gives`,
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
        dimensions: { QueueName: queue.name },
        statistic: 'Maximum',
        period: 60,
        evaluationPeriods: 3,
        threshold: 120,
      })
    }
    for (const [name, { functionName }] of Object.entries(functions)) {
      for (const metricName of ['Errors', 'Throttles']) {
        this.alarm(`${name}-${metricName.toLowerCase()}`, {
          alarmDescription: `${metricName} of the function ${name} of the failover controller`,
          namespace: 'AWS/Lambda',
          metricName,
          dimensions: { FunctionName: functionName },
          statistic: 'Sum',
          period: 60,
          evaluationPeriods: 3,
          datapointsToAlarm: 2,
        })
      }
    }
  }

  /** Goes off above 0, where nothing else is said. */
  private alarm(
    id: string,
    config: Omit<CloudwatchMetricAlarmConfig, 'alarmName' | 'comparisonOperator'>,
  ): void {
    const { environment } = tidewayStackOf(this)
    new CloudwatchMetricAlarm(this, id, {
      threshold: 0,
      ...config,
      alarmName: nameOf(
        environment,
        'aws_cloudwatch_metric_alarm',
        `failover-${id}`,
        this.node.path,
      ),
      comparisonOperator: 'GreaterThanThreshold',
      // The controller writes nothing of a pair that is calm.
      treatMissingData: 'notBreaching',
      alarmActions: [this.props.topicArn],
      okActions: [this.props.topicArn],
    })
  }
}
