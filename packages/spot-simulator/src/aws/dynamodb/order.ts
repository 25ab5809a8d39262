import type { LocatedItem, Table } from './table'
import { compare } from './value'

/** Negative where the first comes before the other. No two items are equal. */
export type Order = (one: LocatedItem, other: LocatedItem) => number

/** By the sort key where there is one. */
export function bySortKey(table: Table, one: LocatedItem, other: LocatedItem): number {
  const { sortKey } = table.props
  const [left, right] = sortKey === undefined ? [] : [one.item[sortKey], other.item[sortKey]]
  return ((left && right && compare(left, right)) ?? 0) || byId(one, other)
}

/** As a table is spread over its partitions: what was written first is not what comes first. */
export function byHash(): Order {
  const hashes = new Map<string, number>()
  const hashOf = (id: string) => {
    const hash = hashes.get(id) ?? scattered(id)
    hashes.set(id, hash)
    return hash
  }
  return (one, other) => hashOf(one.id) - hashOf(other.id) || byId(one, other)
}

function byId(one: LocatedItem, other: LocatedItem): number {
  if (one.id === other.id) return 0
  return one.id < other.id ? -1 : 1
}

function scattered(id: string): number {
  let hash = 0x811c9dc5
  for (const character of id) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
