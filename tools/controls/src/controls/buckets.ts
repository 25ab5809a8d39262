import { mustBeReferencedBy } from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { deniesPlainHttp, statementsFor } from '../policies'
import { block, blocks, isSet, valueAt } from '../values'

/** Terraform configures a bucket with separate resources, each of which names it. */
function settingsOf(bucket: Resource, platform: Platform, type: string) {
  return platform.referrers(bucket, type, 'bucket').map(({ values }) => values)
}

export const bucketControls = controlsFor(['aws_s3_bucket'], {
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
})
