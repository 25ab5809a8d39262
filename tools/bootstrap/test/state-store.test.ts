import { stateLocation } from '@tideway/constructs'
import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  soleResource,
  statementsOf,
  testEnvironment,
} from '@tideway/constructs/testing'
import { arnOf, bootstrap } from './fixture'

const json = bootstrap()
/** The resource of a type that configures the state bucket or its log bucket. */
const settingOf = (part: 'bucket' | 'log', type: string, synthesized: Synthesized = json): Block =>
  resourceAt(
    synthesized,
    type,
    `state/${part}/${type === 'aws_s3_bucket' ? 'bucket' : partOf[type]}`,
  )

const partOf: Record<string, string> = {
  aws_s3_bucket_server_side_encryption_configuration: 'encryption',
  aws_s3_bucket_versioning: 'versioning',
  aws_s3_bucket_lifecycle_configuration: 'lifecycle',
  aws_s3_bucket_public_access_block: 'public-access',
  aws_s3_bucket_policy: 'policy',
}

const location = stateLocation(testEnvironment(), 'network')

describe('the state bucket', () => {
  it('is the one that every backend names', () => {
    expect(settingOf('bucket', 'aws_s3_bucket').bucket).toBe(location.bucket)
    expect(json.terraform.backend.s3.bucket).toBe(location.bucket)
  })

  it('is encrypted with the key that every backend names', () => {
    const alias = soleResource(json, 'aws_kms_alias')
    expect(location.kmsKeyId).toBe(`arn:aws:kms:eu-central-1:123456789012:${alias.name}`)
    const [key] = Object.keys(resourcesOf(json, 'aws_kms_key'))
    expect(alias.target_key_id).toBe(`\${aws_kms_key.${key}.key_id}`)
    const encryption = settingOf('bucket', 'aws_s3_bucket_server_side_encryption_configuration')
    expect(encryption.rule).toEqual([
      {
        apply_server_side_encryption_by_default: {
          sse_algorithm: 'aws:kms',
          kms_master_key_id: arnOf(json, 'aws_kms_key'),
        },
        bucket_key_enabled: true,
      },
    ])
  })

  it('keeps old versions of states for a year', () => {
    const versioning = settingOf('bucket', 'aws_s3_bucket_versioning')
    expect(versioning.versioning_configuration).toEqual({ status: 'Enabled' })
    const { rule } = settingOf('bucket', 'aws_s3_bucket_lifecycle_configuration')
    expect(rule).toHaveLength(1)
    expect(rule[0].noncurrent_version_expiration).toEqual([{ noncurrent_days: 365 }])
    expect(rule[0]).not.toHaveProperty('expiration')
  })

  it('is closed to the public', () => {
    expect(settingOf('bucket', 'aws_s3_bucket_public_access_block')).toMatchObject({
      bucket: referenceAt(json, 'aws_s3_bucket', 'state/bucket/bucket'),
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    })
  })

  it.each([true, false])('has prevent_destroy according to protectData: %s', (protectData) => {
    const synthesized = bootstrap({}, { protectData })
    for (const block of [
      settingOf('bucket', 'aws_s3_bucket', synthesized),
      soleResource(synthesized, 'aws_kms_key'),
    ])
      expect(block.lifecycle?.prevent_destroy ?? false).toBe(protectData)
  })

  it('has an access log in a bucket that only S3 writes', () => {
    expect(soleResource(json, 'aws_s3_bucket_logging')).toMatchObject({
      bucket: referenceAt(json, 'aws_s3_bucket_policy', 'state/bucket/policy', 'bucket'),
      target_bucket: referenceAt(json, 'aws_s3_bucket_policy', 'state/log/policy', 'bucket'),
    })
    const allows = statementsOf(settingOf('log', 'aws_s3_bucket_policy').policy).filter(
      ({ Effect }) => Effect === 'Allow',
    )
    expect(allows).toEqual([
      expect.objectContaining({
        Principal: { Service: 'logging.s3.amazonaws.com' },
        Action: 's3:PutObject',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012' },
          ArnLike: { 'aws:SourceArn': arnOf(json, 'aws_s3_bucket') },
        },
      }),
    ])
  })
})

// Terraform identifies a resource by this id. With another id it destroys the old one: the state of every stack, or
// the key that decrypts it.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    ['aws_kms_key', ['state_key_5FD9E39E']],
    ['aws_s3_bucket', ['state_bucket_99469A59', 'state_log_bucket_0633B042']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(json, type))).toEqual(ids)
  })
})
