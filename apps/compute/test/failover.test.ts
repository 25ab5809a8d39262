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
import { eventRules } from '@tideway/failover-lambda/event-rules'
import permissions from '@tideway/failover-lambda/permissions.json'
import { parseMessage } from '@tideway/failover-lambda/requests'
import { variables } from '@tideway/failover-lambda/settings'
import { compute, grantsOf, keyRef } from './fixture'

const json = compute()
const at = (type: string, path: string) => resourceAt(json, type, `failover/${path}`)
const ref = (type: string, path: string, attribute = 'id') =>
  referenceAt(json, type, `failover/${path}`, attribute)

describe('the event rules', () => {
  it('are those of the controller, for this cluster and this Auto Scaling group', () => {
    const expected = eventRules({
      clusterArn: referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn'),
      clusterName: clusterRef(),
      spotGroupNames: [
        referenceAt(json, 'aws_autoscaling_group', 'capacity/ec2-spot/group/group', 'name'),
      ],
      regionAndAccount: 'eu-central-1:123456789012',
    })
    const deployed = Object.values(resourcesOf(json, 'aws_cloudwatch_event_rule')).map((rule) => [
      rule.name.replace('tideway-test-failover-', ''),
      JSON.parse(rule.event_pattern),
    ])
    expect(Object.fromEntries(deployed)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([name, { pattern }]) => [name, pattern])),
    )
  })
})

describe('each event rule', () => {
  const targets = Object.values(resourcesOf(json, 'aws_cloudwatch_event_target'))

  it.each(['task-notice', 'instance-notice'])('%s targets both functions', (name) => {
    const rule = ref('aws_cloudwatch_event_rule', name, 'name')
    const of = targets.filter((target) => target.rule === rule).map(({ arn }) => arn)
    expect(of).toEqual(
      ['reconcile', 'drain'].map((handler) =>
        ref('aws_sqs_queue', `${handler}-queue/queue`, 'arn'),
      ),
    )
  })

  it('targets a queue and a dead-letter queue that accept its events', () => {
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
          expect.objectContaining({ Sid: 'TlsOnly', Effect: 'Deny', Resource: to }),
        ])
      }
    }
  })
})

describe.each(['reconcile', 'drain'] as const)('%s', (handler) => {
  const queue = at('aws_sqs_queue', `${handler}-queue/queue`)
  const lambda = at('aws_lambda_function', `${handler}/function`)

  it('has a queue, encrypted with a key that EventBridge can use for it', () => {
    expect(queue.kms_master_key_id).toBe(keyRef(json, 'failover/key'))
    const [service, ...others] = servicesOf(at('aws_kms_key', 'key/key'))
    expect(others).toEqual([])
    expect(service).toMatchObject({
      Principal: { Service: 'events.amazonaws.com' },
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']),
    })
    // AWS documents none that EventBridge meets. The queues accept our rules only.
    expect(service).not.toHaveProperty('Condition')
    expect(queue.name).toMatch(/^tideway-test-failover-/)
  })

  it('has a dead-letter queue that accepts messages of its queue only', () => {
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

  it('polls its queue with partial batch responses and two concurrent invocations', () => {
    expect(at('aws_lambda_event_source_mapping', `${handler}/mapping`)).toMatchObject({
      event_source_arn: ref('aws_sqs_queue', `${handler}-queue/queue`, 'arn'),
      function_name: ref('aws_lambda_function', `${handler}/function`, 'arn'),
      function_response_types: ['ReportBatchItemFailures'],
      scaling_config: { maximum_concurrency: 2 },
    })
    // AWS accepts no less, and a retry of a notice must come before its two minutes are over.
    expect(queue.visibility_timeout_seconds).toBe(lambda.timeout)
    expect(2 * queue.visibility_timeout_seconds).toBeLessThanOrEqual(120)
  })

  it('sends failed asynchronous invocations to its dead-letter queue', () => {
    const dead = ref('aws_sqs_queue', `${handler}-queue/dead-letters`, 'arn')
    expect(lambda.dead_letter_config).toEqual({ target_arn: dead })
    expect(grantsOf(json, `failover/${handler}/failover-${handler}`)).toContainEqual(
      expect.objectContaining({ Action: 'sqs:SendMessage', Resource: dead }),
    )
  })

  it('is traced', () => {
    expect(lambda.tracing_config).toEqual({ mode: 'Active' })
  })

  it('reserves the concurrency of its queue unless switched off', () => {
    expect(lambda.reserved_concurrent_executions).toBe(2)
    const without = compute({}, { failover: { reserveConcurrency: 'off' } })
    expect(
      resourceAt(without, 'aws_lambda_function', `failover/${handler}/function`),
    ).not.toHaveProperty('reserved_concurrent_executions')
  })

  it('deploys the zip that is built from the source', () => {
    const zip = readFileSync(buildZip())
    expect(lambda).toMatchObject({
      handler: `index.${handler}`,
      runtime: 'nodejs22.x',
      architectures: ['arm64'],
      source_code_hash: createHash('sha256').update(zip).digest('base64'),
    })
    // Relative to the JSON, in any folder.
    expect(lambda.filename).toMatch(/^assets\/[\w-]+\/[0-9a-f]{32}\/failover\.zip$/)
  })

  it('sets the variables that the function requires, and no unknown one', () => {
    const given = lambda.environment.variables
    expect(Object.keys(given).filter((name) => !(name in variables))).toEqual([])
    expect(given).toMatchObject({
      TABLE_NAME: ref('aws_dynamodb_table', 'table', 'name'),
      QUEUE_URL: ref('aws_sqs_queue', `${handler}-queue/queue`, 'url'),
      CLUSTERS: referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name'),
      TOPIC_ARN: referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn'),
      // Two concurrent runs share 20 calls a second.
      CALLS_PER_SECOND: '10',
      WRITES_PER_SECOND: '2.5',
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

  it('limits the price of cover where the settings do', () => {
    const path = `failover/${handler}/function`
    const limited = compute({}, { failover: { maxCoverDollarsPerHour: 12.5 } })
    const { variables } = resourceAt(limited, 'aws_lambda_function', path).environment
    expect(variables.MAX_COVER_DOLLARS_PER_HOUR).toBe('12.5')
    expect(lambda.environment.variables).not.toHaveProperty('MAX_COVER_DOLLARS_PER_HOUR')
  })

  it('logs to an encrypted log group with the retention of the environment', () => {
    expect(at('aws_cloudwatch_log_group', `${handler}/log`)).toMatchObject({
      name: `/aws/lambda/tideway-test-failover-${handler}`,
      retention_in_days: 30,
      kms_key_id: keyRef(json, 'monitoring/key'),
    })
    expect(lambda.logging_config.log_group).toBe(
      ref('aws_cloudwatch_log_group', `${handler}/log`, 'name'),
    )
  })

  it('is created after its role policy', () => {
    expect(lambda.depends_on).toEqual([
      addressAt(json, 'aws_iam_role_policy', `failover/${handler}/failover-${handler}/policy`),
    ])
  })

  it('has exactly the permissions of permissions.json and of the Lambda service', () => {
    const grants = grantsOf(json, `failover/${handler}/failover-${handler}`)
    const listed = permissions[handler].flatMap(({ Action }) => Action)
    const ofLambda = [
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
    expect(grants.flatMap(({ Action }) => Action).sort()).toEqual([...listed, ...ofLambda].sort())
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

  it('can change only services of its cluster that are tagged as standbys', () => {
    const change = reconcile().filter(({ Action }) => [Action].flat().includes('ecs:UpdateService'))
    expect(change).toEqual([
      expect.objectContaining({
        Resource: `arn:aws:ecs:eu-central-1:123456789012:service/${clusterName}/*`,
        Condition: { Null: { 'aws:ResourceTag/tideway:standby-of': 'false' } },
      }),
    ])
  })

  it('can pass only the roles of covered services', () => {
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

  it('can list services and tasks of its cluster only', () => {
    const lists = reconcile().filter(({ Action }) => [Action].flat().includes('ecs:ListTasks'))
    expect(lists).toEqual([
      expect.objectContaining({
        Action: ['ecs:ListServices', 'ecs:ListTasks'],
        Condition: { ArnEquals: { 'ecs:cluster': clusterArn } },
      }),
    ])
  })

  it('stores pairs in an encrypted, protected table with an index', () => {
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

  it('receives a sweep message every minute', () => {
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

  it.each(['api', 'worker'])('report tasks of %s that nothing runs, and long cover', (name) => {
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
  })

  it.each(['reconcile', 'drain'])(
    'report dead letters, message age, errors and throttles of %s',
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

  it('notify the alarm topic of the stack', () => {
    const topic = referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')
    const own = Object.entries(resourcesOf(json, 'aws_cloudwatch_metric_alarm')).filter(([id]) =>
      id.startsWith('failover_'),
    )
    expect(own).toHaveLength(3 + 2 * 2 + 2 * 4)
    for (const [, { alarm_actions, ok_actions }] of own) {
      expect([alarm_actions, ok_actions]).toEqual([[topic], [topic]])
    }
    expect(referred(json, topic)).toMatchObject({
      kms_master_key_id: keyRef(json, 'monitoring/key'),
    })
  })

  it('have a dashboard', () => {
    const { widgets } = JSON.parse(
      at('aws_cloudwatch_dashboard', 'dashboard/dashboard').dashboard_body,
    )
    const metrics = widgets.flatMap(({ properties: { metrics: shown = [] } }: Block) =>
      shown.flatMap(([, metric]: string[]) => metric ?? []),
    )
    expect(new Set(metrics)).toEqual(
      new Set([
        'DesiredDollars',
        'OnDemandDollars',
        'SpotDollars',
        'StandbyDollars',
        'Sweeps',
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

  it('answer four questions in the first row of the dashboard', () => {
    const { widgets } = JSON.parse(
      at('aws_cloudwatch_dashboard', 'dashboard/dashboard').dashboard_body,
    )
    const first: Block[] = widgets.filter(({ y }: Block) => y < 6)
    const found = (question: RegExp) => {
      const widget = first.find(({ properties }) => question.test(properties.title))
      return { type: widget?.type, ...widget?.properties }
    }
    const metricsOf = (question: RegExp) =>
      found(question).metrics.map(([, metric]: string[]) => metric ?? 'expression')
    expect(new Set(metricsOf(/^Is anybody short\?/))).toEqual(new Set(['Uncovered']))
    expect(new Set(metricsOf(/^Who is covered\?/))).toEqual(new Set(['StandbyTasks']))
    expect(found(/^What does it cost\?/)).toMatchObject({ view: 'singleValue', period: 3600 })
    expect(found(/^Saved since/)).toMatchObject({ setPeriodToTimeRange: true })
    expect(found(/^Saved since/).metrics.at(-1)).toEqual([
      { expression: 'desired - SUM([spot * 0.32, own, standby])', label: 'USD', id: 'saved' },
    ])
    const { type, alarms } = found(/^Is the controller alive\?/)
    expect(type).toBe('alarm')
    expect(alarms.length).toBeGreaterThan(6)
    expect(new Set(alarms).size).toBe(alarms.length)
    expect(metricsOf(/^Sweeps/)).toContain('Sweeps')
    // A grid of 24 columns, in which no widget covers another.
    const cells = widgets.flatMap(({ x, y, width, height }: Block) =>
      Array.from(
        { length: width * height },
        (_, n) => `${x + (n % width)},${y + Math.floor(n / width)}`,
      ),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...widgets.map(({ x, width }: Block) => x + width))).toBe(24)
  })
})

function clusterRef(): string {
  return referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name')
}
