import { AwsError } from '../endpoint'

type Condition = (event: unknown) => boolean

/** Whether a line of a log matches a filter pattern of CloudWatch Logs: terms, or comparisons of the fields of JSON. */
export function filterOf(pattern = ''): (line: string) => boolean {
  const text = pattern.trim()
  if (text.startsWith('[')) throw invalid(text, 'fields between blanks, which are not simulated,')
  if (!text.startsWith('{')) return termFilter(text)
  const condition = conditionOf(text)
  return (line) => {
    try {
      return line.trimStart().startsWith('{') && condition(JSON.parse(line))
    } catch {
      return false
    }
  }
}

/** `-term` must not occur. Of the `?term`, one must occur where there is no other term. */
function termFilter(text: string): (line: string) => boolean {
  const terms = [...text.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(
    ([, sign = '', quoted, plain = '']) => ({ sign, term: quoted ? unescaped(quoted) : plain }),
  )
  const of = (wanted: string) => terms.filter(({ sign }) => sign === wanted)
  const optional = of('').length > 0 ? [] : of('?')
  return (line) =>
    of('').every(({ term }) => line.includes(term)) &&
    !of('-').some(({ term }) => line.includes(term)) &&
    (optional.length === 0 || optional.some(({ term }) => line.includes(term)))
}

/** Of a pattern such as `{ ($.message = "decided") && ($.tasks[0].name = "a*" || $.desired > 3) }`. */
function conditionOf(text: string): Condition {
  const tokens =
    text.match(/"(?:[^"\\]|\\.)*"|&&|\|\||[<>!]?=|[<>(){}]|[^\s(){}&|=<>!"]+|\S/g) ?? []
  let position = 0
  const expect = (isExpected: (token: string) => boolean): string => {
    const token = tokens[position++] ?? ''
    if (isExpected(token)) return token
    throw invalid(text, token === '' ? 'the end' : token)
  }
  const list = (separator: string, next: () => Condition): Condition[] => {
    const all = [next()]
    for (; tokens[position] === separator; all.push(next())) position++
    return all
  }
  const either = (): Condition => {
    const all = list('||', both)
    return (event) => all.some((condition) => condition(event))
  }
  const both = (): Condition => {
    const all = list('&&', one)
    return (event) => all.every((condition) => condition(event))
  }
  const enclosed = (opening: string, closing: string): Condition => {
    expect((token) => token === opening)
    const condition = either()
    expect((token) => token === closing)
    return condition
  }
  const one = (): Condition => {
    if (tokens[position] === '(') return enclosed('(', ')')
    const path = expect((token) => /^\$(\.[\w-]+|\[\d+\])+$/.test(token)).match(/[\w-]+/g) ?? []
    const compare = comparisons[expect((token) => Object.hasOwn(comparisons, token))]
    const literal = expect((token) => /^["\w*.-]/.test(token))
    return (event) => {
      const value = path.reduce<unknown>(fieldOf, event)
      return value !== undefined && compare?.(value, literal) === true
    }
  }
  const condition = enclosed('{', '}')
  if (position < tokens.length) throw invalid(text, tokens[position] ?? '')
  return condition
}

const comparisons: Readonly<Record<string, (value: unknown, literal: string) => boolean>> = {
  '=': equals,
  '!=': (value, literal) => !equals(value, literal),
  '<': (value, literal) => typeof value === 'number' && value < Number(literal),
  '<=': (value, literal) => typeof value === 'number' && value <= Number(literal),
  '>': (value, literal) => typeof value === 'number' && value > Number(literal),
  '>=': (value, literal) => typeof value === 'number' && value >= Number(literal),
}

/** A number, or text with `*` for any characters. */
function equals(value: unknown, literal: string): boolean {
  if (typeof value === 'object') return false
  if (typeof value === 'number') return value === Number(literal)
  const text = literal.startsWith('"') ? unescaped(literal.slice(1, -1)) : literal
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(String(value))
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}

function invalid(text: string, at: string): AwsError {
  const message = `Invalid filter pattern: unexpected ${at} in ${text}`
  return new AwsError('InvalidParameterException', message)
}
