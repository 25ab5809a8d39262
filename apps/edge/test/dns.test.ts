import {
  type Block,
  isProtected,
  referenceAt,
  resourceAt,
  resourcesOf,
  servicesOf,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { edge, outputOf, siteOf } from './fixture'

const json = edge()
const publicZone = outputOf('network', 'public_zone_id')
const site = (attribute: string) =>
  referenceAt(json, 'aws_cloudfront_distribution', 'distribution/distribution', attribute)

describe('the name of the site', () => {
  it.each(['A', 'AAAA'])('points to the distribution: %s', (type) => {
    expect(resourceAt(json, 'aws_route53_record', `records/${type.toLowerCase()}`)).toMatchObject({
      zone_id: publicZone,
      name: 'test.example',
      type,
      alias: { name: site('domain_name'), zone_id: site('hosted_zone_id') },
    })
  })
})

describe('the health check', () => {
  it('requests a path of the site that reaches a service', () => {
    expect(soleResource(json, 'aws_route53_health_check')).toMatchObject({
      type: 'HTTPS',
      fqdn: 'test.example',
      port: 443,
      resource_path: '/health',
      enable_sni: true,
    })
    const paths = siteOf(json).ordered_cache_behavior.map(({ path_pattern }: Block) => path_pattern)
    expect(paths).not.toContain('/health')
    expect(paths).not.toContain('/*')
  })
})

describe('the query log', () => {
  const group = referenceAt(json, 'aws_cloudwatch_log_group', 'query-log/group', 'arn')

  it('stores queries of the public zone, encrypted, with a retention', () => {
    expect(soleResource(json, 'aws_route53_query_log')).toMatchObject({
      zone_id: publicZone,
      cloudwatch_log_group_arn: group,
    })
    expect(resourceAt(json, 'aws_cloudwatch_log_group', 'query-log/group')).toMatchObject({
      name: '/aws/route53/test.example',
      retention_in_days: 30,
      kms_key_id: referenceAt(json, 'aws_kms_key', 'monitoring/key/key', 'arn'),
      provider: 'aws.us_east_1',
    })
  })

  it('can be written by Route 53 for this zone only', () => {
    const policy = soleResource(json, 'aws_cloudwatch_log_resource_policy')
    expect(statementsOf(policy.policy_document)).toEqual([
      {
        Sid: 'Route53Writes',
        Effect: 'Allow',
        Principal: { Service: 'route53.amazonaws.com' },
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: `${group}:*`,
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012' },
          ArnLike: { 'aws:SourceArn': `arn:aws:route53:::hostedzone/${publicZone}` },
        },
      },
    ])
    const [policyId] = Object.keys(resourcesOf(json, 'aws_cloudwatch_log_resource_policy'))
    expect(soleResource(json, 'aws_route53_query_log').depends_on).toEqual([
      `aws_cloudwatch_log_resource_policy.${policyId}`,
    ])
  })
})

describe('the signing of the zone', () => {
  const key = resourceAt(json, 'aws_kms_key', 'zone-signing/key')

  it('has a key of the kind and in the region that Route 53 requires', () => {
    expect(key).toMatchObject({
      customer_master_key_spec: 'ECC_NIST_P256',
      key_usage: 'SIGN_VERIFY',
      provider: 'aws.us_east_1',
    })
    expect(soleResource(json, 'aws_route53_key_signing_key')).toMatchObject({
      hosted_zone_id: publicZone,
      key_management_service_arn: referenceAt(json, 'aws_kms_key', 'zone-signing/key', 'arn'),
      name: 'tideway_test',
    })
  })

  it('allows Route 53 of this account to sign only', () => {
    const ofThisAccount = {
      StringEquals: { 'aws:SourceAccount': '123456789012' },
      ArnLike: { 'aws:SourceArn': 'arn:aws:route53:::hostedzone/*' },
    }
    const grants = servicesOf(key).map(({ Principal, Action, Condition }) => {
      expect(Principal).toEqual({ Service: 'dnssec-route53.amazonaws.com' })
      return [Action, Condition]
    })
    expect(grants).toEqual([
      [['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign'], ofThisAccount],
      ['kms:CreateGrant', { ...ofThisAccount, Bool: { 'kms:GrantIsForAWSResource': 'true' } }],
    ])
  })

  it('is enabled after the key exists and disabled before its deletion', () => {
    expect(soleResource(json, 'aws_route53_hosted_zone_dnssec').hosted_zone_id).toBe(
      referenceAt(
        json,
        'aws_route53_key_signing_key',
        'zone-signing/signing-key',
        'hosted_zone_id',
      ),
    )
  })

  it.each([true, false])('has a protected key if data is protected (%s)', (protectData) => {
    const other = resourceAt(edge({ protectData }), 'aws_kms_key', 'zone-signing/key')
    expect(isProtected(other)).toBe(protectData)
  })

  it('is omitted with its alarms if switched off', () => {
    const plain = edge({}, { dnssec: 'off' })
    const types = Object.keys(plain.resource ?? {})
    expect(types.filter((type) => /dnssec|signing_key/.test(type))).toEqual([])
    expect(plain.output?.zone_ds_record?.value).toBe('')
    const alarms = (stack: typeof json) =>
      Object.keys(resourcesOf(stack, 'aws_cloudwatch_metric_alarm'))
    expect(alarms(json).length - alarms(plain).length).toBe(2)
  })
})
