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
  /** An ARN, in which `unknownPart` stands for what a request does not show. */
  readonly resource: string
  /** Condition keys and their values: `aws:SourceArn`, `aws:ResourceTag/owner`. Other keys are absent from the request. */
  readonly context?: Readonly<Record<string, OneOrMore<string>>>
  /** Keys, or their beginnings, that the request has with a value that is not known. */
  readonly unknownKeys?: readonly string[]
  /** Set to evaluate a resource policy: `events.amazonaws.com`, or an ARN. */
  readonly principal?: string
}

/** Stands for any text in the ARN of a request. */
export const unknownPart = '\u{FFFD}'

/** `unknown`: it depends on a part of the resource or on a condition key whose value is not known. */
export type Decision = 'allowed' | 'implicit deny' | 'explicit deny' | 'unknown'

/** Whether the policies allow the request: at least one statement allows it, and none denies it. */
export function allows(policies: readonly PolicyDocument[], request: AccessRequest): boolean {
  return decisionOf(policies, request) === 'allowed'
}

export function decisionOf(policies: readonly PolicyDocument[], request: AccessRequest): Decision {
  const statements = policies.flatMap(({ Statement }) => listOf(Statement))
  const match = (effect: Statement['Effect']) =>
    some(
      statements
        .filter(({ Effect }) => Effect === effect)
        .map((statement) => applies(statement, request)),
    )
  const [isDenied, isAllowed] = [match('Deny'), match('Allow')]
  if (isDenied) return 'explicit deny'
  if (isAllowed === false) return 'implicit deny'
  return isAllowed && isDenied === false ? 'allowed' : 'unknown'
}

/** A truth value: undefined where it is not known. */
type Maybe = boolean | undefined

function some(values: readonly Maybe[]): Maybe {
  return values.includes(true) || (values.includes(undefined) ? undefined : false)
}

function every(values: readonly Maybe[]): Maybe {
  return !values.includes(false) && (values.includes(undefined) ? undefined : true)
}

function negated(value: Maybe): Maybe {
  return value === undefined ? undefined : !value
}

function applies(statement: Statement, request: AccessRequest): Maybe {
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
  const { action, resource, principal } = request
  const matchesAction = (patterns: OneOrMore<string>) =>
    listOf(patterns).some((pattern) => likeIgnoringCase(pattern, action))
  const matchesResource = (patterns: OneOrMore<string>) =>
    some(listOf(patterns).map((pattern) => likeResource(pattern, resource)))
  const isOfCaller =
    (Action === undefined || matchesAction(Action)) &&
    (NotAction === undefined || !matchesAction(NotAction)) &&
    (principal === undefined || matchesPrincipal(Principal, principal))
  if (!isOfCaller) return false
  return every([
    Resource === undefined || matchesResource(Resource),
    NotResource === undefined || negated(matchesResource(NotResource)),
    ...Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, expected]) =>
        holds(operator, key, listOf(expected).map(String), request),
      ),
    ),
  ])
}

/** A pattern may cover an ARN with an unknown part if the text before it does not differ. */
function likeResource(pattern: string, resource: string): Maybe {
  if (like(pattern, resource)) return true
  const [known = ''] = resource.split(unknownPart)
  if (known === resource) return false
  const [fixed = ''] = pattern.split(/[*?]/)
  return fixed.startsWith(known) || known.startsWith(fixed) ? undefined : false
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
const isOneOfIgnoringCase: Operator = (expected, value) =>
  expected.some((each) => each.toLowerCase() === value.toLowerCase())
const not =
  (operator: Operator): Operator =>
  (expected, value) =>
    !operator(expected, value)
const compared =
  (isHeld: (value: number, expected: number) => boolean): Operator =>
  (expected, value) =>
    expected.some((each) => isHeld(Number(value), Number(each)))

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: isOneOf,
  StringNotEquals: not(isOneOf),
  StringEqualsIgnoreCase: isOneOfIgnoringCase,
  StringNotEqualsIgnoreCase: not(isOneOfIgnoringCase),
  StringLike: isLikeOneOf,
  StringNotLike: not(isLikeOneOf),
  ArnEquals: isLikeOneOf,
  ArnLike: isLikeOneOf,
  ArnNotEquals: not(isLikeOneOf),
  ArnNotLike: not(isLikeOneOf),
  Bool: isOneOfIgnoringCase,
  NumericEquals: compared((value, expected) => value === expected),
  NumericNotEquals: not(compared((value, expected) => value === expected)),
  NumericLessThan: compared((value, expected) => value < expected),
  NumericLessThanEquals: compared((value, expected) => value <= expected),
  NumericGreaterThan: compared((value, expected) => value > expected),
  NumericGreaterThanEquals: compared((value, expected) => value >= expected),
}

function holds(
  condition: string,
  key: string,
  expected: readonly string[],
  { context = {}, unknownKeys = [] }: AccessRequest,
): Maybe {
  const value = valueIn(context, key)
  const isUnknown =
    value === undefined &&
    unknownKeys.some((name) => key.toLowerCase().startsWith(name.toLowerCase()))
  if (condition === 'Null') {
    if (isUnknown) return undefined
    return expected.every((each) => (each === 'true') === (value === undefined))
  }
  const [, quantifier, name = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(condition) ?? []
  const operator = operators[name]
  if (operator === undefined) {
    throw new Error(`cannot evaluate the IAM condition ${condition}: add it to iam-evaluator.ts`)
  }
  if (isUnknown) return undefined
  if (value !== undefined) {
    const isHeld = (each: string) => operator(expected, each)
    return quantifier === 'ForAnyValue' ? value.some(isHeld) : value.every(isHeld)
  }
  if (ifExists !== undefined || quantifier === 'ForAllValues') return true
  return quantifier === undefined && name.includes('Not')
}

function valueIn(
  context: NonNullable<AccessRequest['context']>,
  key: string,
): readonly string[] | undefined {
  const found = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase())
  return found === undefined ? undefined : listOf(context[found] ?? [])
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
