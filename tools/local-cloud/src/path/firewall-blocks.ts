import { type Block, blocks, has, list, number, one, text, texts } from './blocks'
import type {
  FirewallAction,
  FirewallRule,
  FirewallStatement,
  ForwardedIp,
  InspectedField,
  RateStatement,
  WebAcl,
} from './deployed-path'

/** What the statements of a web ACL refer to, by ARN. */
export interface FirewallReferences {
  readonly addresses: ReadonlyMap<string, readonly string[]>
  readonly patterns: ReadonlyMap<string, readonly string[]>
  readonly ruleGroups: ReadonlyMap<string, Block>
}

/** @param acl as GetWebACL returns it, or as synthesized */
export function webAclOf(
  acl: Block,
  { arn, scope, resourceArns }: Pick<WebAcl, 'arn' | 'scope' | 'resourceArns'>,
  references: FirewallReferences,
): WebAcl {
  const bodies = acl.custom_response_bodies ?? acl.custom_response_body
  const action = (value: unknown) => actionOf(one(value), blocks(bodies))
  return {
    arn,
    scope,
    resourceArns,
    name: String(acl.name),
    defaultAction: action(acl.default_action),
    rules: rulesOf(acl, references),
  }
}

/** @param owner a web ACL or a rule group */
function rulesOf(owner: Block, references: FirewallReferences): FirewallRule[] {
  const bodies = blocks(owner.custom_response_bodies ?? owner.custom_response_body)
  return blocks(owner.rules ?? owner.rule).map((rule) => ({
    name: String(rule.name),
    priority: number(rule.priority, 0),
    action: has(rule.action)
      ? actionOf(one(rule.action), bodies)
      : 'count' in one(rule.override_action)
        ? { type: 'count' }
        : 'none',
    statement: statementOf(one(rule.statement), references),
    labels: blocks(rule.rule_labels ?? rule.rule_label).map(({ name }) => String(name)),
  }))
}

const actionTypes = ['allow', 'block', 'count', 'captcha', 'challenge'] as const

function actionOf(action: Block, bodies: readonly Block[]): FirewallAction {
  const type = actionTypes.find((name) => name in action) ?? 'allow'
  const settings = one(action[type])
  const insert = one(settings.custom_request_handling)
  const inserted = blocks(insert.insert_headers ?? insert.insert_header)
  const response = one(settings.custom_response)
  const body = bodies.find(({ key }) => key === response.custom_response_body_key)
  return {
    type,
    ...(inserted.length > 0 && { insertHeaders: headersOf(inserted) }),
    ...(has(settings.custom_response) && {
      response: {
        status: number(response.response_code, 403),
        headers: headersOf(blocks(response.response_headers ?? response.response_header)),
        ...(body && {
          contentType: contentTypes[String(body.content_type)],
          body: String(body.content),
        }),
      },
    }),
  }
}

const contentTypes: Readonly<Record<string, string>> = {
  TEXT_PLAIN: 'text/plain',
  TEXT_HTML: 'text/html',
  APPLICATION_JSON: 'application/json',
}

function headersOf(headers: readonly Block[]): Record<string, string> {
  return Object.fromEntries(
    headers.map(({ name, value }) => [String(name).toLowerCase(), String(value)]),
  )
}

type StatementReader = (settings: Block, references: FirewallReferences) => FirewallStatement

const combine =
  (kind: 'and' | 'or'): StatementReader =>
  ({ statements, statement }, references) => ({
    kind,
    statements: blocks(statements ?? statement).map((each) => statementOf(each, references)),
  })

const readers: Readonly<Record<string, StatementReader>> = {
  and_statement: combine('and'),
  or_statement: combine('or'),
  not_statement: ({ statement }, references) => ({
    kind: 'not',
    statement: statementOf(one(statement), references),
  }),
  byte_match_statement: (settings) =>
    onField(settings, {
      kind: 'byteMatch',
      search: String(settings.search_string),
      position: settings.positional_constraint as 'EXACTLY',
    }),
  regex_match_statement: (settings) =>
    onField(settings, { kind: 'regex', patterns: [String(settings.regex_string)] }),
  regex_pattern_set_reference_statement: (settings, { patterns }) =>
    onField(settings, { kind: 'regex', patterns: patterns.get(String(settings.arn)) ?? [] }),
  size_constraint_statement: (settings) =>
    onField(settings, {
      kind: 'size',
      operator: settings.comparison_operator as 'EQ',
      bytes: number(settings.size, 0),
    }),
  ip_set_reference_statement: (settings, { addresses }) => ({
    kind: 'ipSet',
    addresses: addresses.get(String(settings.arn)) ?? [],
    ...forwardedIpOf(settings.ip_set_forwarded_ip_config),
  }),
  geo_match_statement: (settings) => ({
    kind: 'geo',
    countries: texts(settings.country_codes),
    ...forwardedIpOf(settings.forwarded_ip_config),
  }),
  label_match_statement: ({ scope, key }) => ({
    kind: 'label',
    scope: scope as 'LABEL',
    key: String(key),
  }),
  rate_based_statement: rateOf,
  rule_group_reference_statement: ({ arn }, references) => {
    const group = references.ruleGroups.get(String(arn))
    if (group === undefined) return { kind: 'notRun', name: `rule group ${arn}` }
    return { kind: 'ruleGroup', name: String(group.name), rules: rulesOf(group, references) }
  },
  managed_rule_group_statement: ({ vendor_name: vendor, name }) => ({
    kind: 'notRun',
    name: `managed rule group ${vendor}/${name}`,
  }),
}

function statementOf(statement: Block, references: FirewallReferences): FirewallStatement {
  const [kind = 'no statement'] = Object.keys(statement).filter((key) => has(statement[key]))
  const read = readers[kind]
  if (read === undefined) return { kind: 'notRun', name: kind.replaceAll('_', ' ') }
  return read(one(statement[kind]), references)
}

function rateOf(settings: Block, references: FirewallReferences): FirewallStatement {
  const key = text(settings.aggregate_key_type) ?? 'IP'
  if (key === 'CUSTOM_KEYS') return { kind: 'notRun', name: 'a rate by custom keys' }
  const scopeDown = one(settings.scope_down_statement)
  return {
    kind: 'rate',
    limit: number(settings.limit, 0),
    windowSeconds: number(settings.evaluation_window_sec, 300),
    key: key as RateStatement['key'],
    ...(Object.keys(scopeDown).length > 0 && { scopeDown: statementOf(scopeDown, references) }),
    ...forwardedIpOf(settings.forwarded_ip_config),
  }
}

function forwardedIpOf(value: unknown): { readonly forwardedIp?: ForwardedIp } {
  if (!has(value)) return {}
  const { header_name: header, fallback_behavior: fallback } = one(value)
  return { forwardedIp: { header: String(header).toLowerCase(), fallback: fallback as 'MATCH' } }
}

const fields: Readonly<Record<string, InspectedField['field']>> = {
  uri_path: 'uriPath',
  query_string: 'queryString',
  all_query_arguments: 'allQueryArguments',
  single_query_argument: 'queryArgument',
  single_header: 'header',
  headers: 'headers',
  cookies: 'cookies',
  method: 'method',
  body: 'body',
  json_body: 'jsonBody',
}

type OnField = Extract<FirewallStatement, InspectedField>
/** A statement without the part of the request that it inspects. */
type WithoutField<Statement> = Statement extends OnField
  ? Omit<Statement, keyof InspectedField>
  : never

function onField(settings: Block, statement: WithoutField<OnField>): FirewallStatement {
  const match = one(settings.field_to_match)
  const [key = 'uri_path'] = Object.keys(match).filter((each) => has(match[each]))
  const { name, match_pattern: pattern, match_scope: scope, oversize_handling } = one(match[key])
  const isWhole = (pattern === undefined || has(one(pattern).all)) && (scope ?? 'ALL') === 'ALL'
  const field = fields[key]
  if (field === undefined || !isWhole) {
    const part = field === undefined ? '' : 'a part of '
    return { kind: 'notRun', name: `inspection of ${part}${key.replaceAll('_', ' ')}` }
  }
  const oversize = text(oversize_handling)
  const transformations = blocks(settings.text_transformations ?? settings.text_transformation)
  return {
    ...statement,
    field,
    name: text(name)?.toLowerCase(),
    ...((oversize === 'MATCH' || oversize === 'NO_MATCH') && { oversize }),
    transformations: [...transformations]
      .sort((a, b) => number(a.priority, 0) - number(b.priority, 0))
      .map(({ type }) => String(type)),
  }
}

/** The addresses of an IP set, or the patterns of a regex pattern set. */
export function patternsOf(set: Block): string[] {
  const patterns = set.regular_expression_list ?? set.regular_expression
  return blocks(patterns).map(({ regex_string }) => String(regex_string))
}

export function addressesOf(set: Block): string[] {
  return list(set.addresses).map(String)
}
