import { permissionsBoundaryArn, stackNames } from '@tideway/constructs'
import { allows, type Statement } from '@tideway/constructs/iam-evaluator'
import { soleResource, statementsOf, testEnvironment } from '@tideway/constructs/testing'
import { arnOf, bootstrap, roles, stateArn, statementsOfRole, stateOwners } from './fixture'

const json = bootstrap()
const boundary = soleResource(json, 'aws_iam_policy')
const boundaryArn = arnOf(json, 'aws_iam_policy')
/** PowerUserAccess: everything except IAM. */
const powerUser: Statement = {
  Effect: 'Allow',
  NotAction: ['iam:*', 'organizations:*', 'account:*'],
  Resource: '*',
}
const grants = [
  'iam:AttachRolePolicy',
  'iam:CreateRole',
  'iam:PutRolePermissionsBoundary',
  'iam:PutRolePolicy',
]

function roleArn(name: string): string {
  return `arn:aws:iam::123456789012:role/${name}`
}

describe('the boundary', () => {
  const limits = statementsOf(boundary.policy) as Statement[]
  const within = (action: string, resource: string) =>
    allows([{ Statement: limits }], { action, resource })

  it('has the ARN that the roles of stacks use', () => {
    expect(permissionsBoundaryArn(testEnvironment())).toBe(
      `arn:aws:iam::123456789012:policy/${boundary.name}`,
    )
  })

  it('allows the work of a stack', () => {
    expect(within('sqs:SendMessage', 'arn:aws:sqs:eu-central-1:123456789012:orders')).toBe(true)
    expect(within('s3:GetObject', 'arn:aws:s3:::tideway-test-assets-123456789012/a')).toBe(true)
  })

  it.each(stateOwners)('denies the state of %s', (owner) => {
    for (const action of [
      's3:GetObject',
      's3:GetObjectVersion',
      's3:PutObject',
      's3:DeleteObject',
    ]) {
      expect(within(action, stateArn(json, owner))).toBe(false)
    }
  })

  it('denies the key of the states', () => {
    for (const action of ['kms:Decrypt', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion']) {
      expect(within(action, arnOf(json, 'aws_kms_key'))).toBe(false)
    }
  })

  it('denies the state bucket', () => {
    for (const action of [
      's3:ListBucket',
      's3:PutBucketPolicy',
      's3:PutReplicationConfiguration',
    ]) {
      expect(within(action, arnOf(json, 'aws_s3_bucket'))).toBe(false)
    }
  })

  it('allows no IAM action except passing roles of this environment', () => {
    const allowing = limits.filter(({ Effect }) => Effect === 'Allow')
    const named = allowing.flatMap(({ Action = [] }) => Action)
    expect(named.filter((action) => /^(iam:|\*)/.test(action))).toEqual(['iam:PassRole'])
    for (const { NotAction } of allowing.filter(({ Action }) => Action === undefined)) {
      expect(NotAction).toEqual(expect.arrayContaining(['iam:*', 'organizations:*']))
    }
    expect(within('iam:PassRole', roleArn('tideway-test-network-flow-logs-writer'))).toBe(true)
    expect(within('iam:PassRole', roleArn('tideway-prod-network-flow-logs-writer'))).toBe(false)
    expect(within('iam:PassRole', roleArn('administrator'))).toBe(false)
  })
})

describe.each(stackNames)('the roles that %s deploy makes', (stack) => {
  const statements = [...statementsOfRole(json, stack, 'deploy'), powerUser]
  const own = roleArn(`tideway-test-${stack}-writer`)
  const may = (action: string, resource: string, within?: string) =>
    allows([{ Statement: statements }], {
      action,
      resource,
      context: within === undefined ? {} : { 'iam:PermissionsBoundary': within },
    })

  it('have the boundary', () => {
    for (const action of grants) {
      expect(may(action, own, boundaryArn)).toBe(true)
      expect(may(action, own)).toBe(false)
      expect(may(action, own, 'arn:aws:iam::aws:policy/AdministratorAccess')).toBe(false)
    }
  })

  it('keep the boundary', () => {
    expect(may('iam:DeleteRolePermissionsBoundary', own, boundaryArn)).toBe(false)
    for (const action of [
      'iam:CreatePolicyVersion',
      'iam:SetDefaultPolicyVersion',
      'iam:DeletePolicy',
    ]) {
      expect(may(action, boundaryArn)).toBe(false)
    }
  })

  it('can be managed, and passed to services', () => {
    for (const action of ['iam:GetRole', 'iam:DeleteRole', 'iam:PassRole', 'iam:TagRole']) {
      expect(may(action, own)).toBe(true)
    }
  })

  const others = stackNames.filter((name) => name !== stack)
  it.each([
    ...others.map((other) => `tideway-test-${other}-writer`),
    ...roles.map(([name, kind]) => `tideway-test-ci-${name}-${kind}`),
    `tideway-prod-${stack}-writer`,
    'administrator',
  ])('do not include %s', (name) => {
    for (const action of [
      ...grants,
      'iam:DeleteRole',
      'iam:PassRole',
      'iam:UpdateAssumeRolePolicy',
    ]) {
      expect(may(action, roleArn(name), boundaryArn)).toBe(false)
    }
  })

  it('are the only identities that it can create', () => {
    const user = 'arn:aws:iam::123456789012:user/tideway-test-intruder'
    for (const action of ['iam:CreateUser', 'iam:CreateAccessKey', 'iam:PutUserPolicy']) {
      expect(may(action, user, boundaryArn)).toBe(false)
    }
  })
})

describe('the roles that plan', () => {
  it.each(stackNames)('%s plan cannot change IAM', (stack) => {
    const statements = statementsOfRole(json, stack, 'plan')
    for (const action of [...grants, 'iam:PassRole', 'iam:UpdateAssumeRolePolicy']) {
      const request = { action, resource: roleArn(`tideway-test-${stack}-writer`) }
      const context = { 'iam:PermissionsBoundary': boundaryArn }
      expect(allows([{ Statement: statements }], { ...request, context })).toBe(false)
    }
  })
})
