import { isObject, type Json, type JsonObject, type Payload, valueAt } from './json-path'
import { NotRunError, StatesError } from './states-error'

/** A rule of a Choice state: And, Or, Not, or a comparison of a variable. */
export type ChoiceRule = JsonObject

type Compare = (value: Json, expected: Json) => boolean

type Order = (one: number | string, other: number | string) => boolean

const orders: Readonly<Record<string, Order>> = {
  Equals: (one, other) => one === other,
  LessThan: (one, other) => one < other,
  LessThanEquals: (one, other) => one <= other,
  GreaterThan: (one, other) => one > other,
  GreaterThanEquals: (one, other) => one >= other,
}

const types: Readonly<Record<string, (value: Json) => number | string | undefined>> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Numeric: (value) => (typeof value === 'number' ? value : undefined),
  Timestamp: timestamp,
}

/** Values of another type do not match. */
const comparisons = new Map<string, Compare>([
  ...Object.entries(types).flatMap(([type, read]) =>
    Object.entries(orders).map(([name, order]): [string, Compare] => [
      type + name,
      (value, expected) => {
        const one = read(value)
        const other = read(expected)
        return one !== undefined && other !== undefined && order(one, other)
      },
    ]),
  ),
  ['BooleanEquals', (value, expected) => typeof value === 'boolean' && value === expected],
  [
    'StringMatches',
    (value, expected) => typeof value === 'string' && wildcards(String(expected)).test(value),
  ],
])

/** Whether a value has the type that the rule names. Undefined: the variable is missing. */
const typeTests = new Map<string, (value: Json | undefined) => boolean>([
  ['IsBoolean', (value) => typeof value === 'boolean'],
  ['IsNull', (value) => value === null],
  ['IsNumeric', (value) => typeof value === 'number'],
  ['IsPresent', (value) => value !== undefined],
  ['IsString', (value) => typeof value === 'string'],
  ['IsTimestamp', (value) => value !== undefined && timestamp(value) !== undefined],
])

/** Fields of a rule that do not compare. */
const otherFields = ['Variable', 'Next', 'Comment', 'Assign']

export function isMatch(rule: ChoiceRule, payload: Payload): boolean {
  const { And, Or, Not, Variable } = rule
  if (Array.isArray(And)) return And.every((each) => isMatch(each as ChoiceRule, payload))
  if (Array.isArray(Or)) return Or.some((each) => isMatch(each as ChoiceRule, payload))
  if (isObject(Not)) return !isMatch(Not, payload)
  const [operator = '', given = null] =
    Object.entries(rule).find(([name]) => !otherFields.includes(name)) ?? []
  const value = valueAt(String(Variable), payload)
  const test = typeTests.get(operator)
  if (test !== undefined && (operator === 'IsPresent' || value !== undefined)) {
    return test(value) === given
  }
  if (value === undefined) {
    const reason = `Invalid path '${Variable}': The choice state's condition path references an invalid value.`
    throw new StatesError('States.Runtime', reason)
  }
  const expected = operator.endsWith('Path') ? valueAt(String(given), payload) : given
  const compare = comparisons.get(operator.replace(/Path$/, ''))
  if (compare === undefined) throw new NotRunError(`operator ${operator} of a Choice state`)
  return expected !== undefined && compare(value, expected)
}

/** Times of RFC 3339, as Step Functions takes them. */
function timestamp(value: Json): number | undefined {
  if (typeof value !== 'string') return undefined
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(value)
  return isTime ? Date.parse(value) : undefined
}

/** `*` matches any text, and `\\*` a star. */
function wildcards(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\([*\\])|\*|[^*\\]+|\\/g)].map(([text, literal]) =>
    text === '*' ? '[^]*' : (literal ?? text).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  return new RegExp(`^${source.join('')}$`)
}
