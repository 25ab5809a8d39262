import type { Control } from '../control'
import type { Platform, Resource } from '../platform'
import { block, isSet, type Statement, statementsOf, texts } from '../values'
import { withoutResource } from '../without-resource'

const policies = [
  'aws_iam_policy',
  'aws_iam_role_policy',
  'aws_iam_user_policy',
  'aws_iam_group_policy',
]

const isRead = (action: string) =>
  /^[\w-]+:(BatchCheck|BatchGet|Check|Describe|Download|Filter|Get|Head|List|Lookup|Poll|Query|Read|Receive|Scan|Search|Simulate|Test|Validate|View)/.test(
    action,
  )

/** Actions that let a role take over another identity or extend its own permissions. */
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

/** Whether an action matches a pattern with wildcards. */
function matchesAction(pattern: string, action: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i').test(action)
}

/** Whether a statement allows actions on all resources, without a condition. */
function onEverything({ isAllow, resources, conditions }: Statement): boolean {
  return isAllow && resources.includes('*') && Object.keys(conditions).length === 0
}

/** A permissions boundary grants nothing itself. */
function isOnlyBoundary({ values }: Resource, platform: Platform): boolean {
  const name = String(values.name)
  return platform
    .of('aws_iam_role')
    .some((role) => String(role.values.permissions_boundary).endsWith(`:policy/${name}`))
}

/** The faults of the statements. An unreadable policy is a fault. */
function inStatements(
  policy: unknown,
  faultOf: (statement: Statement) => string | false,
): string | false {
  const statements = statementsOf(policy)
  if (statements === undefined) return 'the policy cannot be read'
  return [...new Set(statements.map(faultOf).filter(Boolean))].join('; ') || false
}

const github = 'token.actions.githubusercontent.com'

/** One repository, with a branch, a tag, an environment or pull requests. */
const safeSubject =
  /^repo:[\w.-]+\/[\w.-]+:(ref:refs\/(heads|tags)\/[^*?]+|environment:[^*?]+|pull_request)$/

function subjectsOf({ conditions }: Statement): string[] {
  return [
    'StringEquals',
    'StringLike',
    'ForAnyValue:StringEquals',
    'ForAnyValue:StringLike',
  ].flatMap((operator) => texts(block(conditions, operator)?.[`${github}:sub`]))
}

export const identityControls: readonly Control[] = [
  {
    id: 'CKV_AWS_290',
    requires: 'Policies limit write actions to resources',
    types: policies,
    where: (policy, platform) => !isOnlyBoundary(policy, platform),
    fault: ({ values }) =>
      inStatements(values.policy, (statement) => {
        if (!onEverything(statement)) return false
        if (statement.notActions.length > 0) return 'all but a few actions on everything'
        const writes = statement.actions.filter(
          (action) => !isRead(action) && !withoutResource.includes(action),
        )
        return writes.length > 0 && `${writes.join(', ')} on everything`
      }),
  },
  {
    id: 'CKV_AWS_286',
    requires: 'Policies prevent privilege escalation',
    types: policies,
    where: (policy, platform) => !isOnlyBoundary(policy, platform),
    fault: ({ values }) =>
      inStatements(values.policy, (statement) => {
        if (!onEverything(statement)) return false
        const steps = escalations.filter((action) =>
          statement.notActions.length > 0
            ? !statement.notActions.some((pattern) => matchesAction(pattern, action))
            : statement.actions.some((pattern) => matchesAction(pattern, action)),
        )
        return steps.length > 0 && `${steps.join(', ')} on everything`
      }),
  },
  {
    id: 'CKV_AWS_60',
    requires: 'Roles cannot be assumed by everyone',
    types: ['aws_iam_role'],
    fault: ({ values }) =>
      inStatements(values.assume_role_policy, ({ isAllow, principals }) => {
        const who = Object.values(principals).flat()
        return isAllow && (who.length === 0 || who.includes('*')) && 'anyone can assume it'
      }),
  },
  {
    id: 'FSBP IAM.21',
    requires: 'Policies have no wildcard service actions',
    types: policies,
    fault: ({ values }) =>
      inStatements(values.policy, ({ isAllow, actions }) => {
        const wide = actions.filter((action) => /^(\*|[\w-]+:\*)$/.test(action))
        return isAllow && wide.length > 0 && wide.join(', ')
      }),
  },
  {
    id: 'CKV_AWS_393',
    requires: 'Roles for GitHub restrict the repository and the branch or environment',
    types: ['aws_iam_role'],
    where: ({ values }) =>
      String(values.assume_role_policy).includes('sts:AssumeRoleWithWebIdentity') &&
      String(values.assume_role_policy).includes(github),
    fault: ({ values }) =>
      inStatements(values.assume_role_policy, (statement) => {
        if (!isSet(statement.principals.Federated)) return false
        const subjects = subjectsOf(statement)
        if (subjects.length === 0) return 'no condition on the subject'
        const loose = subjects.filter((subject) => !safeSubject.test(subject))
        return loose.length > 0 && `the subject may be ${loose.join(', ')}`
      }),
  },
]
