import { AwsError } from '@tideway/spot-simulator'
import type { Series } from './metric-store'

/** A number, one series, or several such as those of METRICS(). */
export type MathValue = number | Series | readonly Series[]

interface MathScope {
  /** The result of another query of the same request, by its id. */
  valueOf(id: string): MathValue
  /** All metrics of the request. */
  metrics(): readonly Series[]
  search(expression: string, statistic: string, period: number): readonly Series[]
  /** The start of each period. */
  readonly times: readonly number[]
  readonly period: number
}

export class MathError extends AwsError {
  constructor(message: string) {
    super('ValidationError', message)
  }
}

/** Evaluates the part of CloudWatch's metric math that alarms and dashboards here use. */
export function evaluateMath(expression: string, scope: MathScope): MathValue {
  const parser = new Parser(expression, scope)
  const value = parser.expression()
  parser.end()
  return value
}

const tokens = /\s*(\d+(?:\.\d+)?|"[^"]*"|'(?:[^'\\]|\\.)*'|\w+|[<>=!]=|[-+*/(),<>[\]])/y

const operators: readonly Readonly<Record<string, (one: number, other: number) => number>>[] = [
  { OR: (a, b) => Number(a !== 0 || b !== 0) },
  { AND: (a, b) => Number(a !== 0 && b !== 0) },
  {
    '<': (a, b) => Number(a < b),
    '<=': (a, b) => Number(a <= b),
    '>': (a, b) => Number(a > b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
]

class Parser {
  private readonly tokens: string[] = []
  private position = 0

  constructor(
    private readonly text: string,
    private readonly scope: MathScope,
  ) {
    tokens.lastIndex = 0
    while (tokens.lastIndex < text.trimEnd().length) {
      const from = tokens.lastIndex
      const token = tokens.exec(text)?.[1]
      if (token === undefined) throw new MathError(`cannot read "${text.slice(from)}" in ${text}`)
      this.tokens.push(token)
    }
  }

  end(): void {
    if (this.position < this.tokens.length) throw this.unexpected()
  }

  /** @param level of precedence, the weakest first */
  expression(level = 0): MathValue {
    const known = operators[level]
    if (known === undefined) return this.unary()
    let value = this.expression(level + 1)
    for (;;) {
      const token = this.tokens[this.position] ?? ''
      const operator = Object.hasOwn(known, token) ? known[token] : undefined
      if (operator === undefined) return value
      this.position++
      value = combined(value, this.expression(level + 1), operator)
    }
  }

  private unary(): MathValue {
    if (!this.take('-')) return this.primary()
    return combined(0, this.unary(), (a, b) => a - b)
  }

  private primary(): MathValue {
    const token = this.tokens[this.position++]
    if (token === undefined) throw this.unexpected()
    if (/^\d/.test(token)) return Number(token)
    if (token === '(') return this.closed(this.expression(), ')')
    if (token === '[') return this.closed(this.list(']').flatMap(seriesIn), ']')
    if (!/^\w/.test(token)) throw this.unexpected()
    if (!this.take('(')) return this.scope.valueOf(token)
    if (token === 'SEARCH') return this.search()
    const value =
      token === 'METRICS' ? this.scope.metrics() : called(token, this.list(')'), this.scope)
    return this.closed(value, ')')
  }

  private search(): MathValue {
    const [pattern = '', , statistic = '', next, period] = this.tokens.slice(this.position)
    this.position += next === ',' ? 5 : 3
    const seconds = next === ',' ? Number(period) : this.scope.period
    return this.closed(this.scope.search(unquoted(pattern), unquoted(statistic), seconds), ')')
  }

  private list(closing: string): MathValue[] {
    const values: MathValue[] = []
    if (this.tokens[this.position] === closing) return values
    do values.push(this.expression())
    while (this.take(','))
    return values
  }

  private closed(value: MathValue, closing: string): MathValue {
    if (this.take(closing)) return value
    throw this.unexpected()
  }

  private take(token: string): boolean {
    if (this.tokens[this.position] !== token) return false
    this.position++
    return true
  }

  private unexpected(): MathError {
    const got = this.tokens[this.position] ?? 'the end'
    return new MathError(`unexpected ${got} in the expression ${this.text}`)
  }
}

const aggregates: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
}

function called(name: string, values: readonly MathValue[], scope: MathScope): MathValue {
  const [first = 0, second = 0, third = 0] = values
  const aggregate = aggregates[name]
  if (aggregate !== undefined) return aggregated(first, aggregate)
  switch (name) {
    case 'FILL':
      return seriesIn(first).map((series) =>
        seriesOf(scope.times, (time) => series.get(time) ?? at(second, time)),
      )
    case 'IF':
      return chosen(first, second, third)
    default:
      throw new MathError(`the function ${name} of metric math is not simulated`)
  }
}

/** Of several series, the value of each time that one of them has. Of one series, a number. */
function aggregated(value: MathValue, aggregate: (values: readonly number[]) => number): MathValue {
  if (typeof value === 'number') return value
  if (value instanceof Map) return aggregate([...value.values()])
  const all = seriesIn(value)
  const times = [...new Set(all.flatMap((series) => [...series.keys()]))].sort((a, b) => a - b)
  return seriesOf(times, (time) => aggregate(all.flatMap((series) => series.get(time) ?? [])))
}

function chosen(condition: MathValue, yes: MathValue, no: MathValue): MathValue {
  if (typeof condition === 'number') return condition === 0 ? no : yes
  const [series = new Map<number, number>()] = seriesIn(condition)
  return seriesOf([...series.keys()], (time) => at(series.get(time) === 0 ? no : yes, time))
}

/** Series have a value where both sides have one. */
function combined(
  one: MathValue,
  other: MathValue,
  operator: (one: number, other: number) => number,
): MathValue {
  if (typeof one === 'number' && typeof other === 'number') return operator(one, other)
  const withOther = (left: MathValue, right: MathValue) => {
    const times = typeof left === 'number' ? seriesIn(right)[0] : seriesIn(left)[0]
    return seriesOf([...(times?.keys() ?? [])], (time) => {
      const [a, b] = [at(left, time), at(right, time)]
      const value = a === undefined || b === undefined ? undefined : operator(a, b)
      // A division by zero has no value.
      return Number.isFinite(value) ? value : undefined
    })
  }
  if (isList(one) && one.length > 1) return one.map((each) => withOther(each, other))
  if (isList(other) && other.length > 1) return other.map((each) => withOther(one, each))
  return withOther(one, other)
}

function at(value: MathValue, time: number): number | undefined {
  return typeof value === 'number' ? value : seriesIn(value)[0]?.get(time)
}

function seriesIn(value: MathValue): readonly Series[] {
  if (typeof value === 'number') return []
  return isList(value) ? value : [value]
}

function isList(value: MathValue): value is readonly Series[] {
  return Array.isArray(value)
}

function seriesOf(times: readonly number[], valueAt: (time: number) => number | undefined): Series {
  const series = new Map<number, number>()
  for (const time of times) {
    const value = valueAt(time)
    if (value !== undefined) series.set(time, value)
  }
  return series
}

function unquoted(token: string): string {
  return token.slice(1, -1)
}
