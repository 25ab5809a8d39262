/** One value, or a list of them: IAM allows both. */
type OneOrMore<Value> = Value | readonly Value[]

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore<string>>>
  /** Not evaluated: a statement with it is an error. */
  readonly NotPrincipal?: unknown
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

export interface AccessRequest {
  /** `sqs:SendMessage` */
  readonly action: string
  readonly resource: string
  /** Condition keys and their values: `aws:SourceArn`, `aws:ResourceTag/owner`. */
  readonly context?: Readonly<Record<string, string>>
  /** Set to evaluate a resource policy: `events.amazonaws.com`, or an ARN. */
  readonly principal?: string
}

/** Whether the policies allow the request: at least one statement allows it, and none denies it. */
export function allows(policies: readonly PolicyDocument[], request: AccessRequest): boolean {
  const effects = policies
    .flatMap(({ Statement }) => listOf(Statement))
    .filter((statement) => applies(statement, request))
    .map(({ Effect }) => Effect)
  return effects.includes('Allow') && !effects.includes('Deny')
}

function applies(statement: Statement, request: AccessRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Principal, Condition = {} } = statement
  // A statement that lacks one of these, or misspells it, would match everything.
  if ((Action ?? NotAction) === undefined || (Resource ?? NotResource) === undefined) {
    throw new Error(
      `cannot evaluate a statement without an action and a resource: ${JSON.stringify(statement)}`,
    )
  }
  if (statement.NotPrincipal !== undefined) {
    throw new Error(`cannot evaluate NotPrincipal: ${JSON.stringify(statement)}`)
  }
  const { action, resource, context = {}, principal } = request
  const matchesAction = (patterns: OneOrMore<string>) =>
    listOf(patterns).some((pattern) => likeIgnoringCase(pattern, action))
  const matchesResource = (patterns: OneOrMore<string>) =>
    listOf(patterns).some((pattern) => like(pattern, resource))
  return (
    (Action === undefined || matchesAction(Action)) &&
    (NotAction === undefined || !matchesAction(NotAction)) &&
    (Resource === undefined || matchesResource(Resource)) &&
    (NotResource === undefined || !matchesResource(NotResource)) &&
    (principal === undefined || matchesPrincipal(Principal, principal)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, expected]) =>
        holds(operator, listOf(expected).map(String), valueIn(context, key)),
      ),
    )
  )
}

/** A principal of an account matches its own ARN, the account, and `*`. */
function matchesPrincipal(principal: Statement['Principal'], requested: string): boolean {
  if (principal === undefined) return false
  if (principal === '*') return true
  const account = /^arn:aws:iam::(\d+):/.exec(requested)?.[1]
  const matching = ['*', requested, ...(account ? [account, `arn:aws:iam::${account}:root`] : [])]
  return Object.values(principal)
    .flatMap(listOf)
    .some((name) => matching.includes(name))
}

type Operator = (expected: readonly string[], value: string) => boolean

const isOneOf: Operator = (expected, value) => expected.includes(value)
const isLikeOneOf: Operator = (expected, value) => expected.some((each) => like(each, value))
const not =
  (operator: Operator): Operator =>
  (expected, value) =>
    !operator(expected, value)

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: isOneOf,
  StringNotEquals: not(isOneOf),
  StringEqualsIgnoreCase: (expected, value) =>
    expected.some((each) => each.toLowerCase() === value.toLowerCase()),
  StringLike: isLikeOneOf,
  StringNotLike: not(isLikeOneOf),
  ArnEquals: isLikeOneOf,
  ArnLike: isLikeOneOf,
  ArnNotEquals: not(isLikeOneOf),
  ArnNotLike: not(isLikeOneOf),
  Bool: isOneOf,
}

function holds(condition: string, expected: readonly string[], value: string | undefined): boolean {
  if (condition === 'Null') {
    return expected.every((each) => (each === 'true') === (value === undefined))
  }
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(condition) ?? []
  const operator = operators[name]
  if (operator === undefined) {
    throw new Error(`cannot evaluate the IAM condition ${condition}: add it to iam-evaluator.ts`)
  }
  if (value !== undefined) return operator(expected, value)
  if (ifExists !== undefined || quantifier === 'ForAllValues') return true
  return quantifier === undefined && name.includes('Not')
}

function valueIn(context: Readonly<Record<string, string>>, key: string): string | undefined {
  const found = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase())
  return found === undefined ? undefined : context[found]
}

/** `*` stands for any text and `?` for one character. Regular expressions take exponential time for many wildcards. */
function like(pattern: string, value: string): boolean {
  let [at, star, retry] = [0, -1, 0]
  for (let index = 0; index < value.length; ) {
    if (pattern[at] === '*') {
      star = at++
      retry = index
    } else if (pattern[at] === '?' || pattern[at] === value[index]) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++retry
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}

/** Compares as `like` does, without regard to case: for actions. */
export function likeIgnoringCase(pattern: string, value: string): boolean {
  return like(pattern.toLowerCase(), value.toLowerCase())
}

function listOf<Value>(value: OneOrMore<Value>): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value]
}
