import type { WorkQueue } from '../work-queue'
import type { Traffic } from './traffic'

/** A metric of CloudWatch, under a name for formulas. */
export interface Metric {
  readonly id: string
  readonly namespace: string
  readonly metricName: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly stat: 'Average' | 'Maximum' | 'Minimum' | 'Sum'
}

/** Requests to each of the target groups: a release moves them from one to the other. */
export function requestsMetrics(traffic: Traffic): Metric[] {
  return traffic.targetGroups.map((group, index) => ({
    id: `requests${index}`,
    namespace: 'AWS/ApplicationELB',
    metricName: 'RequestCount',
    dimensions: { LoadBalancer: traffic.albArnSuffix, TargetGroup: group.arnSuffix },
    stat: 'Sum',
  }))
}

/** Tasks that run, of a service and of its standbys. */
export function runningTasksMetrics(
  clusterName: string,
  serviceName: string,
  standbyNames: readonly string[],
): readonly [Metric, ...Metric[]] {
  const ofService = (name: string, index: number): Metric => ({
    id: `tasks${index}`,
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensions: { ClusterName: clusterName, ServiceName: name },
    stat: 'Average',
  })
  return [
    ofService(serviceName, 0),
    ...standbyNames.map((name, index) => ofService(name, index + 1)),
  ]
}

/** The sum of metrics that are silent where there is nothing to count. */
export function sumOf(metrics: readonly Metric[]): string {
  return metrics.map(({ id }) => `FILL(${id}, 0)`).join(' + ')
}

/** The tasks of a service and of its standbys, together. */
export function sumOfTasks([own, ...standbys]: readonly [Metric, ...Metric[]]): string {
  return [own.id, ...standbys.map((metric) => sumOf([metric]))].join(' + ')
}

/**
 * A formula for the minutes in which a metric is known. The newest minute of one comes late: filled in, each alarm
 * would see it as one without tasks. IF drops it, and CloudWatch judges by the minutes before.
 */
export function whereKnown({ id }: Metric, formula: string): string {
  return `IF(${id} >= 0, ${formula})`
}

/** Messages that wait. */
export function workMetric(queue: WorkQueue): Metric {
  return {
    id: 'work',
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: queue.name },
    stat: 'Average',
  }
}
