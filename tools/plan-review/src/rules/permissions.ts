import { type JsonObject, textsOf } from '../json'
import { policiesIn, policyAttributes, widened } from './policies'
import { changedNames, isOff, isUnknown, isWritten, type Rule } from './rule'

export const permissionRules: readonly Rule[] = [
  {
    id: 'iam-widened',
    severity: 'high',
    finds:
      'A policy allows more: a new wildcard, a new principal, a new action on every resource, a condition removed',
    why: 'Everyone with the role, and every principal of the policy, can use it after the apply.',
    next: 'Name the actions and the resources, or explain why AWS has nothing narrower.',
    check: (change) => {
      if (!isWritten(change)) return []
      const before = policiesIn(change.before)
      const isOfResource = !change.type.startsWith('aws_iam_')
      const arnsOf = ({ policy_arn, managed_policy_arns }: JsonObject) => [
        ...textsOf(policy_arn),
        ...textsOf(managed_policy_arns),
      ]
      return [
        ...[...policiesIn(change.after)].flatMap(([path, policy]) =>
          widened(before.get(path), policy, isOfResource).map((line) => `${path}: ${line}`),
        ),
        ...arnsOf(change.after)
          .filter((arn) => !arnsOf(change.before).includes(arn))
          .filter((arn) => /policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(arn))
          .map((arn) => `attaches ${arn.split('/').at(-1)}`),
      ]
    },
  },
  {
    id: 'policy-unknown',
    severity: 'low',
    finds: 'An existing policy is known only after the apply',
    why: 'This plan does not show whether it allows more.',
    next: 'Check the values that it consists of; or apply the resources that it refers to first, and plan again.',
    check: (change) =>
      change.action === 'update'
        ? policyAttributes
            .filter((name) => isUnknown(change, name) && !isOff(change.before[name]))
            .map((name) => `${name} is known after apply`)
        : [],
  },
  {
    id: 'boundary-off',
    severity: 'high',
    finds: 'The permissions boundary of a role is removed or changed',
    why: 'It limits every permission that the role can get.',
    next: 'Ask the owner of the boundary for a review.',
    check: (change) =>
      changedNames(change, ['permissions_boundary']).map((name) =>
        isOff(change.after[name]) && !isUnknown(change, name)
          ? `${name} is removed`
          : `${name} changes`,
      ),
  },
]
