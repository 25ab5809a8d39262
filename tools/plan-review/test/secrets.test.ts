import {
  type Arbitrary,
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  integer,
  letrec,
  oneof,
  property,
  record,
  string,
} from 'fast-check'
import type { Json, JsonObject } from '../src/json'
import { toHtml } from '../src/render/html'
import { toJson } from '../src/render/json'
import { toMarkdown } from '../src/render/markdown'
import { type Entry, foundIn, planOf, reviewOf } from './plans'

/** A text that occurs nowhere else in a plan. */
const secret = 'Zq7-hunter2"\\n✓<b>|`'

const outputsOf = (...args: Parameters<typeof reviewOf>) => {
  const review = reviewOf(...args)
  return [toMarkdown(review), toHtml(review), toJson(review)]
}

const quoted = (text: string) => JSON.stringify(text).slice(1, -1)

/** Every form in which the secret could be printed. */
const forms = [
  secret,
  quoted(secret),
  quoted(quoted(secret)),
  quoted(quoted(quoted(secret))),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  'Zq7-hunter2',
]

function expectNoSecret(outputs: readonly string[]): void {
  for (const output of outputs) {
    for (const form of forms) {
      // Few calls of `expect`, which take longer than a review.
      if (output.includes(form)) expect(output).not.toContain(form)
    }
  }
}

/** A value that contains the secret, with its marks. */
const sensitiveValue: Arbitrary<{ value: Json; marks: Json }> = letrec<{
  node: { value: Json; marks: Json }
}>((tie) => ({
  node: oneof(
    { maxDepth: 4 },
    constant({ value: secret as Json, marks: true as Json }),
    record({
      inner: tie('node'),
      key: constantFrom('a', 'password', '0', 'policy'),
      other: string(),
    }).map(({ inner, key, other }) => ({
      value: { [key]: inner.value, other } as Json,
      marks: { [key]: inner.marks } as Json,
    })),
    record({ inner: tie('node'), before: integer({ min: 0, max: 3 }) }).map(
      ({ inner, before }) => ({
        value: [...Array(before).fill('filler'), inner.value] as Json,
        marks: [...Array(before).fill(false), inner.marks] as Json,
      }),
    ),
    // The entire value is marked.
    tie('node').map(({ value }) => ({ value, marks: true as Json })),
    // A document in text has one mark.
    tie('node').map(({ value }) => ({ value: JSON.stringify(value) as Json, marks: true as Json })),
  ),
})).node

const plainValue: Arbitrary<Json> = oneof(
  string(),
  integer(),
  boolean(),
  dictionary(string(), string()),
  array(string()),
)

describe('a sensitive value', () => {
  it('is in no output, on either side, in resources, drift and outputs', () => {
    assert(
      property(
        sensitiveValue,
        sensitiveValue,
        plainValue,
        constantFrom('create', 'update', 'delete', 'replace'),
        (one, other, unmarked, action) => {
          const [before, after] = [
            { s: one.value, p: 'x' },
            { s: other.value, p: unmarked },
          ]
          const marks = { beforeSensitive: { s: one.marks }, afterSensitive: { s: other.marks } }
          const entry: Entry = {
            type: 'aws_iam_role_policy',
            before: action === 'create' ? null : before,
            after: action === 'delete' ? null : after,
            ...(action === 'replace' && { actions: ['delete', 'create'], replacePaths: [['s']] }),
            ...marks,
          }
          const output = {
            actions: ['update'],
            before: one.value,
            after: other.value,
            before_sensitive: one.marks,
            after_sensitive: other.marks,
            after_unknown: false,
          }
          const drift = {
            address: 'a.b',
            type: 'a',
            change: {
              actions: ['update'],
              before,
              after,
              before_sensitive: marks.beforeSensitive,
              after_sensitive: marks.afterSensitive,
              after_unknown: {},
            },
          }
          expectNoSecret(
            outputsOf(planOf([entry], { output_changes: { o: output }, resource_drift: [drift] })),
          )
        },
      ),
      { numRuns: 400 },
    )
  })

  it('is in no output when the marks are missing or invalid', () => {
    assert(
      property(
        sensitiveValue,
        constantFrom<Json | undefined>(undefined, null, 'no', 3),
        ({ value }, marks) => {
          const change: JsonObject = {
            actions: ['update'],
            before: { s: value },
            after: { s: [value] },
            after_unknown: {},
            ...(marks !== undefined && { before_sensitive: marks, after_sensitive: marks }),
          }
          const entry: Json = {
            address: 'aws_instance.it',
            mode: 'managed',
            type: 'aws_instance',
            change,
          }
          expectNoSecret(
            outputsOf(
              planOf([entry], {
                output_changes: { o: { ...change, before: value, after: [value] } },
              }),
            ),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is redacted where it occurs again without a mark', () => {
    const marked: Entry = {
      type: 'aws_db_instance',
      before: { password: 'x' },
      after: { password: secret },
      beforeSensitive: { password: true },
      afterSensitive: { password: true },
    }
    const copies: Entry = {
      type: 'aws_instance',
      address: `aws_instance.it["${secret}"]`,
      before: { user_data: '', url: '' },
      after: {
        user_data: Buffer.from(secret).toString('base64'),
        url: `postgres://u:${encodeURIComponent(secret)}@db`,
        command: `export P='${secret}' && run`,
        definition: JSON.stringify([{ name: 'app', environment: [{ name: 'P', value: secret }] }]),
        // JSON in JSON in JSON, such as the input of a task in a state machine.
        nested: JSON.stringify({ input: JSON.stringify({ body: JSON.stringify({ p: secret }) }) }),
        [secret]: 'as a key',
      },
      replacePaths: [[secret]],
      actions: ['delete', 'create'],
    }
    expectNoSecret(outputsOf(planOf([marked, copies])))
  })

  it.each([
    [
      'a sensitive variable',
      {
        variables: { p: { value: secret } },
        configuration: { root_module: { variables: { p: { sensitive: true } } } },
      },
    ],
    [
      'a sensitive output of the state',
      {
        prior_state: { values: { outputs: { o: { sensitive: true, value: { deep: [secret] } } } } },
      },
    ],
    [
      'a resource of the state',
      {
        prior_state: {
          values: {
            root_module: {
              child_modules: [
                { resources: [{ values: { p: secret }, sensitive_values: { p: true } }] },
              ],
            },
          },
        },
      },
    ],
  ])('is found in %s', (_, more) => {
    const copy: Entry = {
      type: 'aws_instance',
      before: { user_data: '' },
      after: { user_data: `run ${secret}` },
    }
    expectNoSecret(outputsOf(planOf([copy], more)))
  })

  it.each(['name', 'data-destroyed', 'critical', 'renames', 'update', 'sample', 'differences'])(
    'that equals a word of the review changes nothing else in the review: %s',
    (word) => {
      const entry: Entry = {
        type: 'aws_rds_cluster',
        before: { user: word },
        beforeSensitive: { user: true },
      }
      const stack = reviewOf(planOf([entry])).stacks[0]
      expect(stack).toMatchObject({ stack: 'sample', highest: 'critical', renames: [], drift: [] })
      expect(stack?.findings).toEqual([
        expect.objectContaining({ rule: 'data-destroyed', severity: 'critical' }),
      ])
    },
  )

  it('that is a number is redacted in its finding', () => {
    const marks = { retention_in_days: true }
    const findings = foundIn({
      type: 'aws_cloudwatch_log_group',
      before: { retention_in_days: 365 },
      after: { retention_in_days: 30 },
      beforeSensitive: marks,
      afterSensitive: marks,
    })
    expect(findings).toEqual({
      'retention-lowered': ['retention_in_days: (sensitive) -> (sensitive)'],
    })
  })

  it('that is short is hidden only where Terraform marks it', () => {
    const entry: Entry = {
      type: 'aws_instance',
      before: { pin: '11', note: 'has 12 parts' },
      after: { pin: '12', note: 'has 12 or 13 parts' },
      beforeSensitive: { pin: true },
      afterSensitive: { pin: true },
    }
    const [markdown = ''] = outputsOf(planOf([entry]))
    expect(markdown).toContain('`pin`: `(sensitive)` → `(sensitive)`')
    expect(markdown).toContain('has 12 or 13 parts')
  })
})
