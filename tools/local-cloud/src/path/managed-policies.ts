import type {
  CachePolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  Selection,
} from './deployed-path'

const none: Selection = { behavior: 'none', names: [] }
const all: Selection = { behavior: 'all', names: [] }
const year = 31_536_000

function whitelist(...names: string[]): Selection {
  return { behavior: 'whitelist', names }
}

function cachePolicy(
  name: string,
  [minTtlSeconds, defaultTtlSeconds, maxTtlSeconds]: readonly [number, number, number],
  isCompressed: boolean,
  key: Partial<CachePolicy> = {},
): CachePolicy {
  return {
    name: `Managed-${name}`,
    minTtlSeconds,
    defaultTtlSeconds,
    maxTtlSeconds,
    headers: none,
    cookies: none,
    queryStrings: none,
    gzip: isCompressed,
    brotli: isCompressed,
    ...key,
  }
}

const optimized = [1, 86_400, year] as const
const originNames = [
  'host',
  'origin',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]
const fromOrigin = { headers: whitelist(...originNames), cookies: all }

/** The cache policies of AWS, by their documented ids. */
export const managedCachePolicies: Readonly<Record<string, CachePolicy>> = {
  '658327ea-f89d-4fab-a63d-7e88639e58f6': cachePolicy('CachingOptimized', optimized, true),
  'b2884449-e4de-46a7-ac36-70bc7f1ddd6d': cachePolicy(
    'CachingOptimizedForUncompressedObjects',
    optimized,
    false,
  ),
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': cachePolicy('CachingDisabled', [0, 0, 0], false),
  '83da9c7e-98b4-4e11-a168-04f0df8e2c65': cachePolicy(
    'UseOriginCacheControlHeaders',
    [0, 0, year],
    true,
    fromOrigin,
  ),
  '4cc15a8a-d715-48a4-82b8-cc0b614638fe': cachePolicy(
    'UseOriginCacheControlHeaders-QueryStrings',
    [0, 0, year],
    true,
    { ...fromOrigin, queryStrings: all },
  ),
}

function originRequestPolicy(name: string, headers: Selection, others = none): OriginRequestPolicy {
  return { name: `Managed-${name}`, headers, cookies: others, queryStrings: others }
}

const viewer: Selection = { behavior: 'allViewer', names: [] }
const exceptHost: Selection = { behavior: 'allExcept', names: ['host'] }
const preflight = ['origin', 'access-control-request-headers', 'access-control-request-method']

/** The origin request policies of AWS, by their documented ids. */
export const managedOriginRequestPolicies: Readonly<Record<string, OriginRequestPolicy>> = {
  '216adef6-5c7f-47e4-b989-5492eafa07d3': originRequestPolicy('AllViewer', viewer, all),
  'b689b0a8-53d0-40ab-baf2-68738e2966ac': originRequestPolicy(
    'AllViewerExceptHostHeader',
    exceptHost,
    all,
  ),
  'acba4595-bd28-49b8-b9fe-13317c0390fa': originRequestPolicy(
    'UserAgentRefererHeaders',
    whitelist('user-agent', 'referer'),
  ),
  '59781a5b-3903-41f3-afcb-af62929ccde1': originRequestPolicy(
    'CORS-CustomOrigin',
    whitelist('origin'),
  ),
  '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf': originRequestPolicy(
    'CORS-S3Origin',
    whitelist(...preflight),
  ),
  'bf0718e1-ba1e-49d1-88b1-f726733018ae': originRequestPolicy('HostHeaderOnly', whitelist('host')),
}

const securityHeaders = [
  { name: 'referrer-policy', value: 'strict-origin-when-cross-origin', override: false },
  { name: 'strict-transport-security', value: 'max-age=31536000', override: false },
  { name: 'x-content-type-options', value: 'nosniff', override: true },
  { name: 'x-frame-options', value: 'SAMEORIGIN', override: false },
  { name: 'x-xss-protection', value: '1; mode=block', override: false },
]

function responsePolicy(name: string, isSecure: boolean, hasCors: boolean): ResponseHeadersPolicy {
  const headers = isSecure ? securityHeaders : []
  return { name: `Managed-${name}`, headers, remove: [], hasCors }
}

/** The response headers policies of AWS, by their documented ids. */
export const managedResponseHeadersPolicies: Readonly<Record<string, ResponseHeadersPolicy>> = {
  '60669652-455b-4ae9-85a4-c4c02393f86c': responsePolicy('SimpleCORS', false, true),
  '5cc3b908-e619-4b99-88e5-2cf7f45965bd': responsePolicy('CORS-With-Preflight', false, true),
  '67f7725c-6f97-4210-82d7-5512b31e9d03': responsePolicy('SecurityHeadersPolicy', true, false),
  'e61eb60c-9c35-4d20-a928-2b84e02af89c': responsePolicy(
    'CORS-and-SecurityHeadersPolicy',
    true,
    true,
  ),
  'eaab4381-ed33-4a86-88ca-d9558dc6cd63': responsePolicy(
    'CORS-with-preflight-and-SecurityHeadersPolicy',
    true,
    true,
  ),
}

export const managedIds: ReadonlySet<string> = new Set(
  [managedCachePolicies, managedOriginRequestPolicies, managedResponseHeadersPolicies].flatMap(
    (policies) => Object.keys(policies),
  ),
)
