import { type StackName, stackNames, stacks } from '@tideway/constructs'
import { allows, type Statement } from '@tideway/constructs/iam-evaluator'
import { referenceAt } from '@tideway/constructs/testing'
import {
  arnOf,
  bootstrap,
  lockArn,
  type RoleKind,
  roles,
  stateArn,
  statementsOfRole,
  stateOwners,
} from './fixture'

const json = bootstrap()
const bucket = arnOf(json, 'aws_s3_bucket')
const key = arnOf(json, 'aws_kms_key')
/** The maximum that another policy, such as PowerUserAccess, could add. */
const everything: Statement = { Effect: 'Allow', Action: '*', Resource: '*' }

type Owner = (typeof stateOwners)[number]

const pairs = roles.flatMap(([stack, kind]) =>
  stateOwners.map((owner): [StackName, RoleKind, Owner] => [stack, kind, owner]),
)

function reads(stack: StackName, owner: Owner): boolean {
  const declared: readonly string[] = stacks[stack].reads
  return owner === stack || declared.includes(owner)
}

function may(stack: StackName, kind: RoleKind, action: string, resource: string): boolean {
  return allows([{ Statement: statementsOfRole(json, stack, kind) }], { action, resource })
}

function mayEvenWithEverything(
  stack: StackName,
  kind: RoleKind,
  action: string,
  resource: string,
): boolean {
  return allows([{ Statement: [...statementsOfRole(json, stack, kind), everything] }], {
    action,
    resource,
  })
}

describe('reading states', () => {
  it.each(pairs)(
    '%s %s reads the state of %s exactly when it is its own or declared',
    (...pair) => {
      const [stack, kind, owner] = pair
      const expected = reads(stack, owner)
      expect(may(stack, kind, 's3:GetObject', stateArn(json, owner))).toBe(expected)
      expect(mayEvenWithEverything(stack, kind, 's3:GetObject', stateArn(json, owner))).toBe(
        expected,
      )
    },
  )

  it('allows the declared direction only', () => {
    expect(may('data', 'plan', 's3:GetObject', stateArn(json, 'network'))).toBe(true)
    expect(may('network', 'plan', 's3:GetObject', stateArn(json, 'data'))).toBe(false)
  })

  it.each(pairs)(
    '%s %s reads no old version of a state that it may not read (%s)',
    (stack, kind, owner) => {
      const version = 's3:GetObjectVersion'
      expect(may(stack, kind, version, stateArn(json, owner))).toBe(false)
      if (!reads(stack, owner)) {
        expect(mayEvenWithEverything(stack, kind, version, stateArn(json, owner))).toBe(false)
      }
    },
  )

  it.each(roles)('%s %s lists the bucket and decrypts its objects', (stack, kind) => {
    expect(may(stack, kind, 's3:ListBucket', bucket)).toBe(true)
    expect(may(stack, kind, 'kms:Decrypt', key)).toBe(true)
  })
})

describe('writing states', () => {
  it.each(pairs)('%s %s writes and locks the state of %s exactly to deploy its own', (...pair) => {
    const [stack, kind, owner] = pair
    const expected = kind === 'deploy' && stack === owner
    expect(may(stack, kind, 's3:PutObject', stateArn(json, owner))).toBe(expected)
    expect(may(stack, kind, 's3:PutObject', lockArn(json, owner))).toBe(expected)
    expect(may(stack, kind, 's3:GetObject', lockArn(json, owner))).toBe(expected)
    expect(may(stack, kind, 's3:DeleteObject', lockArn(json, owner))).toBe(expected)
    expect(may(stack, kind, 's3:DeleteObject', stateArn(json, owner))).toBe(false)
  })

  it.each(roles)('%s %s encrypts exactly when it deploys', (stack, kind) => {
    expect(may(stack, kind, 'kms:GenerateDataKey', key)).toBe(kind === 'deploy')
  })

  const others = stackNames.flatMap((stack) =>
    stateOwners
      .filter((owner) => owner !== stack)
      .map((owner): [StackName, Owner] => [stack, owner]),
  )
  it.each(others)(
    '%s deploy cannot access the state of %s, even with other policies',
    (...pair) => {
      const [stack, owner] = pair
      for (const resource of [stateArn(json, owner), lockArn(json, owner)]) {
        for (const action of [
          's3:PutObject',
          's3:DeleteObject',
          's3:DeleteObjectVersion',
          's3:PutObjectAcl',
        ]) {
          expect(mayEvenWithEverything(stack, 'deploy', action, resource)).toBe(false)
        }
      }
    },
  )

  it.each(stackNames)(
    '%s deploy keeps its access next to a policy that allows everything',
    (stack) => {
      for (const resource of [stateArn(json, stack), lockArn(json, stack)]) {
        expect(mayEvenWithEverything(stack, 'deploy', 's3:GetObject', resource)).toBe(true)
        expect(mayEvenWithEverything(stack, 'deploy', 's3:PutObject', resource)).toBe(true)
      }
      expect(mayEvenWithEverything(stack, 'deploy', 'kms:GenerateDataKey', key)).toBe(true)
      expect(mayEvenWithEverything(stack, 'deploy', 'sqs:CreateQueue', 'arn:aws:sqs:x')).toBe(true)
    },
  )
})

describe('the state store itself', () => {
  it.each(stackNames)('cannot be changed by %s deploy, even with other policies', (stack) => {
    for (const action of [
      's3:DeleteBucket',
      's3:DeleteBucketPolicy',
      's3:PutBucketAcl',
      's3:PutBucketPolicy',
      's3:PutBucketPublicAccessBlock',
      's3:PutBucketVersioning',
      's3:PutEncryptionConfiguration',
      's3:PutLifecycleConfiguration',
      's3:PutReplicationConfiguration',
    ]) {
      expect(mayEvenWithEverything(stack, 'deploy', action, bucket)).toBe(false)
    }
    for (const action of [
      'kms:CreateGrant',
      'kms:DisableKey',
      'kms:PutKeyPolicy',
      'kms:ScheduleKeyDeletion',
      'kms:UpdateAlias',
    ]) {
      expect(mayEvenWithEverything(stack, 'deploy', action, key)).toBe(false)
    }
  })

  it.each(stackNames)(
    'keeps every state: %s deploy cannot delete one, not even its own',
    (stack) => {
      for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
        expect(mayEvenWithEverything(stack, 'deploy', action, stateArn(json, stack))).toBe(false)
      }
      expect(mayEvenWithEverything(stack, 'deploy', 's3:DeleteObject', lockArn(json, stack))).toBe(
        true,
      )
    },
  )

  it.each(stackNames)('has a log that %s deploy cannot access', (stack) => {
    const log = referenceAt(json, 'aws_s3_bucket', 'state/log/bucket', 'arn')
    for (const action of ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'])
      expect(mayEvenWithEverything(stack, 'deploy', action, `${log}/some`)).toBe(false)
    for (const action of ['s3:DeleteBucketPolicy', 's3:PutLifecycleConfiguration'])
      expect(mayEvenWithEverything(stack, 'deploy', action, log)).toBe(false)
  })

  it.each(stackNames)('cannot be changed by %s plan', (stack) => {
    expect(may(stack, 'plan', 's3:PutBucketPolicy', bucket)).toBe(false)
    expect(may(stack, 'plan', 'kms:ScheduleKeyDeletion', key)).toBe(false)
  })
})

describe('reading secrets', () => {
  const secret = (name: string) =>
    `arn:aws:secretsmanager:eu-central-1:123456789012:secret:tideway/test/${name}-AbCdEf`

  /** The provider reads the values that it writes, and edge sends the header. */
  const readable: Readonly<Record<string, string>> = {
    compute: 'compute/origin-header',
    data: 'database/app',
    edge: 'compute/origin-header',
  }

  it.each(stackNames)('to plan %s is limited to the secrets that it writes or sends', (stack) => {
    const read = 'secretsmanager:GetSecretValue'
    for (const name of ['compute/origin-header', 'database/app', 'compute/another']) {
      expect(may(stack, 'plan', read, secret(name))).toBe(readable[stack] === name)
      expect(may(stack, 'plan', read, secret(`${name}-2`))).toBe(false)
    }
  })

  it.each(stackNames)('to plan %s decrypts only through the service of each key', (stack) => {
    const decrypt = statementsOfRole(json, stack, 'plan').filter(
      ({ Action, Resource }) => Action === 'kms:Decrypt' && Resource !== key,
    )
    const by = (alias: string, ...services: string[]) => ({
      StringEquals: {
        'kms:ViaService': services.map((name) => `${name}.eu-central-1.amazonaws.com`),
      },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': `alias/tideway-test-${alias}` },
    })
    const expected: Readonly<Record<string, object[]>> = {
      data: [by('data-database', 'secretsmanager')],
      compute: [
        by('compute-secrets', 'lambda', 'secretsmanager', 'ssm'),
        by('compute-failover', 'lambda'),
      ],
      edge: [by('compute-secrets', 'secretsmanager')],
    }
    expect(decrypt.map(({ Condition }) => Condition)).toEqual(expected[stack] ?? [])
  })

  it.each(stackNames)(
    'to plan %s includes feature flags only where Terraform compares them',
    (stack) => {
      const parameter = (name: string) => `arn:aws:ssm:eu-central-1:123456789012:parameter/${name}`
      const read = 'ssm:GetParameter'
      expect(may(stack, 'plan', read, parameter('tideway/test/api/feature-flags'))).toBe(
        stack === 'compute',
      )
      expect(may(stack, 'plan', read, parameter('tideway/test/api/other'))).toBe(false)
      expect(may(stack, 'plan', read, parameter('tideway/prod/api/feature-flags'))).toBe(false)
    },
  )
})
