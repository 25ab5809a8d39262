import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging'
import { EncryptionKey, type KeyService, PrivateBucket, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { LogBucket } from './log-bucket'

export interface AssetsProps {
  readonly logs: LogBucket
}

/** The bucket of static assets. Only CloudFront reads it. */
export class Assets extends Construct {
  readonly bucket: PrivateBucket
  readonly keyArn: string

  constructor(scope: Construct, id: string, { logs }: AssetsProps) {
    super(scope, id)
    const { account, name } = tidewayStackOf(this).environment
    // Any distribution of this account: the one of the edge stack does not exist yet.
    const cloudfront: KeyService = {
      principal: 'cloudfront.amazonaws.com',
      condition: { ArnLike: { 'aws:SourceArn': `arn:aws:cloudfront::${account}:distribution/*` } },
    }
    const key = new EncryptionKey(this, 'key', {
      name: 'assets',
      description: `Static assets of ${name}`,
      services: [cloudfront],
    })
    this.bucket = new PrivateBucket(this, 'bucket', {
      contents: 'assets',
      keyArn: key.arn,
      noncurrentDays: 90,
      statements: (arn) => [
        {
          Sid: 'CloudFrontReads',
          Principal: { Service: cloudfront.principal },
          Action: 's3:GetObject',
          Resource: `${arn}/*`,
          Condition: cloudfront.condition,
        },
      ],
    })
    new S3BucketLoggingA(this, 'access-log', {
      bucket: this.bucket.name,
      targetBucket: logs.bucket.name,
      targetPrefix: logs.assetsPrefix,
    })
    this.keyArn = key.arn
  }
}
