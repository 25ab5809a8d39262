import { type Access, allows, type Statement } from '../src/delivery/iam-policy'

const queue = 'arn:aws:sqs:us-east-1:123456789012:events'
const rule = 'arn:aws:events:us-east-1:123456789012:rule/notices'
const send: Access = {
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
const isAllowed = (statements: readonly Statement[], access: Access = send) =>
  allows([{ Statement: statements }], access)

test.each<[string, Partial<Statement>]>([
  ['by its name', {}],
  ['in a list', { Action: ['sqs:ReceiveMessage', 'sqs:SendMessage'] }],
  ['whatever the case', { Action: 'SQS:sendmessage' }],
  ['by a wildcard', { Action: 'sqs:*', Resource: 'arn:aws:sqs:*:123456789012:ev?nts' }],
  ['as none of others', { Action: undefined, NotAction: 'sqs:DeleteMessage' }],
  ['by ARN', { Condition: { ArnEquals: { 'aws:SourceArn': [rule, 'arn:aws:events:x'] } } }],
  [
    'by a pattern of ARN',
    { Condition: { ArnLike: { 'AWS:sourcearn': 'arn:aws:events:*:rule/n*' } } },
  ],
  ['by what is not there', { Condition: { Null: { 'aws:ResourceTag/owner': 'true' } } }],
  ['if it exists', { Condition: { StringEqualsIfExists: { 'aws:PrincipalTag/a': 'b' } } }],
])('allowed %s', (_, statement) => {
  expect(isAllowed([allow(statement)])).toBe(true)
})

test.each<[string, Partial<Statement>]>([
  ['of another action', { Action: 'sqs:ReceiveMessage' }],
  ['of another resource', { Resource: `${queue}-other` }],
  ['that shuts it out', { Action: undefined, NotAction: 'sqs:Send*' }],
  ['for another source', { Condition: { ArnEquals: { 'aws:SourceArn': `${rule}x` } } }],
  [
    'with one condition of two',
    { Condition: { ArnEquals: { 'aws:SourceArn': rule }, StringEquals: { 'aws:x': 'y' } } },
  ],
  ['for what has a tag', { Condition: { Null: { 'aws:ResourceTag/owner': 'false' } } }],
])('not allowed by a statement %s', (_, statement) => {
  expect(isAllowed([allow(statement)])).toBe(false)
})

test('one that denies wins', () => {
  expect(isAllowed([allow({}), allow({ Effect: 'Deny' })])).toBe(false)
  expect(isAllowed([allow({}), allow({ Effect: 'Deny', Resource: 'arn:aws:sqs:::x' })])).toBe(true)
})

test('a policy of a resource says for whom', () => {
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

test('a condition that is not known is no reason to let it pass', () => {
  const statement = allow({ Condition: { DateLessThan: { 'aws:SourceArn': 'x' } } })
  expect(() => isAllowed([statement])).toThrow(/DateLessThan is not known/)
})
