import { type EventPattern, mismatchOf } from '../src'

const event = {
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  resources: ['arn:aws:ecs:us-east-1:123456789012:task/main/1'],
  detail: { lastStatus: 'RUNNING', desiredStatus: 'STOPPED', group: 'service:web', version: 4 },
}
const matches = (pattern: EventPattern) => mismatchOf(pattern, event) === undefined

test.each([
  [{ source: ['aws.ecs'] }],
  [{ source: ['aws.ec2', 'aws.ecs'], detail: { lastStatus: ['RUNNING'] } }],
  [{ resources: [{ prefix: 'arn:aws:ecs:' }] }],
  [{ detail: { group: [{ suffix: ':web' }] } }],
  [{ detail: { group: [{ prefix: { 'equals-ignore-case': 'SERVICE:' } }] } }],
  [{ detail: { group: [{ wildcard: 'serv*:w*b' }] } }],
  [{ detail: { group: [{ 'equals-ignore-case': 'SERVICE:WEB' }] } }],
  [{ detail: { group: [{ 'anything-but': ['service:api'] }] } }],
  [{ detail: { group: [{ 'anything-but': { prefix: 'task:' } }] } }],
  [{ detail: { stopCode: [{ exists: false }] } }],
  [{ detail: { version: [{ numeric: ['>', 3, '<=', 4] }] } }],
  [{ detail: { $or: [{ stopCode: ['SpotInterruption'] }, { lastStatus: ['RUNNING'] }] } }],
])('%j matches', (pattern) => {
  expect(matches(pattern)).toBe(true)
})

test.each([
  [{ source: ['aws.ec2'] }],
  [{ resources: [{ prefix: 'arn:aws:ec2:' }] }],
  [{ detail: { lastStatus: ['RUNNING'], desiredStatus: ['RUNNING'] } }],
  [{ detail: { stopCode: [{ exists: true }] } }],
  [{ detail: { stopCode: ['SpotInterruption'] } }],
  [{ detail: { group: [{ wildcard: 'serv*x' }] } }],
  [{ detail: { group: [{ 'anything-but': ['service:web'] }] } }],
  [{ detail: { group: [{ 'anything-but': { suffix: ['web', 'api'] } }] } }],
  [{ detail: { stopCode: [{ 'anything-but': ['x'] }] } }],
  [{ detail: { version: [{ numeric: ['>', 4] }] } }],
  [{ detail: { version: ['4'] } }],
  [{ detail: { $or: [{ stopCode: ['x'] }, { lastStatus: ['STOPPED'] }] } }],
  [{ nothing: { inside: ['x'] } }],
])('%j does not match', (pattern) => {
  expect(matches(pattern)).toBe(false)
})

test('reports the path, the pattern and the value of the first mismatch', () => {
  expect(mismatchOf({ detail: { desiredStatus: ['RUNNING'] } }, event)).toEqual({
    path: 'detail.desiredStatus',
    expected: '["RUNNING"]',
    got: '"STOPPED"',
  })
})

test('throws for a filter that is not supported, and for a value outside a list', () => {
  expect(() => mismatchOf({ source: [{ like: 'aws' }] }, event)).toThrow(
    /source: like is not a filter/,
  )
  expect(() => mismatchOf({ source: 'aws.ecs' }, event)).toThrow(/source: a pattern has objects/)
})
