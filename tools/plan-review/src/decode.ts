import { gunzipSync, inflateSync } from 'node:zlib'
import { valueIn } from './json'

/** A text that another text contains in an encoded form. */
export interface Decoded {
  readonly text: string
  readonly isFromBytes: boolean
  /** The part of the encoded text that a part of this text comes from. */
  readonly source: (start: number, end: number) => Range
}

export type Range = readonly [start: number, end: number]

/** A text contains something that cannot be decoded within the limits. */
export class Undecided extends Error {}

/** A larger archive in one value is not decompressed. */
const maxUnpacked = 1 << 20
/** Archives within each other. */
const maxLayers = 3

/** The texts that are searched for: what cannot contain them needs no decoding. */
export interface Sought {
  /** The characters that they contain. */
  readonly characters: ReadonlySet<string>
  readonly bytes: BytesOfTexts
  readonly shortest: number
  /** Texts of this length and more are sought everywhere; of shorter ones, the beginnings are known. */
  readonly longest: number
}

/** What is known of texts by their bytes, in UTF-8, UTF-16 and Windows-1252. */
export class BytesOfTexts {
  private readonly beginnings = new Uint8Array(1 << 16)
  /** Bytes above ASCII: two in a row, and alone. */
  private readonly pairs = new Uint8Array(1 << 16)
  private readonly single = new Uint8Array(256)
  /** The first byte of each character in UTF-16. */
  private readonly high = new Uint8Array(256).fill(1, 0, 1)

  add(text: string): void {
    const isAscii = !/[^\0-\x7f]/.test(text)
    const [upper, lower] = [text.toUpperCase(), text.toLowerCase()]
    const title = upper.slice(0, 1) + lower.slice(1)
    for (const form of isAscii ? [text] : [text, upper, lower, title]) {
      this.addBytes(Buffer.from(form))
      if (isAscii) continue
      for (const unit of form.split('')) {
        this.high[unit.charCodeAt(0) >> 8] = 1
        this.single[windows1252.indexOf(unit) + 0x80] = 1
      }
      this.addBytes([...form].map((each) => windows1252.indexOf(each) + 0x80 || each.charCodeAt(0)))
    }
  }

  private addBytes(bytes: ArrayLike<number>): void {
    this.beginnings[hashOf(bytes[0] ?? 0, bytes[1] ?? 0, bytes[2] ?? 0)] = 1
    for (let index = 1; index < bytes.length; index++) {
      const [one = 0, other = 0] = [bytes[index - 1], bytes[index]]
      if (one >= 0x80 && other >= 0x80) this.pairs[(one << 8) | other] = 1
    }
  }

  mayBegin(first: number, second: number, third: number): boolean {
    return this.beginnings[hashOf(first, second, third)] === 1
  }

  /** Whether a byte above ASCII can be a part of a character. */
  isLetter(before: number, byte: number, after: number): boolean {
    return (
      this.single[byte] === 1 ||
      this.pairs[(before << 8) | byte] === 1 ||
      this.pairs[(byte << 8) | after] === 1
    )
  }

  isHigh(byte: number): boolean {
    return this.high[byte] === 1
  }
}

const windows1252 = [
  ...new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 128 }, (_, at) => at + 0x80)),
].join('')

const lower = (byte: number) => (byte >= 65 && byte <= 90 ? byte + 32 : byte)

const hashOf = (first: number, second: number, third: number) =>
  (lower(first) + lower(second) * 61 + lower(third) * 967) & 0xffff

/** One spelling of characters that stand for others. */
interface Escape {
  /** Each text with such an escape contains one of these. */
  readonly hint: string
  /** The character that it stands for, if it is only one. */
  readonly of?: string
  readonly pattern: RegExp
  readonly decode: (found: string) => string
}

const character = (code: number) => (code <= 0x10ffff ? String.fromCodePoint(code) : '')
const hex = '[0-9a-fA-F]'

/** The bytes of one UTF-8 character, each with a prefix such as `%`; a single byte that is none counts as Latin-1. */
function utf8Pattern(prefix: string): string {
  const next = `${prefix}[89abAB]${hex}`
  return [
    `${prefix}[0-7]${hex}`,
    `${prefix}[cdCD]${hex}${next}`,
    `${prefix}[eE]${hex}(?:${next}){2}`,
    `${prefix}[fF][0-4](?:${next}){3}`,
    `${prefix}[89a-fA-F]${hex}`,
  ].join('|')
}

function fromUtf8(found: string): string {
  const bytes = Buffer.from(found.replace(/[^0-9a-fA-F]/g, ''), 'hex')
  return bytes.toString(bytes.length === 1 ? 'latin1' : 'utf8')
}

const fromUtf16 = (found: string) => character(Number.parseInt(found.slice(2), 16))

const controls: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', a: '\x07', e: '\x1b', 0: '\0' },
  // YAML.
  ...{ L: '\u2028', P: '\u2029', N: '\x85' },
}
const entities: Readonly<Record<string, string>> = {
  ...{ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ', sol: '/', bsol: '\\' },
  ...{ excl: '!', num: '#', dollar: '$', percnt: '%', lpar: '(', rpar: ')', ast: '*', plus: '+' },
  ...{ comma: ',', period: '.', colon: ':', semi: ';', equals: '=', quest: '?', commat: '@' },
  ...{ lsqb: '[', lbrack: '[', rsqb: ']', rbrack: ']', Hat: '^', lowbar: '_', grave: '`' },
  ...{ lbrace: '{', lcub: '{', rbrace: '}', rcub: '}', verbar: '|', vert: '|', tilde: '~' },
}

/** The blanks at the beginning of a line. YAML counts four characters as line ends. */
export const indentation = /(?<=[\n\x85\u2028\u2029])[ \t]+/g

const escapes: readonly Escape[] = [
  // URLs. A plus can be a space, and can be itself.
  { hint: '%', pattern: new RegExp(utf8Pattern('%'), 'g'), decode: fromUtf8 },
  { hint: '%u', pattern: new RegExp(`%u${hex}{4}`, 'g'), decode: fromUtf16 },
  { hint: '+', of: ' ', pattern: /\+/g, decode: () => ' ' },
  // JSON, YAML, HCL, Go, and a backslash of a shell or a regular expression.
  {
    hint: '\\',
    pattern: new RegExp(
      String.raw`\\(?:u${hex}{4}|U${hex}{8}|u\{${hex}{1,6}\}|[abefnrtvLNP]|0(?![0-7]{2})|[0-3][0-7]{2}|\r?\n|[^A-Za-z0-9\r\n])|${utf8Pattern(String.raw`\\x`)}`,
      'g',
    ),
    decode: (found) => {
      const kind = found[1] ?? ''
      if (/^u/i.test(kind)) return character(Number.parseInt(found.replace(/[\\uU{}]/g, ''), 16))
      if (kind === 'x') return fromUtf8(found.replaceAll('\\x', ''))
      if (found.length === 4) return character(Number.parseInt(found.slice(1), 8))
      return /[\r\n]/.test(kind) ? '' : (controls[kind] ?? kind)
    },
  },
  {
    hint: '&',
    pattern: /&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,6});?/g,
    decode: (found) => {
      const [, base, name = ''] = /&(#[xX]|#)?(\w*)/.exec(found) ?? []
      if (base === undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? '') : found
      return character(Number.parseInt(name, base === '#' ? 10 : 16))
    },
  },
  // PowerShell.
  { hint: '`', pattern: /`[^\w\s]/g, decode: (found) => found.slice(1) },
  // Shells, SQL, YAML and CSV write a quote within quotes; templates double a dollar or percent sign, or a brace.
  { hint: "'", of: "'", pattern: /'\\''|'"'"'|''/g, decode: () => "'" },
  ...[...'"$%{}'].map((of) => ({
    hint: of + of,
    of,
    pattern: new RegExp(`\\${of}{2}`, 'g'),
    decode: () => of,
  })),
  // A block of YAML indents each line.
  { hint: '\n', pattern: indentation, decode: () => '' },
  // Quoted text of YAML: a space where a long line is folded, a line end for each further one.
  {
    hint: '\n',
    pattern: /[ \t]*(?:\r?\n[ \t]*)+/g,
    decode: (found) => '\n'.repeat(found.split('\n').length - 2) || ' ',
  },
  // Long lines of base64 and of hexadecimal digits are wrapped.
  { hint: '\n', pattern: /(?<=[\w+/-]{8})\r?\n[ \t]*(?=[\w+/-]{2})/g, decode: () => '' },
]

/** The texts that a text contains in an encoded form. */
export function decodingsOf(text: string, sought: Sought): Decoded[] {
  const decoded: Decoded[] = []
  for (const each of escapes) {
    if (!text.includes(each.hint)) continue
    if (each.of !== undefined && !sought.characters.has(each.of)) continue
    const found = unescaped(text, each)
    if (found !== undefined) decoded.push(found)
  }
  addBytes(text, sought, decoded)
  return decoded
}

function unescaped(text: string, { pattern, decode }: Escape): Decoded | undefined {
  // Where each escape begins in the decoded text, and in the source, with both lengths.
  const places: { at: number; length: number; from: number; to: number }[] = []
  let decoded = ''
  let kept = 0
  for (const match of text.matchAll(pattern)) {
    const [found] = match
    const plain = decode(found)
    if (plain === found) continue
    decoded += text.slice(kept, match.index)
    kept = match.index + found.length
    places.push({ at: decoded.length, length: plain.length, from: match.index, to: kept })
    decoded += plain
  }
  if (places.length === 0) return undefined
  /** The character of the source, or the entire escape, that a character comes from. */
  const sourceOf = (position: number): Range => {
    let [low, high] = [0, places.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((places[middle]?.at ?? 0) <= position) low = middle + 1
      else high = middle
    }
    const place = places[low - 1]
    if (place === undefined) return [position, position + 1]
    const after = position - place.at - place.length
    return after < 0 ? [place.from, place.to] : [place.to + after, place.to + after + 1]
  }
  return {
    text: decoded + text.slice(kept),
    isFromBytes: false,
    source: (start, end) => [sourceOf(start)[0], sourceOf(end - 1)[1]],
  }
}

const sextets = new Int8Array(128).fill(-1)
for (const [alphabet, first] of [
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 0],
  ['-_', 62],
] as const) {
  for (const [index, letter] of [...alphabet].entries())
    sextets[letter.charCodeAt(0)] = first + index
}

/** Adds the texts in base64 and in hexadecimal digits, in runs that are long enough. */
function addBytes(text: string, sought: Sought, decoded: Decoded[]): void {
  const [shortestRun, shortestHex] = [Math.ceil((sought.shortest * 4) / 3), sought.shortest * 2]
  for (let from = 0; from < text.length; from++) {
    let to = from
    let hexFrom = from
    for (; to < text.length && sextetAt(text, to) >= 0; to++) {
      if (isHexDigit(text.charCodeAt(to))) continue
      if (to - hexFrom >= shortestHex) addHex(text, hexFrom, to, sought, decoded)
      hexFrom = to + 1
    }
    if (to - hexFrom >= shortestHex) addHex(text, hexFrom, to, sought, decoded)
    if (to - from >= shortestRun) {
      // The run can begin with other text: a group of four starts at any of its first characters.
      for (let offset = 0; offset < 4; offset++)
        addTexts(text, from, to, fromBase64(text, from + offset, to, sought), sought, decoded)
    }
    from = to
  }
  for (const { 0: run, index } of text.matchAll(separatedBytes))
    addHex(text, index, index + run.length, sought, decoded)
}

function addHex(text: string, from: number, to: number, sought: Sought, decoded: Decoded[]): void {
  const digits = text.slice(from, to).replace(/0x|[^0-9a-fA-F]/g, '')
  // The first digit can belong to other text.
  for (const offset of [0, 1])
    addTexts(text, from, to, fromHex(digits.slice(offset), sought), sought, decoded)
}

function addTexts(
  text: string,
  from: number,
  to: number,
  bytes: Buffer | undefined,
  sought: Sought,
  decoded: Decoded[],
): void {
  if (bytes === undefined) return
  const end = to + (/^={1,2}/.exec(text.slice(to, to + 2))?.[0].length ?? 0)
  for (const inner of textsOf(bytes, sought))
    decoded.push({ text: inner, isFromBytes: true, source: () => [from, end] })
}

const separatedBytes = /(?:0x)?[0-9a-fA-F]{2}(?:[\s:,-]{1,2}(?:0x)?[0-9a-fA-F]{2}){2,}/g

const sextetAt = (text: string, at: number) => sextets[text.charCodeAt(at)] ?? -1

const isHexDigit = (code: number) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)

/** Reused: most runs are words, which decode to no text. */
let buffer = Buffer.alloc(1 << 12)

function fromBase64(text: string, from: number, to: number, sought: Sought): Buffer | undefined {
  const max = Math.floor(((to - from) * 3) / 4)
  if (max < sought.shortest) return undefined
  if (buffer.length < max + 3) buffer = Buffer.alloc(max * 2)
  let length = 0
  let bits = 0
  for (let at = from, count = 1; at < to; at++, count++) {
    bits = ((bits << 6) | (sextets[text.charCodeAt(at)] ?? 0)) & 0xffffff
    if (count % 4 === 1) continue
    buffer[length++] = bits >> ((4 - (count % 4 || 4)) * 2)
  }
  return kindsOf(buffer, length, sought) > 0 ? Buffer.from(buffer.subarray(0, length)) : undefined
}

function fromHex(digits: string, sought: Sought): Buffer | undefined {
  if (digits.length < sought.shortest * 2) return undefined
  const bytes = Buffer.from(digits, 'hex')
  return kindsOf(bytes, bytes.length, sought) > 0 ? bytes : undefined
}

/** How bytes can be read. */
const [narrow, wide, packed] = [1, 2, 4]

/** Whether bytes contain enough printable characters in a row, in UTF-8 or UTF-16, or an archive. */
function kindsOf(
  bytes: Buffer,
  length: number,
  { shortest, longest, bytes: known }: Sought,
): number {
  let kinds = isDeflated(bytes, length) ? packed : 0
  /** Printable characters in a row, those of base64, and the high bytes of UTF-16 at even and odd places. */
  let [printable, letters, even, odd] = [0, 0, 0, 0]
  let hasEscape = false
  let [first, second] = [0, 0]
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] ?? 0
    const isPrintable =
      byte < 0x80
        ? (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13)
        : known.isLetter(second, byte, index + 1 < length ? (bytes[index + 1] ?? 0) : 0)
    printable = isPrintable ? printable + 1 : 0
    letters = isPrintable && (sextets[byte] ?? -1) >= 0 ? letters + 1 : 0
    hasEscape = isPrintable && (hasEscape || isEscape(byte))
    if (printable >= longest) kinds |= narrow
    else if (printable >= shortest) {
      // More characters than the shortest text has can be an encoding of it.
      const isEncoded = printable > shortest && (letters > shortest || hasEscape)
      if (isEncoded || known.mayBegin(first, second, byte)) kinds |= narrow
    }
    // In UTF-16, every second byte is the first of a character: a zero in ASCII.
    const isHigh = known.isHigh(byte)
    if (index % 2 === 0) even = isHigh ? even + 1 : 0
    else odd = isHigh ? odd + 1 : 0
    if (even >= shortest - 1 || odd >= shortest - 1) kinds |= wide
    if (first === 0x1f && second === 0x8b && byte === 8) kinds |= packed
    first = second
    second = byte
  }
  return kinds
}

/** `%`, `&`, `\\` and a backtick. */
const isEscape = (byte: number) => byte === 37 || byte === 38 || byte === 92 || byte === 96

const isDeflated = (bytes: Buffer, length: number) =>
  length > 8 && bytes[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(bytes[1] ?? 0)

/** Bytes as text: UTF-8, UTF-16 of both kinds, Windows-1252, decompressed. */
function textsOf(bytes: Buffer, sought: Sought, layers = 0): string[] {
  // An archive can contain itself.
  if (layers > maxLayers) throw new Undecided()
  const kinds = kindsOf(bytes, bytes.length, sought)
  const texts: string[] = []
  if (kinds & narrow) {
    const utf8 = bytes.toString('utf8')
    texts.push(utf8)
    if (utf8.includes('\uFFFD')) texts.push(new TextDecoder('windows-1252').decode(bytes))
  }
  if (kinds & wide) {
    for (const start of [0, 1]) {
      const pairs = Buffer.from(bytes.subarray(start, bytes.length - ((bytes.length - start) % 2)))
      texts.push(pairs.toString('utf16le'), pairs.swap16().toString('utf16le'))
    }
  }
  if (kinds & packed) {
    const archive = bytes.indexOf(gzip)
    const inner =
      archive < 0 ? unpacked(inflateSync, bytes) : unpacked(gunzipSync, bytes.subarray(archive))
    // Two bytes can be the beginning of a zlib archive by chance, three of gzip hardly.
    if (inner === undefined && archive >= 0) throw new Undecided()
    if (inner !== undefined) texts.push(...textsOf(inner, sought, layers + 1))
  }
  return texts
}

const gzip = Buffer.from([0x1f, 0x8b, 8])

function unpacked(unpack: typeof gunzipSync, bytes: Buffer): Buffer | undefined {
  try {
    return unpack(bytes, { maxOutputLength: maxUnpacked })
  } catch (error) {
    if (valueIn(error, 'code') === 'ERR_BUFFER_TOO_LARGE') throw new Undecided()
    return undefined
  }
}
