import type { Condition } from './condition'
import { invalid } from './invalid'
import type { AttributeValue } from './value'

/** What a query may ask of a key: the hash key equal to a value, and at most one thing of the sort key. */
export function keyCondition(
  condition: Condition,
  hashKey: string,
  sortKey: string | undefined,
): { readonly hash: AttributeValue; readonly range: readonly Condition[] } {
  const parts = conjuncts(condition)
  const hashes = parts.map((part) => equalTo(part, hashKey)).filter((it) => it !== undefined)
  const range = parts.filter((part) => equalTo(part, hashKey) === undefined)
  const [hash] = hashes
  if (hash === undefined) {
    throw invalid(`Query condition missed key schema element: ${hashKey}`)
  }
  const isPossible =
    hashes.length === 1 &&
    range.length <= 1 &&
    range.every((part) => sortKey !== undefined && isAbout(part, sortKey))
  if (!isPossible) throw invalid('Query key condition not supported')
  return { hash, range }
}

function conjuncts(condition: Condition): Condition[] {
  if (condition.kind !== 'and') return [condition]
  return [...conjuncts(condition.left), ...conjuncts(condition.right)]
}

function equalTo(condition: Condition, name: string): AttributeValue | undefined {
  if (condition.kind !== 'compare' || condition.comparator !== '=') return undefined
  const { left, right } = condition
  if (left.kind !== 'path' || left.path.length !== 1 || left.path[0] !== name) return undefined
  return right.kind === 'value' ? right.value : undefined
}

function isAbout(condition: Condition, sortKey: string): boolean {
  switch (condition.kind) {
    case 'compare': {
      const { left, comparator } = condition
      return comparator !== '<>' && left.kind === 'path' && left.path[0] === sortKey
    }
    case 'between':
      return condition.operand.kind === 'path' && condition.operand.path[0] === sortKey
    case 'begins_with':
      return condition.path[0] === sortKey
    default:
      return false
  }
}
