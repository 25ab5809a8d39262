import {
  AppautoscalingPolicy,
  type AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
} from '@cdktf/provider-aws/lib/appautoscaling-policy'
import { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target'
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import { resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'
import {
  backlogMetric,
  type Metric,
  type MonitoredService,
  requestsMetrics,
  runningTasksMetrics,
  sumOf,
  sumOfTasks,
  whereKnown,
} from './metrics'

export interface ScalingProps extends MonitoredService {
  readonly service: EcsService
}

/** What identifies a service for Application Auto Scaling. */
export type ScalableService = Pick<
  AppautoscalingTarget,
  'arn' | 'resourceId' | 'scalableDimension' | 'serviceNamespace'
>

/** Leaves headroom for a surge while new tasks start. */
const cpuTarget = 60
const memoryTarget = 70

/** Above this CPU, the three minutes that target tracking takes are too long. */
const surgePercent = 85

/** Autoscaling: out early and at once, in slowly. */
export class Scaling extends Construct {
  readonly target: AppautoscalingTarget

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ScalingProps,
  ) {
    super(scope, id)
    const { definition, context, service, traffic } = props
    this.target = new AppautoscalingTarget(this, 'target', {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${context.cluster.name}/${service.name}`,
      minCapacity: definition.tasks.min,
      maxCapacity: definition.tasks.max,
      // A release suspends it.
      ...(definition.release.kind === 'blue-green' && {
        lifecycle: { ignoreChanges: ['suspended_state'] },
      }),
    })
    this.track('cpu', cpuTarget, {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    })
    this.track('memory', memoryTarget, {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
    })
    if (traffic !== undefined) {
      this.trackPerTask('requests', traffic.requestsPerTask, requestsMetrics(traffic))
    }
    if (definition.backlogPerTask !== undefined) {
      this.trackPerTask('backlog', definition.backlogPerTask, [backlogMetric(context.workQueue)])
    }
    this.surge()
  }

  /** Scales out at once and in slowly: idle tasks cost cents, missing tasks cost requests. */
  private track(
    id: string,
    targetValue: number,
    metric: Pick<
      AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
      'customizedMetricSpecification' | 'predefinedMetricSpecification'
    >,
  ): void {
    new AppautoscalingPolicy(this, id, {
      ...this.policy(id),
      policyType: 'TargetTrackingScaling',
      targetTrackingScalingPolicyConfiguration: {
        targetValue,
        scaleOutCooldown: 30,
        scaleInCooldown: 300,
        ...metric,
      },
    })
  }

  /**
   * Tracks a sum per running task, including the standbys, which carry load in a drought. The predefined metrics
   * cover only one service and one target group.
   */
  private trackPerTask(id: string, target: number, sums: readonly Metric[]): void {
    const tasks = runningTasksMetrics(this.props)
    const running = sumOfTasks(tasks)
    this.track(id, target, {
      customizedMetricSpecification: {
        metrics: [
          ...[...sums, ...tasks].map(({ id, stat, namespace, metricName, dimensions }) => ({
            id,
            returnData: false,
            metricStat: {
              stat,
              metric: {
                namespace,
                metricName,
                dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
              },
            },
          })),
          {
            id: 'per_task',
            // Divides by 1 until the first task runs.
            expression: whereKnown(
              tasks[0],
              `(${sumOf(sums)}) / IF((${running}) > 0, ${running}, 1)`,
            ),
            label: `${id} for each task`,
            returnData: true,
          },
        ],
      },
    })
  }

  /** Adds 50 or 100 percent within one minute: target tracking alone waits for three. */
  private surge(): void {
    const { name, context, serviceName } = this.props
    const policy = new AppautoscalingPolicy(this, 'surge', {
      ...this.policy('surge'),
      policyType: 'StepScaling',
      stepScalingPolicyConfiguration: {
        adjustmentType: 'PercentChangeInCapacity',
        metricAggregationType: 'Average',
        cooldown: 60,
        minAdjustmentMagnitude: 1,
        stepAdjustment: [
          { metricIntervalLowerBound: '0', metricIntervalUpperBound: '10', scalingAdjustment: 50 },
          { metricIntervalLowerBound: '10', scalingAdjustment: 100 },
        ],
      },
    })
    new CloudwatchMetricAlarm(this, 'surge-alarm', {
      alarmName: resourceName(this, 'aws_cloudwatch_metric_alarm', `${name}-surge`),
      alarmDescription: `${name} is overrun: tasks are added at once`,
      namespace: 'AWS/ECS',
      metricName: 'CPUUtilization',
      dimensions: { ClusterName: context.cluster.name, ServiceName: serviceName },
      statistic: 'Average',
      period: 60,
      evaluationPeriods: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      threshold: surgePercent,
      treatMissingData: 'notBreaching',
      // Runs the policy. Nobody is notified.
      alarmActions: [policy.arn],
    })
  }

  private policy(id: string) {
    const { serviceNamespace, scalableDimension, resourceId } = this.target
    return { name: `${this.props.name}-${id}`, serviceNamespace, scalableDimension, resourceId }
  }
}
