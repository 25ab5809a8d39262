import { notSimulated } from '../operations'
import { isReserved } from './reserved-words'
import { type AttributeValue, type Item, invalid, normalized } from './table'

export interface ExpressionInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}

/** `attribute = :value`. Without a value, the attribute must not exist. */
export interface Condition {
  readonly attribute: string
  readonly value: AttributeValue | undefined
}

const notExists = 'attribute_not_exists(attribute)'
const equals = 'attribute = :value'

/** @param parameter the parameter with the expression */
export function parseCondition(
  parameter: 'ConditionExpression' | 'KeyConditionExpression',
  expression: string,
  input: ExpressionInput,
): Condition {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input
  const [, missing] = /^attribute_not_exists\s*\(\s*(#?\w+)\s*\)$/.exec(expression.trim()) ?? []
  const [, left, right] = /^(#?\w+)\s*=\s*(:\w+)$/.exec(expression.trim()) ?? []
  const name = (parameter === 'ConditionExpression' ? missing : undefined) ?? left
  if (name === undefined) {
    const simulated = parameter === 'ConditionExpression' ? [notExists, equals] : [equals]
    throw notSimulated(parameter, `"${expression}"`, simulated)
  }
  for (const given of [...Object.keys(names), ...Object.keys(values)]) {
    if (given === name || given === right) continue
    throw invalid(
      `Value provided in ${given.startsWith('#') ? 'ExpressionAttributeNames' : 'ExpressionAttributeValues'} unused in expressions: keys: {${given}}`,
    )
  }
  const fail = (problem: string) => invalid(`Invalid ${parameter}: ${problem}`)
  const attribute = name.startsWith('#') ? names[name] : name
  if (attribute === undefined) {
    throw fail(`An expression attribute name used in the expression is not defined: ${name}`)
  }
  if (attribute === name && isReserved(name)) {
    throw fail(`Attribute name is a reserved keyword; reserved keyword: ${name}`)
  }
  if (right === undefined) return { attribute, value: undefined }
  const value = values[right]
  if (value !== undefined) return { attribute, value: normalized({ value }).value }
  throw fail(`An expression attribute value used in expression is not defined: ${right}`)
}
