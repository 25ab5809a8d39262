import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging'
import { EncryptionKey, PrivateBucket, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** The bucket with the state of every stack, its key, and a bucket with its access log. */
export class StateStore extends Construct {
  readonly bucketArn: string
  readonly keyArn: string
  readonly logBucketArn: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { account } = environment
    this.keyArn = new EncryptionKey(this, 'key', {
      // `stateLocation` uses this name.
      name: 'state',
      description: `Terraform state of ${environment.name}`,
    }).arn
    const bucket = new PrivateBucket(this, 'bucket', {
      contents: 'state',
      keyArn: this.keyArn,
      // A year of versions, to restore the state before any deploy.
      noncurrentDays: 365,
    })
    // With the key of S3, because S3 cannot deliver logs with another one.
    const log = new PrivateBucket(this, 'log', {
      contents: 'state-log',
      noncurrentDays: 30,
      expireDays: 365,
      statements: (arn) => [
        {
          Sid: 'S3Writes',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Resource: `${arn}/*`,
          Condition: {
            StringEquals: { 'aws:SourceAccount': account },
            ArnLike: { 'aws:SourceArn': bucket.arn },
          },
        },
      ],
    })
    new S3BucketLoggingA(this, 'access-log', {
      bucket: bucket.name,
      targetBucket: log.name,
      targetPrefix: '',
    })
    this.bucketArn = bucket.arn
    this.logBucketArn = log.arn
  }
}
