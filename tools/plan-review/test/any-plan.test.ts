import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Arbitrary,
  anything,
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  letrec,
  oneof,
  property,
  record,
  string,
} from 'fast-check'
import { ReviewError } from '../src/errors'
import type { Json, JsonObject } from '../src/json'
import { parsePlan } from '../src/plan-file'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { reviewOf, stackOf } from './plans'

/** Every type and attribute that a rule, a price or a reader mentions. */
const words = ['src', 'src/rules'].flatMap((folder) =>
  readdirSync(join(__dirname, '..', folder), { withFileTypes: true })
    .filter((file) => file.isFile())
    .flatMap((file) =>
      readFileSync(join(file.parentPath, file.name), 'utf8').match(/[a-z]+(_[a-z0-9]+)+/g),
    ),
)
const known = [...new Set(words)].filter((word) => word !== null)
const types = known.filter((word) => word.startsWith('aws_'))
const attributes = [
  ...known.filter((word) => !word.startsWith('aws_')),
  ...['policy', 'ingress', 'rule', 'tags', 'action', 'statement', 'state', 'status', 'enabled'],
  ...['acl', 'name', 'engine', 'protocol', 'forward', 'override', 'base', 'weight', 'days'],
]
/** Keys that JavaScript treats specially. */
const hostileKeys = [
  ...['toString', 'valueOf', '__proto__', 'constructor', 'prototype', 'hasOwnProperty'],
  ...['length', 'toJSON', 'then', 'map', 'join', '0', '-1', ''],
]
const texts = [
  ...['{"Statement":[{}]}', '{"Statement":null}', '[1]', '{', 'Enabled', '0.0.0.0/0', '-1', '*'],
  '{"Statement":{"Principal":7,"Action":[null]}}',
  '{"Statement":{"Effect":"Allow","Action":{"toString":0},"Principal":{"toString":[{"valueOf":1}]}}}',
]
const { node: value } = letrec<{ node: Json; leaf: Json }>((tie) => ({
  leaf: oneof(
    constantFrom<Json[]>(null, true, false, 0, -1, 1e308, ...texts, ...hostileKeys),
    string(),
    integer(),
  ),
  node: oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    array(tie('node'), { maxLength: 3 }),
    dictionary(oneof(constantFrom(...hostileKeys), string()), tie('node'), { maxKeys: 3 }),
    dictionary(constantFrom(...attributes), tie('node'), { maxKeys: 4 }),
  ),
}))
const side = oneof(
  { arbitrary: dictionary(constantFrom(...attributes, ...hostileKeys), value), weight: 3 },
  { arbitrary: value, weight: 1 },
)
const anyOr = <Value>(arbitrary: Arbitrary<Value>) =>
  oneof<
    [{ arbitrary: Arbitrary<Value>; weight: number }, { arbitrary: typeof value; weight: number }]
  >({ arbitrary, weight: 4 }, { arbitrary: value, weight: 1 })
const change = record(
  {
    actions: anyOr(
      array(constantFrom('create', 'update', 'delete', 'read', 'forget', 'no-op', 'odd')),
    ),
    before: side,
    after: side,
    after_unknown: side,
    before_sensitive: side,
    after_sensitive: side,
    replace_paths: value,
    importing: value,
  },
  { requiredKeys: [] },
)
const entry = record(
  {
    address: anyOr(constantFrom('a.b', ...hostileKeys)),
    mode: constantFrom('managed', 'data'),
    type: anyOr(constantFrom(...types, ...hostileKeys)),
    change: anyOr(change),
    previous_address: value,
    deposed: value,
    action_reason: anyOr(constantFrom('replace_by_request', ...hostileKeys)),
  },
  { requiredKeys: [] },
)
const plan = record(
  {
    format_version: constantFrom('1.0', '1.1', '1.2', '1.7'),
    terraform_version: value,
    // Another shape of these is rejected: test/malformed.ts.
    resource_changes: array(anyOr(entry), { maxLength: 2 }),
    resource_drift: array(anyOr(entry), { maxLength: 2 }),
    output_changes: dictionary(oneof(constantFrom(...hostileKeys), string()), anyOr(change)),
    relevant_attributes: anyOr(
      array(record({ resource: constantFrom('a.b', ...hostileKeys), attribute: value })),
    ),
    checks: array(
      anyOr(record({ status: constantFrom('fail'), address: value, instances: value })),
    ),
    configuration: value,
    prior_state: value,
    planned_values: value,
    variables: value,
    deferred_changes: value,
    errored: value,
    complete: value,
  },
  { requiredKeys: ['format_version', 'resource_changes'] },
)

const reviewed = (json: unknown) => {
  const review = reviewOf(parsePlan('any.json', Buffer.from(JSON.stringify(json))))
  return [toMarkdown, toHtml, toJson].map((render) => render(review))
}

describe('a plan of any shape', () => {
  it('is reviewed, or rejected with a reason', () => {
    assert(
      property(plan, (json) => {
        for (const output of reviewed(json)) {
          // How JavaScript converts objects and functions to text. Few calls of `expect`, which take longer than a review.
          if (typeof output !== 'string' || /\[object |native code/.test(output)) {
            expect(output).toBe('text without converted objects')
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each<Json>([
    { resource_drift: [{ change: { replace_paths: [{ toString: 0 }] } }] },
    { output_changes: { '': { replace_paths: [[{ toString: '' }]] } } },
  ])('is reviewed with objects in place of text: %j', (more) => {
    expect(
      reviewed({ format_version: '1.0', resource_changes: [], ...(more as JsonObject) }),
    ).toHaveLength(3)
  })

  it('is rejected with a reason when it is not a plan', () => {
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
        ['a database is replaced, and the new one is created first: forced by identifier'],
      ],
      ['snapshot-skipped', 'google_storage_bucket.it', ['force_destroy is turned on']],
    ])
  })
})
