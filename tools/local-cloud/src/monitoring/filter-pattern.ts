/** Whether a line of a log matches. */
type Filter = (line: string) => boolean
type Condition = (event: unknown) => boolean

export class FilterPatternError extends Error {
  override readonly name = 'FilterPatternError'
}

/** Reads a filter pattern of CloudWatch Logs: terms, or conditions on the fields of JSON. */
export function filterOf(pattern = ''): Filter {
  const text = pattern.trim()
  if (text.startsWith('{')) return jsonFilter(text)
  if (text.startsWith('[')) {
    throw new FilterPatternError(`patterns of fields between blanks are not simulated: ${text}`)
  }
  return termFilter(text)
}

/** `-term` must not occur. Of the `?term`, one must occur where there is no other term. */
function termFilter(text: string): Filter {
  const terms = [...text.matchAll(/([-?]?)(?:"([^"]*)"|(\S+))/g)].map(
    ([, sign = '', quoted, plain]) => ({ sign, term: quoted ?? plain ?? '' }),
  )
  const of = (wanted: string) => terms.filter(({ sign }) => sign === wanted)
  const optional = of('').length > 0 ? [] : of('?')
  return (line) =>
    of('').every(({ term }) => line.includes(term)) &&
    !of('-').some(({ term }) => line.includes(term)) &&
    (optional.length === 0 || optional.some(({ term }) => line.includes(term)))
}

function jsonFilter(text: string): Filter {
  const condition = new Parser(text).pattern()
  return (line) => {
    if (!line.trimStart().startsWith('{')) return false
    try {
      return condition(JSON.parse(line))
    } catch {
      return false
    }
  }
}

const tokens =
  /\s*(\$(?:\.[\w-]+|\[(?:\d+|\*|'[^']*'|"[^"]*")\])*|"(?:[^"\\]|\\.)*"|%[^%]*%|&&|\|\||[<>!]?=|[<>(){}]|[^\s(){}&|=<>!]+)/y

class Parser {
  private readonly tokens: string[] = []
  private position = 0

  constructor(private readonly text: string) {
    tokens.lastIndex = 0
    while (tokens.lastIndex < text.length) {
      const from = tokens.lastIndex
      const token = tokens.exec(text)?.[1]
      if (token === undefined) throw invalid(text, text.slice(from))
      this.tokens.push(token)
    }
  }

  pattern(): Condition {
    this.expect('{')
    const condition = this.either()
    this.expect('}')
    if (this.position < this.tokens.length) throw this.unexpected()
    return condition
  }

  private either(): Condition {
    const all = [this.both()]
    while (this.take('||')) all.push(this.both())
    return (event) => all.some((condition) => condition(event))
  }

  private both(): Condition {
    const all = [this.one()]
    while (this.take('&&')) all.push(this.one())
    return (event) => all.every((condition) => condition(event))
  }

  private one(): Condition {
    if (this.take('(')) {
      const condition = this.either()
      this.expect(')')
      return condition
    }
    const selector = this.next()
    if (!selector.startsWith('$')) throw this.unexpected(-1)
    const valuesIn = selected(selector)
    const operator = this.next()
    if (operator === 'NOT') {
      this.expect('EXISTS')
      return (event) => valuesIn(event).length === 0
    }
    if (operator === 'EXISTS') return (event) => valuesIn(event).length > 0
    if (operator === 'IS') {
      const word = this.next()
      if (!Object.hasOwn(words, word)) throw this.unexpected(-1)
      return (event) => valuesIn(event).some((value) => value === words[word])
    }
    const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
    if (compare === undefined) throw this.unexpected(-1)
    const test = compare(this.next())
    return (event) => valuesIn(event).some(test)
  }

  private next(): string {
    const token = this.tokens[this.position++]
    if (token === undefined) throw this.unexpected(-1)
    return token
  }

  private take(token: string): boolean {
    if (this.tokens[this.position] !== token) return false
    this.position++
    return true
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.unexpected()
  }

  private unexpected(offset = 0): FilterPatternError {
    return invalid(this.text, this.tokens[this.position + offset] ?? 'the end')
  }
}

const words: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false }

type Test = (value: unknown) => boolean

const ordered =
  (compare: (one: number, other: number) => boolean) =>
  (literal: string): Test =>
  (value) =>
    typeof value === 'number' && compare(value, Number(literal))

const comparisons: Readonly<Record<string, (literal: string) => Test>> = {
  '=': equals,
  '!=': (literal) => {
    const test = equals(literal)
    return (value) => !test(value)
  },
  '<': ordered((one, other) => one < other),
  '<=': ordered((one, other) => one <= other),
  '>': ordered((one, other) => one > other),
  '>=': ordered((one, other) => one >= other),
}

/** A number, or text with `*` for any characters. Between `%`, a regular expression. */
function equals(literal: string): Test {
  if (literal.startsWith('%')) {
    const expression = new RegExp(literal.slice(1, -1))
    return (value) => isText(value) && expression.test(String(value))
  }
  const isQuoted = literal.startsWith('"')
  const text = isQuoted ? literal.slice(1, -1).replace(/\\(.)/g, '$1') : literal
  const parts = text.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`, 's')
  return (value) =>
    isText(value) &&
    (expression.test(String(value)) ||
      (!isQuoted && typeof value === 'number' && value === Number(text)))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

/** The values of a selector such as `$.detail.tasks[*].name`. */
function selected(selector: string): (event: unknown) => unknown[] {
  const steps = [...selector.matchAll(/\.([\w-]+)|\[(?:(\d+|\*)|'([^']*)'|"([^"]*)")\]/g)].map(
    ([, name, index, single, double]) => name ?? index ?? single ?? double ?? '',
  )
  return (event) => {
    let values: unknown[] = [event]
    for (const step of steps) {
      values = values.flatMap((value) => {
        if (typeof value !== 'object' || value === null) return []
        if (step === '*') return Object.values(value)
        return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : []
      })
    }
    return values
  }
}

function invalid(text: string, at: string): FilterPatternError {
  return new FilterPatternError(`Invalid filter pattern: unexpected ${at} in ${text}`)
}
