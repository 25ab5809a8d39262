import { isObject, type Problem, type Rule } from '@tideway/constructs'

export function isWhole(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

export function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}

/** A rule for a field that may be missing. */
export function optional<Value>(rule: Rule<Value>): Rule<Value | undefined> {
  return {
    hasType: (value): value is Value | undefined => value === undefined || rule.hasType(value),
    isValid: (value) => value === undefined || rule.isValid(value),
    must: rule.must,
    fix: rule.fix,
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isList<Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
): value is Item[] {
  return Array.isArray(value) && value.every(isItem)
}

/** The problems of values that JSON cannot represent: definitions become JSON. */
export function dataProblems(
  path: string,
  value: unknown,
  above: readonly unknown[] = [],
): Problem[] {
  if ((isPlain(value) || Array.isArray(value)) && !above.includes(value)) {
    return Object.entries(value).flatMap(([name, inner]) =>
      dataProblems(`${path}.${name}`, inner, [...above, value]),
    )
  }
  if (value === null || ['undefined', 'boolean', 'string', 'number'].includes(typeof value))
    return []
  const must = 'be data that JSON can represent: text, numbers, booleans, lists and plain objects'
  return [{ path, must, got: value, fix: 'Write the value itself.' }]
}

function isPlain(value: unknown): value is object {
  const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : null
  return prototype !== null && Object.getPrototypeOf(prototype) === null
}
