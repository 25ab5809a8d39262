import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  addressAt,
  type Block,
  referenceAt,
  referred,
  resourceAt,
  resourcesOf,
  servicesOf,
  statementsOf,
} from '@tideway/constructs/testing'
import { buildZip } from '@tideway/failover-lambda/build'
import permissions from '@tideway/failover-lambda/permissions.json'
import { parseMessage } from '@tideway/failover-lambda/requests'
import { variables } from '@tideway/failover-lambda/settings'
import { mismatchOf } from '@tideway/spot-simulator'
import {
  arnOf,
  deploymentChange,
  event,
  instanceNotice,
  launchFailure,
  notice,
  serviceAction,
  taskChange,
} from './events'
import { compute, grantsOf, keyRef } from './fixture'

const json = compute()
const at = (type: string, path: string) => resourceAt(json, type, `failover/${path}`)
const ref = (type: string, path: string, attribute = 'id') =>
  referenceAt(json, type, `failover/${path}`, attribute)
const cluster = 'tideway-test-compute'
const spotGroup = 'tideway-test-ec2-spot'

/** The patterns of all rules, with the names that Terraform fills in. */
const patterns: [string, Block][] = Object.entries(
  resourcesOf(json, 'aws_cloudwatch_event_rule'),
).map(([, rule]) => {
  const filled = rule.event_pattern
    .replaceAll(
      referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn'),
      arnOf('cluster', cluster),
    )
    .replaceAll(referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name'), cluster)
    .replaceAll(
      referenceAt(json, 'aws_autoscaling_group', 'capacity/ec2-spot/group/group', 'name'),
      spotGroup,
    )
  expect(filled).not.toContain('${')
  return [rule.name.replace('tideway-test-failover-', ''), JSON.parse(filled)]
})
const rulesFor = (told: Block) =>
  patterns.filter(([, pattern]) => mismatchOf(pattern, told) === undefined).map(([name]) => name)

describe('an event that matters is let through by its rule', () => {
  it.each<[string, Block, string[]]>([
    ['a placement failure on Fargate', serviceAction(cluster), ['placement-failure']],
    [
      'a placement failure on instances',
      serviceAction(cluster, {
        capacityProviderArns: undefined,
        containerInstanceArns: [arnOf('container-instance', `${cluster}/1`)],
        reason: 'RESOURCE:MEMORY',
      }),
      ['placement-failure'],
    ],
    ['a notice of Fargate Spot', notice(cluster), ['task-notice']],
    ['a notice without a code', notice(cluster, { stopCode: undefined }), ['task-notice']],
    [
      'a notice without a reason',
      notice(cluster, { stopCode: 'TerminationNotice', stoppedReason: undefined }),
      ['task-notice'],
    ],
    [
      'the end of a task that was taken back',
      notice(cluster, { lastStatus: 'STOPPED' }),
      ['task-notice', 'task-state'],
    ],
    ['a task that runs', taskChange(cluster, {}), ['task-running']],
    [
      'a task that waits for an instance',
      taskChange(cluster, {
        lastStatus: 'PROVISIONING',
        launchType: 'EC2',
        capacityProviderName: spotGroup,
      }),
      ['task-state'],
    ],
    ['a release that is done', deploymentChange(cluster), ['deployment-state']],
    ['a notice of an instance', instanceNotice(), ['instance-notice']],
    ['a Spot group that gets no instance', launchFailure(spotGroup), ['launch-failure']],
  ])('%s', (_, told, rules) => {
    expect(rulesFor(told).sort()).toEqual(rules)
    expect(parseMessage(JSON.stringify(told), Date.now()).kind).not.toBe('ignore')
  })
})

describe('a near miss is not', () => {
  it.each<[string, Block]>([
    ['a failure in another cluster', serviceAction('other')],
    ['a service that is steady', serviceAction(cluster, { eventName: 'SERVICE_STEADY_STATE' })],
    ['a failure of another source', { ...serviceAction(cluster), source: 'mine.ecs' }],
    ['a task of no service', notice(cluster, { group: 'family:batch' })],
    ['a task without a group', notice(cluster, { group: undefined })],
    ['a notice in another cluster', notice('other')],
    ['a task on its way up', taskChange(cluster, { lastStatus: 'PENDING' })],
    [
      'a task on its way down by itself',
      taskChange(cluster, { desiredStatus: 'STOPPED', stopCode: 'UserInitiated' }),
    ],
    ['a release in another cluster', deploymentChange('other')],
    ['a release in a cluster whose name only begins so', deploymentChange(`${cluster}-2`)],
    ['a recommendation', instanceNotice('EC2 Instance Rebalance Recommendation')],
    ['a change of an instance', instanceNotice('EC2 Instance State-change Notification')],
    ['another group', launchFailure('tideway-test-ec2')],
    [
      'a launch that went well',
      { ...launchFailure(spotGroup), 'detail-type': 'EC2 Instance Launch Successful' },
    ],
    ['something else', event('aws.s3', 'Object Created', { bucket: {} })],
  ])('%s', (_, told) => {
    expect(rulesFor(told)).toEqual([])
  })
})

describe('each rule', () => {
  const targets = Object.values(resourcesOf(json, 'aws_cloudwatch_event_target'))

  it.each(['task-notice', 'instance-notice'])('%s tells both functions', (name) => {
    const rule = ref('aws_cloudwatch_event_rule', name, 'name')
    const of = targets.filter((target) => target.rule === rule).map(({ arn }) => arn)
    expect(of).toEqual(
      ['reconcile', 'drain'].map((handler) =>
        ref('aws_sqs_queue', `${handler}-queue/queue`, 'arn'),
      ),
    )
  })

  it('tells a queue that lets it send, with dead letters that let it send too', () => {
    expect(targets).toHaveLength(9)
    for (const { rule, arn, dead_letter_config } of targets) {
      const ruleArn = rule.replace(/\.name\}$/, '.arn}')
      for (const to of [arn, dead_letter_config.arn]) {
        const url = to.replace(/\.arn\}$/, '.url}')
        const policies = Object.values(resourcesOf(json, 'aws_sqs_queue_policy')).filter(
          ({ queue_url }) => queue_url === url,
        )
        expect(policies).toHaveLength(1)
        expect(statementsOf(policies[0]?.policy)).toEqual([
          expect.objectContaining({
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: to,
            Condition: { ArnEquals: { 'aws:SourceArn': expect.arrayContaining([ruleArn]) } },
          }),
        ])
      }
    }
  })
})

describe.each(['reconcile', 'drain'] as const)('%s', (handler) => {
  const queue = at('aws_sqs_queue', `${handler}-queue/queue`)
  const lambda = at('aws_lambda_function', `${handler}/function`)

  it('has a queue that is encrypted with a key that EventBridge may use for it', () => {
    expect(queue.kms_master_key_id).toBe(keyRef(json, 'failover/key'))
    const services = servicesOf(at('aws_kms_key', 'key/key'))
    expect(services).toEqual([
      expect.objectContaining({
        Principal: { Service: 'events.amazonaws.com' },
        Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']),
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:sqs:arn':
              'arn:aws:sqs:eu-central-1:123456789012:tideway-test-failover-*',
          },
        },
      }),
    ])
    expect(queue.name).toMatch(/^tideway-test-failover-/)
  })

  it('sets aside what it cannot do, where only its queue may leave it', () => {
    const dead = ref('aws_sqs_queue', `${handler}-queue/dead-letters`, 'arn')
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: dead,
      maxReceiveCount: 5,
    })
    const allow = at('aws_sqs_queue_redrive_allow_policy', `${handler}-queue/redrive-allow`)
    expect(JSON.parse(allow.redrive_allow_policy)).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [ref('aws_sqs_queue', `${handler}-queue/queue`, 'arn')],
    })
  })

  it('is fed by its queue, in batches whose messages fail one by one, two at once', () => {
    expect(at('aws_lambda_event_source_mapping', `${handler}/mapping`)).toMatchObject({
      event_source_arn: ref('aws_sqs_queue', `${handler}-queue/queue`, 'arn'),
      function_name: ref('aws_lambda_function', `${handler}/function`, 'arn'),
      function_response_types: ['ReportBatchItemFailures'],
      scaling_config: { maximum_concurrency: 2 },
    })
    expect(queue.visibility_timeout_seconds).toBeGreaterThanOrEqual(lambda.timeout)
  })

  it('keeps what it fails at when it is called by hand, and may', () => {
    const dead = ref('aws_sqs_queue', `${handler}-queue/dead-letters`, 'arn')
    expect(lambda.dead_letter_config).toEqual({ target_arn: dead })
    expect(grantsOf(json, `failover/${handler}/failover-${handler}`)).toContainEqual(
      expect.objectContaining({ Action: 'sqs:SendMessage', Resource: dead }),
    )
  })

  it('is traced', () => {
    expect(lambda.tracing_config).toEqual({ mode: 'Active' })
  })

  it('has room of its own for as many as its queue starts, where that is switched on', () => {
    expect(lambda.reserved_concurrent_executions).toBe(2)
    const without = compute({}, { failover: { reserveConcurrency: 'off' } })
    expect(
      resourceAt(without, 'aws_lambda_function', `failover/${handler}/function`),
    ).not.toHaveProperty('reserved_concurrent_executions')
  })

  it('is the zip of the function, as it is built from its source', () => {
    const zip = readFileSync(buildZip())
    expect(lambda).toMatchObject({
      handler: `index.${handler}`,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      source_code_hash: createHash('sha256').update(zip).digest('base64'),
    })
    // Beside the JSON, wherever that is.
    expect(lambda.filename).toMatch(/^assets\/[\w-]+\/[0-9a-f]{32}\/failover\.zip$/)
  })

  it('is told all that it asks for, and nothing that it does not know', () => {
    const given = lambda.environment.variables
    expect(Object.keys(given).filter((name) => !(name in variables))).toEqual([])
    expect(given).toMatchObject({
      TABLE_NAME: ref('aws_dynamodb_table', 'table', 'name'),
      QUEUE_URL: ref('aws_sqs_queue', 'reconcile-queue/queue', 'url'),
      CLUSTERS: referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name'),
      TOPIC_ARN: referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn'),
      // Two at once share 20 calls a second.
      CALLS_PER_SECOND: '10',
      CALLS_BURST: '20',
    })
    const provider = referenceAt(
      json,
      'aws_ecs_capacity_provider',
      'capacity/ec2-spot/group/provider',
      'name',
    )
    expect(given.SPOT_PROVIDERS).toBe(`FARGATE_SPOT ${provider}`)
    expect(given.SPOT_GROUPS).toMatch(/^\$\{aws_autoscaling_group\.[\w-]+\.name\}=/)
    expect(given.SPOT_GROUPS.endsWith(`=${provider}`)).toBe(true)
  })

  it('writes a log that is there before it, encrypted and kept for as long as the environment says', () => {
    expect(at('aws_cloudwatch_log_group', `${handler}/log`)).toMatchObject({
      name: `/aws/lambda/tideway-test-failover-${handler}`,
      retention_in_days: 30,
      kms_key_id: keyRef(json, 'monitoring/key'),
    })
    expect(lambda.logging_config.log_group).toBe(
      ref('aws_cloudwatch_log_group', `${handler}/log`, 'name'),
    )
  })

  it('comes after its policy', () => {
    expect(lambda.depends_on).toEqual([
      addressAt(json, 'aws_iam_role_policy', `failover/${handler}/failover-${handler}/policy`),
    ])
  })

  it('may do what its own list says, which is tested against the calls it makes, and nothing else', () => {
    const grants = grantsOf(json, `failover/${handler}/failover-${handler}`)
    const listed = permissions[handler].flatMap(({ Action }) => Action)
    const plumbing = [
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]
    expect(grants.flatMap(({ Action }) => Action).sort()).toEqual([...listed, ...plumbing].sort())
    for (const { Resource, Action } of grants) {
      if ([Resource].flat().includes('*')) {
        expect([Action].flat().join()).toMatch(/^(elasticloadbalancing:Describe|ecs:List|xray:Put)/)
      }
    }
  })
})

describe('the controller', () => {
  const reconcile = () => grantsOf(json, 'failover/reconcile/failover-reconcile')
  const clusterArn = referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn')
  const clusterName = referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name')

  it('changes services of its cluster that are tagged as standbys, and no others', () => {
    const change = reconcile().filter(({ Action }) => [Action].flat().includes('ecs:UpdateService'))
    expect(change).toEqual([
      expect.objectContaining({
        Resource: `arn:aws:ecs:eu-central-1:123456789012:service/${clusterName}/*`,
        Condition: { Null: { 'aws:ResourceTag/tideway:standby-of': 'false' } },
      }),
    ])
  })

  it('hands the roles of covered tasks to the standby that follows a release, and no others', () => {
    const role = (path: string) => referenceAt(json, 'aws_iam_role', `services/${path}/role`, 'arn')
    const pass = reconcile().filter(({ Action }) => [Action].flat().includes('iam:PassRole'))
    expect(pass).toEqual([
      expect.objectContaining({
        Action: ['iam:PassRole'],
        Resource: ['api/task/api', 'worker/task/worker'].flatMap((task) => [
          role(`${task}-task`),
          role(`${task}-start`),
        ]),
        Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    ])
  })

  it('lists what is in its cluster only', () => {
    const lists = reconcile().filter(({ Action }) => [Action].flat().includes('ecs:ListTasks'))
    expect(lists).toEqual([
      expect.objectContaining({
        Action: ['ecs:ListServices', 'ecs:ListTasks'],
        Condition: { ArnEquals: { 'ecs:cluster': clusterArn } },
      }),
    ])
  })

  it('remembers in a table with the index that it asks', () => {
    expect(at('aws_dynamodb_table', 'table')).toMatchObject({
      hash_key: 'pair',
      billing_mode: 'PAY_PER_REQUEST',
      global_secondary_index: [{ name: 'open', hash_key: 'open', projection_type: 'KEYS_ONLY' }],
      server_side_encryption: { enabled: true, kms_key_arn: keyRef(json, 'failover/key') },
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
    })
    expect(reconcile().find(({ Sid }) => Sid === 'Remember')?.Resource).toEqual([
      ref('aws_dynamodb_table', 'table', 'arn'),
      `${ref('aws_dynamodb_table', 'table', 'arn')}/index/*`,
    ])
  })

  it('is woken every minute, with words that it knows', () => {
    const { schedule_expression, target } = at('aws_scheduler_schedule', 'sweep')
    expect(schedule_expression).toBe('rate(1 minutes)')
    expect(target.arn).toBe(ref('aws_sqs_queue', 'reconcile-queue/queue', 'arn'))
    expect(parseMessage(target.input, 0)).toEqual({ kind: 'sweep' })
    expect(grantsOf(json, 'failover/failover-sweep')).toEqual([
      expect.objectContaining({ Action: 'sqs:SendMessage', Resource: target.arn }),
      expect.objectContaining({ Resource: keyRef(json, 'failover/key') }),
    ])
  })
})

describe('the alarms of the controller', () => {
  const alarm = (name: string) => at('aws_cloudwatch_metric_alarm', `alarms/${name}`)

  it.each(['api', 'worker'])(
    'tell that nobody runs tasks of %s, and that it is on demand for long',
    (name) => {
      const dimensions = { Cluster: clusterRef(), Service: `tideway-test-${name}` }
      expect(alarm(`${name}-uncovered`)).toMatchObject({
        metric_name: 'Uncovered',
        dimensions,
        threshold: 0,
      })
      expect(alarm(`${name}-long-on-demand`)).toMatchObject({
        metric_name: 'StandbyTasks',
        dimensions,
        period: 3600,
        evaluation_periods: 6,
      })
    },
  )

  it.each(['reconcile', 'drain'])(
    'tell of the dead letters, the age, the errors and the throttles of %s',
    (name) => {
      const queue = (part: string) => ref('aws_sqs_queue', `${name}-queue/${part}`, 'name')
      expect(alarm(`${name}-dead-letters`)).toMatchObject({
        metric_name: 'ApproximateNumberOfMessagesVisible',
        dimensions: { QueueName: queue('dead-letters') },
        threshold: 0,
      })
      expect(alarm(`${name}-late`)).toMatchObject({
        metric_name: 'ApproximateAgeOfOldestMessage',
        dimensions: { QueueName: queue('queue') },
      })
      for (const metric of ['Errors', 'Throttles']) {
        expect(alarm(`${name}-${metric.toLowerCase()}`)).toMatchObject({
          namespace: 'AWS/Lambda',
          metric_name: metric,
          dimensions: { FunctionName: at('aws_lambda_function', `${name}/function`).function_name },
        })
      }
    },
  )

  it('reach the topic of the stack', () => {
    const topic = referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')
    const ours = Object.entries(resourcesOf(json, 'aws_cloudwatch_metric_alarm')).filter(([id]) =>
      id.startsWith('failover_'),
    )
    expect(ours).toHaveLength(2 * 2 + 2 * 4)
    for (const [, { alarm_actions, ok_actions }] of ours) {
      expect([alarm_actions, ok_actions]).toEqual([[topic], [topic]])
    }
    expect(referred(json, topic)).toMatchObject({
      kms_master_key_id: keyRef(json, 'monitoring/key'),
    })
  })

  it('have a page of graphs beside them', () => {
    const { widgets } = JSON.parse(
      at('aws_cloudwatch_dashboard', 'dashboard/dashboard').dashboard_body,
    )
    const metrics = widgets.flatMap(({ properties }: Block) =>
      properties.metrics.map(([, metric]: string[]) => metric),
    )
    expect(new Set(metrics)).toEqual(
      new Set([
        'Shortfall',
        'StandbyTasks',
        'Uncovered',
        'RunningTaskCount',
        'ApproximateAgeOfOldestMessage',
        'ApproximateNumberOfMessagesVisible',
        'Errors',
        'Throttles',
        'Duration',
      ]),
    )
  })
})

function clusterRef(): string {
  return referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name')
}
