import {
  AppautoscalingPolicy,
  type AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
} from '@cdktf/provider-aws/lib/appautoscaling-policy'
import { AppautoscalingScheduledAction } from '@cdktf/provider-aws/lib/appautoscaling-scheduled-action'
import { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target'
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import { resourceName, withPage } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ScalingMetric, ScalingTargets } from '../definition'
import { backlogs } from '../definition/resources'
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
const defaultCpuPercent = 60
const defaultMemoryPercent = 70

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
    const { name, definition, context, service, traffic } = props
    const { scaling = {} } = definition
    const {
      cpuPercent = defaultCpuPercent,
      memoryPercent = defaultMemoryPercent,
      metrics = {},
      schedule,
    } = scaling
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
      // The schedule sets them. A deploy would reset them until its next time.
      ...(schedule !== undefined && {
        lifecycle: { ignoreChanges: ['min_capacity', 'max_capacity'] },
      }),
    })
    if (cpuPercent !== 'off') {
      this.track('cpu', cpuPercent, {
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      })
      this.surge()
    }
    if (memoryPercent !== 'off') {
      this.track('memory', memoryPercent, {
        predefinedMetricSpecification: {
          predefinedMetricType: 'ECSServiceAverageMemoryUtilization',
        },
      })
    }
    if (traffic !== undefined && traffic.requestsPerTask !== 'off') {
      this.trackPerTask('requests', traffic.requestsPerTask, requestsMetrics(traffic))
    }
    if (definition.backlogPerTask !== undefined) {
      this.trackPerTask('backlog', definition.backlogPerTask, [
        backlogMetric(context.workQueue.queue),
      ])
    }
    for (const [queue, perTask] of backlogs(definition)) {
      const metric = backlogMetric(context.resources.resource(name, 'queue', queue))
      this.trackPerTask(`backlog-${queue}`, perTask, [metric])
    }
    for (const [id, metric] of Object.entries(metrics)) this.trackMetric(`metric-${id}`, metric)
    this.setLimitsAt(schedule ?? {})
  }

  /** One after the other: Application Auto Scaling rejects concurrent updates of a target. */
  private setLimitsAt(schedule: NonNullable<ScalingTargets['schedule']>): void {
    const { tasks } = this.props.definition
    let previous: AppautoscalingScheduledAction | undefined
    for (const [id, { at, timeZone = 'UTC', min, max }] of Object.entries(schedule)) {
      previous = new AppautoscalingScheduledAction(this, `at-${id}`, {
        ...this.policy(id),
        schedule: at,
        timezone: timeZone,
        // Both, so that neither can contradict the limit of an earlier time.
        scalableTargetAction: {
          minCapacity: `${min ?? tasks.min}`,
          maxCapacity: `${max ?? tasks.max}`,
        },
        ...(previous && { dependsOn: [previous] }),
      })
    }
  }

  private trackMetric(id: string, metric: ScalingMetric): void {
    const { name: metricName, namespace, dimensions = {}, target, per } = metric
    const own: Metric = {
      id: 'own',
      namespace,
      metricName,
      dimensions,
      stat: metric.statistic ?? 'Average',
    }
    if (per === 'service') {
      this.track(id, target, {
        customizedMetricSpecification: { metrics: [metricQuery(own, true)] },
      })
    } else {
      this.trackPerTask(id, target, [own])
    }
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
    const { scaleOutSeconds = 30, scaleInSeconds = 300 } = this.props.definition.scaling ?? {}
    new AppautoscalingPolicy(this, id, {
      ...this.policy(id),
      policyType: 'TargetTrackingScaling',
      targetTrackingScalingPolicyConfiguration: {
        targetValue,
        scaleOutCooldown: scaleOutSeconds,
        scaleInCooldown: scaleInSeconds,
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
          ...[...sums, ...tasks].map((metric) => metricQuery(metric, false)),
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
      alarmDescription: withPage(this, `${name} is overrun: tasks are added at once`, 'surge'),
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

function metricQuery({ id, stat, namespace, metricName, dimensions }: Metric, returnData: boolean) {
  return {
    id,
    returnData,
    metricStat: {
      stat,
      metric: {
        namespace,
        metricName,
        dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
      },
    },
  }
}
