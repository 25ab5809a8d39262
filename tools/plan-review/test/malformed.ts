import type { Json } from '../src/json'

/** What the review makes of an input that is no plan as Terraform writes it. The docs have this list as a table. */
export interface Malformed {
  readonly input: string
  readonly content: Buffer
  /** A part of the error, with exit 2. */
  readonly rejected?: string
  /** A part of a warning at the top of the review. */
  readonly warning?: string
  /** The finding, and a part of its line. */
  readonly finding?: readonly [rule: string, line: string]
}

const destroy = {
  address: 'aws_s3_bucket.it',
  mode: 'managed',
  type: 'aws_s3_bucket',
  change: {
    actions: ['delete'],
    before: { bucket: 'caf\u00e9' },
    after: null,
    before_sensitive: {},
  },
}
const planWith = (more: object) =>
  JSON.stringify({ format_version: '1.2', resource_changes: [destroy], ...more })
const plan = planWith({})
const entry = (changes: { readonly [key: string]: Json | undefined }) =>
  planWith({ resource_changes: [{ ...destroy, ...changes }] })
const actions = (...words: readonly Json[]) =>
  entry({ change: { ...destroy.change, actions: words } })
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const bucketDestroyed = ['data-destroyed', 'a bucket is destroyed'] as const

const rejectedTexts: readonly (readonly [input: string, text: string, rejected: string])[] = [
  ['an empty file', '', 'an empty file'],
  ['a plan file', 'PK\u0003\u0004rest', 'a binary plan file, which terraform show -json converts'],
  [
    'an encrypted plan file of OpenTofu',
    '{"meta":{},"encrypted_data":"AA==","encryption_version":"v0"}',
    'an encrypted plan file, which tofu show -json converts',
  ],
  [
    'a saved plan of HCP Terraform',
    '{"remote_plan_format":1,"run_id":"run-1","hostname":"tf.example"}',
    'the bookmark of a plan in HCP Terraform',
  ],
  ['the text of a plan', 'Terraform will perform the following actions', 'text that is not JSON'],
  [
    'text before the plan',
    `[command]/bin/terraform-bin show -json\n${plan}`,
    'text before the JSON, as a wrapper of Terraform prints it',
  ],
  ['text after the plan', `${plan}\n::debug::exit 0`, 'text after the JSON'],
  ['two plans in one file', `${plan}\n${plan}`, 'several JSON documents in one file'],
  [
    'the log of `terraform plan -json`',
    '{"@level":"info","type":"version"}\n{"@level":"info"}',
    'the log that plan -json prints, one object a line',
  ],
  ['one line of that log', '{"@level":"info","type":"version"}', 'one line of the log'],
  ['a plan that is cut off', plan.slice(0, -20), 'JSON that is cut off'],
  ['a plan with a comma too many', plan.replace(/}$/, ',}'), 'JSON that is damaged'],
  ['a list', '[]', 'JSON that is not an object'],
  [
    'values nested 5,000 deep',
    entry({ x: 0 }).replace('"x":0', `"x":${deep(5000)}`),
    'JSON that is nested deeper than 250 levels',
  ],
  [
    'a key that occurs twice',
    plan.replace(/}$/, ',"resource_changes":[]}'),
    'JSON with a key that occurs twice',
  ],
  ['a state file', '{"version":4,"serial":3,"lineage":"x","resources":[]}', 'a state file'],
  ['a state as JSON', '{"format_version":"1.0","values":{"root_module":{}}}', 'a state as JSON'],
  [
    'the schemas of providers',
    '{"format_version":"1.0","provider_schemas":{}}',
    'JSON without any part of a plan',
  ],
  ['no `format_version`', '{"resource_changes":[]}', 'JSON without a format_version'],
  ['`format_version` 2.0', planWith({ format_version: '2.0' }), 'format_version 2.0, which is not'],
  ['`format_version` 0.2', planWith({ format_version: '0.2' }), 'format_version 0.2, which is not'],
  [
    '`format_version` that is a number',
    planWith({ format_version: 1.2 }),
    'format_version 1.2, which',
  ],
  [
    '`resource_changes` that is no list',
    planWith({ resource_changes: { 0: destroy } }),
    'resource_changes that is not a list',
  ],
  [
    '`resource_changes` that is null',
    planWith({ resource_changes: null }),
    'resource_changes that is not a list',
  ],
  [
    'planned resources without `resource_changes`',
    '{"format_version":"1.2","planned_values":{"root_module":{"resources":[{}]}}}',
    'a plan without its resource_changes',
  ],
  [
    '`output_changes` that is no object',
    planWith({ output_changes: [] }),
    'output_changes that is not an object',
  ],
  ['`checks` that is no list', planWith({ checks: {} }), 'checks that is not a list'],
  [
    '`resource_drift` that is no list',
    planWith({ resource_drift: '' }),
    'resource_drift that is not',
  ],
]

const found: readonly (readonly [input: string, text: string, line: string])[] = [
  ['an unknown action', actions('obliterate'), 'its action is unknown: ["obliterate"]'],
  ['an unknown action beside a known one', actions('update', 'shred'), '["update","shred"]'],
  ['an empty list of actions', actions(), 'its action is unknown: []'],
  ['actions that are no list', entry({ change: { actions: 'delete' } }), 'unknown: delete'],
  ['an entry that is no object', planWith({ resource_changes: [7] }), 'the entry is not an object'],
  ['an entry without a change', entry({ change: undefined }), 'it has no change'],
  ['an entry without an address', entry({ address: undefined }), 'it has no address'],
  [
    'an entry without a type or an address',
    entry({ type: undefined, address: undefined }),
    'it has no type',
  ],
  [
    'values that are no object',
    entry({ change: { actions: ['update'], before: 'a', after: 'b' } }),
    'the values after the change are missing, or are not an object',
  ],
  [
    'an update without values',
    entry({ change: { actions: ['update'], before: null } }),
    'the values before the change are missing',
  ],
]

export const malformed: readonly Malformed[] = [
  ...rejectedTexts.map(([input, text, rejected]) => ({
    input,
    content: Buffer.from(text),
    rejected,
  })),
  {
    input: 'a gzip file',
    content: Buffer.from([0x1f, 0x8b, 8, 0]),
    rejected: 'a gzip file, which gunzip unpacks',
  },
  {
    input: 'UTF-32, or another binary file',
    content: Buffer.from([...plan].flatMap((character) => [character.charCodeAt(0), 0, 0, 0])),
    rejected: 'UTF-32 text, or a binary file: write it as UTF-8',
  },
  ...Object.entries({
    'UTF-8 with a byte order mark': Buffer.from(`\uFEFF${plan}`),
    'UTF-16 with a byte order mark, as `>` of PowerShell writes it': utf16(`\uFEFF${plan}`),
    'UTF-16 without a mark': utf16(plan),
    'UTF-16, big endian, with a byte order mark': utf16(`\uFEFF${plan}`).swap16(),
    'UTF-16, big endian, without a mark': utf16(plan).swap16(),
    'data that is destroyed': Buffer.from(entry({ mode: 'data' })),
    'an empty `deposed`': Buffer.from(entry({ deposed: '' })),
    'an entry without a type, which its address has': Buffer.from(entry({ type: undefined })),
    'a key `__proto__`': Buffer.from(
      plan.replace('"bucket"', '"__proto__":{"actions":[]},"bucket"'),
    ),
    'a number that JavaScript cannot hold': Buffer.from(
      plan.replace('"bucket"', '"a":1e999,"b":9007199254740993,"bucket"'),
    ),
    'a text with JSON that is nested 5,000 deep': Buffer.from(
      plan.replace('"bucket"', `"policy":"${deep(5000)}","bucket"`),
    ),
  }).map(([input, content]) => ({ input, content, finding: bucketDestroyed })),
  {
    input: 'Latin-1 or Windows-1252',
    content: Buffer.from(plan, 'latin1'),
    warning: 'the file is not UTF-8: it is read as Windows-1252',
    finding: bucketDestroyed,
  },
  {
    input: '`format_version` 1.9',
    content: Buffer.from(planWith({ format_version: '1.9' })),
    warning: 'format_version 1.9 is newer',
  },
  {
    input: '`errored`',
    content: Buffer.from(planWith({ errored: true })),
    warning: 'Terraform ended with an error: the plan is incomplete',
  },
  {
    input: '`complete` that is not true',
    content: Buffer.from(planWith({ complete: false })),
    warning: 'the plan is incomplete: Terraform deferred changes',
  },
  {
    input: 'actions of providers, which Terraform 1.14 invokes',
    content: Buffer.from(
      planWith({ action_invocations: [{ address: 'action.aws_lambda_invoke.a' }] }),
    ),
    warning:
      'the apply also runs actions of providers, which no rule judges (1): action.aws_lambda_invoke.a',
  },
  ...found.map(([input, text, line]) => ({
    input,
    content: Buffer.from(text),
    finding: ['change-unreadable', line] as const,
  })),
]

/** The outcome in words, for the docs. */
export function outcomeOf({ rejected, warning, finding }: Malformed): string {
  if (rejected !== undefined) return `rejected: ${rejected}`
  const [rule, line] = finding ?? []
  if (rule === 'change-unreadable') return `\`${rule}\`: ${line}`
  return warning === undefined ? 'read' : `read, with a warning: ${warning}`
}
