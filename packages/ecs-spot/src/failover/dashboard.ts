import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard'
import { contextOf } from '@tideway/constructs/parts'
import { Construct } from 'constructs'
import type { AlarmsProps } from './alarms'

/** The on-call dashboard: capacity shortfalls, their coverage, and the health of the controller. */
export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: Pick<AlarmsProps, 'clusterName' | 'functions' | 'queues' | 'serviceNames'> & {
      /** Shows all services of the cluster that have metrics: a graph cannot name a thousand. */
      readonly showsAll: boolean
    },
  ) {
    super(scope, id)
    const { prefix, region } = contextOf(this)
    const { clusterName, queues, functions, showsAll } = props
    const names = Object.values(props.serviceNames)
    const ofEach = (
      [namespace, cluster, service]: readonly [string, string, string],
      metric: string,
      stat: string,
    ) =>
      showsAll
        ? [
            [
              {
                expression: `SEARCH('{${namespace},${cluster},${service}} ${cluster}="${clusterName}" MetricName="${metric}"', '${stat}', 60)`,
              },
            ],
          ]
        : names.map((name) => [namespace, metric, cluster, clusterName, service, name])
    const ofServices = (metric: string) =>
      ofEach(['Tideway/Failover', 'Cluster', 'Service'], metric, 'Maximum')
    const runningTasks = ofEach(
      ['ECS/ContainerInsights', 'ClusterName', 'ServiceName'],
      'RunningTaskCount',
      'Average',
    )
    const ofQueues = (metric: string, name: 'deadLetterName' | 'name') =>
      Object.values(queues).map((queue) => ['AWS/SQS', metric, 'QueueName', queue[name]])
    const ofFunctions = (metric: string) =>
      Object.values(functions).map(({ functionName }) => [
        'AWS/Lambda',
        metric,
        'FunctionName',
        functionName,
      ])
    const graphs: [title: string, metrics: object[], stat: string][] = [
      ['Tasks that Spot does not run', ofServices('Shortfall'), 'Maximum'],
      ['Tasks of standbys', ofServices('StandbyTasks'), 'Maximum'],
      ['Tasks that nobody runs', ofServices('Uncovered'), 'Maximum'],
      ['Tasks that run', runningTasks, 'Average'],
      ['Seconds that messages wait', ofQueues('ApproximateAgeOfOldestMessage', 'name'), 'Maximum'],
      ['Dead letters', ofQueues('ApproximateNumberOfMessagesVisible', 'deadLetterName'), 'Maximum'],
      ['Errors and throttles', [...ofFunctions('Errors'), ...ofFunctions('Throttles')], 'Sum'],
      ['Milliseconds an invocation', ofFunctions('Duration'), 'p99'],
    ]
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: `${prefix}-failover`,
      dashboardBody: JSON.stringify({
        widgets: graphs.map(([title, metrics, stat], index) => ({
          type: 'metric',
          x: 12 * (index % 2),
          y: 6 * Math.floor(index / 2),
          width: 12,
          height: 6,
          properties: { title, metrics, stat, period: 60, region },
        })),
      }),
    })
  }
}
