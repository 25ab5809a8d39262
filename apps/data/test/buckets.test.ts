import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  statementsOf,
} from '@tideway/constructs/testing'
import { addressAt, dataTier, isProtected, keyRef, servicesOf } from './fixture'

const json = dataTier({ logRetentionDays: 90 })
const bucketAt = (name: string, tier: Synthesized = json) =>
  resourceAt(tier, 'aws_s3_bucket', `${name}/bucket/bucket`)
const arnOf = (name: string) => referenceAt(json, 'aws_s3_bucket', `${name}/bucket/bucket`, 'arn')

/** The only resource of a type for a bucket. */
function settingOf(name: string, type: string): Block {
  const bucket = referenceAt(json, 'aws_s3_bucket', `${name}/bucket/bucket`)
  const found = Object.values(resourcesOf(json, type)).filter((block) => block.bucket === bucket)
  expect(found).toHaveLength(1)
  return found[0] ?? {}
}

function allowsOf(name: string): Block[] {
  return statementsOf(settingOf(name, 'aws_s3_bucket_policy').policy).filter(
    ({ Effect }) => Effect !== 'Deny',
  )
}

describe.each(['assets', 'logs'])('the %s bucket', (name) => {
  it('has a globally unique name', () => {
    expect(bucketAt(name).bucket).toBe(`tideway-test-${name}-123456789012`)
  })

  it('blocks public access', () => {
    expect(settingOf(name, 'aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    })
  })

  it('keeps versions', () => {
    expect(settingOf(name, 'aws_s3_bucket_versioning').versioning_configuration).toEqual({
      status: 'Enabled',
    })
  })

  it('enforces bucket ownership of all objects', () => {
    expect(settingOf(name, 'aws_s3_bucket_ownership_controls').rule).toEqual({
      object_ownership: 'BucketOwnerEnforced',
    })
  })

  it('denies plain HTTP', () => {
    const policy = settingOf(name, 'aws_s3_bucket_policy').policy
    const denies = statementsOf(policy).filter(({ Effect }) => Effect === 'Deny')
    expect(denies).toEqual([
      expect.objectContaining({
        Principal: '*',
        Action: 's3:*',
        Resource: [arnOf(name), `${arnOf(name)}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ])
  })

  it('gets its policy after the public access block, because S3 rejects both at once', () => {
    expect(settingOf(name, 'aws_s3_bucket_policy').depends_on).toContain(
      addressAt(json, 'aws_s3_bucket_public_access_block', `${name}/bucket/public-access`),
    )
  })

  it('has a lifecycle that depends on versioning', () => {
    expect(settingOf(name, 'aws_s3_bucket_lifecycle_configuration').depends_on).toContain(
      addressAt(json, 'aws_s3_bucket_versioning', `${name}/bucket/versioning`),
    )
  })

  it.each([true, false])('is protected, or emptied and destroyed (protectData %s)', (protect) => {
    const bucket = bucketAt(name, dataTier({ protectData: protect }))
    expect(isProtected(bucket)).toBe(protect)
    expect(bucket.force_destroy).toBe(!protect)
  })
})

const distributionsOfThisAccount = {
  ArnLike: { 'aws:SourceArn': 'arn:aws:cloudfront::123456789012:distribution/*' },
}

describe('the assets bucket', () => {
  it('is encrypted with its own key and a bucket key', () => {
    expect(settingOf('assets', 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      {
        apply_server_side_encryption_by_default: {
          sse_algorithm: 'aws:kms',
          kms_master_key_id: keyRef(json, 'assets'),
        },
        bucket_key_enabled: true,
      },
    ])
  })

  it('can be read by CloudFront of this account only', () => {
    expect(allowsOf('assets')).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 's3:GetObject',
        Resource: `${arnOf('assets')}/*`,
        Condition: distributionsOfThisAccount,
      }),
    ])
  })

  it('has a key that CloudFront of this account can use', () => {
    const services = servicesOf(resourceAt(json, 'aws_kms_key', 'assets/key/key'))
    expect(services).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: expect.arrayContaining(['kms:Decrypt']),
        Condition: distributionsOfThisAccount,
      }),
    ])
  })

  it('keeps objects, and old versions for a limited time', () => {
    const { rule } = settingOf('assets', 'aws_s3_bucket_lifecycle_configuration')
    expect(rule).toHaveLength(1)
    expect(rule[0]).not.toHaveProperty('expiration')
    expect(rule[0].status).toBe('Enabled')
    expect(rule[0].noncurrent_version_expiration).toEqual([{ noncurrent_days: 90 }])
  })

  it('has an access log in the log bucket', () => {
    const [logging, ...others] = Object.values(resourcesOf(json, 'aws_s3_bucket_logging'))
    expect(others).toEqual([])
    expect(logging?.bucket).toBe(
      referenceAt(json, 'aws_s3_bucket_policy', 'assets/bucket/policy', 'bucket'),
    )
    // A reference to the bucket policy: the log bucket is used only after its policy exists.
    expect(logging?.target_bucket).toBe(
      referenceAt(json, 'aws_s3_bucket_policy', 'logs/bucket/policy', 'bucket'),
    )
    expect(logging?.target_prefix).toBe('s3/assets/')
  })
})

describe('the log bucket', () => {
  it("is encrypted with S3's own key, which all log writers support", () => {
    expect(settingOf('logs', 'aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ])
  })

  it('keeps logs for the retention of the environment', () => {
    const { rule } = settingOf('logs', 'aws_s3_bucket_lifecycle_configuration')
    expect(rule).toHaveLength(1)
    expect(rule[0].status).toBe('Enabled')
    expect(rule[0].filter).toEqual([{ prefix: '' }])
    expect(rule[0].expiration).toEqual([{ days: 90 }])
  })

  it('accepts logs of three AWS services of this account, each under its prefixes', () => {
    const ofAccount = { 'aws:SourceAccount': '123456789012' }
    const grants = allowsOf('logs').map(({ Principal, Action, Resource, Condition }) => [
      Principal,
      Action,
      Resource.replace(arnOf('logs'), ''),
      Condition?.StringEquals,
    ])
    expect(grants).toEqual([
      [
        { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
        's3:PutObject',
        // Load balancers send no source account: the path contains it.
        '/alb/*/AWSLogs/123456789012/*',
        undefined,
      ],
      ...['/s3/assets/*', '/s3/services/*'].map((path) => [
        { Service: 'logging.s3.amazonaws.com' },
        's3:PutObject',
        path,
        ofAccount,
      ]),
      [
        { Service: 'delivery.logs.amazonaws.com' },
        's3:PutObject',
        '/cloudfront/AWSLogs/123456789012/CloudFront/*',
        { ...ofAccount, 's3:x-amz-acl': 'bucket-owner-full-control' },
      ],
    ])
  })

  it('has the statement that AWS adds for CloudFront, which so adds no other', () => {
    const [delivery] = allowsOf('logs').filter(
      ({ Principal }) => Principal.Service === 'delivery.logs.amazonaws.com',
    )
    expect(delivery).toMatchObject({
      Sid: 'AWSLogDeliveryWrite1',
      Condition: {
        ArnLike: {
          // The source of the edge stack: CloudFront delivers from us-east-1.
          'aws:SourceArn': 'arn:aws:logs:us-east-1:123456789012:delivery-source:tideway-test-cdn',
        },
      },
    })
  })

  it('allows S3 to write the access log of the assets', () => {
    const [write] = allowsOf('logs').filter(
      ({ Principal }) => Principal.Service === 'logging.s3.amazonaws.com',
    )
    const allowed = write?.Resource.replace(/\*$/, '')
    const [logging] = Object.values(resourcesOf(json, 'aws_s3_bucket_logging'))
    expect(`${arnOf('logs')}/${logging?.target_prefix}`.startsWith(allowed)).toBe(true)
  })
})
