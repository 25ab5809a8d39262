import type { TaskReply } from '../tasks/program'
import type {
  Certificate,
  ForwardAction,
  Listener,
  ListenerAction,
  LoadBalancer,
  TargetGroup,
  WeightedTargetGroup,
} from './deployed-path'
import type { Firewall } from './firewall'
import {
  type CompiledRule,
  closestRule,
  compileRule,
  headersExceed,
  type ParsedRequest,
  parsed,
  ruleMatches,
} from './listener-rules'
import type { Caller, Network } from './network'
import { hostMatches } from './patterns'
import type { PathProblem, PathRequest, PathResponse } from './request'
import { answer, balancerPage, Ids, textResponse } from './responses'
import type { Finished, PathTarget, Routed } from './routed'
import { keyOf, pickGroup, type TargetSelection } from './target-selection'

/** Why no request can be sent. `timeout`: no packet comes back. */
export interface ConnectionFailure {
  readonly kind: 'timeout' | 'refused' | 'certificate'
  readonly problem: PathProblem
}

/** What all load balancers use. */
export interface BalancerParts {
  readonly network: Network
  readonly certificates: ReadonlyMap<string, Certificate>
  readonly selections: ReadonlyMap<string, TargetSelection>
  /** By the ARN of a rule, or of the listener for its default action. */
  readonly weights: ReadonlyMap<string, readonly WeightedTargetGroup[]>
  readonly random: { next(): number }
}

interface CompiledListener {
  readonly listener: Listener
  readonly rules: readonly CompiledRule[]
  readonly defaultRule: CompiledRule
}

const connectTimeoutSeconds = 10
const maxForwardedAddresses = 30
const maxLineBytes = 16_384
const maxHeaderBytes = 65_536

/** An Application Load Balancer. */
export class BalancerPath {
  private readonly listeners: ReadonlyMap<number, CompiledListener>
  private readonly ids: Ids
  private readonly reachable = new Set<string>()

  constructor(
    readonly balancer: LoadBalancer,
    private readonly firewall: Firewall | undefined,
    private readonly parts: BalancerParts,
  ) {
    this.ids = new Ids(parts.random, 24)
    this.listeners = new Map(
      balancer.listeners.map((listener) => [listener.port, compileListener(listener)]),
    )
  }

  /**
   * @param tlsNames the names that the caller accepts in a certificate; it sends the first one for SNI
   * @returns undefined if the caller can send requests
   */
  connect(
    port: number,
    scheme: 'http' | 'https',
    caller: Caller,
    tlsNames: readonly string[],
  ): ConnectionFailure | undefined {
    const { balancer } = this
    if (balancer.scheme === 'internal' && caller.groupIds === undefined) {
      const message =
        'it is internal: its addresses are private, and not reachable from the Internet'
      return { kind: 'timeout', problem: { part: balancer.name, message } }
    }
    const blocked = this.parts.network.blockedBefore(balancer, port, caller)
    if (blocked !== undefined) return { kind: 'timeout', problem: blocked }
    const listener = this.listeners.get(port)?.listener
    if (listener === undefined) {
      const ports = balancer.listeners.map((other) => `${other.protocol} ${other.port}`)
      const message = `no listener on port ${port}; it has ${ports.join(', ') || 'none'}`
      return { kind: 'refused', problem: { part: balancer.name, message } }
    }
    if (scheme === 'http') return undefined
    return this.checkTls(listener, tlsNames)
  }

  private checkTls(listener: Listener, tlsNames: readonly string[]): ConnectionFailure | undefined {
    const part = `listener ${listener.port} of ${this.balancer.name}`
    if (listener.protocol === 'HTTP') {
      return { kind: 'certificate', problem: { part, message: 'it does not speak TLS' } }
    }
    const usable = listener.certificateArns
      .map((arn) => this.parts.certificates.get(arn))
      .filter((certificate) => certificate?.status === 'ISSUED')
    const covers = (certificate: Certificate | undefined, name: string) =>
      certificate?.names.some((pattern) => hostMatches(pattern.toLowerCase(), name)) ?? false
    const [serverName = ''] = tlsNames
    const served = usable.find((certificate) => covers(certificate, serverName)) ?? usable[0]
    if (tlsNames.some((name) => covers(served, name))) return undefined
    const message = served
      ? `its certificate for ${served.names.join(', ')} does not cover ${tlsNames.join(' or ')}`
      : 'it has no certificate that is ISSUED'
    return { kind: 'certificate', problem: { part, message } }
  }

  /** Requires a connection: see connect(). */
  route(request: PathRequest, port: number, now: number, weight: number): Routed {
    const listener = this.listeners.get(port)
    if (listener === undefined) throw new Error(`no listener on port ${port}`)
    const { protocol } = listener.listener
    const name = `${this.balancer.name}:${port}`
    if (protocol === 'HTTPS' && request.scheme === 'http') {
      return this.refuse(name, 400, 'plain HTTP was sent to the HTTPS port')
    }
    const received = parsed(this.withoutInvalidHeaders(request))
    const refused = this.checkRequest(received, name)
    if (refused !== undefined) return refused
    const inserted: Record<string, string> = {}
    const blocked = this.firewall?.inspect(received, now, weight, balancerPage, inserted)
    if (blocked !== undefined) return blocked
    const { rules, defaultRule } = listener
    const rule = rules.find((one) => ruleMatches(one, received)) ?? defaultRule
    return this.perform(listener, rule, received, inserted, now)
  }

  private checkRequest(request: ParsedRequest, name: string): Routed | undefined {
    const { headers } = request
    if (request.method === 'TRACE') return this.refuse(name, 405, 'TRACE is not supported')
    if (request.path.length > maxLineBytes) return this.refuse(name, 414, 'the path is too long')
    if (headersExceed(headers, maxHeaderBytes, maxLineBytes)) {
      const message = `a header has more than ${maxLineBytes} bytes, or all have more than ${maxHeaderBytes}`
      return this.refuse(name, 400, message)
    }
    const encoding = headers['transfer-encoding']
    if (encoding !== undefined && !/^(chunked|identity)$/i.test(encoding)) {
      return this.refuse(name, 501, `Transfer-Encoding ${encoding} is not supported`)
    }
    const forwarded = headers['x-forwarded-for']
    if (forwarded !== undefined && forwarded.split(',').length > maxForwardedAddresses) {
      return this.refuse(
        name,
        463,
        `X-Forwarded-For has more than ${maxForwardedAddresses} addresses`,
      )
    }
    return undefined
  }

  private refuse(rule: string, status: number, message: string): Routed {
    return answer(rule, balancerPage(status), { part: this.balancer.name, message })
  }

  private perform(
    listener: CompiledListener,
    rule: CompiledRule,
    request: ParsedRequest,
    inserted: Readonly<Record<string, string>>,
    now: number,
  ): Routed {
    const { port } = listener.listener
    const by = `${this.balancer.name}:${port}/${rule.name}`
    const part = `rule ${rule.name} of listener ${port} of ${this.balancer.name}`
    const action = rule.actions.find(({ type }) => type !== 'notRun')
    switch (action?.type) {
      case 'forward':
        return this.forward({ rule, action, by, part }, listener, request, inserted, now)
      case 'redirect':
        return redirect(by, part, action, request, listener.listener)
      case 'fixed-response': {
        const { status, contentType = 'text/plain', body = '' } = action
        const response = textResponse(status, body, {
          server: 'awselb/2.0',
          'content-type': `${contentType}; charset=utf-8`,
        })
        return answer(by, response, unmatched(listener, rule, request, part, status))
      }
      default:
        return answer(by, balancerPage(500), { part, message: 'it has no action that runs here' })
    }
  }

  private forward(
    via: { rule: CompiledRule; action: ForwardAction; by: string; part: string },
    listener: CompiledListener,
    request: ParsedRequest,
    inserted: Readonly<Record<string, string>>,
    now: number,
  ): Routed {
    const { rule, action, by, part } = via
    const groups = this.parts.weights.get(rule.arn) ?? action.targetGroups
    const { stickinessSeconds } = action
    const cookies = request.headers.cookie
    const chosen =
      (stickinessSeconds === undefined ? undefined : boundGroup(groups, cookies)) ??
      pickGroup(groups, this.parts.random)
    const selection = this.parts.selections.get(chosen?.targetGroupArn ?? '')
    if (chosen === undefined || selection === undefined) {
      const message =
        chosen === undefined
          ? 'it forwards to no target group with a weight above 0'
          : `target group ${chosen.targetGroupArn} does not exist`
      return answer(by, balancerPage(503), { part, message })
    }
    const { group } = selection
    const groupPart = `target group ${group.name}`
    if (group.targetType === 'lambda') {
      return answeredFor(group, by, 502, {
        part: groupPart,
        message: 'targets that are Lambda functions do not run here',
      })
    }
    const target = selection.select(now, boundTarget(selection, cookies))
    if (target === undefined) {
      const message = 'it has no registered targets'
      return answeredFor(group, by, 503, { part: groupPart, message })
    }
    const blocked = this.blocked(selection, target)
    if (blocked !== undefined) return answeredFor(group, by, 504, blocked, connectTimeoutSeconds)
    return {
      kind: 'target',
      by: { rule: by, targetGroup: group.name },
      targetGroupArn: group.arn,
      target: { id: target.id, port: target.port },
      request: this.forTarget(request, listener.listener, group, inserted, now),
      finish: (reply) => {
        const finished = this.finish(reply, target, groupPart)
        if (group.stickiness === undefined && stickinessSeconds === undefined) return finished
        const set = stickyCookies(selection, target, stickinessSeconds, finished.response, now)
        return set === undefined ? finished : { ...finished, response: set }
      },
    }
  }

  /** @returns undefined if the load balancer can connect to the target */
  blocked(
    { group }: TargetSelection,
    target: Pick<PathTarget, 'id' | 'port' | 'securityGroupIds'>,
  ): PathProblem | undefined {
    const groupIds = target.securityGroupIds ?? group.targetSecurityGroupIds
    if (groupIds === undefined) return undefined
    const key = `${target.id} ${target.port} ${groupIds.join(' ')}`
    if (this.reachable.has(key)) return undefined
    const problem = this.parts.network.blockedAfter(this.balancer, groupIds, target)
    if (problem === undefined) {
      if (this.reachable.size > 10_000) this.reachable.clear()
      this.reachable.add(key)
    }
    return problem
  }

  private finish(reply: TaskReply, target: PathTarget, part: string): Finished {
    const { idleTimeoutSeconds } = this.balancer
    const where = `target ${keyOf(target)} (${target.state})`
    if (reply.kind === 'response') {
      if (reply.seconds <= idleTimeoutSeconds) return reply
      return {
        response: balancerPage(504),
        seconds: idleTimeoutSeconds,
        problem: { part, message: `${where} did not respond in ${idleTimeoutSeconds} s` },
      }
    }
    const message =
      reply.kind === 'refused'
        ? `${where} refuses connections: nothing listens on port ${target.port}`
        : `${where} closed the connection without a response: its program must answer the requests in flight before it ends`
    return { response: balancerPage(502), seconds: 0, problem: { part, message } }
  }

  private forTarget(
    request: ParsedRequest,
    { port, protocol }: Listener,
    group: TargetGroup,
    inserted: Readonly<Record<string, string>>,
    now: number,
  ): PathRequest {
    const headers: Record<string, string> = {}
    for (const name in request.headers) {
      if (!connectionHeaders.has(name)) headers[name] = request.headers[name] ?? ''
    }
    for (const name in inserted) headers[name] = inserted[name] ?? ''
    const { xForwardedFor } = this.balancer
    if (xForwardedFor === 'append') {
      const before = headers['x-forwarded-for']
      headers['x-forwarded-for'] = before ? `${before}, ${request.clientIp}` : request.clientIp
    } else if (xForwardedFor === 'remove') delete headers['x-forwarded-for']
    headers['x-forwarded-proto'] = protocol === 'HTTPS' ? 'https' : 'http'
    headers['x-forwarded-port'] = String(port)
    headers['x-amzn-trace-id'] = this.traceId(headers['x-amzn-trace-id'], now)
    headers.host ??= request.host
    return {
      scheme: group.protocol === 'HTTPS' ? 'https' : 'http',
      host: request.host,
      method: request.method,
      path: request.path,
      headers,
      clientIp: request.clientIp,
      body: request.body,
    }
  }

  private traceId(before: string | undefined, now: number): string {
    const time = Math.floor(now / 1000)
      .toString(16)
      .padStart(8, '0')
    const id = `1-${time}-${this.ids.next()}`
    if (before === undefined) return `Root=${id}`
    const fields = before.split(';').filter((field) => !field.trim().startsWith('Self='))
    const hasRoot = fields.some((field) => field.trim().startsWith('Root='))
    return hasRoot ? `Self=${id};${fields.join(';')}` : `Root=${id};${fields.join(';')}`
  }

  private withoutInvalidHeaders(request: PathRequest): PathRequest {
    if (!this.balancer.dropInvalidHeaderFields) return request
    let hasInvalid = false
    for (const name in request.headers) hasInvalid ||= !validName.test(name)
    if (!hasInvalid) return request
    const valid = Object.entries(request.headers).filter(([name]) => validName.test(name))
    return { ...request, headers: Object.fromEntries(valid) }
  }
}

const validName = /^[-A-Za-z0-9]+$/

/** Of one connection, not of the next. */
export const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
])

function answeredFor(
  { name }: TargetGroup,
  rule: string,
  status: number,
  problem: PathProblem,
  seconds = 0,
): Routed {
  const response = balancerPage(status)
  return { kind: 'answer', by: { rule, targetGroup: name }, response, seconds, problem }
}

function compileListener(listener: Listener): CompiledListener {
  const rules = listener.rules
    .toSorted((one, other) => one.priority - other.priority)
    .map(compileRule)
  const defaultRule = {
    arn: listener.arn,
    name: 'default',
    conditions: [],
    actions: listener.defaultActions,
  }
  return { listener, rules, defaultRule }
}

/** A refusal by the default action means that no rule matched. */
function unmatched(
  { rules, defaultRule }: CompiledListener,
  rule: CompiledRule,
  request: ParsedRequest,
  part: string,
  status: number,
): PathProblem | undefined {
  if (rule !== defaultRule || status < 400) return undefined
  const closest = closestRule(rules, request) ?? 'the listener has no other rule'
  return {
    part,
    message: `no rule matches ${request.method} ${request.host}${request.pathname}: ${closest}`,
  }
}

function redirect(
  by: string,
  part: string,
  action: Extract<ListenerAction, { type: 'redirect' }>,
  request: ParsedRequest,
  listener: Listener,
): Routed {
  const parts: Readonly<Record<string, string>> = {
    protocol: listener.protocol.toLowerCase(),
    host: request.host,
    port: String(listener.port),
    path: request.pathname.replace(/^\//, ''),
    query: request.query,
  }
  const fill = (text: string) => text.replace(/#\{(\w+)\}/g, (_, name) => parts[name] ?? '')
  const urlOf = (protocol: string, host: string, port: string, path: string, query: string) =>
    `${protocol.toLowerCase()}://${host}:${port}${path}${query && `?${query}`}`
  const { protocol, host, port, path, query, status } = action
  const location = urlOf(fill(protocol), fill(host), fill(port), fill(path), fill(query))
  const own = urlOf(
    listener.protocol,
    request.host,
    `${listener.port}`,
    request.pathname,
    request.query,
  )
  const page = balancerPage(status)
  return answer(
    by,
    { ...page, headers: { ...page.headers, location } },
    location === own ? { part, message: `it redirects ${location} to itself` } : undefined,
  )
}

const groupCookie = 'AWSALBTG'
const targetCookie = 'AWSALB'
const appCookie = 'AWSALBAPP-0'

function boundGroup(
  groups: readonly WeightedTargetGroup[],
  cookies: string | undefined,
): WeightedTargetGroup | undefined {
  const arn = decode(cookieOf(cookies, groupCookie))
  return groups.find(({ targetGroupArn, weight }) => targetGroupArn === arn && weight > 0)
}

function boundTarget(
  { group: { stickiness } }: TargetSelection,
  cookies: string | undefined,
): string | undefined {
  if (stickiness === undefined || cookies === undefined) return undefined
  if (stickiness.type === 'lb_cookie') return decode(cookieOf(cookies, targetCookie))
  // Without the cookie of the application, its session is over.
  const session = cookieOf(cookies, stickiness.cookieName ?? '')
  return session === undefined ? undefined : decode(cookieOf(cookies, appCookie))
}

/** @returns undefined if the response needs no cookies */
function stickyCookies(
  { group: { arn, stickiness } }: TargetSelection,
  target: PathTarget,
  groupSeconds: number | undefined,
  response: PathResponse,
  now: number,
): PathResponse | undefined {
  const cookies: string[] = []
  const set = (name: string, value: string, seconds: number) => {
    const expires = new Date(now + seconds * 1000).toUTCString()
    const text = `=${Buffer.from(value).toString('base64url')}; Expires=${expires}; Path=/`
    cookies.push(`${name}${text}`)
    if (name !== appCookie) cookies.push(`${name}CORS${text}; SameSite=None; Secure`)
  }
  if (groupSeconds !== undefined) set(groupCookie, arn, groupSeconds)
  const before = response.headers['set-cookie']
  if (stickiness?.type === 'lb_cookie') set(targetCookie, keyOf(target), stickiness.seconds)
  else if (stickiness !== undefined && before?.includes(`${stickiness.cookieName}=`)) {
    set(appCookie, keyOf(target), stickiness.seconds)
  }
  if (cookies.length === 0) return undefined
  if (before !== undefined) cookies.unshift(before)
  return { ...response, headers: { ...response.headers, 'set-cookie': cookies.join('\n') } }
}

function decode(value: string | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value, 'base64url').toString()
}

function cookieOf(cookies: string | undefined, name: string): string | undefined {
  if (cookies === undefined) return undefined
  for (const cookie of cookies.split(';')) {
    const equals = cookie.indexOf('=')
    if (equals > 0 && cookie.slice(0, equals).trim() === name)
      return cookie.slice(equals + 1).trim()
  }
  return undefined
}
