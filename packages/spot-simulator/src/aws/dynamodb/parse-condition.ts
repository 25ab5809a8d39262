import { type Condition, comparators, type Operand } from './condition'
import { invalid } from './invalid'
import type { Placeholders } from './placeholders'
import { Reader } from './reader'

/** Reads a condition: OR binds least, then AND, then NOT. */
export function parseCondition(
  expression: string,
  label: string,
  placeholders: Placeholders,
): Condition {
  const reader = new Reader(expression, label, placeholders)
  const condition = either(reader)
  reader.end()
  return condition
}

function either(reader: Reader): Condition {
  let condition = both(reader)
  while (reader.takes('OR')) condition = { kind: 'or', left: condition, right: both(reader) }
  return condition
}

function both(reader: Reader): Condition {
  let condition = negation(reader)
  while (reader.takes('AND')) condition = { kind: 'and', left: condition, right: negation(reader) }
  return condition
}

function negation(reader: Reader): Condition {
  if (reader.takes('NOT')) return { kind: 'not', condition: negation(reader) }
  return reader.takes('(') ? parenthesized(reader) : simple(reader)
}

function parenthesized(reader: Reader): Condition {
  const isDoubled = reader.token.text === '('
  const condition = either(reader)
  reader.expect(')')
  // `((a = :b))`, but not `((a = :b) AND c = :d)`.
  if (isDoubled && 'isParenthesized' in condition) {
    throw invalid(`Invalid ${reader.label}: The expression has redundant parentheses;`)
  }
  return Object.assign({ ...condition }, { isParenthesized: true })
}

function simple(reader: Reader): Condition {
  const name = reader.functionName()
  const left = name === undefined ? operand(reader) : call(reader, name)
  if (left.kind !== 'path' && left.kind !== 'value' && left.kind !== 'size') return left
  if (reader.takes('BETWEEN')) {
    const least = operandOrSize(reader)
    reader.expect('AND')
    return { kind: 'between', operand: left, least, most: operandOrSize(reader) }
  }
  if (reader.takes('IN')) {
    reader.expect('(')
    const among = reader.list(() => operandOrSize(reader))
    reader.expect(')')
    if (among.length > 100) throw invalid(`Invalid ${reader.label}: IN takes at most 100 operands`)
    return { kind: 'in', operand: left, among }
  }
  const comparator = comparators.find((symbol) => reader.takes(symbol))
  if (comparator === undefined) throw reader.error()
  return { kind: 'compare', comparator, left, right: operandOrSize(reader) }
}

/** A function that is a condition by itself, or `size`, which is an operand. */
function call(reader: Reader, name: string): Condition | Operand {
  const path = reader.path()
  if (name === 'attribute_exists' || name === 'attribute_not_exists' || name === 'size') {
    reader.expect(')')
    return { kind: name, path }
  }
  if (name === 'begins_with' || name === 'contains' || name === 'attribute_type') {
    reader.expect(',')
    const argument = operand(reader)
    reader.expect(')')
    return { kind: name, path, argument }
  }
  throw reader.unknownFunction(name)
}

function operand(reader: Reader): Operand {
  return reader.token.kind === ':'
    ? { kind: 'value', value: reader.value() }
    : { kind: 'path', path: reader.path() }
}

function operandOrSize(reader: Reader): Operand {
  const name = reader.functionName()
  if (name === undefined) return operand(reader)
  if (name !== 'size') throw reader.unknownFunction(name)
  const path = reader.path()
  reader.expect(')')
  return { kind: 'size', path }
}
