import { AwsError, type EcsSimulation, type Service } from '@tideway/spot-simulator'
import { scheduleExpression } from '../clock/schedule-expression'
import type { AwsRequest, AwsResponse } from '../gateway/aws-request'
import type { Alarms } from '../monitoring/alarms'
import type { StoredAlarm } from '../patches/cloudwatch'
import { type Input, respond } from '../patches/operations'
import { uuidOf } from '../patches/stores'
import { RingBuffer } from '../ring-buffer'
import { aggregate, proportional, stepped } from './capacity'
import {
  isOf,
  type ScalableTarget,
  type ScalingPolicy,
  type ScalingSource,
  type ScheduledAction,
} from './deployed-scaling'
import { isScaleInDisabled, trackingAlarmName } from './tracking-alarms'

export interface ScalingProps {
  readonly aws: EcsSimulation
  readonly source: ScalingSource
  readonly alarms: Alarms
  /** The alarms that are deployed now, those of target tracking included. */
  readonly deployedAlarms: () => readonly StoredAlarm[]
  readonly onChange: (service: Service, before: number, cause: string) => void
}

/** A change of a desired count, by the names of the API. Times are in milliseconds since 1970. */
interface Activity {
  readonly target: ScalableTarget
  readonly id: string
  readonly cause: string
  readonly desired: number
  /** The capacity before the first scale-out of a cooldown. */
  readonly from: number
  readonly isScaleOut: boolean
  readonly cooldownSeconds: number
  readonly startedAt: number
  endedAt: number | undefined
  status: 'InProgress' | 'Successful' | 'Overridden'
}

/** What an alarm wants. */
interface Proposal {
  readonly capacity: number
  readonly cooldownSeconds: number
  readonly cause: string
}

/** The last changes of a target by policies. */
interface LastChanges {
  out: Activity | undefined
  in: Activity | undefined
}

const defaultCooldownSeconds = 300

/**
 * Application Auto Scaling of ECS services, each minute after the alarms. While an alarm is on, its policy runs again each
 * minute. A cooldown starts when its activity is fulfilled, so tasks that do not start cause no further ones.
 */
export class Scaling {
  private readonly activities = new RingBuffer<Activity>(1000)
  private readonly lastChanges = new Map<string, LastChanges>()
  /** Why the limits of a target changed last. */
  private readonly scheduledBy = new Map<string, string>()
  private readonly startedAt: number
  private evaluatedAt: number

  constructor(private readonly props: ScalingProps) {
    this.startedAt = props.aws.now
    this.evaluatedAt = props.aws.now
  }

  evaluate(): void {
    const { source, aws } = this.props
    const after = this.evaluatedAt
    this.evaluatedAt = aws.now
    for (const target of source.targets) {
      const service = this.serviceOf(target)
      if (service === undefined) continue
      this.endActivities(target, service)
      this.runScheduled(target, after)
      // A scheduled action may have changed its limits.
      const current = source.targets.find((each) => isOf(each, target)) ?? target
      this.keepLimits(current, service)
      this.runPolicies(current, service)
    }
  }

  /** Undefined for calls that are not about activities. */
  respond(request: AwsRequest): AwsResponse | undefined {
    if (request.service !== 'application-autoscaling') return undefined
    return respond(request, { DescribeScalingActivities: (input) => this.describe(input) })
  }

  private describe(input: Input): object {
    const { ServiceNamespace, MaxResults = 50, NextToken = '0' } = input
    if (ServiceNamespace === undefined) {
      throw new AwsError('ValidationException', 'ServiceNamespace: a value is required.')
    }
    const all = [...this.activities.all].reverse().filter(({ target }) => {
      const keys = ['ServiceNamespace', 'ResourceId', 'ScalableDimension'] as const
      return keys.every((key) => input[key] === undefined || input[key] === target[key])
    })
    const start = Number(NextToken)
    const end = start + Number(MaxResults)
    return {
      ScalingActivities: all.slice(start, end).map(described),
      ...(end < all.length && { NextToken: String(end) }),
    }
  }

  private runPolicies(target: ScalableTarget, service: Service): void {
    const { source } = this.props
    const policies = source.policies.filter((policy) => isOf(policy, target))
    const { SuspendedState: suspended = {} } = target
    const last = this.lastChangesOf(target)
    // Until the cooldown ends, what was added counts as part of the next scale-out.
    const base = this.isCooling(last.out) ? last.out.from : service.desiredCount
    const scaleOut = largest(policies.flatMap((policy) => this.scaleOut(policy, base)))
    if (scaleOut !== undefined && suspended.DynamicScalingOutSuspended !== true) {
      const capacity = Math.min(scaleOut.capacity, Number(target.MaxCapacity))
      if (capacity > service.desiredCount) {
        last.out = this.change(target, service, { ...scaleOut, capacity }, base)
        last.in = undefined
      }
      return
    }
    // ECS has no scale-in during a deployment.
    const isPaused = service.deployments.length > 1 || suspended.DynamicScalingInSuspended === true
    if (scaleOut !== undefined || isPaused || this.isCooling(last.in)) return
    const scaleIn = this.scaleIn(policies, service.desiredCount)
    if (scaleIn === undefined) return
    const capacity = Math.max(scaleIn.capacity, Number(target.MinCapacity))
    if (capacity >= service.desiredCount) return
    last.in = this.change(target, service, { ...scaleIn, capacity })
  }

  private isCooling(activity: Activity | undefined): activity is Activity {
    if (activity === undefined) return false
    const { endedAt, cooldownSeconds } = activity
    return endedAt === undefined || this.props.aws.now < endedAt + cooldownSeconds * 1000
  }

  private scaleOut(policy: ScalingPolicy, capacity: number): Proposal[] {
    const tracking = policy.TargetTrackingScalingPolicyConfiguration
    if (tracking === undefined) return this.steps(policy, capacity, (after) => after > capacity)
    const name = trackingAlarmName(policy, 'High')
    const value = this.valueInAlarm(name)
    if (value === undefined) return []
    return [
      {
        capacity: proportional(capacity, value, Number(tracking.TargetValue)),
        cooldownSeconds: Number(tracking.ScaleOutCooldown ?? defaultCooldownSeconds),
        cause: causeOf(name, policy),
      },
    ]
  }

  /** Target tracking policies scale in only if all of them would. */
  private scaleIn(policies: readonly ScalingPolicy[], capacity: number): Proposal | undefined {
    const tracking = policies.flatMap((policy) => {
      const configuration = policy.TargetTrackingScalingPolicyConfiguration
      if (configuration === undefined || isScaleInDisabled(configuration)) return []
      const name = trackingAlarmName(policy, 'Low')
      const value = this.valueInAlarm(name)
      const proposal = value !== undefined && {
        capacity: proportional(capacity, value, Number(configuration.TargetValue)),
        cooldownSeconds: Number(configuration.ScaleInCooldown ?? defaultCooldownSeconds),
        cause: causeOf(name, policy),
      }
      return [proposal]
    })
    const agreed = tracking.flatMap((proposal) => proposal || [])
    const steps = policies.flatMap((policy) =>
      this.steps(policy, capacity, (after) => after < capacity),
    )
    return largest([...(agreed.length === tracking.length ? agreed : []), ...steps])
  }

  /** What the alarms of a step scaling policy want. */
  private steps(
    { PolicyName, PolicyARN, StepScalingPolicyConfiguration: step }: ScalingPolicy,
    capacity: number,
    isWanted: (after: number) => boolean,
  ): Proposal[] {
    if (step === undefined) return []
    const { alarms, deployedAlarms } = this.props
    return deployedAlarms().flatMap(({ name, actions, threshold, evaluationPeriods }) => {
      const state = alarms.statusOf(name).StateValue
      const values = alarms.valuesOf(name).slice(-evaluationPeriods)
      if (!actions[state].includes(PolicyARN) || values.length === 0) return []
      const value = aggregate(values, step.MetricAggregationType)
      const after = stepped(capacity, value - threshold, step)
      if (after === undefined || !isWanted(after)) return []
      const cooldownSeconds = Number(step.Cooldown ?? defaultCooldownSeconds)
      return [{ capacity: after, cooldownSeconds, cause: causeOf(name, { PolicyName }) }]
    })
  }

  /** The latest value of an alarm that is on. */
  private valueInAlarm(name: string): number | undefined {
    const { alarms } = this.props
    return alarms.statusOf(name).StateValue === 'ALARM' ? alarms.valuesOf(name).at(-1) : undefined
  }

  private runScheduled(target: ScalableTarget, after: number): void {
    const { source, aws } = this.props
    if (target.SuspendedState?.ScheduledScalingSuspended === true) return
    for (const action of source.actions) {
      if (!isOf(action, target) || !this.isDue(action, after, aws.now)) continue
      source.setLimits(target, action.ScalableTargetAction ?? {})
      const { MinCapacity, MaxCapacity } = action.ScalableTargetAction ?? {}
      const limits = `min ${MinCapacity ?? 'as before'}, max ${MaxCapacity ?? 'as before'}`
      this.scheduledBy.set(
        target.ResourceId,
        `scheduled action ${action.ScheduledActionName} set ${limits}`,
      )
    }
  }

  /** Whether a scheduled action has a time between two others. */
  private isDue({ Schedule, Timezone }: ScheduledAction, after: number, until: number): boolean {
    const anchor = this.startedAt
    const next = scheduleExpression(Schedule, { timeZone: Timezone, anchor }).next(after)
    return next !== undefined && next <= until
  }

  /** After a scheduled action, a capacity outside its limits is changed at once. */
  private keepLimits(target: ScalableTarget, service: Service): void {
    const cause = this.scheduledBy.get(target.ResourceId)
    this.scheduledBy.delete(target.ResourceId)
    if (cause === undefined) return
    const { desiredCount } = service
    const capacity = Math.min(
      Math.max(desiredCount, Number(target.MinCapacity)),
      Number(target.MaxCapacity),
    )
    if (capacity === desiredCount) return
    this.change(target, service, { capacity, cause, cooldownSeconds: 0 })
  }

  private change(
    target: ScalableTarget,
    service: Service,
    { capacity: desired, cause, cooldownSeconds }: Proposal,
    from = service.desiredCount,
  ): Activity {
    const { aws, onChange } = this.props
    const before = service.desiredCount
    for (const activity of this.openActivities(target)) end(activity, 'Overridden', aws.now)
    const activity: Activity = {
      target,
      id: uuidOf(`${target.ResourceId} activity ${this.activities.total}`),
      cause,
      desired,
      from,
      isScaleOut: desired > before,
      cooldownSeconds,
      startedAt: aws.now,
      endedAt: undefined,
      status: 'InProgress',
    }
    this.activities.push(activity)
    aws.setDesiredCount(service, desired)
    onChange(service, before, cause)
    return activity
  }

  /** An activity succeeds when so many tasks run. */
  private endActivities(target: ScalableTarget, service: Service): void {
    const { now } = this.props.aws
    for (const activity of this.openActivities(target)) {
      const { desired, isScaleOut } = activity
      const { servingCount } = service
      if (isScaleOut ? servingCount >= desired : servingCount <= desired) {
        end(activity, 'Successful', now)
      }
    }
  }

  private openActivities(target: ScalableTarget): Activity[] {
    return this.activities.all.filter(
      (activity) => activity.status === 'InProgress' && isOf(activity.target, target),
    )
  }

  private lastChangesOf({ ResourceId }: ScalableTarget): LastChanges {
    const last = this.lastChanges.get(ResourceId) ?? { out: undefined, in: undefined }
    this.lastChanges.set(ResourceId, last)
    return last
  }

  private serviceOf({ ServiceNamespace, ResourceId }: ScalableTarget): Service | undefined {
    const [kind, cluster, name] = ResourceId.split('/')
    if (ServiceNamespace !== 'ecs' || kind !== 'service') return undefined
    return this.props.aws.services.find(
      (service) =>
        service.clusterName === cluster && service.name === name && service.status === 'ACTIVE',
    )
  }
}

function end(activity: Activity, status: Activity['status'], now: number): void {
  activity.status = status
  activity.endedAt = now
}

/** The policy with the largest capacity wins, out and in. */
function largest(proposals: readonly Proposal[]): Proposal | undefined {
  const [first, ...others] = proposals
  if (first === undefined) return undefined
  return others.reduce((best, each) => (each.capacity > best.capacity ? each : best), first)
}

function causeOf(alarmName: string, { PolicyName }: Pick<ScalingPolicy, 'PolicyName'>): string {
  return `monitor alarm ${alarmName} in state ALARM triggered policy ${PolicyName}`
}

function described({ target, id, cause, desired, startedAt, endedAt, status }: Activity): object {
  const set = `Successfully set desired count to ${desired}.`
  const messages = {
    InProgress: `${set} Waiting for change to be fulfilled by ecs.`,
    Successful: `${set} Change successfully fulfilled by ecs.`,
    Overridden: `${set} A later change replaced it.`,
  }
  return {
    ActivityId: id,
    ServiceNamespace: target.ServiceNamespace,
    ResourceId: target.ResourceId,
    ScalableDimension: target.ScalableDimension,
    Description: `Setting desired count to ${desired}.`,
    Cause: cause,
    StartTime: startedAt / 1000,
    ...(endedAt !== undefined && { EndTime: endedAt / 1000 }),
    StatusCode: status,
    StatusMessage: messages[status],
  }
}
