type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/** An event pattern of EventBridge: `{ source: ['aws.ecs'], detail: { lastStatus: ['RUNNING'] } }`. */
export type EventPattern = JsonObject

/** The first field of an event that a pattern rejects. */
export interface Mismatch {
  /** `detail.stopCode`. */
  readonly path: string
  /** The pattern's list for the field, as JSON. */
  readonly expected: string
  /** The event's value as JSON, or `nothing`. */
  readonly got: string
}

/**
 * Compares an event with a pattern: undefined means that it matches.
 *
 * @throws Error for a pattern that EventBridge rejects, or that uses a filter not supported here
 */
export function mismatchOf(pattern: EventPattern, event: Json, path = ''): Mismatch | undefined {
  for (const [field, expected] of Object.entries(pattern)) {
    if (field === '$or') {
      const alternatives = expected as readonly JsonObject[]
      const mismatches = alternatives.map((alternative) => mismatchOf(alternative, event, path))
      if (mismatches.every((mismatch) => mismatch !== undefined)) return mismatches[0]
      continue
    }
    const fieldPath = path === '' ? field : `${path}.${field}`
    const value = isObject(event) ? event[field] : undefined
    if (Array.isArray(expected)) {
      // A list in an event matches if one of its items does.
      const values = Array.isArray(value) ? value : [value]
      if (values.some((item) => expected.some((filter) => accepts(filter, item, fieldPath)))) {
        continue
      }
      return {
        path: fieldPath,
        // Written on demand: most events match few of the rules, and nobody asks why.
        get expected() {
          return JSON.stringify(expected)
        },
        get got() {
          return JSON.stringify(value) ?? 'nothing'
        },
      }
    }
    if (!isObject(expected)) {
      throw new Error(
        `${fieldPath}: a pattern has objects and lists; got ${JSON.stringify(expected)}`,
      )
    }
    const mismatch = mismatchOf(expected, value, fieldPath)
    if (mismatch !== undefined) return mismatch
  }
  return undefined
}

function accepts(filter: Json, value: Json, path: string): boolean {
  if (!isObject(filter)) return filter === value
  const [[kind, argument] = ['', undefined], ...others] = Object.entries(filter)
  if (others.length > 0) throw new Error(`${path}: one filter at a time: ${JSON.stringify(filter)}`)
  const text = typeof value === 'string' ? value : undefined
  switch (kind) {
    case 'exists':
      return argument === (value !== undefined)
    case 'prefix':
      return text !== undefined && compares(argument, text, (part, whole) => whole.startsWith(part))
    case 'suffix':
      return text !== undefined && compares(argument, text, (part, whole) => whole.endsWith(part))
    case 'equals-ignore-case':
      return text?.toLowerCase() === String(argument).toLowerCase()
    case 'wildcard':
      return text !== undefined && wildcard(String(argument)).test(text)
    case 'numeric':
      return typeof value === 'number' && inRange(argument as readonly Json[], value)
    case 'anything-but':
      return value !== undefined && !excludes(argument, value, path)
    default:
      throw new Error(`${path}: ${kind} is not a filter of EventBridge that is supported here`)
  }
}

/** `{ prefix: { 'equals-ignore-case': 'x' } }` is allowed too. */
function compares(
  argument: Json,
  value: string,
  test: (part: string, whole: string) => boolean,
): boolean {
  if (!isObject(argument)) return test(String(argument), value)
  return test(String(argument['equals-ignore-case']).toLowerCase(), value.toLowerCase())
}

/** The argument of `anything-but`: values, or one filter with one or more of them. */
function excludes(argument: Json, value: Json, path: string): boolean {
  if (Array.isArray(argument)) return argument.includes(value)
  if (!isObject(argument)) return argument === value
  return Object.entries(argument).some(([kind, inner]) =>
    (Array.isArray(inner) ? inner : [inner]).some((one) => accepts({ [kind]: one }, value, path)),
  )
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`)
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

/** @param conditions operators and bounds in turn: `['>', 0, '<=', 5]` */
function inRange(conditions: readonly Json[], value: number): boolean {
  return conditions.every(
    (operator, index) =>
      index % 2 === 1 ||
      (comparisons[String(operator)]?.(value, Number(conditions[index + 1])) ?? false),
  )
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
