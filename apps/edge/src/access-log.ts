import { CloudwatchLogDelivery } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery'
import { CloudwatchLogDeliveryDestination } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination'
import { CloudwatchLogDeliverySource } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-source'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface AccessLogProps {
  readonly distributionArn: string
  readonly logsBucketArn: string
}

/**
 * Every request, as JSON, into `cloudfront/` of the log bucket. Delivered by CloudWatch: the older way of
 * CloudFront's own needs a bucket that others may own objects in. Must stand in UsEast1.
 */
export class AccessLog extends Construct {
  constructor(scope: Construct, id: string, { distributionArn, logsBucketArn }: AccessLogProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const source = new CloudwatchLogDeliverySource(this, 'source', {
      name: nameOf(environment, 'aws_cloudwatch_log_delivery_source', 'cdn', this.node.path),
      logType: 'ACCESS_LOGS',
      resourceArn: distributionArn,
    })
    const destination = new CloudwatchLogDeliveryDestination(this, 'destination', {
      name: nameOf(
        environment,
        'aws_cloudwatch_log_delivery_destination',
        'cdn-access-log',
        this.node.path,
      ),
      outputFormat: 'json',
      // Where CloudFront may write, the data stack decides. AWS adds AWSLogs/<account>/CloudFront/ to it.
      deliveryDestinationConfiguration: [{ destinationResourceArn: `${logsBucketArn}/cloudfront` }],
    })
    new CloudwatchLogDelivery(this, 'delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
    })
  }
}
