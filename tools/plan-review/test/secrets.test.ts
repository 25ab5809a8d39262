import { gzipSync } from 'node:zlib'
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
import { type Entry, foundIn, planOf, reviewOf, stackOf } from './plans'

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

  it('that equals a word of a warning does not make the review pass', () => {
    const entry: Entry = {
      type: 'aws_instance',
      after: { p: 'Terraform ended' },
      afterSensitive: { p: true },
    }
    const { failures } = reviewOf(planOf([entry], { errored: true }), { failOn: 'high' })
    expect(failures).toEqual(['sample: Terraform ended with an error: the plan is incomplete'])
  })

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

  /** What the review shows of a value, in a plan with a secret. */
  const shown = (secret: Json, value: Json) => {
    const [change] = stackOf(
      planOf([
        { type: 'aws_db_instance', after: { p: secret }, afterSensitive: { p: true } },
        { type: 'aws_instance', before: { v: 'x' }, after: { v: value } },
      ]),
    ).changes.filter(({ type }) => type === 'aws_instance')
    return change?.differences[0]?.after
  }

  it.each<[string, Json, Json, Json]>([
    ['a short mixture, within a word', 'a1b2', 'usera1b2x', 'user(sensitive)x'],
    ['a short mixture, in base64', 'a1b2', 'eC1hMWIyLXk=', '(sensitive)'],
    ['three characters, as a word', 'a1b', 'x=a1b;', 'x=(sensitive);'],
    ['three characters, in base64 in base64', 'a1b', 'eFlURmk=', '(sensitive)'],
    ['two characters, as a value', 'k9', 'k9', '(sensitive)'],
    ['two characters, assigned', 'k9', 'x --pin=k9 y', 'x --pin=(sensitive) y'],
    ['two characters, in base64', 'k9', 'x azk=', 'x (sensitive)'],
    ['two characters, in a header', 'k9', 'Basic dXNlcjprOQ==', 'Basic (sensitive)'],
    ['two characters, in a list', 'k9', '["a","k9"]', '["a","(sensitive)"]'],
    ['two letters, in quotes', 'up', 'run "up" or up', 'run "(sensitive)" or up'],
    ['one letter, assigned', 'x', 'pin: x, pin=x', 'pin: x, pin=(sensitive)'],
    ['a short number, in a text', '4821', 'PIN=4821', 'PIN=(sensitive)'],
    ['a short word, as a value', 'owl', 'owl', '(sensitive)'],
    ['a short word, assigned', 'owl', 'run --token=owl', 'run --token=(sensitive)'],
    ['a number, as a number', 70_123_456, 70_123_456, '(sensitive)'],
    ['a number, in a text', 70_123_456, 'id-70123456', 'id-(sensitive)'],
    [
      'a number with more digits than JavaScript has',
      Number('12345678901234567890'),
      'id-12345678901234567890',
      'id-(sensitive)',
    ],
    ['YAML', 'hun\u2028ter-2', String.raw`p: "hun\Lter-2"`, 'p: "(sensitive)"'],
    ['PowerShell', 'a"b$c-2', 'x a`"b`$c-2', 'x (sensitive)'],
    ['UTF-16 in a URL', 'hünter-2', 'h%u00fcnter-2', '(sensitive)'],
    ['Windows-1252', 'hünter-2', 'aPxudGVyLTI=', '(sensitive)'],
    ['three letters of another script', '日本語', '5pel5pys6Kqe', '(sensitive)'],
    ['letters apart', 'hunter-2', 'h u n t e r - 2', '(sensitive)'],
    ['letters in a list', 'hunter-2', '["h","u","n","t","e","r","-","2"]', '["(sensitive)"]'],
    ['groups', 'deadbeef0123', 'x dead-beef-0123', 'x (sensitive)'],
    ['text added up', 'hunter-2', `'hun' + 'ter-2'`, `'(sensitive)'`],
    ['a folded line of YAML', '#!? #!?', 'a: "#!?\n  #!?"', 'a: "(sensitive)"'],
    ['indented lines', '#&\n\t #&!', '\n    #&\n    \t #&!', '\n    (sensitive)'],
    [
      'indented lines of YAML',
      '#&!\u2028#&\n#',
      'a: |\n  #&!\u2028  #&\n  #',
      'a: |\n  (sensitive)',
    ],
    ['hexadecimal notation', 70_123_456, '0x42dffc0', '0x(sensitive)'],
    ['doubled dollars', '$a$#1!', '$$a$$#1!', '(sensitive)'],
    ['a key of a map', 'hunter-2-key', { 'hunter-2-key': 1 }, { '(sensitive)': 1 }],
    ['another case', 'Hunter-2-key', 'HUNTER-2-KEY', '(sensitive)'],
    ['hexadecimal digits', 'hunter-2-key', '68756e7465722d322d6b6579', '(sensitive)'],
    ['separated digits', 'hunter-2', 'x 68:75:6e:74:65:72:2d:32', 'x (sensitive)'],
    ['digits after others', 'hunter-2', 'abc68756e7465722d32', '(sensitive)'],
    ['escapes of bytes', 'hünter', String.raw`h\xc3\xbcnter`, '(sensitive)'],
    ['entities', 'a<b>&"c\'d', 'a&lt;b&#62;&amp;&quot;c&#x27;d', '(sensitive)'],
    ['quotes of a shell', "it's-me-2", `echo 'it'\\''s-me-2'`, "echo '(sensitive)'"],
    ['other quotes of a shell', "it's-me-2", `'it'"'"'s-me-2'`, "'(sensitive)'"],
    ['backslashes of a shell', 'a b$c!d&e', String.raw`x a\ b\$c\!d\&e`, 'x (sensitive)'],
    ['the password in an address', 'https://me:w0nder-land@x.test/', 'w0nder-land', '(sensitive)'],
    ['a value in a document', '{"password":"wonderland"}', 'wonderland', '(sensitive)'],
    ['a value in lines', 'USER=me\nDB_PASSWORD="wonderland"', 'wonderland', '(sensitive)'],
    ['the text that it encodes', 'd29uZGVybGFuZC0yMTIz', 'wonderland-2123', '(sensitive)'],
    [
      'two secrets that overlap',
      '{"a_token":"abcdef","b_key":"defghi"}',
      'abcdefghi',
      '(sensitive)',
    ],
  ])('is hidden elsewhere: %s', (_, secret, value, expected) => {
    expect(shown(secret, value)).toEqual(expected)
  })

  it.each<[string, Json, Json]>([
    ['a number below 100', 12, { count: 12, note: 'has 12 parts' }],
    ['a truth value', true, { on: true, note: 'true' }],
    ['a short word within names', 'prod', 'arn:aws:ecs:::cluster/prod-blue'],
    ['a short number within others', '4821', '10.4821.3 148210'],
    ['two letters within words', 'up', 'update-up.sh up/down'],
    ['two characters within others', 'k9', 'mk9 k9x'],
    ['few digits apart', '701234', '10.70.12.34'],
    ['few letters apart', 'tendin', 'port ending'],
    ['a word of a document', '{"engine":"postgres","port":5432}', 'postgres on 5432'],
    [
      'a hash',
      'hunter-2-key',
      'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    ],
    ['an id of AWS', 'hunter-2-key', 'subnet-0a1b2c3d4e5f60718'],
    ['a pattern with backslashes', 'hunter-2-key', String.raw`^\d+(\.\d+)?\\$`],
  ])('leaves other values readable: %s', (_, secret, value) => {
    expect(shown(secret, value)).toEqual(value)
  })

  it('hides a value that cannot be decoded within the limits', () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 21)).toString('base64')
    const deep = Array(8)
      .fill(0)
      .reduce((text: string) => Buffer.from(`x ${text}`).toString('base64'), 'a word and more')
    const damaged = gzipSync('x'.repeat(50)).fill(0xff, 12).toString('base64')
    for (const value of [bomb, deep, damaged])
      expect(shown('hunter-2-key', value)).toBe('(sensitive)')
    // Without secrets in the plan there is nothing to hide.
    expect(shown('no', bomb)).toBe(bomb)
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
