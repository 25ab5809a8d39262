/** The first and the last number of a range of addresses, ports or protocols. */
export type Span = readonly [low: bigint, high: bigint]

export type Family = 'IPv4' | 'IPv6'

export interface AddressRange {
  readonly family: Family
  readonly span: Span
}

/** A range of addresses as a CIDR, as one address, or as its first and last address. */
export function parseRange(text: string): AddressRange | undefined {
  const [first = '', last, ...more] = text.trim().split('-')
  if (last !== undefined) {
    const [from, to] = [parseRange(first), parseRange(last)]
    const isRange = more.length === 0 && from?.family === to?.family
    return from && to && isRange && from.span[0] <= to.span[1]
      ? { family: from.family, span: [from.span[0], to.span[1]] }
      : undefined
  }
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(first.trim())
  const address = match?.[1] ?? ''
  const family = address.includes(':') ? 'IPv6' : 'IPv4'
  const value = family === 'IPv6' ? parseIPv6(address) : parseIPv4(address)
  const bits = family === 'IPv6' ? 128 : 32
  const prefix = match?.[2] === undefined ? bits : Number(match[2])
  if (value === undefined || prefix > bits) return undefined
  const size = 1n << BigInt(bits - prefix)
  const low = value - (value % size)
  return { family, span: [low, low + size - 1n] }
}

function parseIPv4(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const octets = text.split('.').map(Number)
  return octets.every((octet) => octet <= 255)
    ? octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
    : undefined
}

function parseIPv6(text: string): bigint | undefined {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (embedded !== null) {
    const [value, prefix] = [parseIPv4(embedded[2] ?? ''), parseIPv6(`${embedded[1]}0:0`)]
    return value === undefined || prefix === undefined ? undefined : prefix + value
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [start = [], end = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - start.length - end.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...start, ...Array.from({ length: missing }, () => '0'), ...end]
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n)
    : undefined
}

const spans = (...texts: readonly string[]): Span[] =>
  texts.flatMap((text) => {
    const range = parseRange(text)
    return range === undefined ? [] : [range.span]
  })

/** Ranges for private networks, the host itself and multicast: nobody on the internet has such an address. */
const notPublic: Readonly<Record<Family, readonly Span[]>> = {
  IPv4: spans(
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
  ),
  IPv6: spans('::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'),
}

/** AWS calls a policy public if it allows a range wider than /8, or /32 of IPv6. */
const limits = {
  IPv4: { contiguous: 1n << 24n, total: 1n << 30n },
  IPv6: { contiguous: 1n << 96n, total: 1n << 123n },
} as const

/** Whether ranges together are the internet, or too much of it to be chosen networks. */
export function isInternet(family: Family, ranges: readonly Span[]): boolean {
  const { contiguous, total } = limits[family]
  const sizes = merged(ranges.flatMap((range) => without(range, notPublic[family]))).map(
    ([low, high]) => high - low + 1n,
  )
  return (
    sizes.some((size) => size > contiguous) || sizes.reduce((sum, size) => sum + size, 0n) >= total
  )
}

/** Whether a range has only addresses of private networks. */
export function isPrivate(family: Family, range: Span): boolean {
  return without(range, notPublic[family]).length === 0
}

function without(range: Span, removed: readonly Span[]): Span[] {
  return removed.reduce<Span[]>(
    (rest, hole) => rest.flatMap((span) => outside(span, hole)),
    [range],
  )
}

/** The parts of a span before and after another one. */
function outside([low, high]: Span, [from, to]: Span): Span[] {
  if (to < low || high < from) return [[low, high]]
  return [
    ...(low < from ? [[low, from - 1n] as const] : []),
    ...(to < high ? [[to + 1n, high] as const] : []),
  ]
}

function merged(ranges: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const [low, high] of [...ranges].sort((one, other) => (one[0] < other[0] ? -1 : 1))) {
    const last = result.at(-1)
    if (last === undefined || low > last[1] + 1n) result.push([low, high])
    else if (high > last[1]) result[result.length - 1] = [last[0], high]
  }
  return result
}

/** Connections that a firewall lets through: from a source to a target, for protocols and ports. */
export interface Access {
  /** A family of addresses, a named source such as a security group, or `*` for every named one. */
  readonly source: string
  /** A name such as a network tag, or `*` for all that the firewall protects. */
  readonly target: string
  readonly protocols: Span
  readonly ports: Span
  /** Without a meaning for a named source. */
  readonly addresses: Span
  readonly destinations: Span
}

const dimensions = ['protocols', 'ports', 'addresses', 'destinations'] as const

export const everyPort: Span = [0n, 65535n]
export const everyProtocol: Span = [0n, 255n]
export const everyAddress: Readonly<Record<Family, Span>> = {
  IPv4: [0n, (1n << 32n) - 1n],
  IPv6: [0n, (1n << 128n) - 1n],
}

export const isFamily = (source: string): source is Family => source === 'IPv4' || source === 'IPv6'

/** The members of a security group have addresses of a VPC, which is a /16 at most. */
const sizeOfVpc = 1n << 16n

function coversSource(other: Access, { source }: Access): boolean {
  if (other.source === source) return true
  if (isFamily(source)) return false
  if (other.source === '*') return true
  if (other.source !== 'IPv4') return false
  const [low, high] = other.addresses
  if (high - low === everyAddress.IPv4[1]) return true
  return (
    /^sg-|^the group/.test(source) && high - low + 1n >= sizeOfVpc && isPrivate('IPv4', [low, high])
  )
}

const overlap = ([low, high]: Span, [from, to]: Span): Span => [
  from > low ? from : low,
  to < high ? to : high,
]

/** What remains of some access without what others allow already. */
export function difference(access: readonly Access[], others: readonly Access[]): Access[] {
  return others.reduce<readonly Access[]>(
    (rest, other) => (rest.length === 0 ? rest : rest.flatMap((each) => subtracted(each, other))),
    access,
  ) as Access[]
}

function subtracted(access: Access, other: Access): Access[] {
  const isApart =
    !coversSource(other, access) || (other.target !== '*' && other.target !== access.target)
  if (isApart) return [access]
  const shared = dimensions.filter(
    (name) => name !== 'addresses' || (isFamily(access.source) && other.source === access.source),
  )
  if (shared.some((name) => other[name][1] < access[name][0] || access[name][1] < other[name][0]))
    return [access]
  const parts: Access[] = []
  let rest = access
  for (const name of shared) {
    parts.push(...outside(rest[name], other[name]).map((span) => ({ ...rest, [name]: span })))
    rest = { ...rest, [name]: overlap(rest[name], other[name]) }
  }
  return parts
}

/** Ranges by their bounds. */
class Spans {
  private readonly places: readonly number[]
  /** For a range in the middle of a part, the highest number of the part. */
  private readonly tops: bigint[] = []
  private readonly lows: readonly bigint[]
  private readonly highs: readonly bigint[]

  constructor(private readonly spans: readonly Span[]) {
    const ascending = (one: bigint, other: bigint) => (one < other ? -1 : one > other ? 1 : 0)
    this.places = [...spans.keys()].sort((one, other) => ascending(this.low(one), this.low(other)))
    this.lows = this.places.map((place) => this.low(place))
    this.highs = spans.map(([, high]) => high).sort(ascending)
    this.top(0, spans.length)
  }

  /** How many ranges overlap with another one. */
  count([low, high]: Span): number {
    return firstOver(this.lows, high) - firstOver(this.highs, low - 1n)
  }

  /** The places of the ranges that overlap with another one. */
  overlapping(span: Span, found: number[] = [], from = 0, to = this.places.length): number[] {
    const middle = (from + to) >> 1
    const place = this.places[middle]
    if (from >= to || place === undefined || (this.tops[middle] ?? 0n) < span[0]) return found
    this.overlapping(span, found, from, middle)
    if (this.low(place) > span[1]) return found
    if (this.high(place) >= span[0]) found.push(place)
    return this.overlapping(span, found, middle + 1, to)
  }

  private low(place: number): bigint {
    return this.spans[place]?.[0] ?? 0n
  }

  private high(place: number): bigint {
    return this.spans[place]?.[1] ?? 0n
  }

  private top(from: number, to: number): bigint {
    if (from >= to) return -1n
    const middle = (from + to) >> 1
    let top = this.high(this.places[middle] ?? 0)
    for (const each of [this.top(from, middle), this.top(middle + 1, to)])
      if (each > top) top = each
    this.tops[middle] = top
    return top
  }
}

/** The first place with a number over a limit. */
function firstOver(ascending: readonly bigint[], limit: bigint): number {
  let [from, to] = [0, ascending.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((ascending[middle] ?? 0n) > limit) to = middle
    else from = middle + 1
  }
  return from
}

interface FromSource {
  readonly all: Access[]
  ports?: Spans
  addresses?: Spans
}

/** Access by its source, ports and addresses. A group can have thousands of rules. */
export class AccessIndex {
  private readonly bySource = new Map<string, FromSource>()

  constructor(all: readonly Access[]) {
    for (const access of all) {
      const known = this.bySource.get(access.source)
      if (known === undefined) this.bySource.set(access.source, { all: [access] })
      else known.all.push(access)
    }
  }

  /** All that can contain a part of some access, and some more. */
  near(access: Access): Access[] {
    const { source } = access
    const sources = isFamily(source) ? [source] : [source, '*', 'IPv4']
    return sources.flatMap((each) => {
      const from = this.bySource.get(each)
      if (from === undefined) return []
      from.ports ??= new Spans(from.all.map(({ ports }) => ports))
      // The addresses of a named source have no meaning.
      if (!isFamily(source)) return this.at(from, from.ports.overlapping(access.ports))
      from.addresses ??= new Spans(from.all.map(({ addresses }) => addresses))
      return this.at(
        from,
        from.ports.count(access.ports) < from.addresses.count(access.addresses)
          ? from.ports.overlapping(access.ports)
          : from.addresses.overlapping(access.addresses),
      )
    })
  }

  /** In the order of the rules. */
  private at({ all }: FromSource, places: readonly number[]): Access[] {
    return places.toSorted((one, other) => one - other).flatMap((place) => all[place] ?? [])
  }
}
