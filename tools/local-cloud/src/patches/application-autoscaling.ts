import type { MotoPatch } from '../gateway/moto-patch'
import type {
  CapacityLimits,
  ScalableTarget,
  ScalingPolicy,
  ScalingSource,
  ScheduledAction,
  SuspendedState,
} from '../scaling/deployed-scaling'
import { trackingAlarms } from '../scaling/tracking-alarms'
import { localArn } from './account'
import type { StoredAlarm } from './cloudwatch'
import { type Input, operationsPatch } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

const targetKeys = ['ServiceNamespace', 'ResourceId', 'ScalableDimension']

/**
 * Application Auto Scaling. moto checks for services in its own ECS, which has none, stores no tags, and creates no alarms.
 * Remove it when moto supports ListTagsForResource, finds the services, and creates the alarms of target tracking.
 */
export class ApplicationAutoscaling implements ScalingSource {
  private readonly targetOperations = resources('ResourceId', 'ScalableTarget')
  private readonly policyOperations = resources('PolicyName', 'Policy', 'ScalingPolicies')
  private readonly actionOperations = resources('ScheduledActionName', 'ScheduledAction')
  private readonly tags = new TagStore()

  get targets(): readonly ScalableTarget[] {
    return [...this.targetOperations.store.values()] as unknown as ScalableTarget[]
  }

  get policies(): readonly ScalingPolicy[] {
    return [...this.policyOperations.store.values()] as unknown as ScalingPolicy[]
  }

  get actions(): readonly ScheduledAction[] {
    return [...this.actionOperations.store.values()] as unknown as ScheduledAction[]
  }

  setLimits(target: ScalableTarget, { MinCapacity, MaxCapacity }: CapacityLimits): void {
    this.targetOperations.store.update(this.targetOperations.keyOf({ ...target }), {
      ...(MinCapacity !== undefined && { MinCapacity: Number(MinCapacity) }),
      ...(MaxCapacity !== undefined && { MaxCapacity: Number(MaxCapacity) }),
    })
  }

  readonly operations = {
    RegisterScalableTarget: ({ Tags, ...input }: Input) => {
      const output = this.targetOperations.put(this.withSuspendedState(input))
      this.tags.put(output.ScalableTargetARN, Tags)
      return output
    },
    DescribeScalableTargets: this.targetOperations.describe,
    DeregisterScalableTarget: (input: Input) => {
      const target = this.targetOperations.keyOf(input)
      const removed = this.targetOperations.store.remove(target)
      this.tags.delete(String(removed.ScalableTargetARN))
      for (const { store } of [this.policyOperations, this.actionOperations]) {
        for (const key of store.keys()) if (key.startsWith(`${target} `)) store.delete(key)
      }
      return {}
    },
    PutScalingPolicy: (input: Input) => {
      const output = this.putOnTarget(this.policyOperations, input)
      const policy = this.policies.find(({ PolicyARN }) => PolicyARN === output.PolicyARN)
      return { ...output, Alarms: policy ? namesOf(trackingAlarms([policy])) : [] }
    },
    DescribeScalingPolicies: (input: Input) => {
      const { ScalingPolicies } = this.policyOperations.describe(input)
      const withAlarms = (ScalingPolicies ?? []).map((policy) => ({
        ...policy,
        Alarms: namesOf(trackingAlarms([policy as unknown as ScalingPolicy])),
      }))
      return { ScalingPolicies: withAlarms }
    },
    DeleteScalingPolicy: this.policyOperations.remove,
    PutScheduledAction: (input: Input) => this.putOnTarget(this.actionOperations, input),
    DescribeScheduledActions: this.actionOperations.describe,
    DeleteScheduledAction: this.actionOperations.remove,
    ListTagsForResource: ({ ResourceARN }: Input) => ({ Tags: this.tags.record(ResourceARN) }),
    TagResource: ({ ResourceARN, Tags }: Input) => this.tags.add(ResourceARN, Tags),
    UntagResource: ({ ResourceARN, TagKeys }: Input) => this.tags.remove(ResourceARN, TagKeys),
  }

  readonly patch: MotoPatch = operationsPatch('application-autoscaling', this.operations, () =>
    [this.targetOperations, this.policyOperations, this.actionOperations].flatMap(({ store }) => [
      ...store.keys(),
    ]),
  )

  /** AWS returns each part, also those that were never set. */
  private withSuspendedState(input: Input): Input {
    const before = this.targetOperations.store.get(this.targetOperations.keyOf(input))
    const states = [before?.SuspendedState, input.SuspendedState] as (SuspendedState | undefined)[]
    return { ...input, SuspendedState: Object.assign({ ...notSuspended }, ...states) }
  }

  private putOnTarget(kind: typeof this.policyOperations, input: Input): Input {
    this.targetOperations.store.find(this.targetOperations.keyOf(input))
    return kind.put(input)
  }
}

const notSuspended: SuspendedState = {
  DynamicScalingInSuspended: false,
  DynamicScalingOutSuspended: false,
  ScheduledScalingSuspended: false,
}

function namesOf(alarms: readonly StoredAlarm[]) {
  return alarms.map(({ name, arn }) => ({ AlarmName: name, AlarmARN: arn }))
}

/** The operations on one kind of resource, by the name of its field for the name. */
function resources(nameField: string, kind: string, listField = `${kind}s`) {
  const store = new ResourceStore(kind, 'ObjectNotFoundException')
  const arnField = `${kind}ARN`
  const keyOf = (input: Input) =>
    [...new Set([...targetKeys, nameField])].map((field) => input[field]).join(' ')
  return {
    store,
    keyOf,
    put: (input: Input): Input => {
      const key = keyOf(input)
      const arn = arnOf(kind, input, uuidOf(key))
      const stored = { ...input, [arnField]: arn, CreationTime: creationTime }
      store.set(key, { ...store.get(key), ...stored })
      return { [arnField]: arn }
    },
    describe: (input: Input): Record<string, Input[]> => {
      const names = input[`${nameField}s`] as readonly unknown[] | undefined
      const found = [...store.values()].filter(
        (each) =>
          targetKeys.every((field) => input[field] === undefined || input[field] === each[field]) &&
          (names?.includes(each[nameField]) ?? true),
      )
      return { [listField]: found }
    },
    remove: (input: Input) => {
      store.remove(keyOf(input))
      return {}
    },
  }
}

/** ARNs of policies and actions are those of Auto Scaling, and name the target. */
function arnOf(kind: string, { ServiceNamespace, ResourceId, ...input }: Input, id: string) {
  const onTarget = `resource/${ServiceNamespace}/${ResourceId}`
  switch (kind) {
    case 'Policy':
      return localArn(
        'autoscaling',
        `scalingPolicy:${id}:${onTarget}:policyName/${input.PolicyName}`,
      )
    case 'ScheduledAction':
      return localArn(
        'autoscaling',
        `scheduledAction:${id}:${onTarget}:scheduledActionName/${input.ScheduledActionName}`,
      )
    default:
      return localArn('application-autoscaling', `scalable-target/${id}`)
  }
}
