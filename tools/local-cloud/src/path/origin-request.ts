import type { Behavior, Origin } from './deployed-path'
import { normalizedEncoding, selectCookies, selectQuery, selects } from './edge-cache'
import type { ParsedRequest } from './listener-rules'
import { connectionHeaders } from './load-balancer'
import { viewerCountry } from './request'

/** An address of CloudFront, in its prefix list. */
export const cloudFrontIp = '130.176.0.1'

/** Headers that CloudFront removes, or replaces with its own. */
const removed = new Set([
  ...connectionHeaders,
  'accept-encoding',
  'cookie',
  'expect',
  'upgrade',
  'user-agent',
  'host',
  'via',
  'x-amz-cf-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-real-ip',
])

/** Headers that CloudFront forwards without a policy. */
const automatic = new Set([
  'content-length',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'transfer-encoding',
])

/** Adds the headers of the origin request to `headers`, by the policies of the behavior. */
export function originHeaders(
  request: ParsedRequest,
  behavior: Behavior,
  origin: Origin,
  id: string,
  headers: Record<string, string>,
): Record<string, string> {
  const { cachePolicy, originRequestPolicy: policy } = behavior
  const { headers: viewer } = request
  const mayHaveBody = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  for (const name in viewer) {
    if (removed.has(name) || name.startsWith('x-edge-')) continue
    if (
      automatic.has(name) ||
      isForwarded(behavior, name) ||
      (mayHaveBody && name === 'authorization')
    ) {
      headers[name] = viewer[name] ?? ''
    }
  }
  const added = [...cachePolicy.headers.names, ...(policy?.headers.names ?? [])]
  for (const name of added) {
    const value = cloudFrontHeaders[name]?.(request)
    if (value !== undefined && isForwarded(behavior, name)) headers[name] = value
  }
  const cookies = union(
    policy && selectCookies(policy.cookies, viewer.cookie),
    selectCookies(cachePolicy.cookies, viewer.cookie),
    '; ',
  )
  if (cookies !== '') headers.cookie = cookies
  if (cachePolicy.gzip || cachePolicy.brotli) {
    const encoding = normalizedEncoding(viewer['accept-encoding'], cachePolicy.brotli)
    if (encoding !== '') headers['accept-encoding'] = encoding
  } else if (isForwarded(behavior, 'accept-encoding') && viewer['accept-encoding'] !== undefined) {
    headers['accept-encoding'] = viewer['accept-encoding']
  }
  const before = viewer['x-forwarded-for']
  headers['x-forwarded-for'] = before ? `${before}, ${request.clientIp}` : request.clientIp
  headers['user-agent'] =
    (isForwarded(behavior, 'user-agent') && viewer['user-agent']) || 'Amazon CloudFront'
  headers.host = isForwarded(behavior, 'host') ? request.host : origin.domainName
  headers.via = `${viewer.via ? `${viewer.via}, ` : ''}1.1 ${id.slice(0, 32)}.cloudfront.net (CloudFront)`
  headers['x-amz-cf-id'] = id
  // A custom header replaces that of a viewer.
  return Object.assign(headers, origin.customHeaders)
}

function isForwarded({ cachePolicy, originRequestPolicy }: Behavior, name: string): boolean {
  return (
    (originRequestPolicy !== undefined && selects(originRequestPolicy.headers, name)) ||
    selects(cachePolicy.headers, name)
  )
}

/** The path for the origin, with the selected query string. */
export function originTarget(
  request: ParsedRequest,
  pathname: string,
  { cachePolicy, originRequestPolicy }: Behavior,
  origin: Origin,
): string {
  const query = union(
    originRequestPolicy && selectQuery(originRequestPolicy.queryStrings, request),
    selectQuery(cachePolicy.queryStrings, request),
    '&',
  )
  const path = `${origin.path}${pathname}`
  return query === '' ? path : `${path}?${query}`
}

/** What either policy selects, once. */
function union(one: string | undefined, other: string, separator: string): string {
  if (!one || one === other) return other
  if (other === '') return one
  const parts = one.split(separator)
  return [...parts, ...other.split(separator).filter((part) => !parts.includes(part))].join(
    separator,
  )
}

const cloudFrontHeaders: Readonly<
  Record<string, ((request: ParsedRequest) => string) | undefined>
> = {
  'cloudfront-viewer-country': () => viewerCountry,
  'cloudfront-forwarded-proto': ({ scheme }) => scheme,
  'cloudfront-viewer-address': ({ clientIp }) => `${clientIp}:443`,
}
