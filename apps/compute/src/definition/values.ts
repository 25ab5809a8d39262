import { type Check, isObject, type Problem, type Rule } from '@tideway/constructs'

export function isWhole(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

export function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}

/** The check of a field that has one of a few words, or may be missing. */
export function choice(
  value: unknown,
  words: readonly string[],
  fix = 'Choose one of them.',
): Check {
  const quoted = words.map((word) => `"${word}"`)
  const must = `be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
  return [value === undefined || words.some((word) => word === value), must, fix]
}

export function problemUnless(isValid: boolean, problem: Problem): Problem[] {
  return isValid ? [] : [problem]
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
