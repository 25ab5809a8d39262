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
): Metric[] {
  return [serviceName, ...standbyNames].map((name, index) => ({
    id: `tasks${index}`,
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensions: { ClusterName: clusterName, ServiceName: name },
    stat: 'Average',
  }))
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
