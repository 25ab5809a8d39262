import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic'
import { contextOf, EncryptionKey, logsService, Monitoring, TidewayStack, UsEast1 } from '../src'
import {
  resourceAt,
  soleResource,
  statementsOf,
  synthesized,
  testApp,
  testEnvironment,
} from '../src/testing'

function stackIn(region: string) {
  return new TidewayStack(testApp(), 'sample', {
    environment: testEnvironment({ region, endpoints: 'emulator' }),
    owner: 'nobody',
    foreignTags: ['team:note'],
  })
}

describe('a construct in us-east-1', () => {
  const stack = stackIn('eu-central-1')
  const usEast1 = new UsEast1(stack, 'usEast1')
  new Monitoring(usEast1, 'monitoring')
  new SnsTopic(stack, 'local-topic', {})
  const json = synthesized(stack)
  const [local, remote] = json.provider?.aws ?? []

  it('uses its own provider at any depth', () => {
    expect(remote).toMatchObject({ alias: 'us_east_1', region: 'us-east-1' })
    for (const [type, path] of [
      ['aws_kms_key', 'monitoring/key/key'],
      ['aws_kms_alias', 'monitoring/key/alias'],
      ['aws_sns_topic', 'monitoring/alarms/topic'],
      ['aws_sns_topic_policy', 'monitoring/alarms/policy'],
    ] as const) {
      expect(resourceAt(json, type, path).provider).toBe('aws.us_east_1')
    }
    expect(resourceAt(json, 'aws_sns_topic', 'local-topic').provider).toBeUndefined()
  })

  it('has the same tags and account check', () => {
    const { alias: _, region: __, ...rest } = remote ?? {}
    const { region: ___, ...ofLocal } = local ?? {}
    expect(rest).toEqual(ofLocal)
    expect(rest.allowed_account_ids).toEqual(['123456789012'])
  })

  it('is encrypted for the services of that region', () => {
    const key = soleResource(json, 'aws_kms_key')
    const logs = statementsOf(key.policy).find(({ Sid }) => Sid === 'UsedBylogs')
    expect(logs?.Principal).toEqual({ Service: 'logs.us-east-1.amazonaws.com' })
    expect(JSON.stringify(logs?.Condition)).toContain('arn:aws:logs:us-east-1:123456789012:')
  })

  it('returns its region', () => {
    const deep = new EncryptionKey(usEast1, 'deep', { name: 'deep', description: 'Deep' })
    expect([deep, usEast1, stack].map((scope) => contextOf(scope).region)).toEqual([
      'us-east-1',
      'us-east-1',
      'eu-central-1',
    ])
    expect(logsService(stack).principal).toBe('logs.eu-central-1.amazonaws.com')
  })
})
