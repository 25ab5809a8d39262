import { addDecimals, formatDecimal, negated, parseDecimal } from './decimal'
import { invalid } from './invalid'
import { type Path, valueAt, withValueAt } from './path'
import { type AttributeValue, type Item, setOf, typeOf } from './value'

/** What a SET assigns. */
export type Assigned =
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Assigned }
  | {
      readonly kind: '+' | '-' | 'list_append'
      readonly left: Assigned
      readonly right: Assigned
    }

export type UpdateAction =
  | { readonly kind: 'SET'; readonly path: Path; readonly assigned: Assigned }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: AttributeValue }

/** The item after the update. All actions see the item as it was before. */
export function updated(item: Item, actions: readonly UpdateAction[]): Item {
  const changes = actions.map((action) => [action, newValue(action, item)] as const)
  // From the back, so that removals from a list do not move what is still to be removed.
  const removals = changes.filter(([{ kind }]) => kind === 'REMOVE').sort(laterFirst)
  const rest = changes.filter(([{ kind }]) => kind !== 'REMOVE')
  let result = item
  for (const [{ path }, value] of [...rest, ...removals]) {
    const isNothing = value === undefined && valueAt(result, path) === undefined
    if (!isNothing || path.length > 1) result = withValueAt(result, path, value)
  }
  return result
}

type Change = readonly [UpdateAction, AttributeValue | undefined]

function laterFirst([{ path: one }]: Change, [{ path: other }]: Change): number {
  return Number(other.at(-1)) - Number(one.at(-1)) || 0
}

function newValue(action: UpdateAction, item: Item): AttributeValue | undefined {
  switch (action.kind) {
    case 'SET':
      return assignedValue(action.assigned, item)
    case 'REMOVE':
      return undefined
    case 'ADD':
      return added(valueAt(item, action.path), action.value)
    case 'DELETE':
      return withoutMembers(valueAt(item, action.path), action.value)
  }
}

function assignedValue(assigned: Assigned, item: Item): AttributeValue {
  switch (assigned.kind) {
    case 'value':
      return assigned.value
    case 'path': {
      const value = valueAt(item, assigned.path)
      if (value !== undefined) return value
      throw invalid(
        'The provided expression refers to an attribute that does not exist in the item',
      )
    }
    case 'if_not_exists':
      return valueAt(item, assigned.path) ?? assignedValue(assigned.otherwise, item)
    default: {
      const left = assignedValue(assigned.left, item)
      const right = assignedValue(assigned.right, item)
      return assigned.kind === 'list_append' ? joined(left, right) : sum(left, right, assigned.kind)
    }
  }
}

function sum(left: AttributeValue, right: AttributeValue, sign: '+' | '-'): AttributeValue {
  if (!('N' in left && 'N' in right)) throw wrongType()
  const other = parseDecimal(right.N)
  return {
    N: formatDecimal(addDecimals(parseDecimal(left.N), sign === '+' ? other : negated(other))),
  }
}

function joined(left: AttributeValue, right: AttributeValue): AttributeValue {
  if (!('L' in left && 'L' in right)) throw wrongType()
  return { L: [...left.L, ...right.L] }
}

/** A number counts from zero where there is none, a set from the empty one. */
function added(old: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if ('N' in value) return sum(old ?? { N: '0' }, value, '+')
  const set = setOf(value)
  if (set === undefined || (old !== undefined && typeOf(old) !== set[0])) throw wrongType()
  const [type, members] = set
  const all = [...new Set([...((old && setOf(old)?.[1]) ?? []), ...members])]
  return { [type]: all } as unknown as AttributeValue
}

function withoutMembers(
  old: AttributeValue | undefined,
  value: AttributeValue,
): AttributeValue | undefined {
  const set = setOf(value)
  if (set === undefined || (old !== undefined && typeOf(old) !== set[0])) throw wrongType()
  const [type, members] = set
  const left = ((old && setOf(old)?.[1]) ?? []).filter((member) => !members.includes(member))
  // A set is never empty: its attribute goes with the last member.
  return left.length === 0 ? undefined : ({ [type]: left } as unknown as AttributeValue)
}

function wrongType(): Error {
  return invalid('An operand in the update expression has an incorrect data type')
}
