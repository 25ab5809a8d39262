import {
  type AccessRequest,
  allows,
  type Decision,
  decisionOf,
  type Statement,
  unknownPart,
} from '../src/iam-evaluator'

const queue = 'arn:aws:sqs:us-east-1:123456789012:events'
const rule = 'arn:aws:events:us-east-1:123456789012:rule/notices'
const send: AccessRequest = {
  action: 'sqs:SendMessage',
  resource: queue,
  context: { 'aws:SourceArn': rule },
}
const allow = (statement: Partial<Statement>): Statement => ({
  Effect: 'Allow',
  Action: 'sqs:SendMessage',
  Resource: queue,
  ...statement,
})
const isAllowed = (statements: readonly Statement[], request: AccessRequest = send) =>
  allows([{ Statement: statements }], request)

test.each<[string, Partial<Statement>]>([
  ['its name', {}],
  ['a list of actions', { Action: ['sqs:ReceiveMessage', 'sqs:SendMessage'] }],
  ['an action in another case', { Action: 'SQS:sendmessage' }],
  ['wildcards', { Action: 'sqs:*', Resource: 'arn:aws:sqs:*:123456789012:ev?nts' }],
  ['one resource of a list', { Resource: ['arn:c', 'arn:*:events'] }],
  ['NotAction with another action', { Action: undefined, NotAction: 'sqs:DeleteMessage' }],
  ['NotResource with another resource', { Resource: undefined, NotResource: `${queue}-other` }],
  ['an ARN condition', { Condition: { ArnEquals: { 'aws:SourceArn': [rule, 'arn:aws:x'] } } }],
  [
    'an ARN pattern, with the key in any case',
    { Condition: { ArnLike: { 'AWS:sourcearn': 'arn:aws:events:*:rule/n*' } } },
  ],
  ['a missing key', { Condition: { Null: { 'aws:ResourceTag/owner': 'true' } } }],
  ['IfExists on a missing key', { Condition: { StringEqualsIfExists: { 'aws:x/a': 'b' } } }],
  ['a negated operator on a missing key', { Condition: { StringNotEquals: { 'aws:x': 'b' } } }],
])('a statement allows by %s', (_, statement) => {
  expect(isAllowed([allow(statement)])).toBe(true)
})

test.each<[string, Partial<Statement>]>([
  ['another action', { Action: 'sqs:ReceiveMessage' }],
  ['another resource', { Resource: `${queue}-other` }],
  ['a longer resource with the same prefix', { Resource: `${queue}/*` }],
  ['the action in NotAction', { Action: undefined, NotAction: 'sqs:Send*' }],
  ['the resource in NotResource', { Resource: undefined, NotResource: 'arn:aws:sqs:*' }],
  ['another source', { Condition: { ArnEquals: { 'aws:SourceArn': `${rule}x` } } }],
  [
    'one condition of two',
    { Condition: { ArnEquals: { 'aws:SourceArn': rule }, StringEquals: { 'aws:x': 'y' } } },
  ],
  ['a tag that is missing', { Condition: { Null: { 'aws:ResourceTag/owner': 'false' } } }],
  [
    'ForAnyValue on a missing key',
    { Condition: { 'ForAnyValue:StringNotEquals': { 'aws:x': 'b' } } },
  ],
])('a statement does not allow by %s', (_, statement) => {
  expect(isAllowed([allow(statement)])).toBe(false)
})

test('nothing is allowed without a statement', () => {
  expect(isAllowed([])).toBe(false)
})

test('each value of a condition is accepted', () => {
  const statement = allow({ Condition: { StringEquals: { 'aws:a': ['1', '2'] } } })
  expect(isAllowed([statement], { ...send, context: { 'aws:a': '2' } })).toBe(true)
  expect(isAllowed([statement], { ...send, context: { 'aws:a': '3' } })).toBe(false)
})

test('only * and ? are wildcards', () => {
  expect(isAllowed([allow({ Resource: queue.replaceAll(':', '.') })])).toBe(false)
  const reference = `\${type.id.arn}`
  const statement = allow({ Resource: `${reference}/*` })
  expect(isAllowed([statement], { ...send, resource: `${reference}/x` })).toBe(true)
})

test('an explicit deny wins, in any position', () => {
  const deny = allow({ Effect: 'Deny', Action: 'sqs:*', Resource: '*' })
  expect(isAllowed([allow({}), deny])).toBe(false)
  expect(isAllowed([deny, allow({})])).toBe(false)
  expect(isAllowed([allow({}), { ...deny, Resource: 'arn:aws:sqs:::x' }])).toBe(true)
})

test('a resource policy names its principals', () => {
  const service = { ...send, principal: 'events.amazonaws.com' }
  expect(isAllowed([allow({})], service)).toBe(false)
  expect(isAllowed([allow({ Principal: { Service: 'events.amazonaws.com' } })], service)).toBe(true)
  expect(isAllowed([allow({ Principal: { Service: 's3.amazonaws.com' } })], service)).toBe(false)
  const role = { ...send, principal: 'arn:aws:iam::123456789012:role/controller' }
  expect(isAllowed([allow({ Principal: { AWS: 'arn:aws:iam::123456789012:root' } })], role)).toBe(
    true,
  )
  expect(isAllowed([allow({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } })], role)).toBe(
    false,
  )
})

test.each(['aws:SourceArn', 'aws:missing'])('a condition it cannot evaluate throws: %s', (key) => {
  const statement = allow({ Condition: { DateLessThan: { [key]: 'x' } } })
  expect(() => isAllowed([statement])).toThrow(/cannot evaluate the IAM condition DateLessThan/)
})

test.each([
  ['no action', { Action: undefined }, /without an action and a resource/],
  ['no resource', { Resource: undefined }, /without an action and a resource/],
  ['NotPrincipal', { NotPrincipal: '*' }, /cannot evaluate NotPrincipal/],
])('a statement with %s throws', (_, statement, message) => {
  expect(() => isAllowed([allow(statement)])).toThrow(message)
})

const tagged = { StringEquals: { 'aws:ResourceTag/owner': 'a' } }
const denied = (statement: Partial<Statement>) => allow({ Effect: 'Deny', ...statement })
const unknownQueue = `arn:aws:sqs:us-east-1:123456789012:${unknownPart}`

test.each<[Decision, string, readonly Statement[], Partial<AccessRequest>]>([
  [
    'allowed',
    'a pattern covers the unknown part',
    [allow({ Resource: '*' })],
    { resource: unknownQueue },
  ],
  ['unknown', 'a pattern may cover the resource', [allow({})], { resource: unknownQueue }],
  [
    'implicit deny',
    'another service',
    [allow({ Resource: 'arn:aws:sns:*' })],
    { resource: unknownQueue },
  ],
  [
    'unknown',
    'a key has no known value',
    [allow({ Condition: tagged })],
    { unknownKeys: ['aws:ResourceTag/'] },
  ],
  ['implicit deny', 'the key is absent', [allow({ Condition: tagged })], {}],
  [
    'unknown',
    'a deny may apply',
    [allow({ Resource: '*' }), denied({})],
    { resource: unknownQueue },
  ],
  [
    'implicit deny',
    'a deny may apply and nothing allows',
    [denied({})],
    { resource: unknownQueue },
  ],
  ['explicit deny', 'a deny applies', [allow({}), denied({})], {}],
  [
    'allowed',
    'another statement allows',
    [allow({ Condition: tagged }), allow({})],
    { unknownKeys: ['aws:ResourceTag/'] },
  ],
  [
    'allowed',
    'NotResource of another service',
    [allow({ Resource: undefined, NotResource: 'arn:aws:s3:::x' })],
    { resource: unknownQueue },
  ],
])('the decision is %s where %s', (decision, _, statements, request) => {
  expect(decisionOf([{ Statement: statements }], { ...send, ...request })).toBe(decision)
})

test.each<[boolean, string, readonly string[]]>([
  [true, 'ForAnyValue:StringEquals', ['a', 'x']],
  [false, 'ForAnyValue:StringEquals', ['x', 'y']],
  [true, 'ForAllValues:StringEquals', ['a', 'b']],
  [false, 'ForAllValues:StringEquals', ['a', 'x']],
])('it is %s that %s holds for %j', (isHeld, operator, values) => {
  const statement = allow({ Condition: { [operator]: { 'aws:TagKeys': ['a', 'b'] } } })
  const context = { 'aws:TagKeys': values }
  expect(isAllowed([statement], { ...send, context })).toBe(isHeld)
})

test.each([
  ['NumericLessThan', '3', '4'],
  ['NumericLessThanEquals', '3', '3'],
  ['NumericGreaterThan', '10', '9'],
  ['NumericGreaterThanEquals', '10', '10'],
  ['NumericEquals', '1.0', '1'],
])('%s compares numbers', (operator, value, expected) => {
  const statement = allow({ Condition: { [operator]: { 'aws:x': expected } } })
  expect(isAllowed([statement], { ...send, context: { 'aws:x': value } })).toBe(true)
  expect(
    isAllowed([statement], {
      ...send,
      context: { 'aws:x': operator.includes('Less') ? '99' : '0' },
    }),
  ).toBe(false)
})
