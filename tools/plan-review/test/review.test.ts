import { stackNames, stacks } from '@tideway/constructs/stacks'
import { assemble } from '../src/assemble'
import type { Json, JsonObject } from '../src/json'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import {
  type Entry,
  options,
  originOf,
  planOf,
  replaced,
  resource,
  reviewOf,
  stackOf,
} from './plans'

const at = (address: string, entry: Entry): Entry => ({ ...entry, address })

describe('the resources of a plan', () => {
  const stack = stackOf(
    planOf([
      { type: 'aws_a', after: { x: 1 } },
      { type: 'aws_b', before: { x: 1 }, after: { x: 2 } },
      {
        type: 'aws_c',
        before: { x: 1 },
        after: { x: 2 },
        actions: replaced,
        replacePaths: [['x']],
      },
      { type: 'aws_d', before: { x: 1 }, after: { x: 2 }, actions: ['create', 'delete'] },
      { type: 'aws_e', before: { x: 1 } },
      { type: 'aws_f', before: { x: 1 }, actions: ['forget'] },
      {
        type: 'aws_g',
        before: { x: 1 },
        after: { x: 1 },
        actions: ['no-op'],
        more: { previous_address: 'aws_g.old' },
      },
      { type: 'aws_h', before: { x: 1 }, after: { x: 1 }, actions: ['no-op'] },
      resource({ type: 'aws_i', after: { x: 1 }, more: { mode: 'data' }, actions: ['read'] }),
    ]),
  )

  it('are counted by action', () => {
    expect(stack.counts).toEqual({
      create: 1,
      update: 1,
      replace: 2,
      delete: 1,
      forget: 1,
      unknown: 0,
      read: 1,
      move: 1,
      import: 0,
    })
  })

  it('are listed if they change, with the attribute that forces a replacement', () => {
    expect(stack.changes.map(({ type, action, forcedBy }) => [type, action, forcedBy])).toEqual([
      ['aws_a', 'create', []],
      ['aws_b', 'update', []],
      ['aws_c', 'replace', ['x']],
      ['aws_d', 'replace', []],
      ['aws_e', 'delete', []],
      ['aws_f', 'forget', []],
    ])
  })

  it('are listed separately when they are moved or imported', () => {
    const importing = resource({
      type: 'aws_s3_bucket',
      before: { a: 1 },
      after: { a: 1 },
      actions: ['no-op'],
    })
    const { change, ...entry } = importing as { change: object }
    const imported = stackOf(
      planOf([{ ...entry, change: { ...change, importing: { id: 'bucket-1' } } } as Json]),
    )
    expect(imported.imports).toEqual([{ address: 'aws_s3_bucket.it', id: 'bucket-1' }])
    expect(imported.counts).toMatchObject({ import: 1, create: 0 })
    expect(stack.moves).toEqual([{ from: 'aws_g.old', to: 'aws_g.it' }])
  })

  it('are counted and not listed when only tags or versions change', () => {
    const { minor, changes, counts } = stackOf(
      planOf([
        { type: 'aws_a', before: { tags: {} }, after: { tags: { a: 'b' } } },
        { type: 'aws_b', before: { source_code_hash: '1' }, after: { source_code_hash: '2' } },
        { type: 'aws_c', before: { tags: {}, x: 1 }, after: { tags: { a: 'b' }, x: 2 } },
      ]),
    )
    expect(minor).toEqual({ tagsOnly: 1, versionOnly: 1 })
    expect(changes.map(({ type }) => type)).toEqual(['aws_c'])
    expect(counts.update).toBe(3)
  })
})

describe('types that no rule knows', () => {
  const changes: Entry[] = [
    { type: 'acme_widget', address: 'acme_widget.a', after: { x: 1 } },
    { type: 'acme_widget', address: 'acme_widget.b', before: { x: 1 } },
    { type: 'other_gadget', before: { x: 1 }, after: { x: 2 } },
    { type: 'other_gadget', before: { x: 1 }, after: { x: 1 }, actions: ['no-op'] },
    { type: 'aws_s3_bucket', after: { x: 1 } },
  ]

  it('are counted', () => {
    expect(stackOf(planOf(changes)).unknownTypes).toEqual([
      { type: 'acme_widget', count: 2 },
      { type: 'other_gadget', count: 1 },
    ])
    expect(stackOf(planOf([{ type: 'aws_s3_bucket', after: { x: 1 } }])).unknownTypes).toEqual([])
  })

  it('are said in one line of each form', () => {
    const review = reviewOf(planOf(changes))
    for (const text of [toMarkdown(review), toHtml(review)]) {
      expect(text.match(/no rule knows the type of 3 changed resources/g)).toHaveLength(1)
      expect(text).toContain('acme_widget')
    }
    expect(JSON.parse(toJson(review)).stacks[0].unknownTypes).toHaveLength(2)
  })
})

describe('a policy', () => {
  const policy = (statement: JsonObject) =>
    JSON.stringify({ Statement: [{ Effect: 'Allow', ...statement }] })
  const names = (prefix: string) => Array.from({ length: 200 }, (_, index) => `${prefix}${index}`)

  // A regular expression, or a comparison of each grant with each, takes minutes.
  it.each<[string, JsonObject, JsonObject]>([
    [
      'many wildcards',
      { Action: `${'a*'.repeat(40)}b`, Resource: 'x' },
      { Action: 'a'.repeat(80), Resource: 'x' },
    ],
    [
      'many grants',
      { Action: names('s3:Get'), Resource: names('arn:a') },
      { Action: names('s3:Put'), Resource: names('arn:a') },
    ],
  ])(
    'with %s is reviewed in seconds',
    (_, before, after) => {
      const type = 'aws_iam_role_policy'
      const plan = planOf([
        { type, before: { policy: policy(before) }, after: { policy: policy(after) } },
      ])
      expect(stackOf(plan).findings.map(({ rule }) => rule)).toEqual(['iam-added'])
    },
    10_000,
  )
})

describe('a rename', () => {
  const before = {
    bucket: 'b',
    acl: 'private',
    force_destroy: true,
    tags: { a: 'b' },
    arn: 'arn',
    id: 'b',
  }
  const after = { bucket: 'b', acl: 'private', force_destroy: true, tags: { a: 'b' } }

  it('is suspected when a deleted and a created resource are similar', () => {
    const plan = planOf([
      at('aws_s3_bucket.old', { type: 'aws_s3_bucket', before }),
      at('aws_s3_bucket.new', { type: 'aws_s3_bucket', after }),
    ])
    expect(stackOf(plan).renames).toEqual([
      { from: 'aws_s3_bucket.old', to: 'aws_s3_bucket.new', type: 'aws_s3_bucket' },
    ])
  })

  it('is not suspected for different values or types, or several candidates', () => {
    const old = at('aws_s3_bucket.old', { type: 'aws_s3_bucket', before })
    for (const created of [
      [
        at('aws_s3_bucket.new', {
          type: 'aws_s3_bucket',
          after: { ...after, bucket: 'c', acl: 'x' },
        }),
      ],
      [at('aws_s3_thing.new', { type: 'aws_s3_thing', after })],
      [
        at('aws_s3_bucket.one', { type: 'aws_s3_bucket', after }),
        at('aws_s3_bucket.two', { type: 'aws_s3_bucket', after }),
      ],
    ])
      expect(stackOf(planOf([old, ...created])).renames).toEqual([])
  })
})

describe('drift', () => {
  const drift = (before: JsonObject, after: JsonObject | null): JsonObject => ({
    address: 'aws_a.it',
    type: 'aws_a',
    change: {
      actions: after === null ? ['delete'] : ['update'],
      before,
      after,
      before_sensitive: {},
      after_sensitive: {},
      after_unknown: {},
    },
  })

  it('is listed only if this plan depends on it', () => {
    const resource_drift = [drift({ size: 1, etag: 'a' }, { size: 2, etag: 'b' })]
    const relevant_attributes = [{ resource: 'aws_a.it', attribute: ['size'] }]
    expect(stackOf(planOf([], { resource_drift, relevant_attributes })).drift).toEqual([
      expect.objectContaining({
        address: 'aws_a.it',
        differences: [{ path: 'size', before: 1, after: 2 }],
      }),
    ])
    expect(stackOf(planOf([], { resource_drift, relevant_attributes: [] })).drift).toEqual([])
  })

  it('is listed in full without relevant attributes, and deletions always are', () => {
    expect(
      stackOf(planOf([], { resource_drift: [drift({ size: 1 }, { size: 2 })] })).drift,
    ).toHaveLength(1)
    expect(
      stackOf(planOf([], { resource_drift: [drift({ size: 1 }, null)], relevant_attributes: [] }))
        .drift,
    ).toHaveLength(1)
  })
})

describe('the region of a new resource', () => {
  const inRegion = (region: string, more: JsonObject = {}) => ({
    prior_state: {
      values: {
        root_module: {
          child_modules: [
            { resources: [{ values: { arn: 'arn:aws:sqs:eu-west-1:123456789012:a' } }] },
          ],
        },
      },
    },
    configuration: {
      provider_config: { 'aws.far': { expressions: { region: { constant_value: region } } } },
      root_module: {
        module_calls: {
          m: {
            module: {
              resources: [{ address: 'aws_sqs_queue.it', provider_config_key: 'aws.far' }],
            },
          },
        },
      },
    },
    ...more,
  })
  const queue: Entry = {
    type: 'aws_sqs_queue',
    address: 'module.m["a"].aws_sqs_queue.it[0]',
    after: { name: 'a' },
  }

  it('is reported if the stack has nothing else there', () => {
    expect(stackOf(planOf([queue], inRegion('us-east-1'))).findings).toEqual([
      expect.objectContaining({
        rule: 'other-place',
        details: ['is created in us-east-1, where this stack has nothing else'],
      }),
    ])
  })

  it('is not reported if the stack has resources there, has none at all, or the plan does not name it', () => {
    expect(stackOf(planOf([queue], inRegion('eu-west-1'))).findings).toEqual([])
    expect(stackOf(planOf([queue], inRegion('us-east-1', { prior_state: {} }))).findings).toEqual(
      [],
    )
    expect(stackOf(planOf([queue])).findings).toEqual([])
  })
})

describe('published outputs', () => {
  const output = (before: Json, after: Json, more = {}) => ({
    actions: ['update'],
    before,
    after,
    before_sensitive: false,
    after_sensitive: false,
    after_unknown: false,
    ...more,
  })
  const changing = {
    output_changes: { vpc_id: output('a', 'b'), same: { ...output('a', 'a'), actions: ['no-op'] } },
  }

  it('that change name their readers, and the plans that are provisional', () => {
    const { consequences } = assemble(
      [
        { plan: planOf([], changing), origin: originOf({ stack: 'network' }) },
        { plan: planOf([]), origin: originOf({ stack: 'compute' }) },
      ],
      options,
    )
    expect(consequences).toEqual([
      {
        producer: 'network',
        outputs: ['vpc_id'],
        consumers: stackNames.filter((name) =>
          (stacks[name].reads as readonly string[]).includes('network'),
        ),
        provisional: ['compute'],
      },
    ])
  })

  it('of an unknown stack have no consumers', () => {
    expect(reviewOf(planOf([], changing)).consequences).toEqual([])
  })

  it('are shown without sensitive values', () => {
    const sensitive = {
      output_changes: {
        token: output('old-token', 'new-token', { before_sensitive: true, after_sensitive: true }),
      },
    }
    expect(stackOf(planOf([], sensitive)).outputs).toEqual([
      {
        name: 'token',
        action: 'update',
        differences: [{ path: '', before: '(sensitive)', after: '(sensitive)' }],
      },
    ])
  })
})

describe('an acceptance', () => {
  const plan = planOf([{ type: 'aws_rds_cluster', before: { a: 1 } }])
  const entry = {
    rule: 'data-destroyed',
    address: 'aws_rds_cluster.it',
    because: 'it was emptied last week',
    until: '2026-11-30',
  }

  it('keeps a finding from failing the review, and still shows it', () => {
    const open = reviewOf(plan, { failOn: 'high' })
    expect(open.failures).toEqual(['sample: 1 finding of high or worse'])
    const accepted = reviewOf(plan, { failOn: 'high', acceptances: [entry] })
    expect(accepted.failures).toEqual([])
    expect(accepted.stacks[0]?.findings[0]?.accepted).toEqual(entry)
    expect(accepted.stacks[0]?.highest).toBeUndefined()
  })

  it('applies on its last day, and fails the review from the next', () => {
    expect(reviewOf(plan, { acceptances: [entry], today: '2026-11-30' }).failures).toEqual([])
    const over = reviewOf(plan, { acceptances: [entry], today: '2026-12-01', failOn: 'high' })
    expect(over.failures).toEqual([
      'the acceptance of data-destroyed for aws_rds_cluster.it ended on 2026-11-30',
      'sample: 1 finding of high or worse',
    ])
  })

  it('applies to one stack if it names one, and is listed when unused', () => {
    const other = { ...entry, stack: 'other' }
    expect(reviewOf(plan, { acceptances: [other], failOn: 'high' }).failures).toHaveLength(1)
    const mine = { ...entry, stack: 'sample', address: 'aws_rds_cluster.gone' }
    expect(reviewOf(plan, { acceptances: [mine] }).unused).toEqual([mine])
  })
})

describe('a review', () => {
  const plan = planOf([{ type: 'aws_eip', before: { a: 1 } }])

  it.each([
    ['none', 0],
    ['low', 1],
    ['high', 1],
    ['critical', 0],
  ] as const)('with --fail-on %s: a high finding causes %d failures', (failOn, failures) => {
    expect(reviewOf(plan, { failOn }).failures).toHaveLength(failures)
  })

  it('fails for a failed check and an incomplete plan', () => {
    const checks: Json = [
      {
        address: { to_display: 'check.health' },
        status: 'fail',
        instances: [{ problems: [{ message: 'no answer' }] }],
      },
      { address: { to_display: 'ok' }, status: 'pass' },
    ]
    expect(reviewOf(planOf([], { checks, errored: true }), { failOn: 'high' }).failures).toEqual([
      'sample: a check fails: check.health: no answer',
      'sample: Terraform ended with an error: the plan is incomplete',
    ])
  })
})

describe('cost', () => {
  it('is the sum per month, before and after, with the savings of Spot', () => {
    const service = (weight: number) => ({
      task_definition: 'arn:aws:ecs:eu-west-1:1:task-definition/api:1',
      desired_count: 4,
      capacity_provider_strategy: [
        { capacity_provider: 'FARGATE', base: 1, weight: 1 },
        { capacity_provider: 'FARGATE_SPOT', base: 0, weight },
      ],
    })
    const task = {
      family: 'api',
      cpu: '1024',
      memory: '2048',
      runtime_platform: [{ cpu_architecture: 'ARM64' }],
    }
    const { cost } = stackOf(
      planOf([
        { type: 'aws_ecs_task_definition', before: task, after: task, actions: ['no-op'] },
        { type: 'aws_ecs_service', before: service(0), after: service(2) },
        { type: 'aws_nat_gateway', before: { a: 1 } },
      ]),
    )
    // A task of 1 vCPU and 2 GB on ARM: 0.03238 + 2 x 0.00356 an hour.
    const each = (0.03238 + 2 * 0.00356) * 730
    expect(cost.before).toBeCloseTo(4 * each + 0.045 * 730, 1)
    // Of the three above the base, two are on Spot.
    expect(cost.spotSavings).toBeCloseTo(2 * each * 0.68, 1)
    expect(cost.after).toBeCloseTo(4 * each - 2 * each * 0.68, 1)
    expect(cost.largest.map(({ address }) => address)).toEqual([
      'aws_ecs_service.it',
      'aws_nat_gateway.it',
    ])
  })

  it('says which parts are counted only after the apply, and counts no false number', () => {
    const endpoint = { vpc_endpoint_type: 'Interface', vpc_id: 'v' }
    const unknown = { subnet_ids: true }
    const stack = stackOf(
      planOf([
        { type: 'aws_vpc_endpoint', address: 'aws_vpc_endpoint.new', after: endpoint, unknown },
        {
          type: 'aws_vpc_endpoint',
          address: 'aws_vpc_endpoint.old',
          before: { ...endpoint, subnet_ids: ['a', 'b', 'c'] },
          after: endpoint,
          unknown,
        },
        {
          type: 'aws_vpc_endpoint',
          address: 'aws_vpc_endpoint.gateway',
          after: { vpc_endpoint_type: 'Gateway' },
          unknown,
        },
        { type: 'aws_lb', after: { internal: true }, unknown: { subnets: true } },
        { type: 'aws_ecs_service', after: {}, unknown: { task_definition: true } },
      ]),
    )
    expect(stack.cost.unknown).toEqual({ aws_vpc_endpoint: 2 })
    // The old one as it is, the new one in one subnet at least, and the load balancer.
    expect(stack.cost.after).toBeCloseTo((3 + 1) * 7.3 + 0.0225 * 730, 1)
    const markdown = toMarkdown(
      reviewOf(planOf([{ type: 'aws_vpc_endpoint', after: endpoint, unknown }])),
    )
    expect(markdown).toContain('$7.30 or more')
    expect(markdown).toContain('known after the apply: 1')
  })

  it('counts the nodes of all shards of a cache', () => {
    const cache = { engine: 'valkey', node_type: 'cache.t4g.small' }
    const sharded = { ...cache, num_node_groups: 2, replicas_per_node_group: 1 }
    const unknown = { num_cache_clusters: true }
    const { cost } = stackOf(
      planOf([{ type: 'aws_elasticache_replication_group', after: sharded, unknown }]),
    )
    expect([cost.after, cost.unknown]).toEqual([74.75, {}])
  })

  it('names resources without a price', () => {
    expect(
      stackOf(
        planOf([
          { type: 'aws_opensearch_domain', after: { a: 1 } },
          { type: 'aws_instance', after: { instance_type: 'x9.huge' } },
        ]),
      ).cost.unpriced,
    ).toEqual({
      aws_instance: 1,
      aws_opensearch_domain: 1,
    })
  })
})
