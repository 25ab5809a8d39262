import { localArn } from '../patches/account'
import { uuidOf } from '../patches/stores'

/** By the names of the API, as they were put. */
export interface ScalableTarget {
  readonly ServiceNamespace: string
  /** `service/main/web` */
  readonly ResourceId: string
  readonly ScalableDimension: string
  readonly MinCapacity: number
  readonly MaxCapacity: number
  readonly SuspendedState?: SuspendedState
}

export interface SuspendedState {
  readonly DynamicScalingInSuspended?: boolean
  readonly DynamicScalingOutSuspended?: boolean
  readonly ScheduledScalingSuspended?: boolean
}

type OnTarget = Pick<ScalableTarget, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'>

export interface ScalingPolicy extends OnTarget {
  readonly PolicyName: string
  readonly PolicyARN: string
  readonly PolicyType?: 'TargetTrackingScaling' | 'StepScaling'
  readonly TargetTrackingScalingPolicyConfiguration?: TrackingConfiguration
  readonly StepScalingPolicyConfiguration?: StepConfiguration
}

export interface TrackingConfiguration {
  readonly TargetValue: number
  readonly ScaleOutCooldown?: number
  readonly ScaleInCooldown?: number
  readonly DisableScaleIn?: boolean
  readonly PredefinedMetricSpecification?: {
    readonly PredefinedMetricType: string
    /** `app/NAME/ID/targetgroup/NAME/ID` */
    readonly ResourceLabel?: string
  }
  /** One metric, or `Metrics` with math. */
  readonly CustomizedMetricSpecification?: Readonly<Record<string, unknown>>
}

export interface StepConfiguration {
  readonly AdjustmentType?: 'ChangeInCapacity' | 'PercentChangeInCapacity' | 'ExactCapacity'
  readonly StepAdjustments?: readonly StepAdjustment[]
  readonly MinAdjustmentMagnitude?: number
  readonly Cooldown?: number
  readonly MetricAggregationType?: 'Average' | 'Minimum' | 'Maximum'
}

export interface StepAdjustment {
  /** From the threshold of the alarm. Left out: infinite. */
  readonly MetricIntervalLowerBound?: number
  readonly MetricIntervalUpperBound?: number
  readonly ScalingAdjustment: number
}

export interface CapacityLimits {
  readonly MinCapacity?: number | undefined
  readonly MaxCapacity?: number | undefined
}

export interface ScheduledAction extends OnTarget {
  readonly ScheduledActionName: string
  /** `cron(0 6 * * ? *)`, `rate(1 hour)` or `at(2026-01-05T06:00:00)` */
  readonly Schedule: string
  /** @default UTC */
  readonly Timezone?: string
  readonly ScalableTargetAction?: CapacityLimits
}

/** What is deployed now: read at each evaluation. */
export interface ScalingSource {
  readonly targets: readonly ScalableTarget[]
  readonly policies: readonly ScalingPolicy[]
  readonly actions: readonly ScheduledAction[]
  /** A scheduled action changes the limits of its target. */
  setLimits(target: ScalableTarget, limits: CapacityLimits): void
}

/** A service without autoscaling. */
export const noScaling: ScalingSource = {
  targets: [],
  policies: [],
  actions: [],
  setLimits: () => {},
}

/** AWS assigns its id. */
export function scalableTargetArn({ ServiceNamespace, ResourceId, ScalableDimension }: OnTarget) {
  const id = uuidOf([ServiceNamespace, ResourceId, ScalableDimension].join(' '))
  return localArn('application-autoscaling', `scalable-target/${id}`)
}

export function isOf(one: OnTarget, other: OnTarget): boolean {
  return (
    one.ResourceId === other.ResourceId &&
    one.ScalableDimension === other.ScalableDimension &&
    one.ServiceNamespace === other.ServiceNamespace
  )
}

type ServiceName = Readonly<Record<'clusterName' | 'name', string>>

export function isTargetOf({ ResourceId }: Pick<OnTarget, 'ResourceId'>, service: ServiceName) {
  return ResourceId === `service/${service.clusterName}/${service.name}`
}

/** The requests a minute at which autoscaling keeps each task of a service, if it follows them. */
export function requestTargetOf(
  policies: readonly ScalingPolicy[],
  service: ServiceName,
): number | undefined {
  return policies.find(
    ({ TargetTrackingScalingPolicyConfiguration: tracking, ...policy }) =>
      isTargetOf(policy, service) && /RequestCount/.test(JSON.stringify(tracking ?? {})),
  )?.TargetTrackingScalingPolicyConfiguration?.TargetValue
}
