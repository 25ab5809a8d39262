import { type AlarmProps, alarm, contextOf, resourceName } from '@tideway/constructs/parts'
import { Construct } from 'constructs'
import type { ControllerFunction } from './controller-function'
import type { EventQueue } from './event-queue'

export interface AlarmsProps {
  readonly topicArn: string
  /** The topics of the alarms of each service, by short name. */
  readonly serviceTopicArns: Readonly<Record<string, string>>
  readonly clusterName: string
  /** ECS names of the primaries, by short name. */
  readonly serviceNames: Readonly<Record<string, string>>
  readonly queues: Readonly<Record<string, EventQueue>>
  readonly functions: Readonly<Record<string, ControllerFunction>>
  readonly ruleNames: readonly string[]
  /** Hours on standbys after which an alarm goes off. */
  readonly standbyHours: number
}

/** What EventBridge counts when it gives up on an event, and when it cannot write a dead letter either. */
const undelivered = {
  'rules-failed': 'FailedInvocations',
  'rules-lost': 'InvocationsFailedToBeSentToDlq',
}

/** The alarms of the controller itself, and of shortages that standbys do not cover or cover for too long. */
export class Alarms extends Construct {
  /** By the part of the failover that the alarm is about. */
  readonly arns: ReadonlyMap<string, string>
  /** Of the alarms that are not about one service. */
  readonly controllerArns: readonly string[]

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { topicArn, clusterName, serviceNames, queues, functions, ruleNames } = props
    const { standbyHours, serviceTopicArns } = props
    const arns = new Map<string, string>()
    this.arns = arns
    const failoverAlarm = (
      part: string,
      config: Omit<AlarmProps, 'alarmName' | 'topicArn'> & {
        readonly alarmName?: string
        readonly topicArn?: string
      },
    ) => {
      const { arn } = alarm(this, part, {
        topicArn,
        alarmName:
          config.alarmName ?? resourceName(this, 'aws_cloudwatch_metric_alarm', `failover-${part}`),
        ...(config.metricQuery === undefined && { period: 60 }),
        ...config,
      })
      arns.set(part, arn)
    }
    // An ECS service may have a name that other resources cannot have.
    const { prefix } = contextOf(this)
    for (const [name, serviceName] of Object.entries(serviceNames)) {
      // The controller writes metrics only for pairs that are not calm.
      const metric = {
        topicArn: serviceTopicArns[name] ?? topicArn,
        namespace: 'Tideway/Failover',
        dimensions: { Cluster: clusterName, Service: serviceName },
        statistic: 'Minimum',
      }
      failoverAlarm(`${name}-uncovered`, {
        alarmName: `${prefix}-failover-${name}-uncovered`,
        page: 'failover-uncovered',
        alarmDescription: `${name} lacks tasks, and its standbys do not run them`,
        ...metric,
        metricName: 'Uncovered',
        evaluationPeriods: 5,
        datapointsToAlarm: 4,
      })
      failoverAlarm(`${name}-long-on-demand`, {
        alarmName: `${prefix}-failover-${name}-long-on-demand`,
        page: 'failover-long-on-demand',
        alarmDescription: `${name} has been on demand for ${standbyHours} h: is Spot gone for so long, or does a tag hold it?`,
        ...metric,
        metricName: 'StandbyTasks',
        period: 3600,
        evaluationPeriods: standbyHours,
      })
    }
    const ofServices = arns.size
    // Each finished sweep is counted, so any part that stops them sets this alarm off: the schedule, the queue, the
    // mapping, the function, its role, or the table.
    failoverAlarm('dead', {
      page: 'controller-down',
      alarmDescription:
        'The failover controller has not swept for three minutes: Spot shortages are not covered',
      namespace: 'Tideway/Failover',
      metricName: 'Sweeps',
      dimensions: { Cluster: clusterName },
      statistic: 'Sum',
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      evaluationPeriods: 3,
      treatMissingData: 'breaching',
    })
    for (const [part, metricName] of Object.entries(undelivered)) {
      failoverAlarm(part, {
        page: 'failover-rules',
        alarmDescription: `Events that EventBridge could not send to the failover controller (${metricName}): only its sweeps work`,
        evaluationPeriods: 1,
        // The rules have no common metric, and each one has data only when it fails. SUM ignores those without data.
        metricQuery: [
          ...ruleNames.map((RuleName, index) => ({
            id: `rule${index}`,
            metric: {
              namespace: 'AWS/Events',
              metricName,
              dimensions: { RuleName },
              stat: 'Sum',
              period: 60,
            },
          })),
          { id: 'result', expression: 'SUM(METRICS())', label: metricName, returnData: true },
        ],
      })
    }
    for (const [name, queue] of Object.entries(queues)) {
      failoverAlarm(`${name}-dead-letters`, {
        page: 'failover-dead-letters',
        alarmDescription: `Messages in ${name} that the failover controller could do nothing with`,
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: queue.deadLetterName },
        statistic: 'Maximum',
        evaluationPeriods: 1,
      })
      failoverAlarm(`${name}-late`, {
        page: 'failover-late',
        alarmDescription: `Messages in ${name} have waited for more than two minutes, which is all that a notice gives`,
        namespace: 'AWS/SQS',
        metricName: 'ApproximateAgeOfOldestMessage',
        dimensions: { QueueName: queue.name },
        statistic: 'Maximum',
        evaluationPeriods: 3,
        threshold: 120,
      })
    }
    for (const [name, { functionName }] of Object.entries(functions)) {
      for (const metricName of ['Errors', 'Throttles']) {
        failoverAlarm(`${name}-${metricName.toLowerCase()}`, {
          page: `failover-${metricName.toLowerCase()}`,
          alarmDescription: `${metricName} of the function ${name} of the failover controller`,
          namespace: 'AWS/Lambda',
          metricName,
          dimensions: { FunctionName: functionName },
          statistic: 'Sum',
          evaluationPeriods: 3,
          datapointsToAlarm: 2,
        })
      }
    }
    this.controllerArns = [...arns.values()].slice(ofServices)
  }
}
