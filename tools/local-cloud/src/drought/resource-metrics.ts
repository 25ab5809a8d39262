import { AsgProvider, type EcsSimulation } from '@tideway/spot-simulator'
import type { Delivery } from '../delivery/delivery'
import type { Monitoring } from '../monitoring/monitoring'

export interface Measured {
  readonly aws: EcsSimulation
  readonly delivery: Delivery
  readonly monitoring: Monitoring
}

/** Adds the metrics that AWS writes each minute for queues, services and Auto Scaling groups. */
export function addResourceMetrics({ aws, delivery, monitoring }: Measured): void {
  // A metric of a minute has the time of its start.
  const at = aws.now - 60_000
  for (const [QueueName, queue] of delivery.queues) {
    const { visible, inFlight, delayed } = queue.counts()
    const values = {
      ApproximateAgeOfOldestMessage: queue.ageOfOldestSeconds(),
      ApproximateNumberOfMessagesDelayed: delayed,
      ApproximateNumberOfMessagesNotVisible: inFlight,
      ApproximateNumberOfMessagesVisible: visible,
    }
    monitoring.add('AWS/SQS', { QueueName }, values, at)
  }
  for (const service of aws.services) {
    const values = {
      DesiredTaskCount: service.desiredCount,
      PendingTaskCount: service.pendingCount,
      RunningTaskCount: service.runningCount,
    }
    const dimensions = { ClusterName: service.clusterName, ServiceName: service.name }
    monitoring.add('ECS/ContainerInsights', dimensions, values, at)
  }
  for (const { providerName, groupName } of delivery.deployed.groups) {
    const provider = aws.capacityProviders.get(providerName)
    if (!(provider instanceof AsgProvider)) continue
    const { active, instances } = provider.group
    const values = {
      GroupInServiceInstances: active.length,
      GroupTotalInstances: [...instances].length,
    }
    monitoring.add('AWS/AutoScaling', { AutoScalingGroupName: groupName }, values, at)
  }
}
