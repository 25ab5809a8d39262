import { compareDecimals, formatDecimal, parseDecimal } from './decimal'
import { invalid } from './invalid'

/** An attribute value on the wire. Bytes are base64. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item }

export type Item = Readonly<Record<string, AttributeValue>>

export function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? ''
}

/** The members of a set with the name of its type, or nothing for what is no set. */
export function setOf(
  value: AttributeValue,
): [type: 'SS' | 'NS' | 'BS', members: readonly string[]] | undefined {
  if ('SS' in value) return ['SS', value.SS]
  if ('NS' in value) return ['NS', value.NS]
  return 'BS' in value ? ['BS', value.BS] : undefined
}

export function equal(one: AttributeValue, other: AttributeValue): boolean {
  return JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))
}

/** Negative, zero or positive, or nothing for values that have no order between them. */
export function compare(one: AttributeValue, other: AttributeValue): number | undefined {
  if ('S' in one && 'S' in other) return Buffer.compare(Buffer.from(one.S), Buffer.from(other.S))
  if ('N' in one && 'N' in other) return compareDecimals(parseDecimal(one.N), parseDecimal(other.N))
  if ('B' in one && 'B' in other) return Buffer.compare(bytes(one.B), bytes(other.B))
  return undefined
}

/** What `size()` says of a value; a number, a boolean and null have none. */
export function sizeOf(value: AttributeValue): number | undefined {
  if ('S' in value) return value.S.length
  if ('B' in value) return bytes(value.B).length
  if ('L' in value) return value.L.length
  if ('M' in value) return Object.keys(value.M).length
  return setOf(value)?.[1].length
}

/** Checked, and with its numbers as DynamoDB keeps them. */
export function normalized(value: AttributeValue): AttributeValue {
  if ('N' in value) return { N: formatDecimal(parseDecimal(value.N)) }
  if ('L' in value) return { L: value.L.map(normalized) }
  if ('M' in value) return { M: normalizedItem(value.M) }
  const set = setOf(value)
  if (set === undefined) return value
  const [type, members] = set
  if (members.length === 0) {
    throw invalid('One or more parameter values were invalid: a set may not be empty')
  }
  const own = type === 'NS' ? members.map((member) => formatDecimal(parseDecimal(member))) : members
  if (new Set(own).size < own.length) {
    throw invalid(
      `One or more parameter values were invalid: Input collection [${own.join(', ')}] contains duplicates.`,
    )
  }
  return { [type]: own } as unknown as AttributeValue
}

export function normalizedItem(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, normalized(value)]))
}

/** About what DynamoDB counts: names and contents, three bytes for a list or map and one for each element. */
export function itemBytes(item: Item): number {
  let total = 0
  for (const [name, value] of Object.entries(item))
    total += Buffer.byteLength(name) + bytesOf(value)
  return total
}

function bytesOf(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S)
  if ('N' in value) return Math.ceil(value.N.length / 2) + 1
  if ('B' in value) return bytes(value.B).length
  if ('M' in value) return 3 + itemBytes(value.M) + Object.keys(value.M).length
  if ('L' in value) return value.L.reduce((sum, element) => sum + bytesOf(element) + 1, 3)
  return setOf(value)?.[1].reduce((sum, member) => sum + Buffer.byteLength(member), 0) ?? 1
}

function bytes(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

/** The same for equal values: sets and maps have no order, and 1.0 is 1. */
function canonical(value: AttributeValue): AttributeValue {
  if ('L' in value) return { L: value.L.map(canonical) }
  if ('M' in value) {
    const entries = Object.entries(value.M).sort(([one], [other]) => (one < other ? -1 : 1))
    return { M: Object.fromEntries(entries.map(([name, member]) => [name, canonical(member)])) }
  }
  const set = setOf(value)
  if (set === undefined) return normalized(value)
  const [type, members] = set
  const own = type === 'NS' ? members.map((member) => formatDecimal(parseDecimal(member))) : members
  return { [type]: [...own].sort() } as unknown as AttributeValue
}
