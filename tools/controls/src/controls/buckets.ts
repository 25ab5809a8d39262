import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'
import { inEachStatement, mustBeReferencedBy, ownPolicy } from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { deniesPlainHttp, includesAnyone, isUnconditional, statementsFor } from '../policies'
import { block, blocks, isOn, isSet, valueAt } from '../values'

/** Terraform configures a bucket with separate resources, each of which names it. */
function settingsOf(bucket: Resource, platform: Platform, type: string) {
  return platform.referrers(bucket, type, 'bucket').map(({ values }) => values)
}

/** Actions that hand a bucket over to another account. */
const takeovers = [
  's3:DeleteBucketPolicy',
  's3:PutBucketAcl',
  's3:PutBucketPolicy',
  's3:PutEncryptionConfiguration',
  's3:PutObjectAcl',
]

const blocksPublicAccess = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
]

export const bucketControls = [
  ...controlsFor(['aws_s3_bucket'], {
    CKV_AWS_145: {
      title: 'Buckets are encrypted with a customer managed key',
      check: (bucket, platform) =>
        !settingsOf(bucket, platform, 'aws_s3_bucket_server_side_encryption_configuration')
          .flatMap((values) => blocks(values, 'rule'))
          .map((rule) => block(rule, 'apply_server_side_encryption_by_default'))
          .some(
            (encryption) =>
              String(encryption?.sse_algorithm).startsWith('aws:kms') &&
              isSet(encryption?.kms_master_key_id),
          ) && 'encrypted with the key of S3',
    },
    CKV_AWS_21: {
      title: 'Buckets have versioning',
      check: (bucket, platform) =>
        !settingsOf(bucket, platform, 'aws_s3_bucket_versioning').some(
          (values) => valueAt(values, 'versioning_configuration.status') === 'Enabled',
        ) && 'versioning is not enabled',
    },
    'FSBP S3.5': {
      title: 'Buckets deny plain HTTP',
      check: (bucket, platform) =>
        !statementsFor(bucket, platform, 'aws_s3_bucket_policy', 'bucket').some((statement) =>
          deniesPlainHttp(statement, 's3:GetObject'),
        ) && 'no statement denies aws:SecureTransport false',
    },
    CKV_AWS_18: {
      title: 'Buckets have access logs, except those that store access logs',
      appliesTo: (bucket, platform) =>
        platform.referrers(bucket, 'aws_s3_bucket_logging', 'target_bucket').length === 0,
      check: mustBeReferencedBy('aws_s3_bucket_logging', 'bucket'),
    },
    CKV2_AWS_6: {
      title: 'Buckets block public access',
      check: (bucket, platform) =>
        !settingsOf(bucket, platform, 'aws_s3_bucket_public_access_block').some((values) =>
          blocksPublicAccess.every((name) => isOn(values[name])),
        ) && `no aws_s3_bucket_public_access_block with ${blocksPublicAccess.join(', ')}`,
    },
    CKV2_AWS_65: {
      title: 'Buckets ignore access control lists',
      check: (bucket, platform) =>
        !settingsOf(bucket, platform, 'aws_s3_bucket_ownership_controls').some(
          (values) => valueAt(values, 'rule.object_ownership') === 'BucketOwnerEnforced',
        ) && 'object_ownership is not BucketOwnerEnforced',
    },
    CKV2_AWS_61: {
      title: 'Buckets have a lifecycle configuration',
      check: mustBeReferencedBy('aws_s3_bucket_lifecycle_configuration', 'bucket'),
    },
  }),
  ...controlsFor(['aws_s3_bucket_lifecycle_configuration'], {
    CKV_AWS_300: {
      title: 'Buckets remove incomplete uploads',
      check: ({ values }) =>
        !blocks(values, 'rule').some(
          (rule) =>
            rule.status === 'Enabled' &&
            !isSet(rule.prefix) &&
            !isSet(valueAt(rule, 'filter.prefix')) &&
            isSet(valueAt(rule, 'abort_incomplete_multipart_upload.days_after_initiation')),
        ) && 'no rule for all objects has abort_incomplete_multipart_upload',
    },
  }),
  ...controlsFor(['aws_s3_bucket_policy'], {
    CKV_AWS_70: {
      title: 'Bucket policies are not public',
      check: inEachStatement(
        ownPolicy,
        (statement) => statement.isAllow && includesAnyone(statement) && 'anyone is allowed',
      ),
    },
    CKV_AWS_93: {
      title: 'Bucket policies do not lock out the account',
      check: inEachStatement(
        ownPolicy,
        (statement) =>
          !statement.isAllow &&
          includesAnyone(statement) &&
          isUnconditional(statement) &&
          statement.actions.some((pattern) => likeIgnoringCase(pattern, 's3:PutBucketPolicy')) &&
          'nobody can change it',
      ),
    },
    'FSBP S3.6': {
      title: 'Bucket policies do not let accounts take the bucket over',
      check: inEachStatement(ownPolicy, ({ isAllow, principals, actions, notActions }) => {
        if (!isAllow || !isSet(principals.AWS ?? principals['*'])) return false
        const allowed = takeovers.filter((action) => {
          const matches = (pattern: string) => likeIgnoringCase(pattern, action)
          return notActions.length > 0 ? !notActions.some(matches) : actions.some(matches)
        })
        return allowed.length > 0 && `other principals may call ${allowed.join(', ')}`
      }),
    },
  }),
]
