import {
  addressAt,
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  soleResource,
} from '@tideway/constructs/testing'
import { edge, outputOf, siteOf } from './fixture'

const json = edge()
const distribution = siteOf(json)
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
    const certificate = resourceAt(json, 'aws_acm_certificate', 'us-east-1/certificate/certificate')
    expect(certificate.domain_name).toBe('test.example')
    const proof = resourceAt(json, 'aws_route53_record', 'us-east-1/certificate/proof')
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
    ]) {
      for (const { provider } of Object.values(resourcesOf(json, type)))
        expect(provider).toBe('aws.us_east_1')
    }
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
    const others = Object.values(
      resourcesOf(edge({}, { priceClass }), 'aws_cloudfront_distribution'),
    )
    expect(others.map(({ price_class }) => price_class)).toEqual([expected, expected, expected])
  })

  it('has Shield Advanced only if switched on', () => {
    expect(resourcesOf(json, 'aws_shield_protection')).toEqual({})
    const shielded = edge({}, { shieldAdvanced: 'on' })
    expect(resourceAt(shielded, 'aws_shield_protection', 'distribution/shield').resource_arn).toBe(
      referenceAt(shielded, 'aws_cloudfront_distribution', 'edge/distribution/distribution', 'arn'),
    )
    expect(Object.keys(resourcesOf(shielded, 'aws_shield_protection'))).toHaveLength(3)
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
    const source = resourceAt(json, 'aws_cloudwatch_log_delivery_source', 'access-log/source')
    const destination = soleResource(json, 'aws_cloudwatch_log_delivery_destination')
    const delivery = resourceAt(json, 'aws_cloudwatch_log_delivery', 'access-log/delivery')
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

describe('the hosts of services', () => {
  const published = (name: string) => outputOf('compute', name).replace('${', '').replace('}', '')
  /** A value with its locals resolved, as an expression of Terraform. */
  const resolved = (value: unknown): string =>
    `${value}`
      .replace(/^\$\{(.*)\}$/, '$1')
      .replace(/local\.([\w-]+)/g, (_, name) => resolved(json.locals?.[name]))
  const kinds = [
    ['http-hosts', 'external_hosts'],
    ['grpc-hosts', 'external_grpc_hosts'],
  ] as const
  const cdnOf = (kind: string) =>
    resourceAt(json, 'aws_cloudfront_distribution', `${kind}/distribution`)

  it('come from compute, whose older states have none', () => {
    expect(json.data?.terraform_remote_state?.compute?.defaults).toEqual({
      external_hosts: [],
      external_grpc_hosts: [],
    })
  })

  it.each(kinds)('have a distribution, with all paths of services: %s', (kind, output) => {
    const cdn = cdnOf(kind)
    const { grpc_config, ...behavior } = cdn.default_cache_behavior
    expect(resolved(cdn.aliases)).toBe(published(output))
    expect(behavior).toEqual(distribution.default_cache_behavior)
    expect(cdn).not.toHaveProperty('ordered_cache_behavior')
    expect(cdn).not.toHaveProperty('default_root_object')
    expect(cdn.origin).toEqual([originOf('services')])
    for (const same of ['web_acl_id', 'http_version', 'price_class', 'restrictions'])
      expect(cdn[same]).toEqual(distribution[same])
  })

  it('accept gRPC only where a service speaks it, because the firewall does not inspect its bodies', () => {
    expect(cdnOf('grpc-hosts').default_cache_behavior.grpc_config).toEqual({ enabled: true })
    for (const cdn of [cdnOf('http-hosts'), distribution])
      expect(cdn.default_cache_behavior).not.toHaveProperty('grpc_config')
  })

  it.each(kinds)('have records, a log and an alarm: %s', (kind, output) => {
    const cdn = (attribute: string) =>
      referenceAt(json, 'aws_cloudfront_distribution', `${kind}/distribution`, attribute).replace(
        /\.(\w+)\}$/,
        '[0].$1}',
      )
    for (const type of ['A', 'AAAA']) {
      const record = resourceAt(json, 'aws_route53_record', `${kind}/${type.toLowerCase()}`)
      expect(resolved(record.for_each)).toBe(`toset(${published(output)})`)
      expect(record).toMatchObject({
        name: '${each.value}',
        type,
        zone_id: outputOf('network', 'public_zone_id'),
        alias: { name: cdn('domain_name'), zone_id: cdn('hosted_zone_id') },
      })
    }
    const source = resourceAt(json, 'aws_cloudwatch_log_delivery_source', `${kind}/log-source`)
    expect(source.resource_arn).toBe(cdn('arn'))
    const alarm = resourceAt(json, 'aws_cloudwatch_metric_alarm', `${kind}/server-errors`)
    expect(alarm.dimensions.DistributionId).toBe(cdn('id'))
  })

  it('have one certificate, validated before CloudFront uses it and replaced after', () => {
    const certificate = resourceAt(json, 'aws_acm_certificate', 'hosts/certificate/certificate')
    expect(certificate).toMatchObject({
      domain_name: '*.test.example',
      lifecycle: { create_before_destroy: true },
    })
    const others = `setsubtract([for host in concat(${published('external_hosts')}, ${published('external_grpc_hosts')}) : replace(host, "/^[^.]+/", "*")], ["*.test.example"])`
    expect(resolved(certificate.subject_alternative_names)).toBe(
      `setunion(["*.test.example"], ${others})`,
    )
    const proof = resourceAt(json, 'aws_route53_record', 'hosts/certificate/proof')
    expect(resolved(proof.for_each)).toBe(`toset(${others})`)
    const validation = 'hosts/certificate/validation'
    expect(resourceAt(json, 'aws_acm_certificate_validation', validation).depends_on).toEqual([
      addressAt(json, 'aws_route53_record', 'us-east-1/certificate/proof'),
      addressAt(json, 'aws_route53_record', 'hosts/certificate/proof'),
    ])
    for (const [kind] of kinds) {
      expect(cdnOf(kind).viewer_certificate.acm_certificate_arn).toBe(
        referenceAt(json, 'aws_acm_certificate_validation', validation, 'certificate_arn').replace(
          '.certificate_arn',
          '[0].certificate_arn',
        ),
      )
    }
  })

  it('create nothing in an environment without any', () => {
    const inHosts = Object.entries(json.resource ?? {}).flatMap(([type, blocks]) =>
      Object.values(blocks)
        .filter((block) => block['//'].metadata.path.includes('/hosts/'))
        .map(({ count, for_each }) => [type, resolved(count ?? for_each)]),
    )
    expect(inHosts).toHaveLength(16)
    for (const [, number] of inHosts) expect(number).toMatch(/^length\(.*\) > 0 \? 1 : 0$|^toset\(/)
  })
})
