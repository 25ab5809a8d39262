import type { MotoPatch } from '../gateway/moto-patch'
import { localArn } from './account'
import { type Input, operationsPatch } from './operations'
import { creationTime, ResourceStore, TagStore, uuidOf } from './stores'

const targetKeys = ['ServiceNamespace', 'ResourceId', 'ScalableDimension']

/**
 * Application Auto Scaling. moto checks for services in its own ECS, which has none, and stores no tags.
 * Remove it when moto supports ListTagsForResource and finds the services.
 */
export function applicationAutoscaling(): MotoPatch {
  const targets = resources('scalable-target', 'ResourceId', 'ScalableTarget')
  const policies = resources('scalingPolicy', 'PolicyName', 'Policy', 'ScalingPolicies')
  const actions = resources('scheduledAction', 'ScheduledActionName', 'ScheduledAction')
  const tags = new TagStore()
  const putOnTarget = (kind: typeof policies) => (input: Input) => {
    targets.store.find(targets.keyOf(input))
    return kind.put(input)
  }
  return operationsPatch(
    'application-autoscaling',
    {
      RegisterScalableTarget: ({ Tags, ...input }) => {
        const output = targets.put(input)
        tags.put(output.ScalableTargetARN, Tags)
        return output
      },
      DescribeScalableTargets: targets.describe,
      DeregisterScalableTarget: (input) => {
        const target = targets.keyOf(input)
        tags.delete(String(targets.store.remove(target).ScalableTargetARN))
        for (const { store } of [policies, actions]) {
          for (const key of store.keys()) if (key.startsWith(`${target} `)) store.delete(key)
        }
        return {}
      },
      PutScalingPolicy: putOnTarget(policies),
      DescribeScalingPolicies: policies.describe,
      DeleteScalingPolicy: policies.remove,
      PutScheduledAction: putOnTarget(actions),
      DescribeScheduledActions: actions.describe,
      DeleteScheduledAction: actions.remove,
      ListTagsForResource: ({ ResourceARN }) => ({ Tags: tags.record(ResourceARN) }),
      TagResource: ({ ResourceARN, Tags }) => tags.add(ResourceARN, Tags),
      UntagResource: ({ ResourceARN, TagKeys }) => tags.remove(ResourceARN, TagKeys),
    },
    () => [targets, policies, actions].flatMap(({ store }) => [...store.keys()]),
  )
}

/** The operations on one kind of resource, by the name of its field for the name. */
function resources(arnKind: string, nameField: string, kind: string, listField = `${kind}s`) {
  const store = new ResourceStore(kind, 'ObjectNotFoundException')
  const arnField = `${kind}ARN`
  const keyOf = (input: Input) =>
    [...new Set([...targetKeys, nameField])].map((field) => input[field]).join(' ')
  return {
    store,
    keyOf,
    put: (input: Input): Input => {
      const key = keyOf(input)
      const arn = localArn('application-autoscaling', `${arnKind}/${uuidOf(key)}`)
      const stored = { ...input, [arnField]: arn, CreationTime: creationTime }
      store.set(key, { ...store.get(key), ...stored })
      return { [arnField]: arn, Alarms: [] }
    },
    describe: (input: Input) => {
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
