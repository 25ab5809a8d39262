/** The value of `local.hosts`, `each.value` or `aws_lb.main.dns_name`. Undefined: not known. */
export type ReferenceValue = (reference: string) => unknown

const unknownUuid = '00000000-0000-4000-8000-000000000000'

/** Functions of Terraform. Unknown arguments are undefined. */
const functions: Readonly<Record<string, (...values: readonly unknown[]) => unknown>> = {
  concat: (...values) => values.flatMap(listOf),
  length: (value) => listOf(value).length,
  nonsensitive: (value) => value,
  one: (value) => listOf(value)[0],
  sensitive: (value) => value,
  setunion: (...values) => [...new Set(values.flatMap(listOf))],
  tolist: (value) => value,
  toset: (value) => value,
  uuid: () => unknownUuid,
}

/**
 * The value of an expression of Terraform, as far as it is known before a deployment: references, literals, some functions, and
 * conditions on the length of a list. Undefined for everything else.
 */
export function evaluate(expression: string, lookUp: ReferenceValue): unknown {
  const text = expression.trim()
  const literal = literalOf(text)
  if (literal !== undefined) return literal
  const [, condition, whenTrue = '', whenFalse = ''] = /^(.+?) \? (.+) : (.+)$/s.exec(text) ?? []
  if (condition !== undefined) {
    const isTrue = comparison(condition, lookUp)
    return isTrue === undefined ? undefined : evaluate(isTrue ? whenTrue : whenFalse, lookUp)
  }
  const [, name = '', args = ''] = /^(\w+)\((.*)\)$/s.exec(text) ?? []
  const call = functions[name]
  if (call !== undefined) {
    return call(...argumentsIn(args).map((each) => evaluate(each, lookUp)))
  }
  return /^[\w.[\]"-]+$/.test(text) ? lookUp(text.replaceAll(/\[\d+\]/g, '')) : undefined
}

function literalOf(text: string): unknown {
  if (!/^(\[.*\]|".*"|-?\d+(\.\d+)?|true|false)$/s.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function comparison(text: string, lookUp: ReferenceValue): boolean | undefined {
  const [, left = '', operator, right = ''] = /^(.+?) (>|==|!=) (.+)$/.exec(text) ?? []
  const [a, b] = [evaluate(left, lookUp), evaluate(right, lookUp)]
  if (operator === undefined || a === undefined || b === undefined) return undefined
  return operator === '>' ? Number(a) > Number(b) : (a === b) === (operator === '==')
}

/** Splits at the commas outside of brackets. */
function argumentsIn(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ''
  for (const character of text) {
    if ('([{'.includes(character)) depth++
    if (')]}'.includes(character)) depth--
    if (character === ',' && depth === 0) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return part.trim() === '' ? parts : [...parts, part]
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
