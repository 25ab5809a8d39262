import type {
  CachePolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  Selection,
} from './deployed-path'

const none: Selection = { behavior: 'none', names: [] }
const all: Selection = { behavior: 'all', names: [] }

function whitelist(...names: string[]): Selection {
  return { behavior: 'whitelist', names }
}

function cachePolicy(
  name: string,
  [minTtlSeconds, defaultTtlSeconds, maxTtlSeconds]: readonly [number, number, number],
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
    gzip: true,
    brotli: true,
    ...key,
  }
}

const year = 31_536_000
const originHeaders = [
  'host',
  'origin',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
]
const fromOrigin = { headers: whitelist(...originHeaders), cookies: all }

/** The cache policies of AWS, by their documented ids. */
export const managedCachePolicies: Readonly<Record<string, CachePolicy>> = {
  '658327ea-f89d-4fab-a63d-7e88639e58f6': cachePolicy('CachingOptimized', [1, 86_400, year]),
  'b2884449-e4de-46a7-ac36-70bc7f1ddd6d': cachePolicy(
    'CachingOptimizedForUncompressedObjects',
    [1, 86_400, year],
    { gzip: false, brotli: false },
  ),
  '4135ea2d-6df8-44a3-9df3-4b5a84be39ad': cachePolicy('CachingDisabled', [0, 0, 0], {
    gzip: false,
    brotli: false,
  }),
  '08627262-05a9-4f76-9ded-b50ca2e3a84f': cachePolicy('Elemental-MediaPackage', [0, 86_400, year], {
    headers: whitelist('origin'),
    queryStrings: whitelist('aws.manifestfilter', 'start', 'end', 'm'),
    brotli: false,
  }),
  '2e54312d-136d-493c-8eb9-b001f22f67d2': cachePolicy('Amplify', [2, 2, 600], {
    headers: whitelist('authorization', 'cloudfront-viewer-country', 'host'),
    cookies: all,
    queryStrings: all,
  }),
  '83da9c7e-98b4-4e11-a168-04f0df8e2c65': cachePolicy(
    'UseOriginCacheControlHeaders',
    [0, 0, year],
    fromOrigin,
  ),
  '4cc15a8a-d715-48a4-82b8-cc0b614638fe': cachePolicy(
    'UseOriginCacheControlHeaders-QueryStrings',
    [0, 0, year],
    { ...fromOrigin, queryStrings: all },
  ),
}

function originRequestPolicy(
  name: string,
  headers: Selection,
  cookies = none,
  queryStrings = cookies,
): OriginRequestPolicy {
  return { name: `Managed-${name}`, headers, cookies, queryStrings }
}

/** The origin request policies of AWS, by their documented ids. */
export const managedOriginRequestPolicies: Readonly<Record<string, OriginRequestPolicy>> = {
  '216adef6-5c7f-47e4-b989-5492eafa07d3': originRequestPolicy(
    'AllViewer',
    { behavior: 'allViewer', names: [] },
    all,
  ),
  '33f36d7e-f396-46d9-90e0-52428a34d9dc': originRequestPolicy(
    'AllViewerAndCloudFrontHeaders-2022-06',
    {
      behavior: 'allViewerAndWhitelistCloudFront',
      names: [
        'cloudfront-viewer-country',
        'cloudfront-forwarded-proto',
        'cloudfront-viewer-address',
      ],
    },
    all,
  ),
  'b689b0a8-53d0-40ab-baf2-68738e2966ac': originRequestPolicy(
    'AllViewerExceptHostHeader',
    { behavior: 'allExcept', names: ['host'] },
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
    whitelist('origin', 'access-control-request-headers', 'access-control-request-method'),
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

const simpleCors = {
  allowOrigins: ['*'],
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
  override: false,
}

const preflightCors = {
  ...simpleCors,
  allowMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
  exposeHeaders: ['*'],
}

/** The response headers policies of AWS, by their documented ids. */
export const managedResponseHeadersPolicies: Readonly<Record<string, ResponseHeadersPolicy>> = {
  '60669652-455b-4ae9-85a4-c4c02393f86c': policy('SimpleCORS', [], simpleCors),
  '5cc3b908-e619-4b99-88e5-2cf7f45965bd': policy('CORS-With-Preflight', [], preflightCors),
  '67f7725c-6f97-4210-82d7-5512b31e9d03': policy('SecurityHeadersPolicy', securityHeaders),
  'e61eb60c-9c35-4d20-a928-2b84e02af89c': policy(
    'CORS-and-SecurityHeadersPolicy',
    securityHeaders,
    simpleCors,
  ),
  'eaab4381-ed33-4a86-88ca-d9558dc6cd63': policy(
    'CORS-with-preflight-and-SecurityHeadersPolicy',
    securityHeaders,
    preflightCors,
  ),
}

function policy(
  name: string,
  headers: ResponseHeadersPolicy['headers'],
  cors?: ResponseHeadersPolicy['cors'],
): ResponseHeadersPolicy {
  return { name: `Managed-${name}`, headers, remove: [], cors }
}
