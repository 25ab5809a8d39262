import { array, constantFrom, oneof, string } from 'fast-check'
import { assemble, type Review } from '../src/assemble'
import { parsePlan } from '../src/plan-file'
import { type Entry, originOf, planOf, replaced, resource } from './plans'

/** Text that GitHub, a browser or a terminal gives an effect. */
export const hostile = [
  ...[
    '@acme/everyone',
    '@someone',
    '#123',
    'GH-123',
    'acme/shop#1',
    'acme/shop@0123abc',
    'TICKET-12',
  ],
  ...[
    '0123456789abcdef0123456789abcdef01234567',
    'deadbeef',
    'a@evil.example',
    'xmpp:a@evil.example',
  ],
  ...[
    'https://evil.example',
    'www.evil.example',
    '<https://evil.example>',
    'mailto:a@evil.example',
  ],
  ...[
    '[x](//evil.example)',
    '![x](//evil.example/x.png)',
    '[x]: //evil.example',
    '[^1]',
    '[x][]',
    ':tada:',
  ],
  ...[
    '<img src=x onerror=alert(1)>',
    '</details>',
    '</code>',
    '</summary>',
    '<!--',
    '-->',
    '<![CDATA[',
  ],
  ...[
    '<script>alert(1)</script>',
    '&lt;b&gt;',
    '&#64;acme',
    '&commat;acme',
    '\\',
    '\\`',
    '\\|',
    '\\\\|',
    '|',
  ],
  ...[
    '`',
    '``',
    '```',
    '~~~',
    '$',
    '$`',
    '`$',
    '$$',
    '*',
    '**',
    '__',
    '_',
    '~~',
    '\n',
    '\n\n',
    '\r',
    '\n# x',
  ],
  ...[
    '\n---\n',
    '\n- ',
    '\n> ',
    '\n| - | - |\n',
    '    ',
    '\t',
    '> [!NOTE]',
    '- [ ] ',
    '\u0000',
    '\u001b[2J',
  ],
  ...[
    '\u202E',
    '\u2066',
    '\u200B',
    '\u00AD',
    '\uFEFF',
    '\u{E0041}',
    '\u3164',
    '\u2800',
    '\uFE0F',
    '\u034F',
  ],
  ...['\u00A0', '\u3000', '\u2028', '\u0085', '\uD800', '\uDC00', '😀', 'x'.repeat(500)],
]

export const anyHostile = array(oneof(constantFrom(...hostile), string({ maxLength: 5 })), {
  minLength: 1,
  maxLength: 6,
}).map((parts) => parts.join(''))

/** A review where each text from outside is this one: of the plan, its checks, the files beside it, CODEOWNERS. */
export function reviewWith(text: string): Review {
  const entries: readonly Entry[] = [
    {
      type: 'aws_rds_cluster',
      before: { engine: text, [text]: text },
      after: { engine: 'x', v: text },
    },
    {
      type: 'aws_iam_policy',
      before: { policy: '{}' },
      after: { policy: JSON.stringify(policyOf(text)) },
    },
    { type: `google_${text}`, before: { v: text }, after: null },
    { type: text, before: { v: text }, after: { v: 'x' } },
    {
      type: 'aws_instance',
      before: null,
      after: { instance_type: text },
      more: { previous_address: text },
    },
  ]
  const changes = entries.map((entry, index) =>
    resource({
      ...entry,
      address: `aws_a.it${index}["${text}"]`,
      ...(index === 0 && { actions: replaced, replacePaths: [[text]] }),
    }),
  )
  const open = { before_sensitive: false, after_sensitive: false, after_unknown: false }
  const importing = {
    address: text,
    type: text,
    change: { ...open, actions: ['no-op'], importing: { id: text } },
  }
  const odd = { address: text, type: text, change: { ...open, actions: [text] } }
  const plan = planOf([...changes, importing, odd], {
    terraform_version: text,
    resource_drift: changes,
    output_changes: {
      [text]: { ...open, actions: ['update'], before: text, after: 'x' },
    },
    checks: [
      {
        status: 'fail',
        address: { to_display: text },
        instances: [{ problems: [{ message: text }] }],
      },
    ],
    errored: true,
  })
  const stacks = [`a${text}`, 'data'].map((stack) => ({
    plan: { ...plan, file: text, formatVersion: text, warnings: [...plan.warnings, text] },
    origin: originOf({ stack, environment: text, commit: text, owners: [text, `@${text}`] }),
  }))
  const idle = { plan: parsePlan(text, emptyPlan), origin: originOf({ stack: `b${text}` }) }
  const accepted = { rule: 'engine-major', because: text, until: `9${text}` }
  return assemble([...stacks, idle], {
    failOn: 'low',
    today: '2026-11-21',
    acceptances: [
      { ...accepted, rule: 'data-destroyed', address: `aws_a.it0["${text}"]` },
      { ...accepted, address: text, stack: 'data' },
      { ...accepted, address: text, until: '2020-01-01' },
    ],
  })
}

const emptyPlan = Buffer.from(JSON.stringify({ format_version: '1.0', resource_changes: [] }))

const policyOf = (text: string) => ({
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Principal: { AWS: text }, Sid: text }],
})
