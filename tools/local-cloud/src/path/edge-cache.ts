import type { CachePolicy, ErrorResponse, Selection } from './deployed-path'
import { argumentsOf } from './firewall-fields'
import type { ParsedRequest } from './listener-rules'
import { headerOf, type PathResponse } from './request'

interface Entry {
  readonly response: PathResponse
  readonly storedAt: number
  expiresAt: number
}

const maxEntries = 2000
const maxBodyBytes = 1_048_576

/** The cache of a distribution. */
export class EdgeCache {
  private readonly entries = new Map<string, Entry>()

  /** @returns a response that has not expired, with its age */
  find(key: string, now: number): PathResponse | undefined {
    if (this.entries.size === 0) return undefined
    const entry = this.entries.get(key)
    if (entry === undefined || entry.expiresAt <= now) return undefined
    return aged(entry, now)
  }

  /** A response that may have expired, for an origin that fails. It serves until the origin is tried again. */
  findStale(key: string, now: number, retrySeconds: number): PathResponse | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined || entry.response.status >= 400) return undefined
    entry.expiresAt = now + retrySeconds * 1000
    return aged(entry, now)
  }

  store(key: string, response: PathResponse, now: number, ttlSeconds: number): void {
    this.entries.delete(key)
    if (ttlSeconds <= 0 || response.body.length > maxBodyBytes) return
    if (this.entries.size >= maxEntries) {
      const [oldest] = this.entries.keys()
      if (oldest !== undefined) this.entries.delete(oldest)
    }
    this.entries.set(key, { response, storedAt: now, expiresAt: now + ttlSeconds * 1000 })
  }
}

function aged({ response, storedAt }: Entry, now: number): PathResponse {
  const age = String(Math.floor((now - storedAt) / 1000))
  return { ...response, headers: { ...response.headers, age } }
}

/** What distinguishes responses: the path, and the parts of a request that the policy names. */
export function cacheKey(
  { headers, cookies, queryStrings, gzip, brotli }: CachePolicy,
  request: ParsedRequest,
): string {
  // A HEAD finds the response of a GET.
  let key = request.method === 'OPTIONS' ? `OPTIONS ${request.pathname}` : request.pathname
  if (queryStrings.behavior !== 'none') key += `?${selectQuery(queryStrings, request)}`
  if (gzip || brotli) key += `\n${normalizedEncoding(request.headers['accept-encoding'], brotli)}`
  for (const name of headers.names) {
    key += `\n${name}:${name === 'host' ? request.host : (headerOf(request.headers, name) ?? '')}`
  }
  if (cookies.behavior !== 'none') key += `\n${selectCookies(cookies, request.headers.cookie)}`
  return key
}

/** The value of Accept-Encoding that the key has and the origin receives. */
export function normalizedEncoding(header: string | undefined, brotli: boolean): string {
  const accepted = (header ?? '').split(',').map((part) => part.trim().split(';')[0])
  return ['br', 'gzip']
    .filter((encoding) => (encoding === 'gzip' || brotli) && accepted.includes(encoding))
    .join(',')
}

export function selects({ behavior, names }: Selection, name: string): boolean {
  switch (behavior) {
    case 'none':
      return false
    case 'whitelist':
      return names.includes(name)
    case 'allExcept':
      return !names.includes(name)
    default:
      return true
  }
}

/** The query string with the selected parameters. */
export function selectQuery(selection: Selection, request: ParsedRequest): string {
  if (selection.behavior === 'all' || request.query === '') return request.query
  if (selection.behavior === 'none') return ''
  return argumentsOf(request)
    .filter(([name]) => selects(selection, name))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join('&')
}

export function selectCookies(selection: Selection, cookies: string | undefined): string {
  if (cookies === undefined || selection.behavior === 'none') return ''
  if (selection.behavior === 'all') return cookies
  return cookies
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => selects(selection, cookie.split('=')[0] ?? ''))
    .join('; ')
}

/** Errors that are cached, those only if the origin gives them an age, and those that the origin may exclude. */
const cachedErrors = [404, 414, 500, 501, 502, 503, 504]
const cachedErrorsWithAge = [400, 403, 405, 412, 415]
const cachedErrorsUnlessExcluded = [404, 414, 501]
const cachedWithoutAge = [200, 203, 204, 300, 301, 308, 410]
const defaultErrorTtlSeconds = 10

export function errorTtl(status: number, responses: readonly ErrorResponse[]): number {
  return responses.find((one) => one.status === status)?.ttlSeconds ?? defaultErrorTtlSeconds
}

/** How long a response of the origin is cached. */
export function timeToLive(
  { status, headers }: PathResponse,
  policy: CachePolicy,
  errors: readonly ErrorResponse[],
  now: number,
): number {
  const { minTtlSeconds, maxTtlSeconds, defaultTtlSeconds } = policy
  // As with the managed policy CachingDisabled: not even errors are cached.
  if (maxTtlSeconds === 0) return 0
  const age = originAge(headers, now)
  const isExcluded = /no-store|no-cache|private/i.test(headers['cache-control'] ?? '')
  if (status >= 400 && status !== 410) {
    const isCached =
      (cachedErrors.includes(status) ||
        (age !== undefined && cachedErrorsWithAge.includes(status))) &&
      !(isExcluded && cachedErrorsUnlessExcluded.includes(status))
    return isCached ? Math.max(errorTtl(status, errors), Math.min(age ?? 0, maxTtlSeconds)) : 0
  }
  if (isExcluded) return minTtlSeconds
  if (age !== undefined) return Math.min(Math.max(age, minTtlSeconds), maxTtlSeconds)
  return cachedWithoutAge.includes(status) ? Math.max(defaultTtlSeconds, minTtlSeconds) : 0
}

function originAge(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const control = headers['cache-control'] ?? ''
  const age = /s-maxage=(\d+)/i.exec(control) ?? /(?<!s-)max-?age=(\d+)/i.exec(control)
  if (age !== null) return Number(age[1])
  const expires = Date.parse(headers.expires ?? '')
  return Number.isNaN(expires) ? undefined : Math.max(0, (expires - now) / 1000)
}
