import type { Control } from '../control'
import type { Platform, Resource } from '../platform'
import { block, blocks, isSet, statementsOf } from '../values'

const bucket = ['aws_s3_bucket']

/** The resources that configure a bucket. */
function about(resource: Resource, platform: Platform, type: string): Resource[] {
  return platform.about(resource, type, 'bucket')
}

function takesLogs(resource: Resource, platform: Platform): boolean {
  return platform.about(resource, 'aws_s3_bucket_logging', 'target_bucket').length > 0
}

export const bucketControls: readonly Control[] = [
  {
    id: 'CKV_AWS_145',
    requires: 'Buckets are encrypted with a customer managed key',
    types: bucket,
    fault: (resource, platform) => {
      const rules = about(
        resource,
        platform,
        'aws_s3_bucket_server_side_encryption_configuration',
      ).flatMap(({ values }) => blocks(values, 'rule'))
      const defaults = rules.map((rule) => block(rule, 'apply_server_side_encryption_by_default'))
      return (
        !defaults.some(
          (encryption) =>
            String(encryption?.sse_algorithm).startsWith('aws:kms') &&
            isSet(encryption?.kms_master_key_id),
        ) && 'encrypted with the key of S3'
      )
    },
  },
  {
    id: 'CKV_AWS_21',
    requires: 'Buckets have versioning',
    types: bucket,
    fault: (resource, platform) =>
      !about(resource, platform, 'aws_s3_bucket_versioning').some(
        ({ values }) => block(values, 'versioning_configuration')?.status === 'Enabled',
      ) && 'no versions',
  },
  {
    id: 'FSBP S3.5',
    requires: 'Buckets deny plain HTTP',
    types: bucket,
    fault: (resource, platform) => {
      const statements = about(resource, platform, 'aws_s3_bucket_policy').flatMap(
        ({ values }) => statementsOf(values.policy) ?? [],
      )
      return (
        !statements.some(
          ({ isAllow, principals, conditions }) =>
            !isAllow &&
            Object.values(principals).flat().includes('*') &&
            String(block(conditions, 'Bool')?.['aws:SecureTransport']) === 'false',
        ) && 'no statement denies aws:SecureTransport false'
      )
    },
  },
  {
    id: 'CKV_AWS_18',
    requires: 'Buckets have access logs, except log buckets',
    types: bucket,
    where: (resource, platform) => !takesLogs(resource, platform),
    fault: (resource, platform) =>
      about(resource, platform, 'aws_s3_bucket_logging').length === 0 &&
      'no aws_s3_bucket_logging names it',
  },
]
