import { askBucket, isBucketName } from './bucket-origin'
import { forwardedValues } from './cdn-blocks'
import type { Behavior, Bucket, Certificate, Distribution, Origin } from './deployed-path'
import { cacheKey, type EdgeCache, errorTtl, timeToLive } from './edge-cache'
import { ViewerFunction } from './edge-functions'
import type { Firewall } from './firewall'
import { headersExceed, type ParsedRequest, parsed } from './listener-rules'
import type { BalancerPath, ConnectionFailure } from './load-balancer'
import type { Caller, Network } from './network'
import { cloudFrontIp, originHeaders, originTarget } from './origin-request'
import { hostMatches, type Matcher, normalizedPath, wildcard } from './patterns'
import { type PathProblem, type PathRequest, type PathResponse, viewerCountry } from './request'
import { applyResponsePolicy } from './response-headers'
import { answer, cloudFrontPage, Ids, noConnection, onResponse } from './responses'
import type { Finished, Routed } from './routed'

export interface DistributionParts {
  readonly network: Network
  readonly certificates: ReadonlyMap<string, Certificate>
  /** By the name of the load balancer in DNS, and by its ARN. */
  readonly balancers: ReadonlyMap<string, BalancerPath>
  readonly buckets: readonly Bucket[]
  readonly random: { next(): number }
  readonly cache: EdgeCache
}

interface CompiledBehavior {
  readonly behavior: Behavior
  readonly matches: Matcher
  readonly origin: Origin | undefined
  readonly name: string
  readonly requestFunction: ViewerFunction | undefined
  readonly responseFunction: ViewerFunction | undefined
}

/** A request on its way through a behavior. */
interface Passage extends Pick<CompiledBehavior, 'behavior' | 'name'> {
  readonly request: ParsedRequest
  readonly origin: Origin
  /** Undefined: not cached. */
  readonly key: string | undefined
  readonly id: string
  readonly now: number
  readonly weight: number
}

const connectSeconds = 30
const maxUrlBytes = 8192
const maxRequestBytes = 32_768

/** A distribution of CloudFront. */
export class DistributionPath {
  /** Functions that do not run here. */
  readonly notRun: PathProblem[] = []
  private readonly behaviors: readonly CompiledBehavior[]
  private readonly connections = new Map<string, ConnectionFailure | undefined>()
  private readonly part: string
  private readonly ids: Ids

  constructor(
    readonly distribution: Distribution,
    private readonly firewall: Firewall | undefined,
    private readonly parts: DistributionParts,
  ) {
    this.ids = new Ids(parts.random, 56)
    this.part = `distribution ${distribution.aliases[0] ?? distribution.id}`
    const all = [...distribution.behaviors, distribution.defaultBehavior]
    this.behaviors = all.map((behavior) => this.compileBehavior(behavior))
  }

  private compileBehavior(behavior: Behavior): CompiledBehavior {
    const name = `behavior ${behavior.pathPattern}`
    const functions = behavior.functions.flatMap((each) => {
      const compiled = ViewerFunction.compile(each)
      if (typeof compiled !== 'string') return compiled
      this.notRun.push({ part: `${name} of ${this.part}`, message: compiled })
      return []
    })
    const { cachePolicy, responseHeadersPolicy } = behavior
    const settings = [
      ...(cachePolicy.name === forwardedValues ? [forwardedValues] : []),
      ...(responseHeadersPolicy?.hasCors
        ? [`headers for cross-origin requests, of policy ${responseHeadersPolicy.name},`]
        : []),
    ]
    for (const each of settings) {
      const message = `${each} do not run here`
      this.notRun.push({ part: `${name} of ${this.part}`, message })
    }
    return {
      behavior,
      matches: wildcard(behavior.pathPattern.replace(/^(?![/*])/, '/')),
      origin: this.distribution.origins.find(({ id }) => id === behavior.originId),
      name,
      requestFunction: functions.find(({ event }) => event === 'viewer-request'),
      responseFunction: functions.find(({ event }) => event === 'viewer-response'),
    }
  }

  route(request: PathRequest, now: number, weight: number): Routed {
    const received = parsed(request)
    const inserted: Record<string, string> = {}
    const refused = this.checkViewer(received) ?? this.inspect(received, now, weight, inserted)
    const id = this.ids.next()
    const behavior = this.behaviorOf(received.pathname)
    if (refused !== undefined) {
      return onResponse(refused, (finished) => this.toViewer(behavior, received, id, finished))
    }
    const routed = this.throughBehavior(behavior, received, inserted, { id, now, weight })
    return onResponse(routed, (finished) => this.toViewer(behavior, received, id, finished))
  }

  private checkViewer(request: ParsedRequest): Routed | undefined {
    const { geoRestriction, certificateArn } = this.distribution
    const { scheme, host } = request
    const certificate = this.parts.certificates.get(certificateArn ?? '')
    if (scheme === 'https' && certificate !== undefined && host !== this.distribution.domainName) {
      if (!certificate.names.some((name) => hostMatches(name, host))) {
        const message = `its certificate for ${certificate.names.join(', ')} does not cover ${host}`
        return answer(this.part, noConnection(502, message), { part: this.part, message })
      }
    }
    if (request.path.length > maxUrlBytes)
      return this.refuse(this.part, 413, 'Bad request.', 'the URL is too long')
    if (headersExceed(request.headers, maxRequestBytes - request.path.length)) {
      const message = `the URL and the headers have more than ${maxRequestBytes} bytes`
      return this.refuse(this.part, 413, 'Bad request.', message)
    }
    if (request.method === 'GET' && request.body !== undefined) {
      return this.refuse(this.part, 403, 'Bad request.', 'a GET must not have a body')
    }
    if (geoRestriction === undefined) return undefined
    const isListed = geoRestriction.countries.includes(viewerCountry)
    if (isListed === (geoRestriction.type === 'whitelist')) return undefined
    return this.refuse(
      this.part,
      403,
      'The Amazon CloudFront distribution is configured to block access from your country.',
      `its geo restriction blocks ${viewerCountry}`,
    )
  }

  private inspect(
    request: ParsedRequest,
    now: number,
    weight: number,
    inserted: Record<string, string>,
  ): Routed | undefined {
    return this.firewall?.inspect(request, now, weight, blockedPage, inserted)
  }

  /** By the normalized path. The origin receives the path as sent. */
  private behaviorOf(path: string): CompiledBehavior {
    const pathname = normalizedPath(path)
    const { defaultRootObject } = this.distribution
    const alternative = pathname === '/' && defaultRootObject ? `/${defaultRootObject}` : pathname
    const found = this.behaviors.find(({ matches }) => matches(pathname) || matches(alternative))
    if (found === undefined)
      throw new Error(`${this.part}: its default behavior must match all paths`)
    return found
  }

  private throughBehavior(
    compiled: CompiledBehavior,
    request: ParsedRequest,
    inserted: Record<string, string>,
    at: Pick<Passage, 'id' | 'now' | 'weight'>,
  ): Routed {
    const { behavior, origin, name, requestFunction } = compiled
    const { method } = request
    if (request.scheme === 'http' && behavior.viewerProtocolPolicy !== 'allow-all') {
      return this.withoutTls(compiled, request)
    }
    if (!behavior.allowedMethods.includes(method)) {
      return this.refuse(
        name,
        403,
        'This distribution is not configured to allow the HTTP request method that was used for this request.',
        `it does not allow ${method}; allowed: ${behavior.allowedMethods.join(', ')}`,
      )
    }
    if (origin === undefined) {
      return this.refuse(name, 502, 'CloudFront has no origin.', `no origin ${behavior.originId}`)
    }
    if (requestFunction === undefined) return this.toCache(compiled, origin, request, inserted, at)
    const changed = requestFunction.onRequest(request, this.about(at.id))
    if ('pathname' in changed) return this.toCache(compiled, origin, changed, inserted, at)
    const by = `function ${requestFunction.name}`
    if ('problem' in changed) return answer(by, changed.response, changed.problem)
    return answer(by, changed)
  }

  /** What the context of an event says about the distribution and the request. */
  private about(requestId: string): Readonly<Record<string, string>> {
    const { domainName, id } = this.distribution
    return { distributionDomainName: domainName, distributionId: id, requestId }
  }

  private toCache(
    { behavior, name, responseFunction }: CompiledBehavior,
    origin: Origin,
    request: ParsedRequest,
    inserted: Record<string, string>,
    at: Pick<Passage, 'id' | 'now' | 'weight'>,
  ): Routed {
    const { method } = request
    const isCached = behavior.cachedMethods.includes(method) && request.headers.range === undefined
    const key = isCached ? cacheKey(behavior.cachePolicy, request) : undefined
    const hit = key === undefined ? undefined : this.parts.cache.find(key, at.now)
    if (hit !== undefined) {
      const found = answer(`cache of ${name}`, fromCache(request, hit))
      return this.withFunction(found, responseFunction, request, at.id)
    }
    const { id, now, weight } = at
    const passage: Passage = { behavior, name, origin, request, key, id, now, weight }
    const routed = this.toOrigin(passage, inserted)
    const kept = onResponse(routed, (finished) => this.fromOrigin(passage, finished))
    return this.withFunction(kept, responseFunction, request, id)
  }

  /** CloudFront runs it for responses that are no errors. */
  private withFunction(
    routed: Routed,
    viewerFunction: ViewerFunction | undefined,
    request: ParsedRequest,
    id: string,
  ): Routed {
    if (viewerFunction === undefined) return routed
    return onResponse(routed, (finished) => {
      if (finished.response.status >= 400) return finished
      const result = viewerFunction.onResponse(request, finished.response, this.about(id))
      if ('problem' in result) return { ...finished, ...result }
      return { ...finished, response: result }
    })
  }

  private withoutTls({ behavior, name }: CompiledBehavior, request: ParsedRequest): Routed {
    if (behavior.viewerProtocolPolicy === 'https-only') {
      return this.refuse(name, 403, 'Bad request.', 'it allows HTTPS only')
    }
    const status = request.method === 'GET' || request.method === 'HEAD' ? 301 : 307
    const page = cloudFrontPage(status, 'Moved.')
    return answer(name, {
      ...page,
      headers: {
        ...page.headers,
        location: `https://${request.host}${request.path}`,
        'x-cache': 'Redirect from cloudfront',
      },
    })
  }

  private toOrigin(passage: Passage, inserted: Record<string, string>): Routed {
    const { request, behavior, origin, id, name } = passage
    const { defaultRootObject } = this.distribution
    const isRoot = request.pathname === '/' && Boolean(defaultRootObject)
    const pathname = isRoot ? `/${defaultRootObject}` : request.pathname
    const target = originTarget(request, pathname, behavior, origin)
    const { domainName, custom } = origin
    if (custom === undefined || isBucketName(domainName)) {
      const bucket = this.parts.buckets.find((one) => domainName.startsWith(`${one.name}.s3`))
      return askBucket(name, bucket, origin, this.distribution, parsed(request, target))
    }
    const balancer = this.balancerOf(origin)
    if (balancer === undefined) {
      const isKnown = this.parts.network.resolve(domainName, false) !== undefined
      const message = isKnown
        ? `${domainName} is not a load balancer or a bucket of this account`
        : `no record of Route 53 for ${domainName}`
      return this.refuse(
        name,
        502,
        "CloudFront wasn't able to resolve the origin domain name.",
        message,
        `origin ${origin.id}`,
      )
    }
    const headers = originHeaders(request, behavior, origin, id, inserted)
    const isHttps =
      custom.protocolPolicy === 'https-only' ||
      (custom.protocolPolicy === 'match-viewer' && request.scheme === 'https')
    const scheme = isHttps ? 'https' : 'http'
    const port = isHttps ? custom.httpsPort : custom.httpPort
    const host = headers.host ?? domainName
    const failure = this.connect(balancer, origin, scheme, port, host)
    if (failure !== undefined) return this.unreachable(name, failure)
    return balancer.route(
      {
        scheme,
        host,
        method: request.method,
        path: target,
        headers,
        clientIp: cloudFrontIp,
        port,
        body: request.body,
      },
      port,
      passage.now,
      passage.weight,
    )
  }

  private balancerOf({ domainName }: Origin): BalancerPath | undefined {
    const { balancers, network } = this.parts
    return balancers.get(network.resolve(domainName, false) ?? domainName)
  }

  private connect(
    balancer: BalancerPath,
    { domainName }: Origin,
    scheme: 'http' | 'https',
    port: number,
    host: string,
  ): ConnectionFailure | undefined {
    const key = `${domainName} ${scheme} ${port} ${host}`
    if (this.connections.has(key)) return this.connections.get(key)
    const caller: Caller = { ip: cloudFrontIp, isCloudFront: true }
    // A certificate for the forwarded host or for the origin is accepted.
    const failure = balancer.connect(
      port,
      scheme,
      caller,
      host === domainName ? [host] : [host, domainName],
    )
    if (this.connections.size > 1000) this.connections.clear()
    this.connections.set(key, failure)
    return failure
  }

  private unreachable(name: string, { kind, problem }: ConnectionFailure): Routed {
    if (kind === 'timeout') {
      const page = cloudFrontPage(
        504,
        "We can't connect to the server for this app or website at this time.",
      )
      return answer(name, page, problem, connectSeconds)
    }
    return answer(
      name,
      cloudFrontPage(502, "CloudFront wasn't able to connect to the origin."),
      problem,
    )
  }

  private fromOrigin(passage: Passage, finished: Finished): Finished {
    const { behavior, origin, request, key, now } = passage
    const { errorResponses } = this.distribution
    const timeout = origin.custom?.readTimeoutSeconds
    let { response, problem, seconds } = finished
    if (timeout !== undefined && seconds > timeout && problem === undefined) {
      response = cloudFrontPage(504, 'The origin did not respond in time.')
      problem = { part: `origin ${origin.id}`, message: `no response in ${timeout} s` }
      seconds = timeout
    }
    problem ??= redirectLoop(request, origin, response)
    if (key === undefined) return { response, problem, seconds }
    if (response.status >= 500) {
      const stale = this.parts.cache.findStale(key, now, errorTtl(response.status, errorResponses))
      if (stale !== undefined) return { response: fromCache(request, stale), problem, seconds }
    }
    const ttl = timeToLive(response, behavior.cachePolicy, errorResponses, now)
    if (ttl > 0 && request.method !== 'HEAD') this.parts.cache.store(key, response, now, ttl)
    return { response, problem, seconds }
  }

  /** The last steps for every response: the error page, and the headers. */
  private toViewer(
    { behavior }: CompiledBehavior,
    request: ParsedRequest,
    id: string,
    finished: Finished,
  ): Finished {
    const response = this.withErrorPage(finished.response)
    const headers: Record<string, string> = { ...response.headers }
    if (finished.response.status >= 400) headers['x-cache'] = 'Error from cloudfront'
    headers['x-cache'] ??= 'Miss from cloudfront'
    headers.via = `1.1 ${id.slice(0, 32)}.cloudfront.net (CloudFront)`
    headers['x-amz-cf-pop'] = 'IAD12-P1'
    headers['x-amz-cf-id'] = id
    applyResponsePolicy(behavior.responseHeadersPolicy, headers)
    const body = request.method === 'HEAD' ? noBody : response.body
    return { ...finished, response: { status: response.status, headers, body } }
  }

  private withErrorPage(response: PathResponse): PathResponse {
    const error = this.distribution.errorResponses.find(({ status }) => status === response.status)
    if (error?.responsePath === undefined) return response
    const request = parsed({
      scheme: 'https',
      host: this.distribution.domainName,
      method: 'GET',
      path: error.responsePath,
      headers: {},
      clientIp: cloudFrontIp,
    })
    const { origin, name } = this.behaviorOf(request.pathname)
    if (origin === undefined || origin.custom !== undefined) return response
    const bucket = this.parts.buckets.find((one) => origin.domainName.startsWith(`${one.name}.s3`))
    const pathname = `${origin.path}${request.pathname}`
    const page = askBucket(name, bucket, origin, this.distribution, { ...request, pathname })
    if (page.kind !== 'answer' || page.response.status !== 200) return response
    return { ...page.response, status: error.responseStatus ?? response.status }
  }

  private refuse(
    name: string,
    status: number,
    text: string,
    message: string,
    part = name === this.part ? name : `${name} of ${this.part}`,
  ): Routed {
    const problem: PathProblem = { part, message }
    return answer(name, cloudFrontPage(status, text), problem)
  }
}

/** A redirect of the origin back to the URL of the viewer, such as from HTTP to HTTPS. */
function redirectLoop(
  { scheme, host, path }: ParsedRequest,
  origin: Origin,
  { headers }: PathResponse,
): PathProblem | undefined {
  const url = `${scheme}://${host}${path}`
  const port = scheme === 'https' ? ':443/' : ':80/'
  if (headers.location?.replace(port, '/') !== url) return undefined
  return { part: `origin ${origin.id}`, message: `it redirects ${url} to itself` }
}

function blockedPage(status: number): PathResponse {
  return cloudFrontPage(status, 'Request blocked.')
}

const noBody = Buffer.alloc(0)

function fromCache(request: ParsedRequest, response: PathResponse): PathResponse {
  const headers: Record<string, string> = {
    ...response.headers,
    'x-cache': 'Hit from cloudfront',
  }
  const isSame = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag
  return isSame ? { status: 304, headers, body: noBody } : { ...response, headers }
}
