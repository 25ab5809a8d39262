import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'
import { inEachStatement } from '../checks'
import { controlsFor } from '../control'
import { actionsLike, type IamAction } from '../iam-data'
import type { Platform, Resource } from '../platform'
import { includesAnyone, isUnconditional, type Statement } from '../policies'
import { block, blocks, isBlock, isSet, listOf, strings } from '../values'

const policyTypes = [
  'aws_iam_policy',
  'aws_iam_role_policy',
  'aws_iam_user_policy',
  'aws_iam_group_policy',
  // With inline policies.
  'aws_iam_role',
]

const attachmentTypes = [
  'aws_iam_role_policy_attachment',
  'aws_iam_user_policy_attachment',
  'aws_iam_group_policy_attachment',
  'aws_iam_policy_attachment',
  // With `managed_policy_arns`.
  'aws_iam_role',
]

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

/** All resources of all accounts, also as `arn:aws:sqs:*:*:*`. */
function isEverything(resource: string): boolean {
  return /^(\*+|arn:[^:]*(:\*|:[^:]*:\*?:\*?:[*/:]+))$/.test(resource)
}

/** Properties of the request itself: any resource can be reached with the right ones. */
const requestKeys =
  /:(TlsVersion|authType|signatureAge|signatureversion|x-amz-content-sha256|ViaAWSService)$/i

/** Whether a condition selects resources of the action, or what it may do to them. */
function isRestrictedBy({ conditions }: Statement, { conditionKeys }: IamAction): boolean {
  const supported = conditionKeys.map((key) => key.replace(/[$<{].*/, '*'))
  return Object.entries(conditions).some(
    // Other operators are also true for requests without the key, or exclude only some values.
    ([operator, keys]) =>
      /^(ForAnyValue:)?((String|Arn)(Equals|Like|EqualsIgnoreCase)|Bool)$/.test(operator) &&
      isBlock(keys) &&
      Object.entries(keys).some(
        ([key, values]) =>
          !requestKeys.test(key) &&
          supported.some((pattern) => likeIgnoringCase(pattern, key)) &&
          !strings(values).some((value) => /^[*?]*$/.test(value)),
      ),
  )
}

/** The actions of a statement that it could limit to some resources, and does not. */
function unrestricted(
  statement: Statement,
  isChecked: (action: IamAction) => boolean = () => true,
): string[] {
  const { isAllow, actions, notActions, resources, notResources } = statement
  if (!isAllow || !(resources.some(isEverything) || notResources.length > 0)) return []
  if (notActions.length > 0) return ['all actions with exceptions']
  return actions.flatMap((pattern) => {
    const matching = actionsLike(pattern)
    // All services, a typing error, or an action newer than the data.
    if (matching.length === 0) return [`${pattern} (unknown)`]
    return matching.some(
      (action) => action.hasResources && isChecked(action) && !isRestrictedBy(statement, action),
    )
      ? [pattern]
      : []
  })
}

function forBroadGrants(violationOf: (statement: Statement) => string[]) {
  return {
    appliesTo: (policy: Resource, platform: Platform) =>
      !isOnlyBoundary(policy, platform) && isPolicy(policy),
    check: inEachStatement(policiesOf, (statement) => {
      const actions = violationOf(statement)
      return actions.length > 0 && `${actions.join(', ')} on all resources`
    }),
  }
}

/** The policies of a role are blocks, and any other type is a policy. */
function policiesOf({ type, values }: Resource): unknown[] {
  return type === 'aws_iam_role'
    ? blocks(values, 'inline_policy').flatMap(({ policy }) => policy ?? [])
    : [values.policy]
}

const isPolicy = (resource: Resource) => policiesOf(resource).length > 0

const trustOf = ({ values }: Resource) => [values.assume_role_policy]

const github = 'token.actions.githubusercontent.com'

/** One repository, by names or by names and ids, limited to a branch, a tag, an environment or pull requests. */
const safeSubject =
  /^repo:[\w.-]+(\/[\w.-]+|@\d+\/[\w.-]+@\d+):(ref:refs\/(heads|tags)\/[^*?]+|environment:[^*?]+|pull_request)$/

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
      ...forBroadGrants((statement) => unrestricted(statement, ({ isRead }) => !isRead)),
    },
    CKV_AWS_355: {
      title: 'Actions that can be limited to some resources are',
      ...forBroadGrants((statement) => unrestricted(statement)),
    },
    CKV_AWS_286: {
      title: 'Policies do not allow privilege escalation',
      ...forBroadGrants((statement) => {
        const { isAllow, actions, notActions, resources, notResources } = statement
        if (!isAllow || !isUnconditional(statement)) return []
        if (!resources.some(isEverything) && notResources.length === 0) return []
        return escalations.filter((action) => {
          const matches = (pattern: string) => likeIgnoringCase(pattern, action)
          return notActions.length > 0 ? !notActions.some(matches) : actions.some(matches)
        })
      }),
    },
    'FSBP KMS.2': {
      title: 'Policies do not allow decryption with all keys',
      appliesTo: (policy: Resource, platform: Platform) =>
        isPolicy(policy) && !isOnlyBoundary(policy, platform),
      check: inEachStatement(policiesOf, (statement) => {
        const isBroad =
          statement.notResources.length > 0 ||
          statement.resources.some((arn) => isEverything(arn) || /:key\/\*$/.test(arn))
        const found = ['kms:Decrypt', 'kms:ReEncryptFrom'].filter((action) => {
          const [data] = actionsLike(action)
          const matches = (pattern: string) => likeIgnoringCase(pattern, action)
          return statement.notActions.length > 0
            ? !statement.notActions.some(matches)
            : statement.actions.some(matches) && data && !isRestrictedBy(statement, data)
        })
        return (
          statement.isAllow && isBroad && found.length > 0 && `${found.join(', ')} with all keys`
        )
      }),
    },
    'FSBP IAM.21': {
      title: 'Policies do not allow all actions of a service',
      appliesTo: isPolicy,
      check: inEachStatement(policiesOf, ({ isAllow, actions }) => {
        const wide = actions.filter((action) => /^(\*|[\w-]+:\*)$/.test(action))
        return isAllow && wide.join(', ')
      }),
    },
    'Access Analyzer INVALID_ACTION': {
      title: 'Policies name actions that exist',
      appliesTo: isPolicy,
      // IAM accepts a misspelt action, and AWS then denies the call that it was meant for.
      check: inEachStatement(policiesOf, ({ actions, notActions }) =>
        [...actions, ...notActions]
          .filter((pattern) => pattern !== '*' && actionsLike(pattern).length === 0)
          .join(', '),
      ),
    },
  }),
  ...controlsFor(['aws_iam_role'], {
    CKV_AWS_60: {
      title: 'Roles limit who can assume them',
      check: inEachStatement(trustOf, (statement) => {
        const isOpen =
          includesAnyone(statement) || Object.values(statement.principals).flat().length === 0
        return statement.isAllow && isOpen && 'anyone can assume it'
      }),
    },
    CKV_AWS_61: {
      title: 'Roles do not trust a whole account',
      check: inEachStatement(trustOf, ({ isAllow, principals }) => {
        const accounts = (principals.AWS ?? []).filter((arn) => /^(\d{12}|arn:.*:root)$/.test(arn))
        return isAllow && accounts.length > 0 && `${accounts.join(', ')} can assume it`
      }),
    },
    CKV_AWS_393: {
      title: 'Roles for GitHub Actions name the repository and the branch or environment',
      appliesTo: ({ values }) =>
        String(values.assume_role_policy).includes('sts:AssumeRoleWithWebIdentity') &&
        String(values.assume_role_policy).includes(github),
      check: inEachStatement(trustOf, (statement) => {
        if (!isSet(statement.principals.Federated)) return false
        const subjects = subjectsOf(statement)
        if (subjects.length === 0) return 'no condition on the subject'
        const loose = subjects.filter((subject) => !safeSubject.test(subject))
        return loose.length > 0 && `the subject may be ${loose.join(', ')}`
      }),
    },
  }),
  ...controlsFor(attachmentTypes, {
    CKV_AWS_274: {
      title: 'Nobody has the administrator policies of AWS',
      check: ({ values }) =>
        strings([...listOf(values.policy_arn), ...listOf(values.managed_policy_arns)])
          .filter((arn) => /:policy\/(AdministratorAccess|IAMFullAccess)$/.test(arn))
          .map((arn) => `attaches ${arn}`)
          .join(', '),
    },
  }),
]
