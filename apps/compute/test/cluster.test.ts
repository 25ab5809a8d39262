import {
  addressAt,
  isProtected,
  referenceAt,
  resourceAt,
  servicesOf,
  soleResource,
} from '@tideway/constructs/testing'
import { compute, keyRef, networkOutput } from './fixture'

const json = compute({ logRetentionDays: 90 })
const cluster = soleResource(json, 'aws_ecs_cluster')
const insights = '/aws/ecs/containerinsights/tideway-test-compute/performance'

describe('the cluster', () => {
  it('has enhanced Container Insights', () => {
    expect(cluster.name).toBe('tideway-test-compute')
    expect(cluster.setting).toEqual([{ name: 'containerInsights', value: 'enhanced' }])
  })

  it('is created after the encrypted log group of Container Insights', () => {
    expect(resourceAt(json, 'aws_cloudwatch_log_group', 'cluster/insights-log')).toMatchObject({
      name: insights,
      retention_in_days: 90,
      kms_key_id: keyRef(json, 'monitoring/key'),
    })
    expect(cluster.depends_on).toEqual([
      addressAt(json, 'aws_cloudwatch_log_group', 'cluster/insights-log'),
    ])
  })

  it('logs execute-command sessions, encrypted in transit and at rest', () => {
    expect(cluster.configuration.execute_command_configuration).toEqual({
      kms_key_id: keyRef(json, 'cluster/session-key'),
      logging: 'OVERRIDE',
      log_configuration: {
        cloud_watch_encryption_enabled: true,
        cloud_watch_log_group_name: referenceAt(
          json,
          'aws_cloudwatch_log_group',
          'cluster/session-log',
          'name',
        ),
      },
    })
    expect(resourceAt(json, 'aws_cloudwatch_log_group', 'cluster/session-log')).toMatchObject({
      retention_in_days: 90,
      kms_key_id: keyRef(json, 'cluster/session-key'),
    })
  })

  it('encrypts sessions with a protected key that only CloudWatch Logs of this account uses', () => {
    const key = resourceAt(json, 'aws_kms_key', 'cluster/session-key/key')
    expect(servicesOf(key)).toEqual([
      expect.objectContaining({
        Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn':
              'arn:aws:logs:eu-central-1:123456789012:log-group:*',
          },
        },
      }),
    ])
    expect(isProtected(key)).toBe(true)
  })
})

describe('the namespace of the services', () => {
  it('is a subdomain of the private zone, in the VPC', () => {
    const json = compute({ privateDomain: 'shop.internal' })
    expect(soleResource(json, 'aws_service_discovery_private_dns_namespace')).toMatchObject({
      name: 'services.shop.internal',
      vpc: networkOutput('vpc_id'),
    })
  })
})
