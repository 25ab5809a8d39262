import { type Path, valueAt } from './path'
import { type AttributeValue, compare, equal, type Item, setOf, sizeOf, typeOf } from './value'

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: Path }

export const comparators = ['=', '<>', '<', '<=', '>', '>='] as const
export type Comparator = (typeof comparators)[number]

/** What a ConditionExpression, a FilterExpression or a KeyConditionExpression says. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | {
      readonly kind: 'compare'
      readonly comparator: Comparator
      readonly left: Operand
      readonly right: Operand
    }
  | {
      readonly kind: 'between'
      readonly operand: Operand
      readonly least: Operand
      readonly most: Operand
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly among: readonly Operand[] }
  | { readonly kind: 'attribute_exists' | 'attribute_not_exists'; readonly path: Path }
  | {
      readonly kind: 'begins_with' | 'contains' | 'attribute_type'
      readonly path: Path
      readonly argument: Operand
    }

export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item)
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item)
    case 'not':
      return !holds(condition.condition, item)
    case 'compare': {
      const left = operandValue(condition.left, item)
      return compares(left, condition.comparator, operandValue(condition.right, item))
    }
    case 'between': {
      const value = operandValue(condition.operand, item)
      const isAtLeast = compares(value, '>=', operandValue(condition.least, item))
      return isAtLeast && compares(value, '<=', operandValue(condition.most, item))
    }
    case 'in': {
      const value = operandValue(condition.operand, item)
      return condition.among.some((one) => compares(value, '=', operandValue(one, item)))
    }
    case 'attribute_exists':
      return valueAt(item, condition.path) !== undefined
    case 'attribute_not_exists':
      return valueAt(item, condition.path) === undefined
    default: {
      const value = valueAt(item, condition.path)
      const argument = operandValue(condition.argument, item)
      if (value === undefined || argument === undefined) return false
      if (condition.kind === 'begins_with') return beginsWith(value, argument)
      if (condition.kind === 'contains') return contains(value, argument)
      return 'S' in argument && typeOf(value) === argument.S
    }
  }
}

function operandValue(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === 'value') return operand.value
  const value = valueAt(item, operand.path)
  if (operand.kind === 'path') return value
  const size = value && sizeOf(value)
  return size === undefined ? undefined : { N: String(size) }
}

/** With an attribute that is missing nothing compares, except that it is not equal. */
function compares(
  left: AttributeValue | undefined,
  comparator: Comparator,
  right: AttributeValue | undefined,
): boolean {
  const areEqual = left !== undefined && right !== undefined && equal(left, right)
  if (comparator === '=') return areEqual
  if (comparator === '<>') return !areEqual
  const order = left && right && compare(left, right)
  if (order === undefined) return false
  if (comparator === '<') return order < 0
  if (comparator === '<=') return order <= 0
  return comparator === '>' ? order > 0 : order >= 0
}

export function beginsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  if ('S' in value && 'S' in prefix) return value.S.startsWith(prefix.S)
  if (!('B' in value && 'B' in prefix)) return false
  const start = Buffer.from(prefix.B, 'base64')
  return Buffer.from(value.B, 'base64').subarray(0, start.length).equals(start)
}

function contains(value: AttributeValue, part: AttributeValue): boolean {
  if ('S' in value && 'S' in part) return value.S.includes(part.S)
  if ('L' in value) return value.L.some((element) => equal(element, part))
  const [type, members] = setOf(value) ?? []
  const own = typeOf(part)
  if (type !== `${own}S`) return false
  return (members ?? []).some((member) =>
    equal({ [own]: member } as unknown as AttributeValue, part),
  )
}
