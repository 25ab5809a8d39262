import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket'
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration'
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls'
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy'
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block'
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration'
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning'
import { Construct } from 'constructs'
import { type PolicyStatement, policyDocument } from './iam'
import { bucketName } from './names'
import { tidewayStackOf } from './tideway-stack'

export interface PrivateBucketProps {
  /** The part of its name that tells what it holds. */
  readonly contents: string
  /**
   * The KMS key that new objects are encrypted with.
   * @default a key of S3's own, for the few services that can write to no other
   */
  readonly keyArn?: string
  /**
   * Of its policy, beside the rule that refuses plain HTTP. `bucket` is the ARN to name.
   * @default only principals of this account reach it, as their IAM policies allow
   */
  readonly statements?: (bucket: string) => readonly PolicyStatement[]
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

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const bucket = new S3Bucket(this, 'bucket', {
      bucket: bucketName(environment, props.contents, this.node.path),
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
    const statements = [
      // An emulator on this machine is reached over plain HTTP, and would refuse everything.
      ...(environment.endpoints === 'emulator' ? [] : [tlsOnly(bucket.arn)]),
      ...(props.statements?.(bucket.arn) ?? []),
    ]
    this.name = bucket.id
    if (statements.length > 0) {
      // Named by its policy, the bucket is used only once the policy lets others use it.
      this.name = new S3BucketPolicy(this, 'policy', {
        bucket: bucket.id,
        policy: policyDocument(...statements),
        // S3 refuses two changes of a bucket's access at once.
        dependsOn: [access],
      }).bucket
    }
    this.arn = bucket.arn
    this.domainName = bucket.bucketRegionalDomainName
  }
}

function tlsOnly(bucket: string): PolicyStatement {
  return {
    Sid: 'TlsOnly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucket, `${bucket}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  }
}
