import { localArn } from '../patches/account'
import type { StoredAlarm } from '../patches/cloudwatch'
import { type MetricQueryInput, metricOf, queriesOf } from '../patches/metric-input'
import type { Input } from '../patches/operations'
import { uuidOf } from '../patches/stores'
import type { ScalingPolicy, TrackingConfiguration } from './deployed-scaling'

const periodSeconds = 60
/** The low alarm goes off below this share of the target. */
const lowShare = 0.9

/** The pair of alarms that AWS creates for each target tracking policy. None for a metric that is not simulated. */
export function trackingAlarms(policies: readonly ScalingPolicy[]): StoredAlarm[] {
  return policies.flatMap((policy) => {
    const configuration = policy.TargetTrackingScalingPolicyConfiguration
    if (configuration === undefined) return []
    const target = Number(configuration.TargetValue)
    const queries = queriesFor(policy, configuration)
    if (queries.length === 0) return []
    const high = alarm(policy, 'High', queries, 3, target)
    if (isScaleInDisabled(configuration)) return [high]
    return [high, alarm(policy, 'Low', queries, 15, lowValue(target))]
  })
}

export function isScaleInDisabled({ DisableScaleIn }: TrackingConfiguration): boolean {
  return String(DisableScaleIn) === 'true'
}

export function isTrackingAlarm({ name }: StoredAlarm): boolean {
  return name.startsWith('TargetTracking-')
}

export function trackingAlarmName(
  { ResourceId, PolicyARN }: ScalingPolicy,
  side: 'High' | 'Low',
): string {
  return `TargetTracking-${ResourceId}-Alarm${side}-${uuidOf(`${PolicyARN} ${side}`)}`
}

/** Without the last digits, which the product of binary numbers adds. */
function lowValue(target: number): number {
  return Number((target * lowShare).toPrecision(12))
}

function alarm(
  policy: ScalingPolicy,
  side: 'High' | 'Low',
  queries: readonly MetricQueryInput[],
  evaluationPeriods: number,
  threshold: number,
): StoredAlarm {
  const name = trackingAlarmName(policy, side)
  return {
    name,
    arn: localArn('cloudwatch', `alarm:${name}`),
    description: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.PolicyARN}.`,
    queries,
    comparison: side === 'High' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    threshold,
    evaluationPeriods,
    datapointsToAlarm: evaluationPeriods,
    treatMissingData: 'missing',
    actions: { ALARM: [policy.PolicyARN], OK: [], INSUFFICIENT_DATA: [] },
  }
}

function queriesFor(
  { ResourceId }: ScalingPolicy,
  configuration: TrackingConfiguration,
): readonly MetricQueryInput[] {
  const { CustomizedMetricSpecification } = configuration
  if (CustomizedMetricSpecification?.Metrics !== undefined) {
    // These metrics have no period of their own.
    return queriesOf(CustomizedMetricSpecification.Metrics).map((query) => ({
      ...query,
      period: query.period || periodSeconds,
    }))
  }
  const specification = CustomizedMetricSpecification ?? predefined(ResourceId, configuration)
  if (specification === undefined) return []
  return [
    {
      id: 'metric',
      returnsData: true,
      metric: metricOf(specification),
      statistic: String(specification.Statistic),
      period: periodSeconds,
    },
  ]
}

/** The metrics that Application Auto Scaling names for ECS. */
function predefined(
  resourceId: string,
  { PredefinedMetricSpecification: named }: TrackingConfiguration,
): Input | undefined {
  const [, ClusterName = '', ServiceName = ''] = resourceId.split('/')
  const ofService = dimensions({ ClusterName, ServiceName })
  switch (named?.PredefinedMetricType) {
    case 'ECSServiceAverageCPUUtilization':
      return ecsMetric('CPUUtilization', ofService)
    case 'ECSServiceAverageMemoryUtilization':
      return ecsMetric('MemoryUtilization', ofService)
    case 'ALBRequestCountPerTarget': {
      const [, LoadBalancer = '', TargetGroup = ''] =
        /^(app\/.+?)\/(targetgroup\/.+)$/.exec(named.ResourceLabel ?? '') ?? []
      return {
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'RequestCountPerTarget',
        Dimensions: dimensions({ LoadBalancer, TargetGroup }),
        Statistic: 'Sum',
      }
    }
    default:
      return undefined
  }
}

function ecsMetric(MetricName: string, Dimensions: object): Input {
  return { Namespace: 'AWS/ECS', MetricName, Dimensions, Statistic: 'Average' }
}

function dimensions(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }))
}
