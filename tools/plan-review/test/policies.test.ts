import {
  array,
  assert,
  constantFrom,
  integer,
  property,
  record,
  shuffledSubarray,
} from 'fast-check'
import { readChange } from '../src/change'
import type { JsonObject } from '../src/json'
import { covers, overlaps, pattern } from '../src/policies/patterns'
import { addressesOf, isWithin, outside } from '../src/policies/ranges'
import { permissionRules } from '../src/rules/permissions'
import { type Entry, planOf, resource, stackOf } from './plans'

const condition = constantFrom<JsonObject>(
  {},
  { StringEquals: { 'aws:PrincipalTag/team': ['a', 'b'] } },
  { StringNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::*:role/a'] } },
  { IpAddress: { 'aws:SourceIp': ['10.0.0.0/16', 'fd00::/16'] } },
  { NumericLessThan: { 's3:max-keys': '100' } },
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } },
  {
    ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:123456789012:a' },
    Null: { 'aws:TagKeys': 'false' },
  },
  { FutureOperator: { a: ['x', 'y'] } },
)
const some = (...values: string[]) => shuffledSubarray(values, { minLength: 1 })
const statement = record({
  Effect: constantFrom('Allow', 'Allow', 'Deny'),
  Principal: record({
    AWS: some(
      'arn:aws:iam::123456789012:role/a',
      'arn:aws:iam::123456789012:role/b',
      '111122223333',
    ),
  }),
  Action: some('s3:GetObject', 's3:Put*', 'S3:DeleteObject', 's3:Get?bject'),
  Resource: some('arn:aws:s3:::b/*', 'arn:aws:s3:::c/x', 'arn:aws:s3:::${aws:username}/*'),
  Condition: condition,
})
interface Statement {
  readonly Effect: string
  readonly Principal: { readonly AWS: string[] }
  readonly Action: string[]
  readonly Resource: string[]
  readonly Condition: JsonObject
}
const statements = array(statement, { minLength: 1, maxLength: 4 })

function rulesFor(before: unknown, after: unknown): string[] {
  const change = readChange(
    resource({
      type: 'aws_sqs_queue_policy',
      before: { policy: JSON.stringify({ Statement: before }) },
      after: { policy: JSON.stringify({ Statement: after }, null, 2) },
    }),
    (address) => address,
  )
  if (change === undefined) throw new Error('no change')
  return permissionRules
    .filter(({ check }) => check(change, { changes: [change] }).length > 0)
    .map(({ id }) => id)
}

/** Fails with the policies, and without a call of `expect` for each case. */
function require(isRight: boolean, ...context: unknown[]): void {
  if (!isRight) throw new Error(context.map((each) => JSON.stringify(each, null, 1)).join('\n'))
}

/** The same policy in another form. */
function rewritten(all: readonly Statement[], seed: number): unknown[] {
  const split: unknown[] = all.flatMap((each, index): unknown[] =>
    (seed >> index) & 1
      ? each.Action.map((Action) => ({ ...each, Action }))
      : each.Resource.map((Resource) => ({ Sid: `s${index}`, ...each, Resource: [Resource] })),
  )
  const place = seed % split.length
  const turned = [...split.slice(place), ...split.slice(0, place)]
  return seed & 1 ? [...turned, ...turned.slice(0, 1)] : turned.reverse()
}

describe('the comparison of policies', () => {
  it('finds nothing between two forms of a policy', () => {
    assert(
      property(statements, integer({ min: 0, max: 255 }), (all, seed) => {
        const other = rewritten(all, seed)
        require(rulesFor(all, other).length === 0, all, other)
        require(rulesFor(other, all).length === 0, other, all)
      }),
      { numRuns: 40 },
    )
  })

  it('finds nothing gained where an Allow is removed or a Deny is added', () => {
    assert(
      property(statements, statements, integer({ min: 0, max: 3 }), (all, more, seed) => {
        const place = seed % all.length
        const fewer = all.filter((each, index) => index !== place || each.Effect === 'Deny')
        const added = [...fewer, ...more.map((each) => ({ ...each, Effect: 'Deny' }))]
        require(rulesFor(all, added).length === 0, all, added)
      }),
      { numRuns: 40 },
    )
  })

  const widenings: Readonly<Record<string, (each: Statement) => JsonObject>> = {
    'a new action': (each) => ({ ...each, Action: [...each.Action, 's3:ListBucket'] }),
    'a wider action': (each) => ({ ...each, Action: 's3:*' }),
    'all other actions': ({ Action: _, ...each }) => ({ ...each, NotAction: 'iam:*' }),
    'a new resource': (each) => ({ ...each, Resource: [...each.Resource, 'arn:aws:s3:::d'] }),
    'a wider resource': (each) => ({ ...each, Resource: 'arn:aws:s3:::*' }),
    'a new principal': (each) => ({
      ...each,
      Principal: { AWS: [...each.Principal.AWS, '444455556666'] },
    }),
    'every principal': (each) => ({ ...each, Principal: '*' }),
  }
  it.each(Object.entries(widenings))('finds %s, and a Deny without it', (_, widen) => {
    assert(
      property(statement, (each) => {
        const wider = widen(each)
        const [allowed, denied] = [
          rulesFor({ ...each, Effect: 'Allow' }, { ...wider, Effect: 'Allow' }),
          rulesFor({ ...wider, Effect: 'Deny' }, { ...each, Effect: 'Deny' }),
        ]
        require(allowed.some((rule) => /^iam-|^policy-unclear/.test(rule)), each, wider)
        require(denied.includes('deny-lost'), wider, each)
        require(rulesFor({ ...each, Effect: 'Deny' }, { ...wider, Effect: 'Deny' }).length === 0)
      }),
      { numRuns: 20 },
    )
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['its removal', { StringEquals: { a: 'x' } }, {}],
    ['another value', { StringEquals: { a: 'x' } }, { StringEquals: { a: ['x', 'y'] } }],
    ['a pattern', { StringEquals: { a: 'x' } }, { StringLike: { a: 'x*' } }],
    ['ignored case', { StringEquals: { a: 'x' } }, { StringEqualsIgnoreCase: { a: 'x' } }],
    ['an absent key', { StringEquals: { a: 'x' } }, { StringEqualsIfExists: { a: 'x' } }],
    ['no values', { StringEquals: { a: 'x' } }, { 'ForAllValues:StringEquals': { a: 'x' } }],
    ['fewer exceptions', { StringNotEquals: { a: ['x', 'y'] } }, { StringNotEquals: { a: 'x' } }],
    ['presence alone', { StringEquals: { a: 'x' } }, { Null: { a: 'false' } }],
    ['a wider range', { IpAddress: { a: '10.1.0.0/16' } }, { IpAddress: { a: '10.0.0.0/8' } }],
    ['a wider range of IPv6', { IpAddress: { a: 'fd00::/16' } }, { IpAddress: { a: 'fc00::/7' } }],
    [
      'a smaller hole',
      { NotIpAddress: { a: '10.0.0.0/8' } },
      { NotIpAddress: { a: '10.0.0.0/9' } },
    ],
    [
      'a later date',
      { DateLessThan: { a: '2026-01-01T00:00:00Z' } },
      { DateLessThan: { a: '1798761600' } },
    ],
    ['a higher number', { NumericLessThan: { a: '5' } }, { NumericLessThan: { a: '6' } }],
    [
      'an included bound',
      { NumericGreaterThan: { a: '5' } },
      { NumericGreaterThanEquals: { a: '5' } },
    ],
    [
      'a wider ARN',
      { ArnEquals: { a: 'arn:aws:sns:us-east-1:1:a' } },
      { ArnLike: { a: 'arn:aws:sns:*:1:a' } },
    ],
    ['no multi-factor', { Bool: { a: 'true' } }, { BoolIfExists: { a: 'true' } }],
    ['one condition of two', { StringEquals: { a: 'x', b: 'y' } }, { StringEquals: { a: 'x' } }],
  ])('finds a condition weakened by %s, and not the reverse', (_, before, after) => {
    const allow = (Condition: JsonObject) => ({
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: 'arn:aws:sqs:::a',
      Principal: { AWS: '123456789012' },
      Condition,
    })
    const deny = (Condition: JsonObject) => ({ ...allow(Condition), Effect: 'Deny' })
    expect(rulesFor(allow(before), allow(after))).toEqual(['iam-widened'])
    expect(rulesFor(deny(after), deny(before))).toEqual(['deny-lost'])
    expect(rulesFor(deny(before), deny(after))).toEqual([])
    expect(rulesFor(allow(after), allow(before))).toEqual([])
  })
})

describe('a pattern', () => {
  const text = array(constantFrom('a', 'b', '*', '?'), { maxLength: 5 }).map((list) =>
    list.join(''),
  )
  const words = [
    '',
    'a',
    'b',
    'aa',
    'ab',
    'ba',
    'bb',
    'aab',
    'aba',
    'abb',
    'bab',
    'abab',
    'c',
    'ac',
    'acb',
  ]

  it('covers and overlaps others as the texts that they match do', () => {
    assert(
      property(text, text, (one, other) => {
        const [outer, inner] = [pattern(one), pattern(other)]
        const both = words.filter((word) => covers(outer, word) && covers(inner, word))
        require(both.length === 0 || overlaps(outer, inner), one, other)
        const isCovered = words.every((word) => covers(outer, word) || !covers(inner, word))
        require(isCovered || !covers(outer, inner), one, other)
        require(!covers(outer, inner) || overlaps(outer, inner), one, other)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a range of addresses', () => {
  const range = (...texts: string[]) => texts.flatMap((text) => addressesOf(text) ?? [])

  it('is compared as a set', () => {
    expect(isWithin(range('10.0.0.0/8'), range('10.0.0.0/9', '10.128.0.0/9'))).toBe(true)
    expect(isWithin(range('10.0.0.0/8'), range('10.0.0.0/9', '10.192.0.0/10'))).toBe(false)
    expect(isWithin(range('::/0'), range('8000::/1', '::/1'))).toBe(true)
    expect(isWithin(range('0.0.0.0/0'), range('::/0'))).toBe(false)
    expect(isWithin(range('fd00::1'), range('fd00::/16'))).toBe(true)
    expect(isWithin(outside(range('10.0.0.0/8')), outside(range('10.0.0.0/16')))).toBe(true)
    expect(range('10.0.0.300', '10.0.0.0/33', '1.2.3', '::1::', 'x', '1:2')).toEqual([])
  })
})

describe('the policies of one owner', () => {
  const document = (...all: JsonObject[]) => JSON.stringify({ Statement: all })
  const read = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }
  const admin = { Effect: 'Allow', Action: '*', Resource: '*' }
  const deny = { Effect: 'Deny', Action: 's3:Delete*', Resource: '*', Principal: '*' }
  const entry = (
    type: string,
    name: string,
    before: JsonObject | null,
    after: JsonObject | null,
  ): Entry => ({
    type,
    address: `${type}.${name}`,
    before,
    after,
    ...(before === after && { actions: ['no-op'] }),
  })
  const found = (...entries: Entry[]) =>
    stackOf(planOf(entries))
      .findings.map(({ rule, address }) => `${rule} ${address}`)
      .filter((line) => /^(iam|deny|policy)/.test(line))
  const ofRole = (...all: JsonObject[]) => ({ role: 'r', policy: document(...all) })
  const attachment = { role: 'r', policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }
  const guard = { arn: 'arn:aws:iam::123456789012:policy/guard', policy: document(deny) }
  const guarded = { role: 'r', policy_arn: guard.arn }
  const role = { name: 'r', id: 'r' }

  it('can move between resources', () => {
    expect(
      found(
        entry('aws_iam_role_policy', 'a', ofRole(read, deny), null),
        entry('aws_iam_role_policy', 'b', null, ofRole(deny, read)),
      ),
    ).toEqual([])
    const inline = { ...role, inline_policy: [{ name: 'p', policy: document(admin) }] }
    expect(
      found(
        entry('aws_iam_role', 'r', inline, { ...role, inline_policy: [] }),
        entry('aws_iam_role_policy', 'a', null, ofRole(admin)),
      ),
    ).toEqual([])
    expect(
      found(
        entry('aws_iam_role_policy_attachment', 'a', attachment, null),
        entry('aws_iam_role_policy_attachment', 'b', null, attachment),
      ),
    ).toEqual([])
  })

  it('are compared together', () => {
    const other = ofRole(read)
    const more = ofRole({ ...read, Resource: 'arn:aws:s3:::c/*' })
    expect(
      found(
        entry('aws_iam_role_policy', 'a', other, other),
        entry('aws_iam_role_policy', 'b', null, more),
      ),
    ).toEqual(['iam-added aws_iam_role_policy.b'])
  })

  it('are not what the resource shows of them from before', () => {
    const queue = { url: 'https://q', policy: document(read, deny) }
    expect(
      found(
        entry('aws_sqs_queue', 'q', queue, queue),
        entry(
          'aws_sqs_queue_policy',
          'p',
          { queue_url: 'https://q', policy: document(read, deny) },
          { queue_url: 'https://q', policy: document(read) },
        ),
      ),
    ).toEqual(['deny-lost aws_sqs_queue_policy.p'])
  })

  it('go with it', () => {
    const ofBucket = { bucket: 'b', id: 'b', policy: document(deny) }
    const bucket = { bucket: 'b', id: 'b' }
    expect(
      found(
        entry('aws_s3_bucket', 'b', bucket, null),
        entry('aws_s3_bucket_policy', 'b', ofBucket, null),
      ),
    ).toEqual([])
    expect(
      found(
        entry('aws_s3_bucket_versioning', 'b', bucket, null),
        entry('aws_s3_bucket_policy', 'b', ofBucket, null),
      ),
    ).toEqual(['deny-lost aws_s3_bucket_policy.b'])
    expect(
      found(
        entry('aws_iam_role', 'r', role, null),
        entry('aws_iam_policy', 'guard', guard, null),
        entry('aws_iam_role_policy_attachment', 'a', guarded, null),
      ),
    ).toEqual([])
  })

  it('are lost where a role stays', () => {
    expect(
      found(
        entry('aws_iam_role', 'r', role, role),
        entry('aws_iam_policy', 'guard', guard, guard),
        entry('aws_iam_role_policy_attachment', 'a', guarded, null),
      ),
    ).toEqual(['deny-lost aws_iam_role_policy_attachment.a'])
  })

  it('count for the members of a group', () => {
    const member = { user: 'u', groups: ['ops'] }
    const ofGroup = { ...attachment, role: null, group: 'ops' }
    expect(
      found(
        entry('aws_iam_group_policy_attachment', 'a', ofGroup, ofGroup),
        entry('aws_iam_user_group_membership', 'u', null, member),
      ),
    ).toEqual(['iam-widened aws_iam_user_group_membership.u'])
  })
})

describe('the policies of one role', () => {
  const inline = (index: number, ...actions: string[]) => ({
    role: 'r',
    name: `p${index}`,
    policy: JSON.stringify({
      Statement: [{ Effect: 'Allow', Action: actions, Resource: `arn:aws:s3:::b${index}/*` }],
    }),
  })
  const review = (count: number) =>
    stackOf(
      planOf(
        Array.from({ length: count }, (_, index) => ({
          type: 'aws_iam_role_policy',
          name: `p${index}`,
          before: inline(index, 's3:GetObject'),
          // The first one only changes its name.
          after:
            index === 0
              ? { ...inline(index, 's3:GetObject'), name: 'other' }
              : inline(index, 's3:GetObject', 's3:*'),
        })),
      ),
    )
  const rulesOf = (count: number) => [...new Set(review(count).findings.map(({ rule }) => rule))]

  it('are compared with each other, if they are not too many', () => {
    expect(rulesOf(400)).toEqual(['iam-widened'])
    const { findings } = review(401)
    expect(findings).toHaveLength(400)
    expect(new Set(findings.map(({ rule, details }) => `${rule}: ${details}`))).toEqual(
      new Set([
        'policy-unclear: policy: more than 400 statements belong to the same owner: too many to compare',
      ]),
    )
  })
})
