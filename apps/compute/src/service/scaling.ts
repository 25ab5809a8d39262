import { AppautoscalingPolicy } from '@cdktf/provider-aws/lib/appautoscaling-policy'
import { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target'
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
import type { EcsService } from '@cdktf/provider-aws/lib/ecs-service'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { ServiceContext } from './context'
import type { LongRunningDefinition } from './definition'
import {
  type Metric,
  requestsMetrics,
  runningTasksMetrics,
  sumOf,
  sumOfTasks,
  whereKnown,
  workMetric,
} from './metrics'
import type { Traffic } from './traffic'

export interface ScalingProps {
  readonly name: string
  readonly definition: LongRunningDefinition
  readonly context: ServiceContext
  readonly service: EcsService
  readonly serviceName: string
  readonly standbyNames: readonly string[]
  readonly traffic: Traffic | undefined
}

/** Room for a surge that lasts as long as a task needs to start. */
const cpuTarget = 60
const memoryTarget = 70

/** Above this, waiting for an average to be out of line for three minutes is too long. */
const surgePercent = 85

/** Adds tasks before the ones that are there are overrun, and takes them away slowly. */
export class Scaling extends Construct {
  private readonly target: AppautoscalingTarget

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
      minCapacity: definition.tasks.least,
      maxCapacity: definition.tasks.most,
    })
    this.track('cpu', cpuTarget, {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    })
    this.track('memory', memoryTarget, {
      predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
    })
    const tasks = runningTasksMetrics(context.cluster.name, props.serviceName, props.standbyNames)
    if (traffic !== undefined) {
      this.trackMath('requests', traffic.requestsPerTask, requestsMetrics(traffic), tasks)
    }
    if (definition.backlogPerTask !== undefined) {
      this.trackMath('backlog', definition.backlogPerTask, [workMetric(context.workQueue)], tasks)
    }
    this.surge()
  }

  /** Out at once, in slowly: too many tasks cost cents, too few cost requests. */
  private track(
    id: string,
    targetValue: number,
    metric: Pick<
      NonNullable<
        ConstructorParameters<
          typeof AppautoscalingPolicy
        >[2]['targetTrackingScalingPolicyConfiguration']
      >,
      'customizedMetricSpecification' | 'predefinedMetricSpecification'
    >,
  ): void {
    new AppautoscalingPolicy(this, id, {
      ...this.of(id),
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
   * A sum for each task that runs, those of the standbys among them: they carry load in a drought, and the
   * ready-made metrics know one service, and one of the two colours, only.
   */
  private trackMath(
    id: string,
    target: number,
    sums: readonly Metric[],
    tasks: readonly [Metric, ...Metric[]],
  ) {
    const all = [...sums, ...tasks]
    const running = sumOfTasks(tasks)
    this.track(id, target, {
      customizedMetricSpecification: {
        metrics: [
          ...all.map((metric) => ({
            id: metric.id,
            returnData: false,
            metricStat: {
              stat: metric.stat,
              metric: {
                namespace: metric.namespace,
                metricName: metric.metricName,
                dimensions: Object.entries(metric.dimensions).map(([name, value]) => ({
                  name,
                  value,
                })),
              },
            },
          })),
          {
            id: 'per_task',
            // Before the first task runs, as if there were one.
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

  /** In one minute, by half and by as much again: target tracking alone waits for three. */
  private surge(): void {
    const { environment } = tidewayStackOf(this)
    const { name, context, serviceName } = this.props
    const policy = new AppautoscalingPolicy(this, 'surge', {
      ...this.of('surge'),
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
    const part = `${name}-surge`
    new CloudwatchMetricAlarm(this, 'surge-alarm', {
      alarmName: nameOf(environment, 'aws_cloudwatch_metric_alarm', part, this.node.path),
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
      alarmActions: [policy.arn],
    })
  }

  private of(id: string) {
    const { serviceNamespace, scalableDimension, resourceId } = this.target
    return { name: `${this.props.name}-${id}`, serviceNamespace, scalableDimension, resourceId }
  }
}
