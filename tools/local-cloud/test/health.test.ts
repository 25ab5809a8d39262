import type { TargetGroup } from '../src/path/deployed-path'
import { failureOf, healthCheck, matchesCode } from '../src/path/health'
import { passedCheck } from '../src/tasks/program'
import { apiGroup, ok, TestPath, targetGroup } from './deployed-path'

const target = { id: '10.0.1.1', port: 8080 }

function withCheck(check: Partial<TargetGroup['healthCheck']>): TargetGroup {
  const group = targetGroup(apiGroup, 'api')
  return { ...group, healthCheck: { ...group.healthCheck, ...check } }
}

test.each([
  [{}, 8080, '10.0.1.1:8080'],
  [{ port: 9090 }, 9090, '10.0.1.1:9090'],
  [{ port: 80 }, 80, '10.0.1.1'],
])('asks the port of the settings %j', (check, port, host) => {
  expect(healthCheck(withCheck(check), target, '10.0.0.10')).toMatchObject({
    port,
    timeoutSeconds: 5,
    request: {
      method: 'GET',
      path: '/health',
      headers: { host, 'user-agent': 'ELB-HealthChecker/2.0' },
    },
  })
})

test.each([
  [ok, undefined],
  [
    { ...ok, response: { status: 404, headers: {}, body: Buffer.alloc(0) } },
    {
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [404]',
    },
  ],
  [
    { ...ok, seconds: 6 },
    { reason: 'Target.Timeout', description: 'Request timed out' },
  ],
  [
    { kind: 'refused' },
    { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' },
  ],
  [{ kind: 'reset' }, { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }],
] as const)('judges the reply %j', (reply, failure) => {
  expect(failureOf(withCheck({}), reply)).toEqual(failure)
})

test.each([
  ['12', { 'grpc-status': '12' }, undefined],
  ['0-99', { 'grpc-status': '99' }, undefined],
  ['0', { 'grpc-status': '14' }, 'Health checks failed with these codes: [14]'],
  ['0-99', {}, 'Health checks failed'],
] as const)('judges a gRPC target by its code: %s, %j', (matcher, headers, description) => {
  const group = { ...withCheck({ matcher }), protocolVersion: 'GRPC' } as const
  const failure = failureOf(group, {
    kind: 'response',
    response: { status: 200, headers, body: Buffer.alloc(0) },
    seconds: 0.01,
  })
  expect(failure?.description).toBe(description)
})

test.each([
  ['200', 200, true],
  ['200', 204, false],
  ['200,302', 302, true],
  ['200-299,404', 250, true],
  ['200-299,404', 404, true],
  ['200-299', 300, false],
])('matches codes %s to %i: %s', (matcher, code, matches) => {
  expect(matchesCode(matcher, code)).toBe(matches)
})

test.each(['HTTP1', 'GRPC'] as const)('a stand-in passes any check of %s', (protocolVersion) => {
  const group = { ...withCheck({ matcher: '12' }), protocolVersion }
  expect(failureOf(group, passedCheck)).toBeUndefined()
})

test('a check that a security group blocks times out', () => {
  const closed = new TestPath(({ securityGroups }) => {
    for (const group of securityGroups) if (group.id === 'sg-task') group.ingress = []
  })
  expect(closed.path.unreachable(apiGroup, target)?.reason).toBe('Target.Timeout')
  const open = new TestPath()
  expect(open.path.unreachable(apiGroup, target)).toBeUndefined()
  expect(open.path.unreachable(apiGroup, { ...target, port: 9090 })?.reason).toBe('Target.Timeout')
})
