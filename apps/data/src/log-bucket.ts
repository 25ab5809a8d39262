import { PrivateBucket, tidewayStackOf } from '@tideway/constructs'
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
    const { account, logRetentionDays } = tidewayStackOf(this).environment
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': account } }
    this.bucket = new PrivateBucket(this, 'bucket', {
      contents: 'logs',
      noncurrentDays: 30,
      expireDays: logRetentionDays,
      statements: (arn) => [
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
          Condition: ofThisAccount,
        },
        {
          Sid: 'CloudFrontWrites',
          Principal: { Service: 'delivery.logs.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/cloudfront/*`,
          Condition: {
            StringEquals: {
              'aws:SourceAccount': account,
              's3:x-amz-acl': 'bucket-owner-full-control',
            },
          },
        },
      ],
    })
  }
}
