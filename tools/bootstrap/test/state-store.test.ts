import { stateLocation } from '@tideway/constructs'
import { resourcesOf, soleResource, testEnvironment } from '@tideway/constructs/testing'
import { arnOf, bootstrap } from './fixture'

const json = bootstrap()
const location = stateLocation(testEnvironment(), 'network')

describe('the state bucket', () => {
  it('is the one that every backend names', () => {
    expect(soleResource(json, 'aws_s3_bucket').bucket).toBe(location.bucket)
    expect(json.terraform.backend.s3.bucket).toBe(location.bucket)
  })

  it('is encrypted with the key that every backend names', () => {
    const alias = soleResource(json, 'aws_kms_alias')
    expect(location.kmsKeyId).toBe(`arn:aws:kms:eu-central-1:123456789012:${alias.name}`)
    const [key] = Object.keys(resourcesOf(json, 'aws_kms_key'))
    expect(alias.target_key_id).toBe(`\${aws_kms_key.${key}.key_id}`)
    const encryption = soleResource(json, 'aws_s3_bucket_server_side_encryption_configuration')
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

  it('keeps every state that was, for a year', () => {
    const versioning = soleResource(json, 'aws_s3_bucket_versioning')
    expect(versioning.versioning_configuration).toEqual({ status: 'Enabled' })
    const { rule } = soleResource(json, 'aws_s3_bucket_lifecycle_configuration')
    expect(rule).toHaveLength(1)
    expect(rule[0].noncurrent_version_expiration).toEqual([{ noncurrent_days: 365 }])
    expect(rule[0]).not.toHaveProperty('expiration')
  })

  it('is closed to the public', () => {
    const [bucket] = Object.keys(resourcesOf(json, 'aws_s3_bucket'))
    expect(soleResource(json, 'aws_s3_bucket_public_access_block')).toMatchObject({
      bucket: `\${aws_s3_bucket.${bucket}.id}`,
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    })
  })

  it.each([true, false])('with protectData %s: prevent_destroy is the same', (protectData) => {
    const tier = bootstrap({}, { protectData })
    for (const type of ['aws_s3_bucket', 'aws_kms_key']) {
      expect(soleResource(tier, type).lifecycle?.prevent_destroy ?? false).toBe(protectData)
    }
  })
})

// Terraform knows a resource by this id. With another id it destroys the old one: the state of
// every stack, or the key that opens it.
describe('what must never be replaced keeps its id', () => {
  it.each([
    ['aws_kms_key', ['state_key_5FD9E39E']],
    ['aws_s3_bucket', ['state_bucket_99469A59']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(json, type))).toEqual(ids)
  })
})
