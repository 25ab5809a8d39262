import type { ListenerRule, RuleCondition } from './deployed-path'
import { anyOf, cidr, type Matcher, wildcard, wildcardIgnoringCase } from './patterns'
import { headerOf, type PathRequest } from './request'

/** A request with the parts of its path. */
export interface ParsedRequest extends PathRequest {
  readonly pathname: string
  /** Without the question mark. */
  readonly query: string
}

export interface CompiledCondition {
  /** `path-pattern /api/*` */
  readonly text: string
  readonly matches: (request: ParsedRequest) => boolean
}

export interface CompiledRule {
  readonly arn: string
  /** The priority, or `default`. */
  readonly name: string
  readonly conditions: readonly CompiledCondition[]
  readonly actions: ListenerRule['actions']
}

export function compileRule({ arn, priority, conditions, actions }: ListenerRule): CompiledRule {
  return { arn, name: String(priority), conditions: conditions.map(compileCondition), actions }
}

/** Only paths, methods and addresses are compared as they are: all else in any case. */
function compileCondition(condition: RuleCondition): CompiledCondition {
  switch (condition.field) {
    case 'host-header':
      return onValue(condition, wildcardIgnoringCase, ({ host }) => host)
    case 'path-pattern':
      return onValue(condition, wildcard, ({ pathname }) => pathname)
    case 'http-request-method':
      return onValue(
        condition,
        (value) => (method) => method === value,
        ({ method }) => method,
      )
    case 'source-ip':
      return onValue(condition, cidr, ({ clientIp }) => clientIp)
    case 'http-header': {
      const name = condition.name.toLowerCase()
      const matches = anyOf(condition.values, wildcardIgnoringCase)
      return {
        // Its value may be a secret.
        text: `http-header ${condition.name}`,
        matches: ({ headers }) => {
          const value = headerOf(headers, name)
          return value !== undefined && matches(value)
        },
      }
    }
    case 'query-string':
      return compileQuery(condition.values)
  }
}

function onValue(
  { field, values }: { readonly field: string; readonly values: readonly string[] },
  compile: (value: string) => Matcher,
  partOf: (request: ParsedRequest) => string,
): CompiledCondition {
  const matches = anyOf(values, compile)
  return {
    text: `${field} ${values.join(', ')}`,
    matches: (request) => matches(partOf(request)),
  }
}

function compileQuery(
  values: Extract<RuleCondition, { field: 'query-string' }>['values'],
): CompiledCondition {
  const pairs = values.map(({ key, value }) => ({
    key: key === undefined ? undefined : wildcardIgnoringCase(key),
    value: wildcardIgnoringCase(value),
  }))
  return {
    text: `query-string ${values.map(({ key, value }) => (key ? `${key}=${value}` : value)).join(', ')}`,
    matches: ({ query }) =>
      query !== '' &&
      query.split('&').some((parameter) => {
        const equals = parameter.indexOf('=')
        const name = equals === -1 ? parameter : parameter.slice(0, equals)
        const text = equals === -1 ? '' : parameter.slice(equals + 1)
        return pairs.some(({ key, value }) => (key?.(name) ?? true) && value(text))
      }),
  }
}

/** Copies field by field, which is much faster than a spread. */
export function parsed(request: PathRequest, path = request.path): ParsedRequest {
  const mark = path.indexOf('?')
  return {
    scheme: request.scheme,
    host: request.host,
    method: request.method,
    path,
    headers: request.headers,
    clientIp: request.clientIp,
    body: request.body,
    pathname: mark === -1 ? path : path.slice(0, mark),
    query: mark === -1 ? '' : path.slice(mark + 1),
  }
}

/** Whether a header is longer than `maxEach`, or all of them together are longer than `maxAll` bytes. */
export function headersExceed(
  headers: PathRequest['headers'],
  maxAll: number,
  maxEach = maxAll,
): boolean {
  let all = 0
  for (const name in headers) {
    // With a colon, a space and the end of the line.
    const bytes = name.length + (headers[name]?.length ?? 0) + 4
    if (bytes > maxEach) return true
    all += bytes
  }
  return all > maxAll
}

export function ruleMatches({ conditions }: CompiledRule, request: ParsedRequest): boolean {
  for (const { matches } of conditions) if (!matches(request)) return false
  return true
}

/** Names the rule that is closest to a request that no rule matches, with what it requires. */
export function closestRule(
  rules: readonly CompiledRule[],
  request: ParsedRequest,
): string | undefined {
  let best: { name: string; unmet: readonly CompiledCondition[]; distance: number } | undefined
  for (const { name, conditions } of rules) {
    const unmet = conditions.filter(({ matches }) => !matches(request))
    // A rule for another host or path is less likely to be the one with the fault.
    const isElsewhere = unmet.some(({ text }) => /^(host-header|path-pattern)/.test(text))
    const distance = unmet.length + (isElsewhere ? 0.5 : 0)
    if (best === undefined || distance < best.distance) best = { name, unmet, distance }
  }
  if (best === undefined) return undefined
  return `rule ${best.name} requires ${best.unmet.map(({ text }) => text).join(' and ')}`
}
