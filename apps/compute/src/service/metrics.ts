import type { EcsServiceDefinition } from '../definition'
import type { ServiceProps } from './context'
import type { Traffic } from './traffic'

/** A service with its standbys and load balancing, as its alarms and its autoscaling measure it. */
export interface MonitoredService extends ServiceProps<EcsServiceDefinition> {
  readonly serviceName: string
  readonly standbyNames: readonly string[]
  readonly traffic: Traffic | undefined
}

/** A CloudWatch metric with an id for metric math. */
export interface Metric {
  readonly id: string
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly stat: 'Average' | 'Maximum' | 'Minimum' | 'Sum'
}

/** Requests to each target group: a release moves them from one to the other. */
export function requestsMetrics(traffic: Traffic): Metric[] {
  return traffic.targetGroups.map((group, index) => ({
    id: `requests${index}`,
    namespace: 'AWS/ApplicationELB',
    metricName: 'RequestCount',
    dimensions: { LoadBalancer: traffic.albArnSuffix, TargetGroup: group.arnSuffix },
    stat: 'Sum',
  }))
}

/** Running tasks of a service and of its standbys. */
export function runningTasksMetrics({
  context,
  serviceName,
  standbyNames,
}: MonitoredService): [Metric, ...Metric[]] {
  const metric = (name: string, index: number): Metric => ({
    id: `tasks${index}`,
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensions: { ClusterName: context.cluster.name, ServiceName: name },
    stat: 'Average',
  })
  return [metric(serviceName, 0), ...standbyNames.map((name, index) => metric(name, index + 1))]
}

/** The sum of metrics that have no data while there is nothing to count. */
export function sumOf(metrics: readonly Metric[]): string {
  return metrics.map(({ id }) => `FILL(${id}, 0)`).join(' + ')
}

/** The tasks of a service and of its standbys, together. */
export function sumOfTasks([primary, ...standbys]: readonly [Metric, ...Metric[]]): string {
  return [primary.id, ...standbys.map((metric) => sumOf([metric]))].join(' + ')
}

/**
 * Limits a formula to the minutes with data for a metric. The latest minute arrives late: with FILL, every alarm
 * would read it as a minute without tasks. IF drops it, and CloudWatch evaluates the minutes before.
 */
export function whereKnown({ id }: Metric, formula: string): string {
  return `IF(${id} >= 0, ${formula})`
}

/** Messages that wait in a queue. */
export function backlogMetric(queue: { readonly name: string }): Metric {
  return {
    id: 'work',
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: queue.name },
    stat: 'Average',
  }
}
