import { type AlarmProps, alarm, resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface AlarmsProps {
  readonly topicArn: string
  readonly distributionId: string
  readonly healthCheckId: string
  readonly certificateArn: string
  /** The public zone, where it is signed. */
  readonly signedZoneId: string | undefined
}

/** An alarm of the edge. `name` is the part of its name after `edge-`. */
export function edgeAlarm(
  scope: Construct,
  id: string,
  { name, ...config }: Omit<AlarmProps, 'alarmName'> & { readonly name: string },
): void {
  alarm(scope, id, {
    alarmName: resourceName(scope, 'aws_cloudwatch_metric_alarm', `edge-${name}`),
    ...config,
  })
}

export function serverErrors(distributionId: string) {
  return {
    page: 'server-errors',
    alarmDescription: 'More than 5 % of the requests are answered with a server error',
    namespace: 'AWS/CloudFront',
    metricName: '5xxErrorRate',
    dimensions: { DistributionId: distributionId, Region: 'Global' },
    statistic: 'Average',
    period: 60,
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    threshold: 5,
  }
}

export function certificateRunsOut(certificateArn: string) {
  return {
    page: 'certificate-runs-out',
    alarmDescription:
      'The certificate has less than 30 days, and ACM renews at 60: is its DNS record still there?',
    namespace: 'AWS/CertificateManager',
    metricName: 'DaysToExpiry',
    dimensions: { CertificateArn: certificateArn },
    statistic: 'Minimum',
    // Reported twice a day.
    period: 24 * 3600,
    evaluationPeriods: 1,
    comparisonOperator: 'LessThanThreshold',
    threshold: 30,
  }
}

/** The alarms of the site. Must be in UsEast1, where CloudFront and Route 53 store their metrics. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const siteAlarm = (name: string, config: Omit<AlarmProps, 'alarmName' | 'topicArn'>) =>
      edgeAlarm(this, name, { name, topicArn: props.topicArn, ...config })
    siteAlarm('site-down', {
      page: 'site-down',
      alarmDescription: 'The site does not answer, as seen from several parts of the world',
      namespace: 'AWS/Route53',
      metricName: 'HealthCheckStatus',
      dimensions: { HealthCheckId: props.healthCheckId },
      statistic: 'Minimum',
      period: 60,
      evaluationPeriods: 2,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      // A check without data is disabled or cannot report.
      treatMissingData: 'breaching',
    })
    siteAlarm('server-errors', serverErrors(props.distributionId))
    siteAlarm('certificate-runs-out', certificateRunsOut(props.certificateArn))
    if (props.signedZoneId === undefined) return
    for (const [part, metricName, alarmDescription] of [
      ['signing-fails', 'DNSSECInternalFailure', 'Route 53 cannot sign the public zone'],
      [
        'signing-key',
        'DNSSECKeySigningKeysNeedingAction',
        'Route 53 cannot use the key of the public zone: has its policy changed, or is it disabled?',
      ],
    ] as const) {
      siteAlarm(part, {
        page: 'signing',
        alarmDescription,
        namespace: 'AWS/Route53',
        metricName,
        dimensions: { HostedZoneId: props.signedZoneId },
        statistic: 'Maximum',
        // Reported every four hours.
        period: 4 * 3600,
        evaluationPeriods: 1,
      })
    }
  }
}
