import type {
  FirewallAction,
  FirewallRule,
  FirewallStatement,
  ForwardedIp,
  InspectedField,
  RateStatement,
  WebAcl,
} from './deployed-path'
import { fieldReader, inspectedBodyBytes, isOversized } from './firewall-fields'
import type { ParsedRequest } from './listener-rules'
import { anyOf, cidr, type Matcher } from './patterns'
import { RateLimit } from './rate-limit'
import { headerOf, type PathProblem, type PathResponse, viewerCountry } from './request'
import { answer, textResponse } from './responses'
import type { Routed } from './routed'

/** A request in its way through the rules of a web ACL. */
interface Inspected {
  readonly request: ParsedRequest
  readonly now: number
  readonly weight: number
  readonly labels: string[]
}

type Test = (inspected: Inspected) => boolean

interface CompiledRule {
  readonly name: string
  readonly action: FirewallAction | 'none'
  readonly labels: readonly string[]
  readonly test: Test
  /** Of a rule group, instead of the test. */
  readonly group?: readonly CompiledRule[]
}

interface Terminated {
  readonly rule: string
  readonly action: FirewallAction
}

/** A web ACL: its rules in the order of their priorities. A rule with a part that does not run here is left out. */
export class Firewall {
  readonly notRun: PathProblem[] = []
  private readonly rules: readonly CompiledRule[]
  private readonly part: string

  constructor(private readonly acl: WebAcl) {
    this.part = `web ACL ${acl.name}`
    this.rules = this.compileRules(acl.rules)
  }

  /**
   * @param page the response to a blocked request without one of its own
   * @param headers receives those that the actions insert for the origin
   * @returns the answer to a blocked request
   */
  inspect(
    request: ParsedRequest,
    now: number,
    weight: number,
    page: (status: number) => PathResponse,
    headers: Record<string, string>,
  ): Routed | undefined {
    const inspected = { request, now, weight, labels: [] }
    const { rule, action } = this.run(this.rules, inspected, headers) ?? {
      rule: 'default action',
      action: this.acl.defaultAction,
    }
    if (action.type !== 'allow') return this.refusal(rule, action, page)
    insert(headers, action)
    return undefined
  }

  private run(
    rules: readonly CompiledRule[],
    inspected: Inspected,
    headers: Record<string, string>,
  ): Terminated | undefined {
    for (const { name, action, labels, test, group } of rules) {
      if (group !== undefined) {
        const inGroup = this.run(group, inspected, headers)
        if (inGroup !== undefined && action === 'none') return inGroup
        continue
      }
      if (!test(inspected)) continue
      inspected.labels.push(...labels)
      if (action === 'none') continue
      if (action.type !== 'count') return { rule: name, action }
      insert(headers, action)
    }
    return undefined
  }

  private refusal(
    rule: string,
    action: FirewallAction,
    page: (status: number) => PathResponse,
  ): Routed {
    const by = `${this.part}/${rule}`
    if (action.type === 'captcha' || action.type === 'challenge') {
      const response = page(action.type === 'captcha' ? 405 : 202)
      return answer(
        by,
        { ...response, headers: { ...response.headers, 'x-amzn-waf-action': action.type } },
        {
          part: this.part,
          message: `rule ${rule} requires a ${action.type}, which does not run here`,
        },
      )
    }
    const problem = { part: this.part, message: `rule ${rule} blocks the request` }
    if (action.response === undefined) return answer(by, page(403), problem)
    const { status, headers, contentType, body } = action.response
    const type: Record<string, string> = contentType ? { 'content-type': contentType } : {}
    return answer(by, textResponse(status, body ?? '', { ...type, ...headers }), problem)
  }

  private compileRules(rules: readonly FirewallRule[]): CompiledRule[] {
    return rules
      .toSorted((one, other) => one.priority - other.priority)
      .flatMap((rule) => this.compileRule(rule) ?? [])
  }

  private compileRule({ name, action, labels, statement }: FirewallRule): CompiledRule | undefined {
    if (statement.kind === 'ruleGroup') {
      const group = this.compileRules(statement.rules)
      return { name, action, labels, test: () => false, group }
    }
    const test = this.compile(statement)
    if (typeof test !== 'string') return { name, action, labels, test }
    this.notRun.push({ part: `${this.part} rule ${name}`, message: `${test} does not run here` })
    return undefined
  }

  /** @returns the name of a part that does not run here */
  private compile(statement: FirewallStatement): Test | string {
    switch (statement.kind) {
      case 'and':
      case 'or': {
        const tests = statement.statements.map((one) => this.compile(one))
        const missing = tests.find((test) => typeof test === 'string')
        if (missing !== undefined) return missing
        const all = tests as Test[]
        return statement.kind === 'and'
          ? (inspected) => all.every((test) => test(inspected))
          : (inspected) => all.some((test) => test(inspected))
      }
      case 'not': {
        const test = this.compile(statement.statement)
        return typeof test === 'string' ? test : (inspected) => !test(inspected)
      }
      case 'byteMatch':
        return this.onField(statement, byteMatcher(statement.search, statement.position))
      case 'regex':
        return this.regex(statement)
      case 'size': {
        const compare = comparisons[statement.operator]
        return this.onField(statement, (text) =>
          compare(Buffer.byteLength(text, 'latin1'), statement.bytes),
        )
      }
      case 'ipSet': {
        const matches = anyOf(statement.addresses, cidr)
        return onAddress(statement.forwardedIp, matches)
      }
      case 'geo':
        return onAddress(statement.forwardedIp, () => statement.countries.includes(viewerCountry))
      case 'label':
        return labelTest(statement)
      case 'rate':
        return this.rate(statement)
      case 'ruleGroup':
        return `rule group ${statement.name} in another statement`
      case 'notRun':
        return statement.name
    }
  }

  private onField(field: InspectedField, matches: Matcher): Test | string {
    const bodyBytes = inspectedBodyBytes[this.acl.scope]
    const read = fieldReader(field, bodyBytes)
    if (read === undefined) return `transformation ${field.transformations.join(', ')}`
    const { oversize } = field
    if (oversize === undefined) return ({ request }) => read(request).some(matches)
    return ({ request }) =>
      isOversized(field, request, bodyBytes) ? oversize === 'MATCH' : read(request).some(matches)
  }

  private regex(statement: Extract<FirewallStatement, { kind: 'regex' }>): Test | string {
    try {
      const expressions = statement.patterns.map((pattern) =>
        pattern.startsWith('(?i)') ? new RegExp(pattern.slice(4), 'i') : new RegExp(pattern),
      )
      return this.onField(statement, (text) => expressions.some((one) => one.test(text)))
    } catch {
      return `regular expression ${statement.patterns.join(', ')}`
    }
  }

  private rate(statement: RateStatement): Test | string {
    const scope = statement.scopeDown === undefined ? () => true : this.compile(statement.scopeDown)
    if (typeof scope === 'string') return scope
    const limit = new RateLimit(statement.limit, statement.windowSeconds)
    return (inspected) => {
      if (!scope(inspected)) return false
      const key = rateKey(statement, inspected)
      return key !== undefined && limit.exceeds(key, inspected.now, inspected.weight)
    }
  }
}

/** The origin receives each header of an action with a prefix. */
function insert(headers: Record<string, string>, { insertHeaders = {} }: FirewallAction): void {
  for (const [name, value] of Object.entries(insertHeaders)) {
    headers[`x-amzn-waf-${name.toLowerCase()}`] = value
  }
}

const comparisons: Readonly<
  Record<
    Extract<FirewallStatement, { kind: 'size' }>['operator'],
    (size: number, bytes: number) => boolean
  >
> = {
  EQ: (size, bytes) => size === bytes,
  NE: (size, bytes) => size !== bytes,
  LE: (size, bytes) => size <= bytes,
  LT: (size, bytes) => size < bytes,
  GE: (size, bytes) => size >= bytes,
  GT: (size, bytes) => size > bytes,
}

function byteMatcher(
  search: string,
  position: Extract<FirewallStatement, { kind: 'byteMatch' }>['position'],
): Matcher {
  switch (position) {
    case 'EXACTLY':
      return (text) => text === search
    case 'STARTS_WITH':
      return (text) => text.startsWith(search)
    case 'ENDS_WITH':
      return (text) => text.endsWith(search)
    case 'CONTAINS':
      return (text) => text.includes(search)
    case 'CONTAINS_WORD': {
      const literal = search.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      const expression = new RegExp(`(?<![A-Za-z0-9_])${literal}(?![A-Za-z0-9_])`)
      return (text) => expression.test(text)
    }
  }
}

/** Matches the name of a label, alone or after the prefix of its web ACL. */
function labelTest({ scope, key }: Extract<FirewallStatement, { kind: 'label' }>): Test | string {
  if (key.startsWith('awswaf:managed:')) return `label ${key} of a managed rule group`
  if (scope === 'LABEL') {
    return ({ labels }) => labels.some((label) => label === key || key.endsWith(`:${label}`))
  }
  return ({ labels }) => labels.some((label) => label.startsWith(key))
}

/** Matches addresses of viewers, or those in a header. */
function onAddress(forwarded: ForwardedIp | undefined, matches: Matcher): Test {
  if (forwarded === undefined) return ({ request }) => matches(request.clientIp)
  return ({ request }) => {
    const value = headerOf(request.headers, forwarded.header.toLowerCase())
    // Without the header, the rule does not match, whatever the fallback.
    if (value === undefined) return false
    const addresses = value.split(',').map((address) => address.trim())
    if (addresses.some((address) => !isAddress(address))) return forwarded.fallback === 'MATCH'
    return addresses.some(matches)
  }
}

function isAddress(text: string): boolean {
  return cidr(text)(text)
}

/** @returns undefined for a request that is not counted */
function rateKey(statement: RateStatement, { request }: Inspected): string | undefined {
  switch (statement.key) {
    case 'IP':
      return request.clientIp
    case 'CONSTANT':
      return ''
    case 'FORWARDED_IP':
      return forwardedAddress(statement.forwardedIp, request)
  }
}

function forwardedAddress(
  forwarded: ForwardedIp | undefined,
  { headers }: ParsedRequest,
): string | undefined {
  const value = headerOf(headers, forwarded?.header.toLowerCase() ?? 'x-forwarded-for')
  const first = value?.split(',')[0]?.trim()
  if (first !== undefined && isAddress(first)) return first
  return value !== undefined && forwarded?.fallback === 'MATCH' ? 'invalid' : undefined
}
