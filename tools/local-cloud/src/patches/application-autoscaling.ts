import type { MotoPatch } from '../gateway/moto-patch'
import { account } from './account'
import { type Input, JsonService, type Operation, Refusal } from './json-service'
import { TagStore } from './tags'

interface Key {
  readonly ServiceNamespace?: string
  readonly ResourceId?: string
  readonly ScalableDimension?: string
}

type Stored = Input & Key & { readonly PolicyName?: string; readonly ScheduledActionName?: string }

/**
 * Application Auto Scaling. moto looks for the services in its own ECS, and has no tags.
 * Can go when it answers ListTagsForResource, and when services are there.
 */
export function applicationAutoscaling(): MotoPatch {
  const targets = new Map<string, Stored>()
  const policies = new Map<string, Stored>()
  const actions = new Map<string, Stored>()
  const tags = new TagStore()
  const arn = (kind: string, key: string) =>
    `arn:aws:application-autoscaling:${account.region}:${account.id}:${kind}/${Buffer.from(key).toString('hex').slice(0, 64)}`
  const keyOf = ({ ServiceNamespace, ResourceId, ScalableDimension }: Key) =>
    `${ServiceNamespace} ${ResourceId} ${ScalableDimension}`

  /** Of one kind: by name within their target. */
  const operationsOn = (
    store: Map<string, Stored>,
    kind: string,
    name: 'PolicyName' | 'ScheduledActionName',
    arnField: string,
    answerField: string,
  ): Record<'put' | 'describe' | 'remove', Operation> => ({
    put: (input: Stored) => {
      if (!targets.has(keyOf(input))) throw notFound(`scalable target ${keyOf(input)}`)
      const key = `${keyOf(input)} ${input[name]}`
      const stored = { ...input, [arnField]: arn(kind, key), CreationTime: creationTime }
      store.set(key, stored)
      return { [arnField]: stored[arnField], Alarms: [] }
    },
    describe: (input) => {
      const names = input[`${name}s`] as readonly string[] | undefined
      const found = [...store.values()].filter(
        (stored) => matches(stored, input) && (names?.includes(stored[name] ?? '') ?? true),
      )
      return { [answerField]: found }
    },
    remove: (input: Stored) => {
      if (!store.delete(`${keyOf(input)} ${input[name]}`)) throw notFound(`${input[name]}`)
    },
  })
  const policy = operationsOn(
    policies,
    'scalingPolicy',
    'PolicyName',
    'PolicyARN',
    'ScalingPolicies',
  )
  const action = operationsOn(
    actions,
    'scheduledAction',
    'ScheduledActionName',
    'ScheduledActionARN',
    'ScheduledActions',
  )

  return new JsonService(
    'application-autoscaling',
    {
      RegisterScalableTarget: (input: Stored) => {
        const key = keyOf(input)
        const ScalableTargetARN = arn('scalable-target', key)
        const { Tags = {}, ...target } = input as Stored & {
          readonly Tags?: Record<string, string>
        }
        targets.set(key, {
          ...targets.get(key),
          ...target,
          ScalableTargetARN,
          CreationTime: creationTime,
        })
        tags.put(ScalableTargetARN, Object.entries(Tags))
        return { ScalableTargetARN }
      },
      DescribeScalableTargets: (input) => {
        const ids = input.ResourceIds as readonly string[] | undefined
        const found = [...targets.values()].filter(
          (target) => matches(target, input) && (ids?.includes(target.ResourceId ?? '') ?? true),
        )
        return { ScalableTargets: found }
      },
      DeregisterScalableTarget: (input: Stored) => {
        const key = keyOf(input)
        if (!targets.delete(key)) throw notFound(`scalable target ${key}`)
        for (const store of [policies, actions]) {
          for (const stored of store.keys()) if (stored.startsWith(`${key} `)) store.delete(stored)
        }
      },
      PutScalingPolicy: policy.put,
      DescribeScalingPolicies: policy.describe,
      DeleteScalingPolicy: policy.remove,
      PutScheduledAction: action.put,
      DescribeScheduledActions: action.describe,
      DeleteScheduledAction: action.remove,
      ListTagsForResource: ({ ResourceARN }) => ({
        Tags: Object.fromEntries(tags.of(String(ResourceARN))),
      }),
      TagResource: ({ ResourceARN, Tags = {} }) =>
        tags.put(String(ResourceARN), Object.entries(Tags as Record<string, string>)),
      UntagResource: ({ ResourceARN, TagKeys = [] }) =>
        tags.remove(String(ResourceARN), TagKeys as readonly string[]),
    },
    () => [...targets.keys(), ...policies.keys(), ...actions.keys()],
  )
}

const creationTime = 1_767_571_200

/** Whether a stored thing is of the resource that is asked for. */
function matches(stored: Key, asked: Key): boolean {
  return (['ServiceNamespace', 'ResourceId', 'ScalableDimension'] as const).every(
    (field) => asked[field] === undefined || asked[field] === stored[field],
  )
}

function notFound(what: string): Refusal {
  return new Refusal('ObjectNotFoundException', `No ${what} is registered.`)
}
