type Json = unknown
type Fields = Readonly<Record<string, Json>>

/** Where an event first fails a pattern, and how: nothing where it matches. */
export interface Mismatch {
  /** `detail.stopCode`. */
  readonly path: string
  readonly wanted: string
  readonly got: string
}

/**
 * What keeps an event from a rule, in the language of EventBridge's patterns. Something that is not in the language
 * is an error here, as EventBridge refuses it.
 */
export function mismatchOf(pattern: Json, event: Json, path = ''): Mismatch | undefined {
  for (const [field, wanted] of Object.entries(fieldsIn(pattern, path))) {
    if (field === '$or') {
      const ways = wanted as readonly Json[]
      const failures = ways.map((way) => mismatchOf(way, event, path))
      if (failures.every((failure) => failure !== undefined)) return failures[0]
      continue
    }
    const at = path === '' ? field : `${path}.${field}`
    const value = isFields(event) ? event[field] : undefined
    if (Array.isArray(wanted)) {
      // A list in an event matches if one of its items does.
      const values = Array.isArray(value) ? value : [value]
      if (values.some((item) => wanted.some((matcher) => fits(matcher, item, at)))) continue
      return { path: at, wanted: JSON.stringify(wanted), got: JSON.stringify(value) ?? 'nothing' }
    }
    const inner = mismatchOf(wanted, value, at)
    if (inner !== undefined) return inner
  }
  return undefined
}

function fits(matcher: Json, value: Json, path: string): boolean {
  if (!isFields(matcher)) return matcher === value
  const [[kind, argument] = ['', undefined], ...others] = Object.entries(matcher)
  if (others.length > 0)
    throw new Error(`${path}: one matcher at a time: ${JSON.stringify(matcher)}`)
  const text = typeof value === 'string' ? value : undefined
  switch (kind) {
    case 'exists':
      return argument === (value !== undefined)
    case 'prefix':
      return text !== undefined && compared(argument, text, (wanted, got) => got.startsWith(wanted))
    case 'suffix':
      return text !== undefined && compared(argument, text, (wanted, got) => got.endsWith(wanted))
    case 'equals-ignore-case':
      return text?.toLowerCase() === String(argument).toLowerCase()
    case 'wildcard':
      return text !== undefined && wildcard(String(argument)).test(text)
    case 'numeric':
      return typeof value === 'number' && inRange(argument as readonly Json[], value)
    case 'anything-but':
      return value !== undefined && !anyOf(argument, value, path)
    default:
      throw new Error(`${path}: ${kind} is no matcher of EventBridge that is known here`)
  }
}

/** `{ prefix: { 'equals-ignore-case': 'x' } }` is allowed too. */
function compared(
  argument: Json,
  value: string,
  test: (wanted: string, got: string) => boolean,
): boolean {
  if (!isFields(argument)) return test(String(argument), value)
  return test(String(argument['equals-ignore-case']).toLowerCase(), value.toLowerCase())
}

/** What `anything-but` shuts out: values, or one matcher with one or more of them. */
function anyOf(argument: Json, value: Json, path: string): boolean {
  if (Array.isArray(argument)) return argument.includes(value)
  if (!isFields(argument)) return argument === value
  return Object.entries(argument).some(([kind, inner]) =>
    (Array.isArray(inner) ? inner : [inner]).some((one) => fits({ [kind]: one }, value, path)),
  )
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`)
}

function inRange(conditions: readonly Json[], value: number): boolean {
  for (let index = 0; index < conditions.length; index += 2) {
    const [operator, bound] = [conditions[index], Number(conditions[index + 1])]
    const holds =
      operator === '='
        ? value === bound
        : operator === '<'
          ? value < bound
          : operator === '<='
            ? value <= bound
            : operator === '>'
              ? value > bound
              : value >= bound
    if (!holds) return false
  }
  return true
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsIn(pattern: Json, path: string): Fields {
  if (isFields(pattern)) return pattern
  throw new Error(`${path}: a pattern has fields and lists; got ${JSON.stringify(pattern)}`)
}
