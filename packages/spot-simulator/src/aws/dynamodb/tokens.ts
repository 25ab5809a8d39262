import { invalid } from './invalid'

export interface Token {
  /** `name` a bare word, `#` and `:` placeholders, `number` an index, `symbol` the rest. */
  readonly kind: 'name' | '#' | ':' | 'number' | 'symbol' | 'end'
  readonly text: string
  /** Where it starts in the expression. */
  readonly at: number
}

const twoCharacterSymbols = ['<>', '<=', '>=']
const symbols = '=<>(),.[]+-'

/** @param label which expression it is, for the message: `ConditionExpression` */
export function tokenize(expression: string, label: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < expression.length) {
    const character = expression.charAt(at)
    if (/\s/.test(character)) {
      at++
      continue
    }
    const token = next(expression, at)
    if (token === undefined) throw syntaxError(label, expression, { text: character, at })
    tokens.push(token)
    at += token.text.length
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at }]
}

export function syntaxError(
  label: string,
  expression: string,
  { text, at }: Pick<Token, 'text' | 'at'>,
) {
  const near = expression.slice(Math.max(0, at - 10), at + text.length + 10)
  return invalid(`Invalid ${label}: Syntax error; token: "${text}", near: "${near}"`)
}

function next(expression: string, at: number): Token | undefined {
  const character = expression.charAt(at)
  if (character === '#' || character === ':') {
    const word = wordAt(expression, at + 1)
    return word === '' ? undefined : { kind: character, text: character + word, at }
  }
  if (/[A-Za-z]/.test(character)) return { kind: 'name', text: wordAt(expression, at), at }
  if (/\d/.test(character)) return { kind: 'number', text: digitsAt(expression, at), at }
  const two = expression.slice(at, at + 2)
  if (twoCharacterSymbols.includes(two)) return { kind: 'symbol', text: two, at }
  return symbols.includes(character) ? { kind: 'symbol', text: character, at } : undefined
}

function wordAt(expression: string, at: number): string {
  let end = at
  while (end < expression.length && /\w/.test(expression.charAt(end))) end++
  return expression.slice(at, end)
}

function digitsAt(expression: string, at: number): string {
  let end = at
  while (end < expression.length && /\d/.test(expression.charAt(end))) end++
  return expression.slice(at, end)
}
