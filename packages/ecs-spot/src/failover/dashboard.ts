import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard'
import { contextOf } from '@tideway/constructs/parts'
import { spotDiscount } from '@tideway/constructs/prices'
import { Construct } from 'constructs'
import type { AlarmsProps } from './alarms'

/**
 * The on-call dashboard. Its first row answers four questions: is anybody short, who is covered, what does it cost, and is
 * the controller alive. Graphs of the same follow.
 */
export class Dashboard extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: Pick<AlarmsProps, 'clusterName' | 'functions' | 'queues' | 'serviceNames'> & {
      /** Shows all services of the cluster that have metrics: a graph cannot name a thousand. */
      readonly showsAll: boolean
      /** The alarms of the controller. */
      readonly alarmArns: readonly string[]
    },
  ) {
    super(scope, id)
    const { prefix, region } = contextOf(this)
    const { clusterName, queues, functions, showsAll, alarmArns } = props
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
    const [inQueues, deadLetters] = [
      ofQueues('ApproximateAgeOfOldestMessage', 'name'),
      ofQueues('ApproximateNumberOfMessagesVisible', 'deadLetterName'),
    ]
    const graphs: [title: string, metrics: object[], stat: string][] = [
      ['Tasks that Spot does not run', ofServices('Shortfall'), 'Maximum'],
      ['Tasks of standbys', ofServices('StandbyTasks'), 'Maximum'],
      ['Tasks that nobody runs', ofServices('Uncovered'), 'Maximum'],
      ['Tasks that run', runningTasks, 'Average'],
      ['Seconds that messages wait', inQueues, 'Maximum'],
      ['Dead letters', deadLetters, 'Maximum'],
      ['Errors and throttles', [...ofFunctions('Errors'), ...ofFunctions('Throttles')], 'Sum'],
      ['Milliseconds an invocation', ofFunctions('Duration'), 'p99'],
    ]
    const meter = (name: string, options: object = {}) => [
      'Tideway/Failover',
      name,
      'Cluster',
      clusterName,
      { stat: 'Sum', ...options },
    ]
    const hidden = (id: string, name: string) => meter(name, { id, visible: false })
    const number = (title: string, metrics: readonly object[], options: object = {}) => ({
      type: 'metric',
      properties: { title, metrics, view: 'singleValue', region, stat: 'Maximum', ...options },
    })
    const paid = `spot * ${Number((1 - spotDiscount.fargate).toFixed(2))}`
    const answers = [
      number('Is anybody short? Tasks that nobody runs (no data: none)', ofServices('Uncovered'), {
        period: 60,
      }),
      number('Who is covered? Standby tasks (no data: nobody)', ofServices('StandbyTasks'), {
        period: 60,
      }),
      number(
        'What does it cost? Cover in an hour, USD (no data: nothing)',
        [meter('StandbyDollars', { label: 'USD' })],
        { period: 3600 },
      ),
      number(
        `Saved since the start of the shown time, USD, with Spot ${100 * spotDiscount.fargate} % below the list price`,
        [
          hidden('desired', 'DesiredDollars'),
          hidden('spot', 'SpotDollars'),
          hidden('own', 'OnDemandDollars'),
          hidden('standby', 'StandbyDollars'),
          // SUM ignores metrics without data.
          [{ expression: `desired - SUM([${paid}, own, standby])`, label: 'USD', id: 'saved' }],
        ],
        { setPeriodToTimeRange: true },
      ),
      { type: 'alarm', properties: { title: 'Is the controller alive?', alarms: alarmArns } },
      number(
        'Sweeps in 5 minutes, seconds that messages wait, dead letters',
        [meter('Sweeps'), ...inQueues, ...deadLetters],
        { period: 300 },
      ),
    ]
    // In columns of a quarter. The last two have two widgets each.
    const places = [
      { x: 0, y: 0, height: 6 },
      { x: 6, y: 0, height: 6 },
      { x: 12, y: 0, height: 3 },
      { x: 12, y: 3, height: 3 },
      { x: 18, y: 0, height: 3 },
      { x: 18, y: 3, height: 3 },
    ]
    new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: `${prefix}-failover`,
      dashboardBody: JSON.stringify({
        widgets: [
          ...answers.map((widget, index) => ({ ...widget, ...places[index], width: 6 })),
          ...graphs.map(([title, metrics, stat], index) => ({
            type: 'metric',
            x: 12 * (index % 2),
            y: 6 + 6 * Math.floor(index / 2),
            width: 12,
            height: 6,
            properties: { title, metrics, stat, period: 60, region },
          })),
        ],
      }),
    })
  }
}
