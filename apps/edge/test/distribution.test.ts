import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  soleResource,
} from '@tideway/constructs/testing'
import { edge, outputOf } from './fixture'

const json = edge()
const distribution = soleResource(json, 'aws_cloudfront_distribution')
const originOf = (id: string): Block =>
  distribution.origin.find(({ origin_id }: Block) => origin_id === id)
const behaviors: Block[] = [
  distribution.default_cache_behavior,
  ...distribution.ordered_cache_behavior,
]

describe('the distribution', () => {
  it('serves the domain with a current TLS policy and an issued certificate', () => {
    expect(distribution.aliases).toEqual(['test.example'])
    expect(distribution.viewer_certificate).toEqual({
      acm_certificate_arn: referenceAt(
        json,
        'aws_acm_certificate_validation',
        'us-east-1/certificate/validation',
        'certificate_arn',
      ),
      ssl_support_method: 'sni-only',
      minimum_protocol_version: 'TLSv1.2_2021',
    })
    const certificate = soleResource(json, 'aws_acm_certificate')
    expect(certificate.domain_name).toBe('test.example')
    const proof = resourceAt(json, 'aws_route53_record', 'certificate/proof')
    expect(proof.zone_id).toBe(outputOf('network', 'public_zone_id'))
  })

  it('is protected by its firewall', () => {
    const path = 'us-east-1/firewall/acl'
    expect(distribution.web_acl_id).toBe(referenceAt(json, 'aws_wafv2_web_acl', path, 'arn'))
    const acl = resourceAt(json, 'aws_wafv2_web_acl', path)
    expect(acl.scope).toBe('CLOUDFRONT')
    expect(acl.rule[0].statement.rate_based_statement).toMatchObject({
      limit: 1500,
      aggregate_key_type: 'IP',
    })
  })

  it('creates everything that CloudFront requires in us-east-1, in every region', () => {
    for (const type of [
      'aws_acm_certificate',
      'aws_acm_certificate_validation',
      'aws_wafv2_web_acl',
    ])
      expect(soleResource(json, type).provider).toBe('aws.us_east_1')
    const providers = json.provider?.aws?.map(({ alias, region }) => [alias, region])
    expect(providers).toEqual([
      [undefined, 'eu-central-1'],
      ['us_east_1', 'us-east-1'],
    ])
  })

  it('redirects every viewer to HTTPS', () => {
    expect(behaviors.map((behavior) => behavior.viewer_protocol_policy)).toEqual(
      behaviors.map(() => 'redirect-to-https'),
    )
  })

  it.each([
    ['PriceClass_100', 'PriceClass_100'],
    ['PriceClass_All', 'PriceClass_All'],
  ] as const)('is served from the edge locations of its settings: %s', (priceClass, expected) => {
    const other = soleResource(edge({}, { priceClass }), 'aws_cloudfront_distribution')
    expect(other.price_class).toBe(expected)
  })

  it('has Shield Advanced only if switched on', () => {
    expect(resourcesOf(json, 'aws_shield_protection')).toEqual({})
    const shielded = edge({}, { shieldAdvanced: 'on' })
    expect(soleResource(shielded, 'aws_shield_protection').resource_arn).toBe(
      referenceAt(shielded, 'aws_cloudfront_distribution', 'distribution/distribution', 'arn'),
    )
  })
})

describe('the assets', () => {
  const paths: Block[] = distribution.ordered_cache_behavior

  it('come from their bucket with origin access control', () => {
    expect(originOf('assets')).toEqual({
      origin_id: 'assets',
      domain_name: outputOf('data', 'assets_bucket_domain_name'),
      origin_access_control_id: referenceAt(
        json,
        'aws_cloudfront_origin_access_control',
        'distribution/assets-access',
      ),
    })
    expect(soleResource(json, 'aws_cloudfront_origin_access_control')).toMatchObject({
      origin_access_control_origin_type: 's3',
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
    })
  })

  it('have their paths, including the front page', () => {
    const patterns = paths.map(({ path_pattern }) => path_pattern)
    expect(patterns).toContain('/assets/*')
    // CloudFront may match the path before or after it applies the default root object: both must work.
    expect(patterns).toEqual(expect.arrayContaining(['/', `/${distribution.default_root_object}`]))
    for (const { target_origin_id, allowed_methods, compress } of paths) {
      expect([target_origin_id, compress]).toEqual(['assets', true])
      expect(allowed_methods).toEqual(['GET', 'HEAD', 'OPTIONS'])
    }
  })

  it('are cached, independently of cookies', () => {
    // Managed-CachingOptimized
    for (const { cache_policy_id, origin_request_policy_id } of paths) {
      expect(cache_policy_id).toBe('658327ea-f89d-4fab-a63d-7e88639e58f6')
      expect(origin_request_policy_id).toBeUndefined()
    }
  })
})

describe('the services', () => {
  it('get all other requests, complete and uncached', () => {
    expect(distribution.default_cache_behavior).toMatchObject({
      target_origin_id: 'services',
      allowed_methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
      cache_policy_id: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // Managed-CachingDisabled
      origin_request_policy_id: '216adef6-5c7f-47e4-b989-5492eafa07d3', // Managed-AllViewer
    })
  })

  it('are reached over TLS, by the certificate name of the load balancer', () => {
    expect(originOf('services').domain_name).toBe(outputOf('compute', 'origin_host_name'))
    expect(originOf('services').custom_origin_config).toMatchObject({
      https_port: 443,
      origin_protocol_policy: 'https-only',
      origin_ssl_protocols: ['TLSv1.2'],
    })
  })

  it('receive the secret header that the load balancer requires', () => {
    const [[id, secret] = ['', {} as Block], ...others] = Object.entries(
      json.data?.aws_secretsmanager_secret_version ?? {},
    )
    expect(others).toEqual([])
    expect(secret.secret_id).toBe(outputOf('compute', 'origin_secret_arn'))
    // In the region of the environment, not in us-east-1.
    expect(secret.provider).toBeUndefined()
    expect(originOf('services').custom_header).toEqual([
      {
        name: outputOf('compute', 'origin_header_name'),
        value: `\${data.aws_secretsmanager_secret_version.${id}.secret_string}`,
      },
    ])
  })

  it('have a longer idle timeout than the CDN', () => {
    // The default idle timeout of a load balancer is 60 seconds.
    expect(originOf('services').custom_origin_config.origin_keepalive_timeout).toBeLessThan(60)
  })
})

describe('every response', () => {
  const policy = soleResource(json, 'aws_cloudfront_response_headers_policy')
  const security = policy.security_headers_config

  it('has the security headers', () => {
    const id = referenceAt(
      json,
      'aws_cloudfront_response_headers_policy',
      'distribution/response-headers/policy',
    )
    expect(behaviors.map((behavior) => behavior.response_headers_policy_id)).toEqual(
      behaviors.map(() => id),
    )
  })

  it('enforces HSTS, also if the service sends its own header', () => {
    expect(security.strict_transport_security).toEqual({
      access_control_max_age_sec: 31_536_000,
      include_subdomains: true,
      preload: true,
      override: true,
    })
    expect(security.content_type_options).toEqual({ override: true })
  })

  it('has a default content security policy that the service can override', () => {
    const { content_security_policy, override } = security.content_security_policy
    expect(override).toBe(false)
    expect(content_security_policy.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'self'", "frame-ancestors 'none'"]),
    )
    expect(security.frame_options).toEqual({ frame_option: 'DENY', override: false })
  })

  it('hides server software', () => {
    expect(policy.remove_headers_config.items).toEqual([
      { header: 'server' },
      { header: 'x-powered-by' },
    ])
  })
})

describe('the access log', () => {
  it('is delivered to the prefix of CloudFront in the log bucket', () => {
    const source = soleResource(json, 'aws_cloudwatch_log_delivery_source')
    const destination = soleResource(json, 'aws_cloudwatch_log_delivery_destination')
    const delivery = soleResource(json, 'aws_cloudwatch_log_delivery')
    expect(source).toMatchObject({
      log_type: 'ACCESS_LOGS',
      resource_arn: referenceAt(
        json,
        'aws_cloudfront_distribution',
        'distribution/distribution',
        'arn',
      ),
    })
    expect(destination.delivery_destination_configuration).toEqual([
      { destination_resource_arn: `${outputOf('data', 'logs_bucket_arn')}/cloudfront` },
    ])
    expect(delivery).toMatchObject({
      delivery_source_name: referenceAt(
        json,
        'aws_cloudwatch_log_delivery_source',
        'access-log/source',
        'name',
      ),
      delivery_destination_arn: referenceAt(
        json,
        'aws_cloudwatch_log_delivery_destination',
        'access-log/destination',
        'arn',
      ),
    })
    for (const block of [source, destination, delivery])
      expect(block.provider).toBe('aws.us_east_1')
  })
})
