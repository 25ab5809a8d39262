/** A bound on a line of numbers, addresses or times. `side` is -1 for just below the value, and 1 for just above it. */
interface Bound {
  readonly value: number | bigint
  readonly side: -1 | 0 | 1
}

/** Everything between two bounds, both included. */
export interface Range {
  readonly from: Bound
  readonly to: Bound
}

const lowest: Bound = { value: Number.NEGATIVE_INFINITY, side: 0 }
const highest: Bound = { value: Number.POSITIVE_INFINITY, side: 0 }

function order(one: Bound, other: Bound): number {
  if (one.value !== other.value) return one.value < other.value ? -1 : 1
  return one.side - other.side
}

const isNext = (to: Bound, from: Bound) => to.value === from.value && from.side === to.side + 1

function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const range of [...ranges].sort((one, other) => order(one.from, other.from))) {
    const last = result.at(-1)
    if (last === undefined || (order(last.to, range.from) < 0 && !isNext(last.to, range.from)))
      result.push(range)
    else if (order(last.to, range.to) < 0) result.splice(-1, 1, { from: last.from, to: range.to })
  }
  return result
}

export function isWithin(inner: readonly Range[], outer: readonly Range[]): boolean {
  const all = merged(outer)
  return merged(inner).every(({ from, to }) =>
    all.some((range) => order(range.from, from) <= 0 && order(to, range.to) <= 0),
  )
}

export const isEverything = (ranges: readonly Range[]) =>
  isWithin([{ from: lowest, to: highest }], ranges)

export function outside(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  let from = lowest
  for (const range of merged(ranges)) {
    const { value, side } = range.from
    if (order(from, range.from) < 0) result.push({ from, to: { value, side: side === 1 ? 0 : -1 } })
    from = { value: range.to.value, side: range.to.side === -1 ? 0 : 1 }
  }
  if (from.value !== highest.value) result.push({ from, to: highest })
  return result
}

/** The numbers for which a comparison such as `LessThanEquals` with a value holds. */
export function compared(comparison: string, value: number): Range | undefined {
  const at = (side: Bound['side']): Bound => ({ value, side })
  if (comparison === 'Equals') return { from: at(0), to: at(0) }
  if (comparison === 'LessThan') return { from: lowest, to: at(-1) }
  if (comparison === 'LessThanEquals') return { from: lowest, to: at(0) }
  if (comparison === 'GreaterThan') return { from: at(1), to: highest }
  if (comparison === 'GreaterThanEquals') return { from: at(0), to: highest }
  return undefined
}

/** IPv6 addresses are on the same line, above those of IPv4. */
const firstOfV6 = 1n << 64n

/** The addresses of `10.0.0.0/8`, `fd00::/8` or one address. */
export function addressesOf(text: string): Range | undefined {
  const [address = '', bits, ...rest] = text.trim().split('/')
  const isV6 = address.includes(':')
  const number = isV6 ? numberOfV6(address) : numberOfV4(address)
  const length = isV6 ? 128 : 32
  const prefix = bits === undefined ? length : /^\d+$/.test(bits) ? Number(bits) : -1
  if (number === undefined || rest.length > 0 || prefix < 0 || prefix > length) return undefined
  const size = 1n << BigInt(length - prefix)
  const first = (number / size) * size + (isV6 ? firstOfV6 : 0n)
  return { from: { value: first, side: 0 }, to: { value: first + size, side: -1 } }
}

function numberOfV4(address: string): bigint | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}

function numberOfV6(address: string): bigint | undefined {
  const [head = '', tail, ...rest] = address.split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [first, last] = [groups(head), groups(tail)]
  const missing = 8 - first.length - last.length
  const isWhole = tail === undefined ? missing === 0 : missing > 0
  if (rest.length > 0 || !isWhole) return undefined
  const all = [...first, ...Array.from({ length: missing }, () => '0'), ...last]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)
}
