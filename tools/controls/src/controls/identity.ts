import { actionsWithoutResource } from '@tideway/constructs/iam-actions'
import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'
import { inEachStatement } from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { block, includesAnyone, isSet, isUnconditional, type Statement, strings } from '../values'

const policyTypes = [
  'aws_iam_policy',
  'aws_iam_role_policy',
  'aws_iam_user_policy',
  'aws_iam_group_policy',
]

const isRead = (action: string) =>
  /^[\w-]+:(BatchCheck|BatchGet|Check|Describe|Download|Filter|Get|Head|List|Lookup|Poll|Query|Read|Receive|Scan|Search|Simulate|Test|Validate|View)/.test(
    action,
  )

/** Actions that can extend the permissions of their principal. */
const escalations = [
  'iam:AddUserToGroup',
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreatePolicyVersion',
  'iam:PassRole',
  'iam:PutGroupPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
  'sts:AssumeRole',
]

/** A permissions boundary grants nothing, so its statements are not grants. */
function isOnlyBoundary({ values }: Resource, platform: Platform): boolean {
  return platform
    .ofType('aws_iam_role')
    .some((role) => String(role.values.permissions_boundary).endsWith(`:policy/${values.name}`))
}

/** Checks the statements that allow actions on all resources without a condition. */
function forBroadGrants(violationOf: (statement: Statement) => string[]) {
  const check = inEachStatement('policy', (statement) => {
    const isBroad =
      statement.isAllow && statement.resources.includes('*') && isUnconditional(statement)
    const actions = isBroad ? violationOf(statement) : []
    return actions.length > 0 && `${actions.join(', ')} on all resources`
  })
  return {
    appliesTo: (policy: Resource, platform: Platform) => !isOnlyBoundary(policy, platform),
    check,
  }
}

const github = 'token.actions.githubusercontent.com'

/** One repository, limited to a branch, a tag, an environment or pull requests. */
const safeSubject =
  /^repo:[\w.-]+\/[\w.-]+:(ref:refs\/(heads|tags)\/[^*?]+|environment:[^*?]+|pull_request)$/

function subjectsOf({ conditions }: Statement): string[] {
  return [
    'StringEquals',
    'StringLike',
    'ForAnyValue:StringEquals',
    'ForAnyValue:StringLike',
  ].flatMap((operator) => strings(block(conditions, operator)?.[`${github}:sub`]))
}

export const identityControls = [
  ...controlsFor(policyTypes, {
    CKV_AWS_290: {
      title: 'Write permissions are limited to some resources',
      ...forBroadGrants(({ actions, notActions }) =>
        notActions.length > 0
          ? ['all actions with exceptions']
          : actions.filter((action) => !isRead(action) && !actionsWithoutResource.includes(action)),
      ),
    },
    CKV_AWS_286: {
      title: 'Policies do not allow privilege escalation',
      ...forBroadGrants(({ actions, notActions }) =>
        escalations.filter((action) => {
          const matches = (pattern: string) => likeIgnoringCase(pattern, action)
          return notActions.length > 0 ? !notActions.some(matches) : actions.some(matches)
        }),
      ),
    },
    'FSBP IAM.21': {
      title: 'Policies do not allow all actions of a service',
      check: inEachStatement('policy', ({ isAllow, actions }) => {
        const wide = actions.filter((action) => /^(\*|[\w-]+:\*)$/.test(action))
        return isAllow && wide.join(', ')
      }),
    },
  }),
  ...controlsFor(['aws_iam_role'], {
    CKV_AWS_60: {
      title: 'Roles limit who can assume them',
      check: inEachStatement('assume_role_policy', (statement) => {
        const isOpen =
          includesAnyone(statement) || Object.values(statement.principals).flat().length === 0
        return statement.isAllow && isOpen && 'anyone can assume it'
      }),
    },
    CKV_AWS_393: {
      title: 'Roles for GitHub Actions name the repository and the branch or environment',
      appliesTo: ({ values }) =>
        String(values.assume_role_policy).includes('sts:AssumeRoleWithWebIdentity') &&
        String(values.assume_role_policy).includes(github),
      check: inEachStatement('assume_role_policy', (statement) => {
        if (!isSet(statement.principals.Federated)) return false
        const subjects = subjectsOf(statement)
        if (subjects.length === 0) return 'no condition on the subject'
        const loose = subjects.filter((subject) => !safeSubject.test(subject))
        return loose.length > 0 && `the subject may be ${loose.join(', ')}`
      }),
    },
  }),
]
