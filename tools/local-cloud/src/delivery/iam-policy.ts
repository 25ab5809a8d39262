/** One statement, or a list of them, as IAM writes both. */
type OneOrMore<Value> = Value | readonly Value[]

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore<string>>>
  readonly Action?: OneOrMore<string>
  readonly NotAction?: OneOrMore<string>
  readonly Resource?: OneOrMore<string>
  readonly NotResource?: OneOrMore<string>
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, OneOrMore<string | boolean>>>>
  >
}

export interface PolicyDocument {
  readonly Statement: OneOrMore<Statement>
}

/** What somebody wants to do. */
export interface Access {
  /** `sqs:SendMessage` */
  readonly action: string
  readonly resource: string
  /** What conditions ask about: `aws:SourceArn`, `aws:ResourceTag/owner`. */
  readonly context: Readonly<Record<string, string>>
  /** Where a policy of a resource is asked: `events.amazonaws.com`, or an ARN. */
  readonly principal?: string
}

/** Whether the policies allow it: some statement does, and none denies it. */
export function allows(policies: readonly PolicyDocument[], access: Access): boolean {
  const statements = policies.flatMap(({ Statement }) => listOf(Statement))
  const applying = statements.filter((statement) => applies(statement, access))
  return (
    applying.some(({ Effect }) => Effect === 'Allow') &&
    applying.every(({ Effect }) => Effect === 'Allow')
  )
}

function applies(statement: Statement, { action, resource, context, principal }: Access): boolean {
  const { Action, NotAction, Resource, NotResource, Principal, Condition = {} } = statement
  const isAbout = (patterns: OneOrMore<string>, value: string) =>
    listOf(patterns).some((pattern) => like(pattern, value))
  if (Action !== undefined && !isAbout(lower(Action), action.toLowerCase())) return false
  if (NotAction !== undefined && isAbout(lower(NotAction), action.toLowerCase())) return false
  if (Resource !== undefined && !isAbout(Resource, resource)) return false
  if (NotResource !== undefined && isAbout(NotResource, resource)) return false
  if (principal !== undefined && !isFor(Principal, principal)) return false
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, listOf(wanted).map(String), valueIn(context, key)),
    ),
  )
}

/** A principal of the account is meant by its own ARN, by the account, and by `*`. */
function isFor(principal: Statement['Principal'], asked: string): boolean {
  if (principal === undefined) return false
  if (principal === '*') return true
  const named = Object.values(principal).flatMap(listOf)
  const account = /^arn:aws:iam::(\d+):/.exec(asked)?.[1]
  return named.some(
    (name) =>
      name === '*' ||
      name === asked ||
      (account !== undefined && (name === account || name === `arn:aws:iam::${account}:root`)),
  )
}

function holds(operator: string, wanted: readonly string[], value: string | undefined): boolean {
  if (operator === 'Null')
    return wanted.every((each) => (each === 'true') === (value === undefined))
  const [, quantifier = '', name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  if (value === undefined)
    return ifExists !== undefined || quantifier === 'ForAllValues' || name.includes('Not')
  switch (name) {
    case 'StringEquals':
      return wanted.includes(value)
    case 'StringNotEquals':
      return !wanted.includes(value)
    case 'StringEqualsIgnoreCase':
      return wanted.some((each) => each.toLowerCase() === value.toLowerCase())
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return wanted.some((pattern) => like(pattern, value))
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return !wanted.some((pattern) => like(pattern, value))
    case 'Bool':
      return wanted.includes(value)
    default:
      throw new Error(`IAM's ${operator} is not known here: add it to iam-policy.ts`)
  }
}

function valueIn(context: Access['context'], key: string): string | undefined {
  const found = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase())
  return found === undefined ? undefined : context[found]
}

function like(pattern: string, value: string): boolean {
  const parts = pattern.split(/([*?])/).map((part) => {
    if (part === '*') return '[\\s\\S]*'
    return part === '?' ? '.' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`).test(value)
}

function lower(value: OneOrMore<string>): string[] {
  return listOf(value).map((each) => each.toLowerCase())
}

function listOf<Value>(value: OneOrMore<Value>): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value]
}
