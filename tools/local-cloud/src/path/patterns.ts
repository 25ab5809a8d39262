import { isIPv4 } from 'node:net'

export type Matcher = (value: string) => boolean

/** `*` is any text, `?` one character. Tests a value as a whole. */
export function wildcard(pattern: string): Matcher {
  const first = pattern.search(/[*?]/)
  if (first === -1) return (value) => value === pattern
  if (pattern === '*') return () => true
  if (first === pattern.length - 1 && pattern.endsWith('*')) {
    const start = pattern.slice(0, -1)
    return (value) => value.startsWith(start)
  }
  const parts = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const expression = new RegExp(`^${parts.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`, 's')
  return (value) => expression.test(value)
}

/** As wildcard(), in any case. */
export function wildcardIgnoringCase(pattern: string): Matcher {
  const matches = wildcard(pattern.toLowerCase())
  return (value) => matches(value.toLowerCase())
}

export function anyOf<Value>(
  values: readonly Value[],
  compile: (value: Value) => Matcher,
): Matcher {
  const matchers = values.map(compile)
  const [only] = matchers
  if (only !== undefined && matchers.length === 1) return only
  return (value) => matchers.some((matches) => matches(value))
}

/** A path as RFC 3986 normalizes it, with one slash for several. */
export function normalizedPath(path: string): string {
  if (!/%|\/[./]/.test(path)) return path
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
  })
  const segments: string[] = []
  const parts = decoded
    .split('/')
    .filter((part, index, all) => part !== '' || index === all.length - 1)
  for (const [index, part] of parts.entries()) {
    if (part === '..') segments.pop()
    if (part !== '.' && part !== '..') segments.push(part)
    else if (index === parts.length - 1) segments.push('')
  }
  return `/${segments.join('/')}`
}

/** Whether an address is in a CIDR block. An address without a length is a block of its own. */
export function cidr(block: string): Matcher {
  const [address = '', length] = block.split('/')
  const base = addressBits(address)
  if (base === undefined) return () => false
  const bits = isIPv4(address) ? 32n : 128n
  const shift = bits - (length === undefined ? bits : BigInt(length))
  return (value) => {
    if (isIPv4(value) !== isIPv4(address)) return false
    const other = addressBits(value)
    return other !== undefined && other >> shift === base >> shift
  }
}

/** Whether a name is one of a certificate or an alias: `*.example.com` matches one label. */
export function hostMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === pattern.slice(2)
}

function addressBits(address: string): bigint | undefined {
  if (isIPv4(address)) {
    return BigInt(address.split('.').reduce((bits, part) => bits * 256 + Number(part), 0))
  }
  if (!address.includes(':')) return undefined
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const all = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  if (all.length !== 8 || all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return all.reduce((bits, group) => (bits << 16n) | BigInt(Number.parseInt(group, 16)), 0n)
}
