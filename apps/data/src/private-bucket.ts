import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket'
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration'
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls'
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy'
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block'
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration'
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning'
import {
  nameOf,
  type PolicyStatement,
  policyDocument,
  type TidewayStack,
} from '@tideway/constructs'
import { Construct } from 'constructs'

export interface PrivateBucketProps {
  /** The part of its name that tells what it holds. */
  readonly holds: string
  /**
   * The KMS key that new objects are encrypted with.
   * @default a key of S3's own, for the few services that can write to no other
   */
  readonly keyArn?: string
  /** Beside the rule that refuses plain HTTP. `bucket` and `objects` are the ARNs to name. */
  readonly statements: (bucket: string, objects: string) => readonly PolicyStatement[]
  /** After how many days an object that was replaced or deleted is gone for good. */
  readonly noncurrentDays: number
  /** @default objects stay until somebody deletes them */
  readonly expireDays?: number
}

/** A bucket that nobody outside reaches, over TLS only, with versions, encryption and a limit to how long versions stay. */
export class PrivateBucket extends Construct {
  readonly name: string
  readonly arn: string
  readonly domainName: string

  constructor(stack: TidewayStack, id: string, props: PrivateBucketProps) {
    super(stack, id)
    const { environment } = stack
    const bucket = new S3Bucket(this, 'bucket', {
      bucket: nameOf(
        environment,
        'aws_s3_bucket',
        `${props.holds}-${environment.account}`,
        this.node.path,
      ),
      forceDestroy: !environment.protectData,
      lifecycle: { preventDestroy: environment.protectData },
    })
    const access = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    })
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: bucket.id,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    })
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    })
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: bucket.id,
      rule: [
        props.keyArn === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }
          : {
              applyServerSideEncryptionByDefault: {
                sseAlgorithm: 'aws:kms',
                kmsMasterKeyId: props.keyArn,
              },
              bucketKeyEnabled: true,
            },
      ],
    })
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: bucket.id,
      rule: [
        {
          id: 'clean-up',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrentVersionExpiration: [{ noncurrentDays: props.noncurrentDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
          ...(props.expireDays !== undefined && { expiration: [{ days: props.expireDays }] }),
        },
      ],
      // The rule speaks of versions, so they must be on before it.
      dependsOn: [versioning],
    })
    new S3BucketPolicy(this, 'policy', {
      bucket: bucket.id,
      policy: policyDocument(
        {
          Sid: 'TlsOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:*',
          Resource: [bucket.arn, `${bucket.arn}/*`],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        ...props.statements(bucket.arn, `${bucket.arn}/*`),
      ),
      // S3 refuses two changes of a bucket's access at once.
      dependsOn: [access],
    })
    this.name = bucket.id
    this.arn = bucket.arn
    this.domainName = bucket.bucketRegionalDomainName
  }
}
