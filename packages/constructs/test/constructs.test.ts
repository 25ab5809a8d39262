import { TerraformOutput } from 'cdktf'
import {
  AlarmTopic,
  EncryptionKey,
  type Environment,
  logsService,
  Monitoring,
  PrivateBucket,
  ServiceRole,
  serviceOfAccount,
  TidewayStack,
} from '../src'
import {
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
  synthesized,
  testApp,
  testEnvironment,
} from '../src/testing'

/** The JSON of a stack with only this construct. */
function synthesizedWith(
  build: (stack: TidewayStack) => void,
  environment: Partial<Environment> = {},
): Synthesized {
  const stack = new TidewayStack(testApp(), 'sample', {
    environment: testEnvironment(environment),
    owner: 'nobody',
  })
  build(stack)
  return synthesized(stack)
}

describe('an encryption key', () => {
  const json = synthesizedWith((stack) => {
    new EncryptionKey(stack, 'key', {
      name: 'things',
      description: 'Things',
      services: [
        logsService(stack),
        serviceOfAccount('cloudwatch.amazonaws.com', stack.environment),
      ],
    })
  })
  const key = soleResource(json, 'aws_kms_key')

  it('rotates, and has an alias', () => {
    expect(key.enable_key_rotation).toBe(true)
    expect(soleResource(json, 'aws_kms_alias').name).toBe('alias/tideway-test-sample-things')
  })

  it('allows each service to use it for this account only', () => {
    const services = statementsOf(key.policy).filter(({ Principal }) => Principal.Service)
    expect(services.map(({ Principal, Condition }) => [Principal.Service, Condition])).toEqual([
      [
        'logs.eu-central-1.amazonaws.com',
        {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn':
              'arn:aws:logs:eu-central-1:123456789012:log-group:*',
          },
        },
      ],
      ['cloudwatch.amazonaws.com', { StringEquals: { 'aws:SourceAccount': '123456789012' } }],
    ])
    const actions: string[] = services.flatMap(({ Action }) => Action)
    expect(actions).toContain('kms:Decrypt')
    expect(actions.filter((action) => /Put|Schedule|Disable|Delete|Grant/.test(action))).toEqual([])
  })

  it('can be administered, and names every action', () => {
    const [account] = statementsOf(key.policy)
    expect(account?.Principal).toEqual({ AWS: 'arn:aws:iam::123456789012:root' })
    expect(account?.Action).toEqual(expect.arrayContaining(['kms:PutKeyPolicy', 'kms:Decrypt']))
    expect(key.policy).not.toMatch(/kms:\w*\*/)
  })

  it('is protected only where data is protected', () => {
    const open = synthesizedWith(
      (stack) => new EncryptionKey(stack, 'key', { name: 'things', description: 'Things' }),
      { protectData: false },
    )
    expect(key.lifecycle.prevent_destroy).toBe(true)
    expect(key.deletion_window_in_days).toBe(30)
    expect(soleResource(open, 'aws_kms_key').lifecycle.prevent_destroy).toBe(false)
    expect(soleResource(open, 'aws_kms_key').deletion_window_in_days).toBe(7)
  })
})

describe('a role for a service', () => {
  const json = synthesizedWith((stack) => {
    new ServiceRole(stack, 'worker', {
      service: 'scheduler.amazonaws.com',
      statements: [{ Action: 'ecs:RunTask', Resource: 'arn:aws:ecs:x' }],
    })
  })
  const role = soleResource(json, 'aws_iam_role')

  it('has the name of its stack, which CI requires', () => {
    expect(role.name).toBe('tideway-test-sample-worker')
  })

  it('has the permissions boundary', () => {
    expect(role.permissions_boundary).toBe('arn:aws:iam::123456789012:policy/tideway-test-boundary')
  })

  it('is assumed by that service for this account only', () => {
    expect(statementsOf(role.assume_role_policy)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ])
  })

  it('has the declared permissions only', () => {
    expect(statementsOf(soleResource(json, 'aws_iam_role_policy').policy)).toEqual([
      { Effect: 'Allow', Action: 'ecs:RunTask', Resource: 'arn:aws:ecs:x' },
    ])
    expect(resourcesOf(json, 'aws_iam_role_policy_attachment')).toEqual({})
  })

  it.each(['ec2.amazonaws.com', 'lambda.amazonaws.com'])(
    'has no account condition for %s, which sends no source account',
    (service) => {
      const json = synthesizedWith((stack) => {
        new ServiceRole(stack, 'worker', { service, statements: [] })
      })
      expect(statementsOf(soleResource(json, 'aws_iam_role').assume_role_policy)).toEqual([
        { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' },
      ])
    },
  )

  it('offers references that wait for its policy', () => {
    const named = synthesizedWith((stack) => {
      const role = new ServiceRole(stack, 'worker', {
        service: 'ec2.amazonaws.com',
        statements: [{ Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:x' }],
      })
      new TerraformOutput(stack, 'name', { value: role.name, dependsOn: [role.granted] })
    })
    const [policy] = Object.keys(resourcesOf(named, 'aws_iam_role_policy'))
    expect(named.output?.name?.value).toBe(`\${aws_iam_role_policy.${policy}.role}`)
    expect(named.output?.name?.depends_on).toEqual([`\${aws_iam_role_policy.${policy}}`])
  })

  it('has a policy that IAM accepts', () => {
    const withSecrets = (count: number) => () =>
      synthesizedWith((stack) => {
        const { arn } = new EncryptionKey(stack, 'key', { name: 'key', description: 'A key' })
        const statements = [{ Action: 'kms:Decrypt', Resource: Array(count).fill(arn) }]
        new ServiceRole(stack, 'worker', { service: 'ecs-tasks.amazonaws.com', statements })
      })
    expect(withSecrets(150)).not.toThrow()
    expect(withSecrets(170)).toThrow(
      /worker \(policy\): must have 10240 bytes at most; got 10\d+\./,
    )
  })

  it('has no policy without statements, which AWS rejects', () => {
    const idle = synthesizedWith((stack) => {
      const { name } = new ServiceRole(stack, 'worker', {
        service: 'ecs-tasks.amazonaws.com',
        statements: [],
      })
      new TerraformOutput(stack, 'name', { value: name })
    })
    expect(resourcesOf(idle, 'aws_iam_role_policy')).toEqual({})
    const [role] = Object.keys(resourcesOf(idle, 'aws_iam_role'))
    expect(idle.output?.name?.value).toBe(`\${aws_iam_role.${role}.name}`)
  })
})

describe('the monitoring of a stack', () => {
  it('has one key for its logs and alarms', () => {
    const json = synthesizedWith((stack) => {
      const { keyArn, alarmTopicArn } = new Monitoring(stack, 'monitoring')
      new TerraformOutput(stack, 'key', { value: keyArn })
      new TerraformOutput(stack, 'topic', { value: alarmTopicArn })
    })
    const values = [json.output?.key?.value, json.output?.topic?.value]
    const [key = ''] = Object.keys(resourcesOf(json, 'aws_kms_key'))
    const [topic = ''] = Object.keys(resourcesOf(json, 'aws_sns_topic'))
    expect(values).toEqual([`\${aws_kms_key.${key}.arn}`, `\${aws_sns_topic.${topic}.arn}`])
    expect(soleResource(json, 'aws_sns_topic').kms_master_key_id).toBe(values[0])
    const users = statementsOf(soleResource(json, 'aws_kms_key').policy).flatMap(
      ({ Principal }) => Principal.Service ?? [],
    )
    expect(users).toEqual(['logs.eu-central-1.amazonaws.com', 'cloudwatch.amazonaws.com'])
  })
})

describe('a private bucket', () => {
  const bucket = (environment: Partial<Environment> = {}) =>
    synthesizedWith(
      (stack) => new PrivateBucket(stack, 'bucket', { contents: 'things', noncurrentDays: 9 }),
      environment,
    )

  it('denies plain HTTP, except in the emulator', () => {
    const [statement] = statementsOf(soleResource(bucket(), 'aws_s3_bucket_policy').policy)
    expect(statement).toMatchObject({
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    })
    expect(resourcesOf(bucket({ endpoints: 'emulator' }), 'aws_s3_bucket_policy')).toEqual({})
  })

  it('keeps objects without expiry by default', () => {
    const [rule] = soleResource(bucket(), 'aws_s3_bucket_lifecycle_configuration').rule
    expect(rule.noncurrent_version_expiration).toEqual([{ noncurrent_days: 9 }])
    expect(rule.expiration).toBeUndefined()
  })

  it('is emptied on destroy only where data is not protected', () => {
    expect(soleResource(bucket(), 'aws_s3_bucket').force_destroy).toBe(false)
    const open = soleResource(bucket({ protectData: false }), 'aws_s3_bucket')
    expect([open.force_destroy, open.lifecycle.prevent_destroy]).toEqual([true, false])
  })
})

describe('the topic of the alarms', () => {
  const topic = (environment: Partial<Environment> = {}) =>
    synthesizedWith((stack) => new AlarmTopic(stack, 'alarms', { keyArn: 'the key' }), environment)

  it('is encrypted, and accepts messages of alarms of this account', () => {
    const json = topic()
    expect(soleResource(json, 'aws_sns_topic').kms_master_key_id).toBe('the key')
    expect(statementsOf(soleResource(json, 'aws_sns_topic_policy').policy)).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: 'sns:Publish',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ])
    const local = soleResource(topic({ endpoints: 'emulator' }), 'aws_sns_topic_policy')
    expect(statementsOf(local.policy).map(({ Effect }) => Effect)).toEqual(['Allow'])
  })

  it('e-mails the addresses of the environment, if any', () => {
    const mails = (alarmEmails: string[]) =>
      Object.values(resourcesOf(topic({ alarmEmails }), 'aws_sns_topic_subscription')).map(
        ({ protocol, endpoint }) => [protocol, endpoint],
      )
    expect(mails(['a@test.example', 'b@test.example'])).toEqual([
      ['email', 'a@test.example'],
      ['email', 'b@test.example'],
    ])
    expect(mails([])).toEqual([])
  })
})
