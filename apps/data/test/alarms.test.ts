import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { dataTier, keyRef, servicesOf } from './fixture'

const json = dataTier()
const alarms = Object.values(resourcesOf(json, 'aws_cloudwatch_metric_alarm'))
const topic = referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')

const databaseMetrics = [
  'ACUUtilization',
  'AuroraReplicaLag',
  'CPUUtilization',
  'DatabaseConnections',
  'FreeableMemory',
]
const cacheMetrics = [
  'CurrConnections',
  'DatabaseMemoryUsagePercentage',
  'EngineCPUUtilization',
  'Evictions',
  'ReplicationLag',
]

function metricsOn(namespace: string, dimension: string, value: string): string[] {
  return alarms
    .filter((alarm) => alarm.namespace === namespace && alarm.dimensions[dimension] === value)
    .map(({ metric_name }) => metric_name)
    .sort()
}

function connectionThresholds(tier: Synthesized): number[] {
  return Object.values(resourcesOf(tier, 'aws_cloudwatch_metric_alarm'))
    .filter(({ metric_name }) => metric_name === 'DatabaseConnections')
    .map(({ threshold }) => threshold)
}

describe('the alarms', () => {
  it.each(['instance-1', 'instance-2', 'instance-3'])(
    'cover each metric of database %s',
    (part) => {
      const instance = referenceAt(
        json,
        'aws_rds_cluster_instance',
        `database/${part}`,
        'identifier',
      )
      expect(metricsOn('AWS/RDS', 'DBInstanceIdentifier', instance)).toEqual(databaseMetrics)
    },
  )

  it.each(['001', '002', '003'])('cover each metric of cache node %s', (number) => {
    // ElastiCache names the nodes after their group.
    const group = soleResource(json, 'aws_elasticache_replication_group')
    const node = `${group.replication_group_id}-${number}`
    expect(metricsOn('AWS/ElastiCache', 'CacheClusterId', node)).toEqual(cacheMetrics)
  })

  it('have one dimension and a unique name each', () => {
    expect(alarms).toHaveLength(3 * databaseMetrics.length + 3 * cacheMetrics.length)
    for (const { dimensions } of alarms) expect(Object.keys(dimensions)).toHaveLength(1)
    expect(new Set(alarms.map(({ alarm_name }) => alarm_name)).size).toBe(alarms.length)
  })

  it('do not go off while a database is paused, which reports no metrics or zeros', () => {
    const pausing = dataTier({}, { database: { minCapacity: 0, pauseAfterSeconds: 300 } })
    const paused = Object.values(resourcesOf(pausing, 'aws_cloudwatch_metric_alarm')).filter(
      ({ namespace }) => namespace === 'AWS/RDS',
    )
    expect(paused).toHaveLength(3 * (databaseMetrics.length - 1))
    for (const { treat_missing_data, comparison_operator, threshold } of paused) {
      expect(treat_missing_data).toBe('missing')
      expect(comparison_operator).toBe('GreaterThanThreshold')
      expect(threshold).toBeGreaterThan(0)
    }
  })

  it('are named after the instance that they monitor, also where it keeps an earlier name', () => {
    for (const { alarm_name, dimensions, metric_name } of alarms) {
      const [monitored] = Object.values(dimensions)
      expect(alarm_name).toBe(`${monitored} ${metric_name}`)
    }
  })

  it('are created for every additional instance and node', () => {
    const more = dataTier({}, { database: { readers: 3 }, cache: { nodes: 4 } })
    expect(Object.keys(resourcesOf(more, 'aws_cloudwatch_metric_alarm'))).toHaveLength(
      4 * 5 + 4 * 5,
    )
  })

  it('notify the topic when they go off and when they return to OK', () => {
    for (const alarm of alarms) {
      expect(alarm.alarm_actions).toEqual([topic])
      expect(alarm.ok_actions).toEqual([topic])
      expect(alarm.actions_enabled).not.toBe(false)
    }
  })

  it('go off when memory is low and when other metrics are high', () => {
    const low = alarms.filter(({ comparison_operator }) => /^LessThan/.test(comparison_operator))
    expect(new Set(low.map(({ metric_name }) => metric_name))).toEqual(new Set(['FreeableMemory']))
    const high = alarms.filter((alarm) => !low.includes(alarm))
    for (const { comparison_operator } of high) expect(comparison_operator).toMatch(/^GreaterThan/)
  })

  it.each([
    // 189 connections per capacity unit: 2,000 at most below one unit, 5,000 at most otherwise.
    [0.5, 4, 604],
    [0.5, 32, 1600],
    [2, 8, 1209],
    [2, 32, 4000],
  ])('from %d to %d capacity units: too many connections are %i', (min, max, threshold) => {
    const tier = dataTier({}, { database: { minCapacity: min, maxCapacity: max } })
    expect(new Set(connectionThresholds(tier))).toEqual(new Set([threshold]))
  })
})

describe('the topic of the alarms', () => {
  it('is encrypted with a key that CloudWatch can use for alarms of this account', () => {
    expect(soleResource(json, 'aws_sns_topic').kms_master_key_id).toBe(keyRef(json, 'monitoring'))
    expect(serviceOfMonitoringKey('cloudwatch.amazonaws.com')).toMatchObject({
      Effect: 'Allow',
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']),
      Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
    })
  })

  it('accepts messages of CloudWatch for this account only', () => {
    const policy = soleResource(json, 'aws_sns_topic_policy')
    expect(policy.arn).toBe(topic)
    expect(statementsOf(policy.policy)).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: topic,
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
      expect.objectContaining({ Sid: 'TlsOnly', Effect: 'Deny', Resource: topic }),
    ])
  })

  it.each([[[]], [['a@test.example']], [['a@test.example', 'b@test.example']]])(
    'mails %j',
    (alarmEmails) => {
      const tier = dataTier({ alarmEmails })
      const arn = referenceAt(tier, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')
      const subscriptions = Object.values(resourcesOf(tier, 'aws_sns_topic_subscription'))
      expect(subscriptions.map(({ endpoint }) => endpoint)).toEqual(alarmEmails)
      for (const { topic_arn, protocol } of subscriptions) {
        expect([topic_arn, protocol]).toEqual([arn, 'email'])
      }
    },
  )
})

describe('the key of logs and alarms', () => {
  it('allows CloudWatch Logs for log groups of this account', () => {
    expect(serviceOfMonitoringKey('logs.eu-central-1.amazonaws.com')).toMatchObject({
      Effect: 'Allow',
      Action: expect.arrayContaining(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey']),
      Condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn':
            'arn:aws:logs:eu-central-1:123456789012:log-group:*',
        },
      },
    })
  })

  it('allows no other service', () => {
    const services = servicesOf(resourceAt(json, 'aws_kms_key', 'monitoring/key/key'))
    expect(services).toHaveLength(2)
  })
})

function serviceOfMonitoringKey(service: string): Block | undefined {
  const key = resourceAt(json, 'aws_kms_key', 'monitoring/key/key')
  return servicesOf(key).find(({ Principal }) => Principal.Service === service)
}
