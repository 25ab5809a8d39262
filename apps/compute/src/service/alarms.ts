import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import type { LongRunningDefinition } from './definition'
import { type Metric, runningTasksMetrics, sumOfTasks, whereKnown } from './metrics'
import type { Traffic } from './traffic'

export interface AlarmsProps {
  readonly name: string
  readonly definition: LongRunningDefinition
  readonly context: ServiceContext
  readonly serviceName: string
  readonly standbyNames: readonly string[]
  readonly traffic: Traffic | undefined
}

/** A service that CodeDeploy releases has two target groups, in this order. */
const colours = ['blue', 'green']

/** Of the answers of a service, how many may be its own errors. */
const mostErrorPercent = 5

/** What somebody must be woken for, and what rolls a release back. */
export class Alarms extends Construct {
  /** Those that go off within minutes of a bad release. */
  readonly releaseAlarmNames: readonly string[]

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AlarmsProps,
  ) {
    super(scope, id)
    const { name, definition, context, serviceName, standbyNames, traffic } = props
    const running = runningTasksMetrics(context.cluster.name, serviceName, standbyNames)
    this.alarm('too-few-tasks', {
      alarmDescription: `Fewer tasks of ${name} run than its least, standbys included`,
      metricQuery: queries(running, whereKnown(running[0], sumOfTasks(running))),
      comparisonOperator: 'LessThanThreshold',
      threshold: definition.tasks.least,
      evaluationPeriods: 3,
      treatMissingData: 'breaching',
    })
    const groups = traffic === undefined ? [] : traffic.targetGroups
    const albArnSuffix = traffic?.albArnSuffix ?? ''
    this.releaseAlarmNames = groups.map((group, index) => {
      const dimensions = { LoadBalancer: albArnSuffix, TargetGroup: group.arnSuffix }
      const metric = (metricId: string, metricName: string): Metric => ({
        id: metricId,
        namespace: 'AWS/ApplicationELB',
        metricName,
        dimensions,
        stat: 'Sum',
      })
      return this.alarm(groups.length === 1 ? 'errors' : `errors-${colours[index]}`, {
        alarmDescription: `Of the answers of ${name}, more than ${mostErrorPercent} % are errors of its own`,
        metricQuery: queries(
          [metric('errors', 'HTTPCode_Target_5XX_Count'), metric('requests', 'RequestCount')],
          // A few requests say nothing. Those of the newest minute come late: filled in, it would always be a good one.
          'IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)',
        ),
        comparisonOperator: 'GreaterThanThreshold',
        threshold: mostErrorPercent,
        evaluationPeriods: 2,
        treatMissingData: 'notBreaching',
      })
    })
  }

  private alarm(id: string, config: Omit<CloudwatchMetricAlarmConfig, 'alarmName'>): string {
    const { environment } = tidewayStackOf(this)
    const { name, context } = this.props
    const alarm = new CloudwatchMetricAlarm(this, id, {
      ...config,
      alarmName: nameOf(
        environment,
        'aws_cloudwatch_metric_alarm',
        `${name}-${id}`,
        this.node.path,
      ),
      alarmActions: [context.alarmTopicArn],
      okActions: [context.alarmTopicArn],
    })
    return alarm.alarmName
  }
}

/** A formula over metrics, minute by minute. */
function queries(metrics: readonly Metric[], expression: string) {
  return [
    ...metrics.map(({ id, namespace, metricName, dimensions, stat }) => ({
      id,
      metric: { namespace, metricName, dimensions: { ...dimensions }, stat, period: 60 },
    })),
    { id: 'result', expression, label: expression, returnData: true },
  ]
}
