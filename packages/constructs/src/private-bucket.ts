import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket'
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration'
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls'
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy'
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block'
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration'
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { type PolicyStatement, policyDocument } from './iam'
import { bucketName } from './names'
import { tidewayStackOf } from './tideway-stack'
import { tlsOnly } from './tls-only'

export interface PrivateBucketProps {
  /** What the bucket stores, as a part of its name. */
  readonly contents: string
  /**
   * The KMS key that new objects are encrypted with.
   * @default S3's own key, for services that support no other
   */
  readonly keyArn?: string
  /**
   * Policy statements besides the one that denies plain HTTP, for the ARN of the bucket.
   * @default none: only principals of this account, within their IAM policies
   */
  readonly statements?: (bucket: string) => readonly PolicyStatement[]
  /** Days until a replaced or deleted object is removed permanently. */
  readonly noncurrentDays: number
  /** Days until an object expires. @default objects do not expire */
  readonly expireDays?: number
  /** What is destroyed after the bucket. @default nothing */
  readonly dependsOn?: ITerraformDependable[]
}

/** A bucket without public access: TLS only, encrypted, versioned, with a limit to the age of old versions. */
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
      ...(props.dependsOn && { dependsOn: props.dependsOn }),
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
      // The rule applies to versions, so versioning must be enabled first.
      dependsOn: [versioning],
    })
    const statements = [
      ...tlsOnly(this, 's3:*', [bucket.arn, `${bucket.arn}/*`]),
      ...(props.statements?.(bucket.arn) ?? []),
    ]
    this.name = bucket.id
    if (statements.length > 0) {
      // A reference through the policy: users of the bucket are created after its policy.
      this.name = new S3BucketPolicy(this, 'policy', {
        bucket: bucket.id,
        policy: policyDocument(...statements),
        // S3 rejects concurrent changes of a bucket's access settings.
        dependsOn: [access],
      }).bucket
    }
    this.arn = bucket.arn
    this.domainName = bucket.bucketRegionalDomainName
  }
}
