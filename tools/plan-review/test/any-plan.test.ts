import {
  anything,
  array,
  assert,
  constantFrom,
  dictionary,
  jsonValue,
  oneof,
  property,
  record,
  string,
} from 'fast-check'
import { ReviewError } from '../src/errors'
import { parsePlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { reviewOf, stackOf } from './plans'

const types = [
  'aws_rds_cluster',
  'aws_iam_role_policy',
  'aws_security_group',
  'aws_ecs_service',
  'aws_autoscaling_group',
  'aws_wafv2_web_acl',
  'aws_lb_listener_rule',
  'aws_s3_bucket_lifecycle_configuration',
  'aws_launch_template',
  'google_storage_bucket',
]
const attributes = [
  'policy',
  'assume_role_policy',
  'ingress',
  'rule',
  'mixed_instances_policy',
  'capacity_provider_strategy',
  'tags',
  'action',
  'default_action',
  'access_logs',
  'user_data',
  'inline_policy',
  'statement',
  'desired_count',
]
const value = oneof(
  jsonValue(),
  constantFrom(
    '{"Statement":[{}]}',
    '{"Statement":null}',
    '{"Statement":{"Principal":7,"Action":[null]}}',
    '[1]',
    '{',
  ),
)
const side = oneof(dictionary(oneof(constantFrom(...attributes), string()), value), jsonValue())
const change = record(
  {
    actions: oneof(
      array(constantFrom('create', 'update', 'delete', 'read', 'forget', 'no-op', 'odd')),
      jsonValue(),
    ),
    before: side,
    after: side,
    after_unknown: jsonValue(),
    before_sensitive: jsonValue(),
    after_sensitive: jsonValue(),
    replace_paths: jsonValue(),
    importing: jsonValue(),
  },
  { requiredKeys: [] },
)
const entry = oneof(
  record(
    {
      address: string(),
      mode: constantFrom('managed', 'data'),
      type: constantFrom(...types),
      change,
      previous_address: jsonValue(),
      deposed: jsonValue(),
      action_reason: jsonValue(),
    },
    { requiredKeys: [] },
  ),
  jsonValue(),
)
const plan = record(
  {
    format_version: constantFrom('1.0', '1.1', '1.2', '1.7'),
    resource_changes: oneof(array(entry), jsonValue()),
    resource_drift: oneof(array(entry), jsonValue()),
    output_changes: oneof(dictionary(string(), change), jsonValue()),
    relevant_attributes: jsonValue(),
    checks: jsonValue(),
    configuration: jsonValue(),
    prior_state: jsonValue(),
    planned_values: jsonValue(),
    variables: jsonValue(),
    deferred_changes: jsonValue(),
  },
  { requiredKeys: ['format_version', 'resource_changes'] },
)

describe('a plan of whatever shape', () => {
  it('is reviewed, or refused with a reason, and never falls over', () => {
    assert(
      property(plan, (json) => {
        const review = reviewOf(parsePlan('any.json', Buffer.from(JSON.stringify(json))))
        for (const render of [toMarkdown, toHtml, toJson])
          expect(typeof render(review)).toBe('string')
      }),
      { numRuns: 1500 },
    )
  })

  it('is refused with a reason where it is no plan', () => {
    assert(
      property(oneof(anything(), jsonValue(), string()), (content) => {
        const text = typeof content === 'string' ? content : (JSON.stringify(content) ?? '')
        try {
          parsePlan('any.json', Buffer.from(text))
        } catch (error) {
          if (!(error instanceof ReviewError)) throw error
        }
      }),
    )
  })
})

describe('a plan of another repository', () => {
  const foreign = {
    format_version: '1.0',
    terraform_version: '1.6.0-opentofu',
    resource_changes: [
      {
        address: 'module.db["a"].aws_db_instance.this[0]',
        module_address: 'module.db["a"]',
        mode: 'managed',
        type: 'aws_db_instance',
        name: 'this',
        index: 0,
        provider_name: 'registry.example/hashicorp/aws',
        change: {
          actions: ['create', 'delete'],
          before: { identifier: 'a', storage_encrypted: true },
          after: { identifier: 'b', storage_encrypted: true },
          after_unknown: {},
          before_sensitive: {},
          after_sensitive: {},
          replace_paths: [['identifier']],
        },
        action_reason: 'replace_because_cannot_update',
      },
      {
        address: 'data.aws_ami.it',
        mode: 'data',
        type: 'aws_ami',
        change: {
          actions: ['read'],
          before: null,
          after: {},
          after_unknown: {},
          before_sensitive: false,
          after_sensitive: {},
        },
      },
      {
        address: 'google_storage_bucket.it',
        mode: 'managed',
        type: 'google_storage_bucket',
        change: {
          actions: ['update'],
          before: { force_destroy: false },
          after: { force_destroy: true },
          after_unknown: {},
          before_sensitive: {},
          after_sensitive: {},
        },
      },
    ],
  }

  it('is read with its modules, keys and providers', () => {
    const stack = stackOf(parsePlan('other.json', Buffer.from(JSON.stringify(foreign))))
    expect(stack.counts).toMatchObject({ replace: 1, update: 1, read: 1 })
    expect(stack.findings.map(({ rule, address, details }) => [rule, address, details])).toEqual([
      [
        'data-destroyed',
        'module.db["a"].aws_db_instance.this[0]',
        ['a database is replaced: forced by identifier'],
      ],
      ['snapshot-skipped', 'google_storage_bucket.it', ['force_destroy is on']],
    ])
  })
})
