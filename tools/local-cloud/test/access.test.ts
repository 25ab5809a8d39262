import type { PolicyDocument, Statement } from '@tideway/constructs/iam-evaluator'
import { decide, denialResponse, judge } from '../src/access/authorizer'
import { accessKeyOf, otherAccountOf, roleOf } from '../src/access/callers'
import { type ReferredResources, requiredAccess } from '../src/access/required-access'
import { withoutAction } from '../src/access/without-action'
import type { AwsRequest } from '../src/gateway/aws-request'
import { Gateway } from '../src/gateway/gateway'
import { FakeMoto, jsonCall, queryCall, restCall } from './requests'

const ofAccount = (service: string, name: string) =>
  `arn:aws:${service}:us-east-1:123456789012:${name}`
const role = 'arn:aws:iam::123456789012:role/tideway-local-ci-compute-deploy'
const key = ofAccount('kms', 'key/k1')
const secret = ofAccount('secretsmanager', 'secret:tideway/local/database/app-AbCdEf')
const boundary = 'arn:aws:iam::123456789012:policy/tideway-local-boundary'

const referred: ReferredResources = {
  tagsOf: () => undefined,
  rolesOf: () => ['arn:aws:iam::123456789012:role/task'],
  keyOf: (arn) => (/tideway-local-state|alias\/a|app-AbCdEf/.test(arn) ? key : undefined),
  aliasesOf: () => ['alias/tideway-local-data-secrets'],
  boundaryOf: () => boundary,
}
const accessOf = async (request: AwsRequest) =>
  (await requiredAccess(request, referred)).map(
    ({ action, resource }) => `${action} ${resource.replaceAll('\u{FFFD}', '?')}`,
  )
const allow = (Action: string | string[], rest: Partial<Statement> = {}): PolicyDocument => ({
  Statement: { Effect: 'Allow', Action, Resource: '*', ...rest },
})

test.each<[string, AwsRequest, string[]]>([
  [
    'JSON with names',
    jsonCall('ecs', 'DescribeServices', { cluster: 'c', services: ['a', 'b'] }),
    ['a', 'b'].map((name) => `ecs:DescribeServices ${ofAccount('ecs', `service/c/${name}`)}`),
  ],
  [
    'JSON with an ARN',
    jsonCall('ecs', 'TagResource', { resourceArn: ofAccount('ecs', 'service/c/a'), tags: [] }),
    [`ecs:TagResource ${ofAccount('ecs', 'service/c/a')}`],
  ],
  [
    'a log group with its streams',
    jsonCall('logs', 'FilterLogEvents', { logGroupName: '/aws/lambda/a' }),
    [`logs:FilterLogEvents ${ofAccount('logs', 'log-group:/aws/lambda/a:log-stream:')}`],
  ],
  ...['ListTagsForResource', 'UntagResource'].map((action): [string, AwsRequest, string[]] => [
    `a log group without its streams, for ${action}`,
    jsonCall('logs', action, { resourceArn: ofAccount('logs', 'log-group:/a:*') }),
    [`logs:${action} ${ofAccount('logs', 'log-group:/a')}`],
  ]),
  [
    'a stream of a log group',
    jsonCall('logs', 'PutLogEvents', { logGroupName: '/a', logStreamName: 'b' }),
    [`logs:PutLogEvents ${ofAccount('logs', 'log-group:/a:log-stream:b')}`],
  ],
  [
    'a role that is passed to the tasks',
    jsonCall('ecs', 'UpdateService', { cluster: 'c', service: 'a', taskDefinition: 'a:2' }),
    [
      `ecs:UpdateService ${ofAccount('ecs', 'service/c/a')}`,
      'iam:PassRole arn:aws:iam::123456789012:role/task',
    ],
  ],
  [
    'the role of a schedule',
    restCall(
      'scheduler',
      'POST',
      '/schedules/sweep',
      JSON.stringify({ Target: { RoleArn: role } }),
    ),
    [
      `scheduler:CreateSchedule ${ofAccount('scheduler', 'schedule/default/sweep')}`,
      `iam:PassRole ${role}`,
    ],
  ],
  [
    'the key of a secret',
    jsonCall('secretsmanager', 'GetSecretValue', { SecretId: secret }),
    [`secretsmanager:GetSecretValue ${secret}`, `kms:Decrypt ${key}`],
  ],
  [
    'tags of a new role',
    queryCall('iam', 'CreateRole', {
      RoleName: 'r',
      'Tags.member.1.Key': 'a',
      'Tags.member.1.Value': 'b',
    }),
    ['CreateRole', 'TagRole'].map((name) => `iam:${name} arn:aws:iam::123456789012:role/r`),
  ],
  [
    'the role of an instance profile',
    queryCall('iam', 'AddRoleToInstanceProfile', { RoleName: 'r', InstanceProfileName: 'p' }),
    [
      'iam:AddRoleToInstanceProfile arn:aws:iam::123456789012:instance-profile/p',
      'iam:PassRole arn:aws:iam::123456789012:role/r',
    ],
  ],
  ['a read without resources', queryCall('ec2', 'DescribeVpcs'), ['ec2:DescribeVpcs *']],
  [
    'a new resource, whose id is not known',
    queryCall('ec2', 'CreateSubnet', { VpcId: 'vpc-1' }),
    [
      `ec2:CreateSubnet ${ofAccount('ec2', 'subnet/?')}`,
      `ec2:CreateSubnet ${ofAccount('ec2', 'vpc/vpc-1')}`,
    ],
  ],
  [
    'the alarms of CloudWatch, which signs as monitoring',
    queryCall('monitoring', 'ListTagsForResource', {
      ResourceARN: ofAccount('cloudwatch', 'alarm:a b'),
    }),
    [`cloudwatch:ListTagsForResource ${ofAccount('cloudwatch', 'alarm:a b')}`],
  ],
  [
    'a configuration of a bucket',
    restCall('s3', 'GET', '/b?encryption='),
    ['s3:GetEncryptionConfiguration arn:aws:s3:::b'],
  ],
  [
    'a list of objects',
    restCall('s3', 'GET', '/b?list-type=2&prefix=a'),
    ['s3:ListBucket arn:aws:s3:::b'],
  ],
  [
    'an encrypted object',
    restCall('s3', 'GET', '/tideway-local-state-1/local/data.tfstate?x-id=GetObject'),
    ['s3:GetObject arn:aws:s3:::tideway-local-state-1/local/data.tfstate', `kms:Decrypt ${key}`],
  ],
  ['the head of an object', restCall('s3', 'HEAD', '/b/a/c'), ['s3:GetObject arn:aws:s3:::b/a/c']],
  [
    'several deleted objects',
    restCall(
      's3',
      'POST',
      '/b?delete=',
      '<Delete><Object><Key>a</Key></Object><Object><Key>c/d</Key></Object></Delete>',
    ),
    ['s3:DeleteObject arn:aws:s3:::b/a', 's3:DeleteObject arn:aws:s3:::b/c/d'],
  ],
  ['a deleted object', restCall('s3', 'DELETE', '/b/a'), ['s3:DeleteObject arn:aws:s3:::b/a']],
  [
    'the tags of a function',
    restCall(
      'lambda',
      'GET',
      `/2017-03-31/tags/${encodeURIComponent(ofAccount('lambda', 'function:f'))}`,
    ),
    [`lambda:ListTags ${ofAccount('lambda', 'function:f')}`],
  ],
  [
    'an invocation',
    restCall('lambda', 'POST', '/2015-03-31/functions/f/invocations'),
    [`lambda:InvokeFunction ${ofAccount('lambda', 'function:f')}`],
  ],
  [
    'records of a zone',
    restCall('route53', 'GET', '/2013-04-01/hostedzone/Z1/rrset?maxitems=1'),
    ['route53:ListResourceRecordSets arn:aws:route53:::hostedzone/Z1'],
  ],
  [
    'a distribution with tags',
    restCall('cloudfront', 'POST', '/2020-05-31/distribution?WithTags='),
    ['cloudfront:CreateDistribution *', 'cloudfront:TagResource arn:aws:cloudfront:?'],
  ],
  [
    'the configuration of a distribution',
    restCall('cloudfront', 'PUT', '/2020-05-31/distribution/D1/config'),
    ['cloudfront:UpdateDistribution arn:aws:cloudfront::123456789012:distribution/D1'],
  ],
  [
    'a typed resource',
    jsonCall('ssm', 'ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/a/b' }),
    [`ssm:ListTagsForResource ${ofAccount('ssm', 'parameter/a/b')}`],
  ],
  [
    'the key of an alias',
    jsonCall('kms', 'DeleteAlias', { AliasName: 'alias/a' }),
    [`kms:DeleteAlias ${ofAccount('kms', 'alias/a')}`, `kms:DeleteAlias ${key}`],
  ],
  [
    'a public parameter, which has no account',
    jsonCall('ssm', 'GetParameter', { Name: '/aws/service/ecs/image' }),
    ['ssm:GetParameter arn:aws:ssm:us-east-1::parameter/aws/service/ecs/image'],
  ],
  [
    'the identity of the caller, which needs no permission',
    queryCall('sts', 'GetCallerIdentity'),
    [],
  ],
])('a call requires the access of its operation: %s', async (_, request, expected) => {
  expect(await accessOf(request)).toEqual(expected)
})

const judged = (policies: PolicyDocument[], request: AwsRequest, boundary?: PolicyDocument) =>
  judge({ roleArn: role, policies, boundary }, request, referred)
const publish = jsonCall('events', 'PutRule', { Name: 'r' })
const rule = ofAccount('events', 'rule/r')

test.each<[string, PolicyDocument[], PolicyDocument | undefined, string | undefined]>([
  ['a policy', [allow('events:*')], undefined, undefined],
  [
    'nothing',
    [allow('sns:*')],
    undefined,
    'because no identity-based policy allows the events:PutRule action',
  ],
  [
    'a policy and a deny',
    [allow('events:*'), allow('events:PutRule', { Effect: 'Deny', Resource: rule })],
    undefined,
    'with an explicit deny in an identity-based policy',
  ],
  [
    'a policy beyond the boundary',
    [allow('events:*')],
    allow('sns:*'),
    'because no permissions boundary allows the events:PutRule action',
  ],
  [
    'a policy against the boundary',
    [allow('events:*')],
    {
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'events:*', Resource: '*' },
      ],
    },
    'with an explicit deny in a permissions boundary',
  ],
])('the role and its boundary decide: %s', async (_, policies, limit, reason) => {
  const { denial } = await judged(policies, publish, limit)
  expect(denial?.reason).toBe(reason)
})

test('what cannot be judged is listed', async () => {
  const byTag = allow('events:*', { Condition: { StringEquals: { 'aws:ResourceTag/owner': 'a' } } })
  expect((await judged([byTag], publish)).unknown).toEqual([
    `events:PutRule on ${rule} (by an identity-based policy)`,
  ])
  expect((await judged([allow('*')], jsonCall('events', 'DoNothing'))).unknown).toEqual([
    'events:DoNothing (no action has this name: add it to iam-actions.ts)',
  ])
  expect((await judged([allow('*')], restCall('batch', 'POST', '/v1/jobs'))).unknown).toEqual([
    'batch POST /v1/jobs (its operation is missing in operations.ts)',
  ])
})

test('a role may only be created with the permissions boundary', async () => {
  const create = (PermissionsBoundary: string) =>
    queryCall('iam', 'CreateRole', { RoleName: 'r', PermissionsBoundary })
  const policies = [
    allow('iam:*', { Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } } }),
  ]
  expect((await judged(policies, create(boundary))).denial).toBeUndefined()
  expect(
    (await judged(policies, create('arn:aws:iam::aws:policy/AdministratorAccess'))).denial?.action,
  ).toBe('iam:CreateRole')
})

test('a key is used through the service of the secret', async () => {
  const get = jsonCall('secretsmanager', 'GetSecretValue', { SecretId: secret })
  const via = (service: string) =>
    allow('kms:Decrypt', {
      Condition: {
        StringEquals: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/tideway-local-data-secrets' },
      },
    })
  const read = allow('secretsmanager:GetSecretValue')
  expect((await judged([read, via('secretsmanager')], get)).denial).toBeUndefined()
  expect((await judged([read, via('ssm')], get)).denial?.action).toBe('kms:Decrypt')
  const only = (arn: string) =>
    allow('kms:Decrypt', { Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': arn } } })
  const pattern = `${secret.slice(0, -6)}??????`
  expect((await judged([read, only(pattern)], get)).denial).toBeUndefined()
  expect((await judged([read, only(`${pattern}?`)], get)).denial?.action).toBe('kms:Decrypt')
})

const denial = {
  action: 'a:B',
  resource: '*',
  reason: 'because no identity-based policy allows the a:B action',
}
const message =
  'User: arn:aws:sts::123456789012:assumed-role/tideway-local-ci-compute-deploy/local is not authorized to perform: a:B on resource: * because no identity-based policy allows the a:B action'

test.each<[string, AwsRequest, number, string]>([
  ['JSON', jsonCall('ecs', 'ListTasks'), 400, '"__type":"AccessDeniedException"'],
  [
    'EC2',
    queryCall('ec2', 'DescribeVpcs'),
    403,
    '<Response><Errors><Error><Code>UnauthorizedOperation</Code>',
  ],
  [
    'query',
    queryCall('iam', 'GetRole'),
    403,
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>',
  ],
  ['S3', restCall('s3', 'GET', '/b/a'), 403, '<Error><Code>AccessDenied</Code>'],
  ['REST with JSON', restCall('lambda', 'GET', '/2015-03-31/functions/f'), 403, '{"Message":'],
])('a denial has the form of the protocol: %s', (_, request, status, text) => {
  const response = denialResponse(request, role, denial)
  expect(response.status).toBe(status)
  expect(response.body.toString()).toContain(text)
  expect(response.body.toString()).toContain(message)
})

test('a key names the role and the account of its caller', () => {
  expect(roleOf(accessKeyOf(role))).toBe(role)
  expect(roleOf('local')).toBeUndefined()
  expect(otherAccountOf(accessKeyOf(role))).toBeUndefined()
  expect(otherAccountOf(accessKeyOf(role.replace('123456789012', '444455556666')))).toBe(
    '444455556666',
  )
})

test('the gateway denies before it sends, and sends to the account of the caller', async () => {
  const moto = new FakeMoto('{}')
  const gateway = new Gateway({ backend: moto.backend, patches: [] })
  const list = (accessKeyId: string) => ({ ...jsonCall('ecs', 'ListClusters'), accessKeyId })
  gateway.authorize = async (request) =>
    roleOf(request.accessKeyId) === role ? denialResponse(request, role, denial) : undefined
  expect((await gateway.handle(list(accessKeyOf(role)))).status).toBe(400)
  expect(moto.requests).toEqual([])
  await gateway.handle(list('local'))
  await gateway.handle(list('operator.444455556666'))
  expect(moto.requests.map(({ headers }) => headers['x-moto-account-id'])).toEqual([
    undefined,
    '444455556666',
  ])
})

test.each<[string, PolicyDocument]>([
  ['its name', allow(['ecs:DescribeTasks', 'ecs:ListTasks'])],
  ['a wildcard', allow('ecs:List*')],
  ['everything', allow('*')],
  ['all but others', { Statement: [{ Effect: 'Allow', NotAction: ['iam:*'], Resource: '*' }] }],
])('an action can be taken from a role that allows it by %s', async (_, policy) => {
  const required = [{ action: 'ecs:ListTasks', resource: '*' }]
  expect(decide({ roleArn: role, policies: [policy] }, required).denial).toBeUndefined()
  const policies = await withoutAction([policy], 'ecs:ListTasks')
  expect(decide({ roleArn: role, policies }, required).denial?.action).toBe('ecs:ListTasks')
  const another = [{ action: 'ecs:ListServices', resource: '*' }]
  const isOther = JSON.stringify(policy).includes('DescribeTasks')
  expect(decide({ roleArn: role, policies }, another).denial === undefined).toBe(!isOther)
})
