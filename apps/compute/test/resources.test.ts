import {
  type Block,
  isProtected,
  referenceAt,
  resourceAt,
  resourcesOf,
  servicesOf,
  statementsOf,
} from '@tideway/constructs/testing'
import { checkServices } from '../src/definition/check-services'
import type { ServiceDefinition } from '../src/service'
import { compute, dataOutput, grantsOf, keyRef } from './fixture'
import { service } from './shortest'

const orders = {
  ...service,
  buckets: { uploads: { expireDays: 90 } },
  queues: {
    jobs: {
      visibilitySeconds: 300,
      maxReceives: 3,
      retentionDays: 2,
      subscribesTo: ['events'],
      backlogPerTask: 7,
    },
    steps: { fifo: true, subscribesTo: [{ service: 'orders', topic: 'ledger' }] },
  },
  topics: { events: {}, ledger: { fifo: true } },
  tables: {
    sessions: {
      partitionKey: 'user',
      sortKey: { name: 'started', type: 'number' },
      expiresAt: 'expires',
      indexes: { 'by-start': { partitionKey: { name: 'started', type: 'number' } } },
    },
  },
  permissions: [
    {
      actions: ['ses:SendEmail'],
      resources: ['arn:aws:ses:{region}:{account}:identity/shop-{environment}.example.com'],
      conditions: { StringEquals: { 'ses:FromAddress': 'shop@example.com' } },
    },
    { actions: ['xray:PutTraceSegments'] },
  ],
} as const satisfies ServiceDefinition

const reports = {
  ...service,
  queues: { inbox: { subscribesTo: [{ service: 'orders', topic: 'events' }] } },
  uses: [
    { service: 'orders', queue: 'jobs', access: 'send' },
    { service: 'orders', table: 'sessions', access: 'read' },
    { service: 'orders', bucket: 'uploads', access: 'read' },
    { stack: 'data', bucket: 'assets', access: 'read-write' },
  ],
} as const satisfies ServiceDefinition

const services = { orders, reports, plain: service }
const json = compute({}, {}, services)
const own = (path: string) => `service-resources/${path}`
const key = (name: string) => keyRef(json, own(`${name}/key`))
const queueAt = (path: string) => resourceAt(json, 'aws_sqs_queue', own(path))
const arn = (type: string, path: string) => referenceAt(json, type, own(path), 'arn')
const uploads = arn('aws_s3_bucket', 'orders/bucket-uploads/bucket/bucket')
const sessions = arn('aws_dynamodb_table', 'orders/table-sessions')
const jobs = arn('aws_sqs_queue', 'orders/queue-jobs/queue')
const events = arn('aws_sns_topic', 'orders/topic-events')

function variablesOf(name: string): Record<string, string> {
  const task = resourceAt(json, 'aws_ecs_task_definition', `services/${name}/task/definition`)
  const [{ environment }] = JSON.parse(task.container_definitions)
  return Object.fromEntries(environment.map((each: Block) => [each.name, each.value]))
}

describe('a bucket of a service', () => {
  const bucket = resourceAt(json, 'aws_s3_bucket', own('orders/bucket-uploads/bucket/bucket'))

  it('has a key of the service, which outlives it, access logs and an expiry', () => {
    expect(bucket.bucket).toBe('tideway-test-orders-uploads-123456789012')
    expect(bucket.depends_on).toEqual([key('orders').slice('${'.length, -'.arn}'.length)])
    const at = (type: string, part: string) =>
      resourceAt(json, type, own(`orders/bucket-uploads/${part}`))
    const [rule] = at(
      'aws_s3_bucket_server_side_encryption_configuration',
      'bucket/encryption',
    ).rule
    expect(rule.apply_server_side_encryption_by_default.kms_master_key_id).toBe(key('orders'))
    expect(at('aws_s3_bucket_logging', 'access-log')).toMatchObject({
      target_bucket: dataOutput('logs_bucket_name'),
      target_prefix: 's3/services/orders-uploads/',
    })
    expect(at('aws_s3_bucket_lifecycle_configuration', 'bucket/lifecycle').rule[0]).toMatchObject({
      expiration: [{ days: 90 }],
      noncurrent_version_expiration: [{ noncurrent_days: 30 }],
    })
  })
})

describe('a queue of a service', () => {
  it('has dead letters that stay longer, with an alarm', () => {
    const queue = queueAt('orders/queue-jobs/queue')
    const dead = queueAt('orders/queue-jobs/dead-letters')
    expect(queue).toMatchObject({
      name: 'tideway-test-orders-jobs',
      visibility_timeout_seconds: 300,
      message_retention_seconds: 2 * 86_400,
      kms_master_key_id: key('orders'),
    })
    expect(queue).not.toHaveProperty('fifo_queue')
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: arn('aws_sqs_queue', 'orders/queue-jobs/dead-letters'),
      maxReceiveCount: 3,
    })
    expect(dead).toMatchObject({
      name: 'tideway-test-orders-jobs-dead-letters',
      message_retention_seconds: 14 * 86_400,
      kms_master_key_id: key('orders'),
    })
    expect(
      resourceAt(json, 'aws_cloudwatch_metric_alarm', own('orders/queue-jobs/alarm')),
    ).toMatchObject({
      alarm_name: 'tideway-test-orders-jobs-dead-letters',
      dimensions: {
        QueueName: referenceAt(
          json,
          'aws_sqs_queue',
          own('orders/queue-jobs/dead-letters'),
          'name',
        ),
      },
      alarm_actions: [referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')],
    })
  })

  it('scales the service by its messages per task', () => {
    const { target_value, customized_metric_specification: metric } = resourceAt(
      json,
      'aws_appautoscaling_policy',
      'services/orders/scaling/backlog-jobs',
    ).target_tracking_scaling_policy_configuration
    expect(target_value).toBe(7)
    expect(metric.metrics[0].metric_stat.metric.dimensions).toEqual([
      {
        name: 'QueueName',
        value: referenceAt(json, 'aws_sqs_queue', own('orders/queue-jobs/queue'), 'name'),
      },
    ])
  })

  it('keeps the order, as do its dead letters', () => {
    for (const [part, name] of [
      ['queue', 'steps'],
      ['dead-letters', 'steps-dead-letters'],
    ]) {
      expect(queueAt(`orders/queue-steps/${part}`)).toMatchObject({
        name: `tideway-test-orders-${name}.fifo`,
        fifo_queue: true,
        content_based_deduplication: true,
      })
    }
  })

  it('receives from topics, of other services too, which its key and its policy allow', () => {
    const subscription = resourceAt(
      json,
      'aws_sns_topic_subscription',
      own('reports/queue-inbox/from-orders:events'),
    )
    expect(subscription).toMatchObject({
      topic_arn: events,
      endpoint: arn('aws_sqs_queue', 'reports/queue-inbox/queue'),
      raw_message_delivery: true,
    })
    const { policy } = resourceAt(json, 'aws_sqs_queue_policy', own('reports/queue-inbox/policy'))
    expect(statementsOf(policy)).toEqual([
      expect.objectContaining({
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { ArnEquals: { 'aws:SourceArn': [events] } },
      }),
      expect.objectContaining({ Sid: 'TlsOnly', Effect: 'Deny', Action: 'sqs:*' }),
    ])
    const sources = (name: string) =>
      servicesOf(resourceAt(json, 'aws_kms_key', own(`${name}/key/key`))).map(
        ({ Principal, Condition }) => [Principal.Service, Condition.ArnEquals['aws:SourceArn']],
      )
    const topic = 'arn:aws:sns:eu-central-1:123456789012:tideway-test-orders'
    expect(sources('reports')).toEqual([['sns.amazonaws.com', [`${topic}-events`]]])
    expect(sources('orders')).toEqual([
      ['sns.amazonaws.com', [`${topic}-events`, `${topic}-ledger.fifo`]],
    ])
  })
})

it('a topic of a service is encrypted and denies plain HTTP', () => {
  expect(resourceAt(json, 'aws_sns_topic', own('orders/topic-ledger'))).toMatchObject({
    name: 'tideway-test-orders-ledger.fifo',
    fifo_topic: true,
    kms_master_key_id: key('orders'),
  })
  const { policy } = resourceAt(json, 'aws_sns_topic_policy', own('orders/topic-events:policy'))
  expect(statementsOf(policy)).toMatchObject([{ Sid: 'TlsOnly', Effect: 'Deny' }])
})

it('a table of a service has its keys, indexes and expiry, and can be recovered', () => {
  expect(resourceAt(json, 'aws_dynamodb_table', own('orders/table-sessions'))).toMatchObject({
    name: 'tideway-test-orders-sessions',
    billing_mode: 'PAY_PER_REQUEST',
    hash_key: 'user',
    range_key: 'started',
    attribute: [
      { name: 'user', type: 'S' },
      { name: 'started', type: 'N' },
    ],
    global_secondary_index: [{ name: 'by-start', hash_key: 'started', projection_type: 'ALL' }],
    ttl: { attribute_name: 'expires', enabled: true },
    server_side_encryption: { enabled: true, kms_key_arn: key('orders') },
    point_in_time_recovery: { enabled: true },
    deletion_protection_enabled: true,
  })
})

it.each([true, false])('resources with data are protected with it (protectData %s)', (protect) => {
  const other = protect ? json : compute({ protectData: false }, {}, services)
  const blocks = [
    resourceAt(other, 'aws_s3_bucket', own('orders/bucket-uploads/bucket/bucket')),
    resourceAt(other, 'aws_sqs_queue', own('orders/queue-jobs/queue')),
    resourceAt(other, 'aws_sqs_queue', own('orders/queue-jobs/dead-letters')),
    resourceAt(other, 'aws_dynamodb_table', own('orders/table-sessions')),
  ]
  expect(blocks.map(isProtected)).toEqual(blocks.map(() => protect))
  expect(blocks[0]?.force_destroy).toBe(!protect)
  expect(blocks[3]?.deletion_protection_enabled).toBe(protect)
})

describe('the tasks', () => {
  it('get the names of resources as variables', () => {
    expect(variablesOf('orders')).toEqual({
      PORT: '8080',
      UPLOADS_BUCKET: expect.stringContaining('aws_s3_bucket'),
      JOBS_QUEUE_URL: referenceAt(json, 'aws_sqs_queue', own('orders/queue-jobs/queue'), 'url'),
      STEPS_QUEUE_URL: referenceAt(json, 'aws_sqs_queue', own('orders/queue-steps/queue'), 'url'),
      EVENTS_TOPIC_ARN: events,
      LEDGER_TOPIC_ARN: arn('aws_sns_topic', 'orders/topic-ledger'),
      SESSIONS_TABLE: referenceAt(json, 'aws_dynamodb_table', own('orders/table-sessions'), 'name'),
    })
    expect(variablesOf('reports')).toMatchObject({
      ORDERS_JOBS_QUEUE_URL: variablesOf('orders').JOBS_QUEUE_URL,
      ORDERS_SESSIONS_TABLE: variablesOf('orders').SESSIONS_TABLE,
      ASSETS_BUCKET: dataOutput('assets_bucket_name'),
    })
  })

  it('have full access to the resources of their service, and the permissions of its definition', () => {
    const grants = grantsOf(json, 'services/orders/task/orders-task')
    expect(grants.map(({ Sid }) => Sid)).toEqual([
      'ReadBuckets',
      'WriteBuckets',
      'SendToQueues',
      'ReceiveFromQueues',
      'PublishToTopics',
      'ReadTables',
      'WriteTables',
      'EncryptByKeys',
      undefined,
      undefined,
    ])
    expect(grants[6]?.Resource).toEqual([sessions, `${sessions}/index/*`])
    expect(grants[7]).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [key('orders')],
    })
    expect(grants.slice(8)).toEqual([
      {
        Effect: 'Allow',
        Action: ['ses:SendEmail'],
        Resource: ['arn:aws:ses:eu-central-1:123456789012:identity/shop-test.example.com'],
        Condition: { StringEquals: { 'ses:FromAddress': 'shop@example.com' } },
      },
      { Effect: 'Allow', Action: ['xray:PutTraceSegments'], Resource: '*' },
    ])
  })

  it('have only the named access to resources of others', () => {
    const grants = grantsOf(json, 'services/reports/task/reports-task')
    const of = (sid: string) => grants.find(({ Sid }) => Sid === sid)
    const inbox = arn('aws_sqs_queue', 'reports/queue-inbox/queue')
    const assets = dataOutput('assets_bucket_arn')
    expect(of('SendToQueues')?.Resource).toEqual([inbox, jobs])
    expect(of('ReceiveFromQueues')?.Resource).toEqual([inbox])
    expect(of('ReadBuckets')?.Resource).toEqual([uploads, `${uploads}/*`, assets, `${assets}/*`])
    expect(of('WriteBuckets')?.Resource).toEqual([assets, `${assets}/*`])
    expect(of('ReadTables')?.Resource).toEqual([sessions, `${sessions}/index/*`])
    expect(of('WriteTables')).toBeUndefined()
    expect(of('EncryptByKeys')?.Resource).toEqual([
      key('reports'),
      key('orders'),
      dataOutput('assets_key_arn'),
    ])
  })
})

it('services without resources have no key', () => {
  const keys = Object.values(resourcesOf(json, 'aws_kms_key')).map((it) => it['//'].metadata.path)
  expect(keys.filter((path) => path.includes('service-resources'))).toEqual([
    expect.stringContaining(own('orders/key/key')),
    expect.stringContaining(own('reports/key/key')),
  ])
})

describe('an invalid definition stops the synthesis', () => {
  /** Without type checks, as from JavaScript: the types reject most of these definitions. */
  const check = (change: object, more: object = {}) =>
    Reflect.apply(checkServices, undefined, [{ mine: { ...service, ...change }, orders, ...more }])
  const uses = (use: unknown) => ({ uses: [use] })
  const permission = (change: object) => ({
    permissions: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/*'], ...change }],
  })
  const resource = (arn: string) => permission({ resources: [arn] })
  const table = (change: object) => ({ tables: { items: { partitionKey: 'id', ...change } } })

  it.each<[object, RegExp]>([
    [
      { buckets: [] },
      /mine\.ts: service\.buckets: must be an object with buckets by name; got \[\]/,
    ],
    [{ buckets: { Up: {} } }, /service\.buckets: must name each bucket with lower-case.*got "Up"/],
    [{ buckets: { up: null } }, /service\.buckets\.up: must be an object with expireDays/],
    [
      { buckets: { up: { expireDays: 0 } } },
      /buckets\.up\.expireDays: must be a whole number from 1/,
    ],
    [{ buckets: { up: { noncurrentDays: '3' } } }, /noncurrentDays: must be.*got "3"/],
    [{ queues: { jobs: { visibilitySeconds: 43_201 } } }, /0 to 43200 seconds.*got 43201/],
    [
      { queues: { jobs: { maxReceives: 1 } } },
      /maxReceives: must be a whole number from 2 to 1000/,
    ],
    [{ queues: { jobs: { retentionDays: 14 } } }, /retentionDays: must be.*1 to 13.*dead letter/],
    [{ queues: { jobs: { fifo: 'yes' } } }, /queues\.jobs\.fifo: must be true or false; got "yes"/],
    [{ queues: { jobs: { subscribesTo: 'events' } } }, /subscribesTo: must be a list of topics/],
    [{ queues: { jobs: { subscribesTo: ['events'] } } }, /mine has no topic events; got "events"/],
    [
      { queues: { jobs: { subscribesTo: [{ service: 'toString', topic: 'x' }] } } },
      /toString has no topic x/,
    ],
    [
      { queues: { jobs: { fifo: true, subscribesTo: [{ service: 'orders', topic: 'events' }] } } },
      /must name fifo topics/,
    ],
    [
      {
        queues: { jobs: { subscribesTo: ['events', { service: 'mine', topic: 'events' }] } },
        topics: { events: {} },
      },
      /mine.ts: service\.queues\.jobs\.subscribesTo: must name each topic once; got {"service"/,
    ],
    [{ topics: { events: { fifo: 1 } } }, /topics\.events\.fifo: must be true or false; got 1/],
    [{ tables: { items: {} } }, /tables\.items\.partitionKey: must be the name.*got nothing/],
    [table({ sortKey: { name: 'at', type: 'date' } }), /sortKey: must be the name/],
    [table({ sortKey: '${at}' }), /sortKey: must be .* without expressions of Terraform/],
    [table({ sortKey: 'id' }), /different attributes as partitionKey and sortKey; got \["id"\]/],
    [table({ expiresAt: '' }), /expiresAt: must be the name of an attribute/],
    [table({ indexes: { ab: { partitionKey: 'x' } } }), /indexes\.ab: must have a name of 3/],
    [table({ indexes: { abc: 5 } }), /indexes\.abc: must be an object with partitionKey/],
    [
      table({ indexes: { abc: { partitionKey: { name: 'id', type: 'number' } } } }),
      /tables\.items: must give each attribute one type: id has two/,
    ],
    [{ uses: 'database' }, /service\.uses: must be a list; got "database"/],
    [uses('disk'), /service\.uses\[0\]: must be cache, database.*got "disk"/],
    [{ uses: ['cache', 'cache'] }, /uses\[1\]: must name each dependency once/],
    [uses(null), /uses\[0\]: must name a service or the stack "data".*got null/],
    [uses({ service: 'orders', queue: 'jobs' }), /queue \(send, receive, send-receive\)/],
    [uses({ service: 'orders', queue: 'jobs', access: 'read' }), /one resource and its access/],
    [uses({ service: 'orders', stack: 'data', queue: 'jobs', access: 'send' }), /a service or the/],
    [uses({ service: 'no', queue: 'jobs', access: 'send' }), /there is no no/],
    [uses({ service: 'orders', queue: 'no', access: 'send' }), /a queue of orders: it has no no/],
    [uses({ service: 'mine', queue: 'no', access: 'send' }), /another service/],
    [uses({ stack: 'data', bucket: 'no', access: 'read' }), /data stack publishes: assets, logs/],
    [
      uses({ stack: 'data', table: 'no', access: 'read' }),
      /publishes: there is none.*add the outputs no_table_arn and no_table_name/,
    ],
    [
      { queues: { work: {} }, uses: ['work-queue'] },
      /a variable of its own: this one is set twice; got "WORK_QUEUE_URL"/,
    ],
    [
      { queues: { a: {}, 'a-dead-letters': {} } },
      /queues\.a-dead-letters: must have a name of its/,
    ],
    [{ buckets: { up: {} }, environment: { UP_BUCKET: 'x' } }, /set twice; got "UP_BUCKET"/],
    [
      { queues: { jobs: { backlogPerTask: 0 } } },
      /backlogPerTask: must be a number above 0; got 0/,
    ],
    [
      { runs: 'rate(5 minutes)', tasks: 1, queues: { jobs: { backlogPerTask: 1 } } },
      /jobs\.backlogPerTask: must be for services only/,
    ],
    [{ permissions: {} }, /service\.permissions: must be a list/],
    [{ permissions: [7] }, /permissions\[0\]: must be an object with actions/],
    [permission({ actions: [] }), /permissions\[0\]\.actions: must be a list of one action/],
    [permission({ actions: ['*'] }), /complete names of actions, without \* and \?; got "\*"/],
    [permission({ actions: ['s3:Get*'] }), /complete names of actions.*got "s3:Get\*"/],
    [permission({ actions: ['iam:PassRole'] }), /must not be of iam/],
    [permission({ resources: undefined }), /name the resources of s3:GetObject/],
    [permission({ resources: [] }), /resources: must be a list of one ARN/],
    [resource('*'), /must be ARNs.*got "\*"/],
    [resource('arn:aws:s3:::*'), /must name a resource, not all of them/],
    [resource('arn:aws:dynamodb:{region}:{account}:table/*'), /not all of them/],
    [resource('arn:aws:sqs:*:{account}:jobs'), /name the region and the account/],
    [resource('arn:aws:sqs:{zone}:{account}:jobs'), /only the placeholders \{region\}/],
    [resource('arn:aws:s3:::${aws:username}'), /Terraform would evaluate it/],
    [permission({ conditions: { StringEquals: 'x' } }), /conditions: must be strings by key/],
    [
      { permissions: [{ actions: ['cloudwatch:PutMetricData'] }] },
      /limit cloudwatch:PutMetricData/,
    ],
  ])('%j', (change, message) => {
    expect(() => check(change)).toThrow(message)
  })

  it('accepts narrow wildcards, and metrics with a namespace', () => {
    const conditions = { StringEquals: { 'cloudwatch:namespace': 'Mine' } }
    expect(() =>
      check({
        permissions: [
          { actions: ['cloudwatch:PutMetricData'], conditions },
          {
            actions: ['s3:GetObject'],
            resources: [
              'arn:aws:s3:::bucket/*',
              'arn:aws:dynamodb:{region}:{account}:table/items/index/*',
              'arn:aws:secretsmanager:{region}:{account}:secret:mine-??????',
              'arn:aws:logs:{region}:{account}:log-group:/mine:*',
            ],
          },
        ],
      }),
    ).not.toThrow()
  })

  it('names two services with resources of the same physical name, and names of the platform', () => {
    const more = { 'mine-a': { ...service, topics: { b: {} } } }
    expect(() => check({ topics: { 'a-b': {} } }, more)).toThrow(
      /mine-a\.ts: service\.topics\.b: must have a name of its own: .*mine\.ts.*a-b has mine-a-b too/,
    )
    expect(() => check({}, { failover: { ...service, queues: { drain: {} } } })).toThrow(
      /the platform has failover-drain too/,
    )
  })
})
