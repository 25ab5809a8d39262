import { type Expression, type Module, type Property, parseSync, type Span } from '@swc/core'

type KeyValue = Extract<Property, { type: 'KeyValueProperty' }>

/** The value of a constant, or of a property below it, if it consists of literals. */
export function valueAt(text: string, ...path: readonly string[]): unknown {
  return literal(found(text, path), path)
}

/** The text with another value there, in one line: format it afterwards. */
export function withValue(text: string, path: readonly string[], value: unknown): string {
  return replaced(text, spanAt(text, path), JSON.stringify(value))
}

/** The text with a copy of one property of an object at its end. Unchanged if the object has a property of that name. */
export function withCopy(text: string, path: readonly string[], from: string, to: string): string {
  if (propertyOf(found(text, path), to) !== undefined) return text
  const object = spanAt(text, path)
  const span = spanAt(text, [...path, from])
  const source = Buffer.from(text)
  const inside = source
    .subarray(0, object.end - 2)
    .toString()
    .trimEnd()
  const comma = /[,{]$/.test(inside) ? '' : ','
  const copy = source.subarray(span.start - 1, span.end - 1).toString()
  return `${inside}${comma}\n${to}: ${copy},\n${source.subarray(object.end - 2)}`
}

/** The text with some bytes replaced. Spans count bytes, from 1. */
function replaced(text: string, { start, end }: Span, by: string): string {
  const source = Buffer.from(text)
  return `${source.subarray(0, start - 1)}${by}${source.subarray(end - 1)}`
}

function spanAt(text: string, path: readonly string[]): Span {
  const expression = found(text, path)
  return 'span' in expression ? expression.span : unreadable(path)
}

let last: { readonly text: string; readonly module: Module } | undefined

/** Many values of a file are read, one after the other. */
function parsed(text: string): Module {
  if (last?.text !== text) last = { text, module: parseSync(text, { syntax: 'typescript' }) }
  return last.module
}

function found(text: string, [constant = '', ...keys]: readonly string[]): Expression {
  const declarators = parsed(text).body.flatMap((item) => {
    const declaration = item.type === 'ExportDeclaration' ? item.declaration : item
    return declaration.type === 'VariableDeclaration' ? declaration.declarations : []
  })
  const { init } =
    declarators.find(({ id }) => id.type === 'Identifier' && id.value === constant) ?? {}
  if (!init) throw new Error(`must have a constant ${constant}; it has none. Restore it.`)
  let expression = unwrapped(init)
  for (const key of keys) {
    const property = propertyOf(expression, key)
    if (property === undefined) {
      throw new Error(`must have ${[constant, ...keys].join('.')}; it has none. Restore it.`)
    }
    expression = unwrapped(property.value)
  }
  return expression
}

function propertyOf(object: Expression, key: string): KeyValue | undefined {
  if (object.type !== 'ObjectExpression') return undefined
  return object.properties.find(
    (property): property is KeyValue =>
      property.type === 'KeyValueProperty' && nameOf(property) === key,
  )
}

function nameOf({ key }: KeyValue): string | undefined {
  return key.type === 'Identifier' || key.type === 'StringLiteral' ? key.value : undefined
}

/** Without `as const`, `satisfies` and parentheses. */
function unwrapped(expression: Expression): Expression {
  switch (expression.type) {
    case 'TsAsExpression':
    case 'TsConstAssertion':
    case 'TsSatisfiesExpression':
    case 'ParenthesisExpression':
      return unwrapped(expression.expression)
    default:
      return expression
  }
}

function literal(expression: Expression, path: readonly string[]): unknown {
  const plain = unwrapped(expression)
  switch (plain.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return plain.value
    case 'ArrayExpression':
      return plain.elements.map((element) =>
        element === undefined || element.spread
          ? unreadable(path)
          : literal(element.expression, path),
      )
    case 'ObjectExpression':
      return Object.fromEntries(
        plain.properties.map((property) => {
          const name = property.type === 'KeyValueProperty' ? nameOf(property) : undefined
          if (property.type !== 'KeyValueProperty' || name === undefined) return unreadable(path)
          return [name, literal(property.value, [...path, name])]
        }),
      )
    default:
      return unreadable(path)
  }
}

function unreadable(path: readonly string[]): never {
  throw new Error(
    `${path.join('.')} must consist of literals, so that it can be changed; it does not. Write its values out, or change it by hand.`,
  )
}
