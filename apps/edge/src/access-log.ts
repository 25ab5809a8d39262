import { CloudwatchLogDelivery } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery'
import { CloudwatchLogDeliveryDestination } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination'
import { CloudwatchLogDeliverySource } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-source'
import { resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface AccessLogProps {
  readonly distributionArn: string
  readonly logsBucketArn: string
}

/**
 * Logs every request as JSON to `cloudfront/` in the log bucket. CloudWatch delivers it: CloudFront's legacy
 * logging requires a bucket with ACLs. Must be in UsEast1.
 */
export class AccessLog extends Construct {
  /** For the logs of other distributions. */
  readonly destinationArn: string

  constructor(scope: Construct, id: string, { distributionArn, logsBucketArn }: AccessLogProps) {
    super(scope, id)
    const source = new CloudwatchLogDeliverySource(this, 'source', {
      name: resourceName(this, 'aws_cloudwatch_log_delivery_source', 'cdn'),
      logType: 'ACCESS_LOGS',
      resourceArn: distributionArn,
    })
    const destination = new CloudwatchLogDeliveryDestination(this, 'destination', {
      name: resourceName(this, 'aws_cloudwatch_log_delivery_destination', 'cdn-access-log'),
      outputFormat: 'json',
      // The bucket policy in the data stack allows this prefix. AWS appends AWSLogs/<account>/CloudFront/.
      deliveryDestinationConfiguration: [{ destinationResourceArn: `${logsBucketArn}/cloudfront` }],
    })
    this.destinationArn = destination.arn
    new CloudwatchLogDelivery(this, 'delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
    })
  }
}
