import { type Block, blocks, has, hostName, isTrue, number, one, text, texts } from './blocks'
import type {
  Behavior,
  CachePolicy,
  Distribution,
  EdgeFunction,
  Origin,
  OriginRequestPolicy,
  ResponseHeader,
  ResponseHeadersPolicy,
  Selection,
} from './deployed-path'
import {
  managedCachePolicies,
  managedOriginRequestPolicies,
  managedResponseHeadersPolicies,
} from './managed-policies'

/** What behaviors refer to, as CloudFront names it. */
export const policyKinds = [
  'cache_policy',
  'origin_request_policy',
  'response_headers_policy',
] as const

/** The policies and functions of CloudFront, by id and by ARN. */
export interface CdnReferences {
  cachePolicy(id: string): CachePolicy
  originRequestPolicy(id: string): OriginRequestPolicy
  responseHeadersPolicy(id: string): ResponseHeadersPolicy
  /** The source of a function. */
  code(functionArn: string): string | undefined
}

/**
 * @param configs of the policies that AWS does not manage, by their ids
 * @param code of the functions, by their ARNs
 */
export function cdnReferences(
  configs: ReadonlyMap<string, Block>,
  code: ReadonlyMap<string, string>,
): CdnReferences {
  const policies =
    <Policy>(managed: Readonly<Record<string, Policy>>, read: (config: Block) => Policy) =>
    (id: string) =>
      managed[id] ?? read(configs.get(id) ?? { name: id })
  return {
    cachePolicy: policies(managedCachePolicies, cachePolicyOf),
    originRequestPolicy: policies(managedOriginRequestPolicies, originRequestPolicyOf),
    responseHeadersPolicy: policies(managedResponseHeadersPolicies, responseHeadersPolicyOf),
    code: (arn) => code.get(arn),
  }
}

/** Of the origins without settings of their own, which are buckets. */
export function originDomains(distributions: readonly Distribution[]): string[] {
  return distributions.flatMap(({ origins }) =>
    origins.filter(({ custom }) => custom === undefined).map(({ domainName }) => domainName),
  )
}

/** @param config as GetDistribution returns it, or as synthesized */
export function distributionOf(
  config: Block,
  identity: Pick<Distribution, 'id' | 'arn' | 'domainName'>,
  references: CdnReferences,
): Distribution {
  const certificate = one(config.viewer_certificate)
  const geo = one(one(config.restrictions).geo_restriction)
  const geoType = text(geo.restriction_type) ?? 'none'
  const behavior = (value: unknown) => behaviorOf(one(value), references)
  return {
    ...identity,
    domainName: hostName(identity.domainName),
    isEnabled: isTrue(config.enabled),
    aliases: texts(config.aliases).map(hostName),
    certificateArn: text(certificate.acm_certificate_arn),
    defaultRootObject: text(config.default_root_object),
    behaviors: blocks(config.cache_behaviors ?? config.ordered_cache_behavior).map(behavior),
    defaultBehavior: behavior(config.default_cache_behavior),
    origins: blocks(config.origins ?? config.origin).map(originOf),
    errorResponses: blocks(config.custom_error_responses ?? config.custom_error_response).map(
      (each) => ({
        status: number(each.error_code, 0),
        responseStatus: text(each.response_code) ? number(each.response_code, 200) : undefined,
        responsePath: text(each.response_page_path),
        ttlSeconds: number(each.error_caching_min_ttl, 10),
      }),
    ),
    webAclArn: text(config.web_acl_id),
    geoRestriction:
      geoType === 'none'
        ? undefined
        : { type: geoType as 'whitelist', countries: texts(geo.locations ?? geo) },
  }
}

function behaviorOf(block: Block, references: CdnReferences): Behavior {
  const methods = one(block.allowed_methods)
  const cached = block.cached_methods ?? methods.cached_methods
  const headersPolicy = text(block.response_headers_policy_id)
  return {
    pathPattern: text(block.path_pattern) ?? '*',
    originId: String(block.target_origin_id),
    viewerProtocolPolicy: (text(block.viewer_protocol_policy) ??
      'allow-all') as Behavior['viewerProtocolPolicy'],
    allowedMethods: or(texts(block.allowed_methods), ['GET', 'HEAD']),
    cachedMethods: or(texts(cached), ['GET', 'HEAD']),
    ...requestPoliciesOf(block, references),
    responseHeadersPolicy:
      headersPolicy === undefined ? undefined : references.responseHeadersPolicy(headersPolicy),
    functions: [
      ...blocks(block.function_associations ?? block.function_association),
      ...blocks(block.lambda_function_associations ?? block.lambda_function_association),
    ].map((each) => functionOf(each, references)),
  }
}

function or(given: readonly string[], whenEmpty: readonly string[]): readonly string[] {
  return given.length > 0 ? given : whenEmpty
}

function functionOf(block: Block, references: CdnReferences): EdgeFunction {
  const arn = String(block.function_arn ?? block.lambda_function_arn ?? block.lambda_arn)
  const name = arn.split(/[:/]function[:/]/).at(-1) ?? arn
  return { name, event: String(block.event_type), code: references.code(arn) }
}

/** In place of policies, which are not run here. */
export const forwardedValues = 'forwarded values'

function requestPoliciesOf(block: Block, references: CdnReferences) {
  const cachePolicy = text(block.cache_policy_id)
  const originRequestPolicy = text(block.origin_request_policy_id)
  return {
    cachePolicy:
      cachePolicy === undefined
        ? { ...cachePolicyOf({ name: forwardedValues }), maxTtlSeconds: 0 }
        : references.cachePolicy(cachePolicy),
    originRequestPolicy:
      originRequestPolicy === undefined
        ? undefined
        : references.originRequestPolicy(originRequestPolicy),
  }
}

function selectionOf(value: unknown, kind: 'header' | 'cookie' | 'query_string'): Selection {
  const config = one(value)
  const behavior = (text(config[`${kind}_behavior`]) ?? 'none') as Selection['behavior']
  return { behavior, names: texts(config[`${kind}s`]) }
}

function selectionsOf(config: Block) {
  return {
    headers: selectionOf(config.headers_config, 'header'),
    cookies: selectionOf(config.cookies_config, 'cookie'),
    queryStrings: selectionOf(config.query_strings_config, 'query_string'),
  }
}

export function cachePolicyOf(config: Block): CachePolicy {
  const parameters = one(config.parameters_in_cache_key_and_forwarded_to_origin)
  return {
    name: String(config.name),
    minTtlSeconds: number(config.min_ttl, 0),
    defaultTtlSeconds: number(config.default_ttl, 86_400),
    maxTtlSeconds: number(config.max_ttl, 31_536_000),
    ...selectionsOf(parameters),
    gzip: isTrue(parameters.enable_accept_encoding_gzip),
    brotli: isTrue(parameters.enable_accept_encoding_brotli),
  }
}

export function originRequestPolicyOf(config: Block): OriginRequestPolicy {
  return { name: String(config.name), ...selectionsOf(config) }
}

export function responseHeadersPolicyOf(config: Block): ResponseHeadersPolicy {
  const custom = blocks(one(config.custom_headers_config))
  return {
    name: String(config.name),
    headers: [
      ...securityHeaders(one(config.security_headers_config)),
      ...custom.map(({ header, value, override }) => ({
        name: String(header).toLowerCase(),
        value: String(value ?? ''),
        override: isTrue(override),
      })),
    ],
    remove: blocks(one(config.remove_headers_config)).map(({ header }) =>
      String(header).toLowerCase(),
    ),
    hasCors: has(config.cors_config),
  }
}

function securityHeaders(config: Block): ResponseHeader[] {
  const header = (name: string, key: string, valueFrom: (settings: Block) => string) => {
    const settings = one(config[key])
    if (!has(config[key])) return []
    return [{ name, value: valueFrom(settings), override: isTrue(settings.override) }]
  }
  return [
    ...header('content-security-policy', 'content_security_policy', (each) =>
      String(each.content_security_policy),
    ),
    ...header('x-content-type-options', 'content_type_options', () => 'nosniff'),
    ...header('x-frame-options', 'frame_options', ({ frame_option }) => String(frame_option)),
    ...header('referrer-policy', 'referrer_policy', (each) => String(each.referrer_policy)),
    ...header('strict-transport-security', 'strict_transport_security', (each) =>
      [
        `max-age=${each.access_control_max_age_sec}`,
        ...(isTrue(each.include_subdomains) ? ['includeSubDomains'] : []),
        ...(isTrue(each.preload) ? ['preload'] : []),
      ].join('; '),
    ),
    ...header('x-xss-protection', 'xss_protection', (each) =>
      isTrue(each.protection)
        ? [
            '1',
            ...(isTrue(each.mode_block) ? ['mode=block'] : []),
            ...(text(each.report_uri) ? [`report=${each.report_uri}`] : []),
          ].join('; ')
        : '0',
    ),
  ]
}

function originOf(block: Block): Origin {
  const custom = one(block.custom_origin_config)
  const headers = blocks(block.custom_headers ?? block.custom_header)
  return {
    id: String(block.id ?? block.origin_id),
    domainName: hostName(String(block.domain_name)),
    path: text(block.origin_path) ?? '',
    customHeaders: Object.fromEntries(
      headers.map((each) => [
        String(each.header_name ?? each.name).toLowerCase(),
        String(each.header_value ?? each.value),
      ]),
    ),
    ...(has(block.custom_origin_config) && {
      custom: {
        protocolPolicy: (text(custom.origin_protocol_policy) ?? 'http-only') as 'http-only',
        httpPort: number(custom.http_port, 80),
        httpsPort: number(custom.https_port, 443),
        readTimeoutSeconds: number(custom.origin_read_timeout, 30),
      },
    }),
    accessControlId: text(block.origin_access_control_id),
  }
}
