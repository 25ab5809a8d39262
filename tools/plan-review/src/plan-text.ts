import { constants } from 'node:buffer'
import { isList, isObject, isTooDeep, maxDepth } from './json'

/** A text that is not JSON, or JSON that has no single meaning: what was found in its place. */
export class UnreadableText extends Error {}

/** Windows shells write UTF-16, and older tools one byte for each character. */
export function decode(content: Buffer): { text: string; warnings: string[] } {
  if (content.length > constants.MAX_STRING_LENGTH)
    throw new UnreadableText(`a file of ${content.length} bytes, which is too large`)
  const [a, b, c, d] = content
  if (a === 0x1f && b === 0x8b) throw new UnreadableText('a gzip file, which gunzip unpacks')
  const isUtf32 =
    (a === 0xff && b === 0xfe && c === 0 && d === 0) ||
    (a !== 0 && b === 0 && c === 0) ||
    (a === 0 && b === 0)
  if (isUtf32) throw new UnreadableText('UTF-32 text, or a binary file: write it as UTF-8')
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && d === 0))
    return { text: withoutMark(content.toString('utf16le')), warnings: [] }
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0)) {
    const even = Buffer.from(content.subarray(0, content.length - (content.length % 2)))
    return { text: withoutMark(even.swap16().toString('utf16le')), warnings: [] }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(content), warnings: [] }
  } catch {
    // A replacement character for each unknown byte would make different values equal.
    const warning = 'the file is not UTF-8: it is read as Windows-1252, so letters may be wrong'
    return { text: new TextDecoder('windows-1252').decode(content), warnings: [warning] }
  }
}

const withoutMark = (text: string) => text.replace(/^\uFEFF/, '')

/** Parses JSON from a file. Numbers that JavaScript cannot hold become texts with all their digits. */
export function parse(text: string): unknown {
  const json = parsed(text)
  if (isTooDeep(json))
    throw new UnreadableText(`JSON that is nested deeper than ${maxDepth} levels`)
  const { keys, inexact } = scan(text)
  // The parser would use the last one, and other readers the first.
  if (keys !== keysIn(json)) throw new UnreadableText('JSON with a key that occurs twice')
  if (inexact.length === 0) return json
  let [quoted, end] = ['', 0]
  for (const [start, number] of inexact) {
    quoted += `${text.slice(end, start)}"${number}"`
    end = start + number.length
  }
  return JSON.parse(quoted + text.slice(end))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The message of the parser would quote the file, which may contain secrets.
    throw new UnreadableText(problemIn(text))
  }
}

function problemIn(text: string): string {
  const start = text.trimStart()
  if ((start.split('\n')[0] ?? '').includes('"@level"'))
    return 'the log that plan -json prints, one object a line'
  if (!start.startsWith('{')) {
    if (/\{\s*"format_version"/.test(start))
      return 'text before the JSON, as a wrapper of Terraform prints it (setup-terraform: set terraform_wrapper to false)'
    return /^[["]/.test(start) ? 'JSON that is cut off or damaged' : 'text that is not JSON'
  }
  const end = endOfObject(start)
  if (end === undefined) return `JSON that is cut off (after ${text.length} characters)`
  const rest = start.slice(end).trimStart()
  if (rest === '') return 'JSON that is damaged'
  return /^[{[]/.test(rest)
    ? 'several JSON documents in one file: each plan needs a file of its own'
    : 'text after the JSON'
}

/** The place behind the object that a text starts with. */
function endOfObject(text: string): number | undefined {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '"') index = endOfString(text, index)
    else if (character === '{' || character === '[') depth++
    else if ((character === '}' || character === ']') && --depth === 0) return index + 1
  }
  return undefined
}

/** The place of the quote that ends a string, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end
    while (text.charCodeAt(first - 1) === backslash) first--
    if ((end - first) % 2 === 0) return end
  }
  return text.length
}

/**
 * The number of keys in JSON, and the numbers that JavaScript cannot hold, with their places. It reads character codes,
 * because regular expressions take a second for a large plan.
 */
function scan(text: string): { keys: number; inexact: [number, string][] } {
  let keys = 0
  const inexact: [number, string][] = []
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code === quote) place = endOfString(text, place)
    else if (code === colon) keys++
    else if (code === minus || isDigit(code)) {
      const start = place
      while (isNumber(text.charCodeAt(place + 1))) place++
      const number = text.slice(start, place + 1)
      if (!isExact(number)) inexact.push([start, number])
    }
  }
  return { keys, inexact }
}

const [quote, colon, minus, dot, plus, backslash] = [34, 58, 45, 46, 43, 92]
const isDigit = (code: number) => code >= 48 && code <= 57
/** Digits, `.`, `+`, `-`, `e` and `E`. */
const isNumber = (code: number) =>
  isDigit(code) || code === dot || code === minus || code === plus || (code | 32) === 101

function isExact(number: string): boolean {
  if (number.length <= 15 && !/e/i.test(number)) return true
  const [mantissa = ''] = number.split(/e/i)
  const digits = mantissa.replace(/[-.]/g, '').replace(/^0+|0+$/g, '')
  return (
    (digits.length <= 15 && Number.isFinite(Number(number))) || String(Number(number)) === number
  )
}

function keysIn(value: unknown): number {
  let keys = 0
  if (isList(value)) for (const item of value) keys += keysIn(item)
  else if (isObject(value)) for (const item of Object.values(value)) keys += 1 + keysIn(item)
  return keys
}
