import { type AlarmProps, alarm, resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'
import {
  type Metric,
  type MonitoredService,
  runningTasksMetrics,
  sumOfTasks,
  whereKnown,
} from './metrics'

/** The target groups of a service that CodeDeploy releases, in this order. */
const colours = ['blue', 'green']

/** Maximum share of server errors in the responses of a service. */
const maxErrorPercent = 5

/** The alarms of a service. Some of them roll a release back. */
export class Alarms extends Construct {
  /** The alarms that detect a bad release within minutes. */
  readonly releaseAlarmNames: readonly string[]

  constructor(scope: Construct, id: string, props: MonitoredService) {
    super(scope, id)
    const { name, definition, context, traffic } = props
    const serviceAlarm = (
      part: string,
      config: Pick<
        AlarmProps,
        | 'alarmDescription'
        | 'comparisonOperator'
        | 'evaluationPeriods'
        | 'metricQuery'
        | 'page'
        | 'threshold'
        | 'treatMissingData'
      >,
    ) =>
      alarm(this, part, {
        ...config,
        topicArn: context.alarmTopicArn,
        alarmName: resourceName(this, 'aws_cloudwatch_metric_alarm', `${name}-${part}`),
      }).alarmName

    const running = runningTasksMetrics(props)
    serviceAlarm('too-few-tasks', {
      page: 'too-few-tasks',
      alarmDescription: `Fewer tasks of ${name} run than its minimum, standbys included`,
      metricQuery: metricQueries(running, whereKnown(running[0], sumOfTasks(running))),
      comparisonOperator: 'LessThanThreshold',
      threshold: definition.tasks.min,
      evaluationPeriods: 3,
      treatMissingData: 'breaching',
    })
    const groups = traffic?.targetGroups ?? []
    this.releaseAlarmNames = groups.map((group, index) => {
      const metric = (metricId: string, metricName: string): Metric => ({
        id: metricId,
        namespace: 'AWS/ApplicationELB',
        metricName,
        dimensions: { LoadBalancer: traffic?.albArnSuffix ?? '', TargetGroup: group.arnSuffix },
        stat: 'Sum',
      })
      return serviceAlarm(groups.length === 1 ? 'errors' : `errors-${colours[index]}`, {
        page: 'service-errors',
        alarmDescription: `Of the answers of ${name}, more than ${maxErrorPercent} % are errors of its own`,
        metricQuery: metricQueries(
          [metric('errors', 'HTTPCode_Target_5XX_Count'), metric('requests', 'RequestCount')],
          // Ignores minutes with few requests. The latest minute arrives late: with FILL on requests it would always be OK.
          'IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)',
        ),
        threshold: maxErrorPercent,
        evaluationPeriods: 2,
      })
    })
  }
}

/** Metric math with a resolution of one minute. */
function metricQueries(metrics: readonly Metric[], expression: string) {
  return [
    ...metrics.map(({ id, namespace, metricName, dimensions, stat }) => ({
      id,
      metric: { namespace, metricName, dimensions: { ...dimensions }, stat, period: 60 },
    })),
    { id: 'result', expression, label: expression, returnData: true },
  ]
}
