import { invalid } from './invalid'
import type { Path } from './path'
import type { Placeholders } from './placeholders'
import { isReserved } from './reserved-words'
import { syntaxError, type Token, tokenize } from './tokens'
import type { AttributeValue } from './value'

/** Goes through the tokens of one expression, and reads what all kinds of expressions share. */
export class Reader {
  private readonly tokens: readonly Token[]
  private position = 0

  constructor(
    private readonly expression: string,
    readonly label: string,
    private readonly placeholders: Placeholders,
  ) {
    if (expression.trim() === '') {
      throw invalid(`Invalid ${label}: The expression can not be empty;`)
    }
    this.tokens = tokenize(expression, label)
  }

  get token(): Token {
    return this.tokens[this.position] as Token
  }

  /** Whether a word or symbol is next, which is then taken. Keywords are written in any case. */
  takes(text: string): boolean {
    const { kind, text: found } = this.token
    const isIt =
      kind === 'name' ? found.toUpperCase() === text : kind === 'symbol' && found === text
    if (isIt) this.position++
    return isIt
  }

  expect(text: string): void {
    if (!this.takes(text)) throw this.error()
  }

  end(): void {
    if (this.token.kind !== 'end') throw this.error()
  }

  error(): Error {
    return syntaxError(this.label, this.expression, this.token)
  }

  /** The name of the function whose call is next, with its parenthesis taken. */
  functionName(): string | undefined {
    const after = this.tokens[this.position + 1]
    if (this.token.kind !== 'name' || after?.kind !== 'symbol' || after.text !== '(') {
      return undefined
    }
    const { text } = this.token
    this.position += 2
    return text
  }

  unknownFunction(name: string): Error {
    return invalid(`Invalid ${this.label}: Invalid function name; function: ${name}`)
  }

  value(): AttributeValue {
    if (this.token.kind !== ':') throw this.error()
    const value = this.placeholders.value(this.token.text, this.label)
    this.position++
    return value
  }

  path(): Path {
    const path: (string | number)[] = [this.attributeName()]
    for (;;) {
      if (this.takes('.')) path.push(this.attributeName())
      else if (this.takes('[')) {
        if (this.token.kind !== 'number') throw this.error()
        path.push(Number(this.token.text))
        this.position++
        this.expect(']')
      } else return path
    }
  }

  /** One or more of something with commas between. */
  list<Item>(read: () => Item): Item[] {
    const items = [read()]
    while (this.takes(',')) items.push(read())
    return items
  }

  private attributeName(): string {
    const { kind, text } = this.token
    if (kind !== 'name' && kind !== '#') throw this.error()
    if (kind === 'name' && isReserved(text)) {
      throw invalid(
        `Invalid ${this.label}: Attribute name is a reserved keyword; reserved keyword: ${text}`,
      )
    }
    this.position++
    return kind === '#' ? this.placeholders.name(text, this.label) : text
  }
}
