/** An IPv4 range: its first address as a number, and how many leading bits are fixed. */
export interface Cidr {
  readonly base: number
  readonly prefix: number
}

/** Parses `10.0.0.0/16`. Returns undefined for anything else, including a base with host bits set. */
export function parseCidr(text: unknown): Cidr | undefined {
  if (typeof text !== 'string') return undefined
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  if (match === null) return undefined
  // Some parsers read a leading zero as octal.
  if (match.slice(1).some((part) => /^0\d/.test(part))) return undefined
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number)
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined
  const base = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
  return base % sizeOf(prefix) === 0 ? { base, prefix } : undefined
}

export function formatCidr({ base, prefix }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256)
  return `${octets.join('.')}/${prefix}`
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.base < other.base + sizeOf(other.prefix) && other.base < one.base + sizeOf(one.prefix)
}

/** The `index`-th part of a range that is cut into 2^`newBits` equal parts. */
export function subnetOf(range: Cidr, newBits: number, index: number): Cidr {
  const prefix = range.prefix + newBits
  if (prefix > 32 || index < 0 || index >= 2 ** newBits) {
    throw new RangeError(`${formatCidr(range)} has no part ${index} of 2^${newBits}`)
  }
  return { base: range.base + index * sizeOf(prefix), prefix }
}

function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix)
}
