import {
  bucketName,
  nameOf,
  type PolicyStatement,
  PrivateBucket,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'

/**
 * Stores the access logs of load balancers (`alb/`), CloudFront (`cloudfront/`) and S3 (`s3/`).
 * Load balancers and S3 can write only to buckets that use S3's own key.
 */
export class LogBucket extends Construct {
  readonly bucket: PrivateBucket
  /** Prefix of the access log of the assets bucket. */
  readonly assetsPrefix = 's3/assets/'

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { account, logRetentionDays } = environment
    const deliverySource = nameOf(environment, 'aws_cloudwatch_log_delivery_source', 'cdn', id)
    this.bucket = new PrivateBucket(this, 'bucket', {
      contents: 'logs',
      noncurrentDays: 30,
      expireDays: logRetentionDays,
      statements: (arn): PolicyStatement[] => [
        {
          Sid: 'LoadBalancersWrite',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
          Action: 's3:PutObject',
          // The account in the path excludes load balancers of other accounts.
          Resource: `${arn}/alb/*/AWSLogs/${account}/*`,
        },
        {
          Sid: 'S3Writes',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/${this.assetsPrefix}*`,
          Condition: {
            StringEquals: { 'aws:SourceAccount': account },
            ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${bucketName(environment, 'assets', id)}` },
          },
        },
        {
          Sid: 'S3WritesForServices',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/s3/services/*`,
          Condition: {
            StringEquals: { 'aws:SourceAccount': account },
            // The buckets of services, which the compute stack creates later.
            ArnLike: { 'aws:SourceArn': `arn:aws:s3:::tideway-${environment.name}-*-${account}` },
          },
        },
        {
          // As AWS writes it: where the statement is missing, a user who may change the policy makes AWS append it
          // when the edge starts the delivery, and Terraform would then remove it.
          Sid: 'AWSLogDeliveryWrite1',
          Principal: { Service: 'delivery.logs.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/cloudfront/AWSLogs/${account}/CloudFront/*`,
          Condition: {
            StringEquals: {
              's3:x-amz-acl': 'bucket-owner-full-control',
              'aws:SourceAccount': account,
            },
            // The delivery source of the edge stack. CloudFront delivers from us-east-1.
            ArnLike: {
              'aws:SourceArn': `arn:aws:logs:us-east-1:${account}:delivery-source:${deliverySource}`,
            },
          },
        },
      ],
    })
  }
}
