import { referenceAt, resourceAt, resourcesOf } from '@tideway/constructs/testing'
import { edge } from './fixture'

const json = edge()
const alarmAt = (name: string) =>
  resourceAt(json, 'aws_cloudwatch_metric_alarm', `us-east-1/alarms/${name}`)

describe('every alarm', () => {
  const alarms = Object.values(resourcesOf(json, 'aws_cloudwatch_metric_alarm'))

  it('notifies the topic when it goes off and when it returns to OK', () => {
    const topic = referenceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic', 'arn')
    expect(alarms).toHaveLength(8)
    for (const { alarm_actions, ok_actions } of alarms)
      expect([alarm_actions, ok_actions]).toEqual([[topic], [topic]])
  })

  it('is in the region of the metrics, together with its topic', () => {
    const topic = resourceAt(json, 'aws_sns_topic', 'monitoring/alarms/topic')
    for (const { provider } of [...alarms, topic]) expect(provider).toBe('aws.us_east_1')
  })
})

describe('the alarm', () => {
  it('of the site goes off when the health check fails or has no data', () => {
    expect(alarmAt('site-down')).toMatchObject({
      namespace: 'AWS/Route53',
      metric_name: 'HealthCheckStatus',
      dimensions: {
        HealthCheckId: referenceAt(json, 'aws_route53_health_check', 'health-check/check'),
      },
      comparison_operator: 'LessThanThreshold',
      threshold: 1,
      treat_missing_data: 'breaching',
    })
  })

  it('of server errors uses the metric of the distribution', () => {
    expect(alarmAt('server-errors')).toMatchObject({
      namespace: 'AWS/CloudFront',
      metric_name: '5xxErrorRate',
      dimensions: {
        DistributionId: referenceAt(
          json,
          'aws_cloudfront_distribution',
          'distribution/distribution',
        ),
        Region: 'Global',
      },
      comparison_operator: 'GreaterThanThreshold',
      threshold: 5,
    })
  })

  it('of the certificate goes off a month before expiry', () => {
    expect(alarmAt('certificate-runs-out')).toMatchObject({
      metric_name: 'DaysToExpiry',
      dimensions: {
        CertificateArn: referenceAt(
          json,
          'aws_acm_certificate_validation',
          'us-east-1/certificate/validation',
          'certificate_arn',
        ),
      },
      comparison_operator: 'LessThanThreshold',
      threshold: 30,
    })
  })

  it.each([
    ['signing-fails', 'DNSSECInternalFailure'],
    ['signing-key', 'DNSSECKeySigningKeysNeedingAction'],
  ])('of the zone: %s', (name, metric) => {
    expect(alarmAt(name)).toMatchObject({
      namespace: 'AWS/Route53',
      metric_name: metric,
      dimensions: {
        HostedZoneId: referenceAt(
          json,
          'aws_route53_hosted_zone_dnssec',
          'zone-signing/signing',
          'hosted_zone_id',
        ),
      },
      comparison_operator: 'GreaterThanThreshold',
      threshold: 0,
    })
  })
})
