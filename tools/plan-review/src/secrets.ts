import {
  BytesOfTexts,
  decodingsOf,
  indentation,
  type Range,
  type Sought,
  Undecided,
} from './decode'
import { documentIn, isList, isObject, type Json, type JsonObject, listIn, objectIn } from './json'

/** Placeholders for values that are hidden, or not known yet. */
export const hidden = '(sensitive)'
export const unknown = '(known after apply)'

/**
 * Terraform marks sensitive values in a tree of the same shape. Where that tree is missing or has another shape,
 * everything counts as sensitive.
 */
export function isAllSensitive(marks: Json | undefined): boolean {
  return (
    marks === undefined ||
    marks === null ||
    marks === true ||
    typeof marks === 'string' ||
    typeof marks === 'number'
  )
}

/** The marks of one part of a value. A part without a mark is not sensitive. */
export function marksOf(marks: Json | undefined, key: string | number): Json {
  if (isAllSensitive(marks)) return true
  if (isList(marks)) return (typeof key === 'number' ? marks[key] : undefined) ?? false
  if (isObject(marks)) return Object.hasOwn(marks, key) ? (marks[key] ?? false) : false
  return false
}

/** Texts of this length and more are hidden inside of words, too. */
const longest = 6
/** Shorter texts, such as "on", occur in most plans. They are hidden only between delimiters. */
const shortest = 3
/** How many encodings can be within each other, and how much text they can contain. */
const maxDepth = 6
const maxDecoded = 1 << 21
/** How many texts are kept with their redacted form. */
const maxKnown = 50_000

/**
 * The sensitive texts of a plan. A secret can occur again where nothing marks it, such as in a command or an address:
 * it is hidden there too. What is printed is decoded, and searched for secrets at each step.
 */
export class Secrets {
  private readonly long = new Index(longest)
  /** Hidden between the boundaries of a word. */
  private readonly short = new Index(shortest)
  /** Hidden between delimiters, with their forms in base64 and hexadecimal digits. */
  private readonly tiny = new Set<string>()
  /** The letters and digits alone. */
  private readonly apart = new Index(longest)
  /** Hidden as entire values. */
  private readonly values = new Set<string>()

  /** Constants of the configuration. */
  private readonly literals = new Set<string>()
  private readonly characters = new Set<string>()
  private readonly bytes = new BytesOfTexts()
  private sought: Sought | undefined
  /** Most texts of a plan occur several times: before and after, in names. */
  private readonly redacted = new Map<string, string>()

  constructor(plan?: JsonObject) {
    if (plan === undefined) return
    this.read(plan.configuration)
    this.addPlan(plan)
  }

  get size(): number {
    return this.values.size
  }

  add(value: Json | undefined, marks: Json | undefined): void {
    if (value === undefined || value === null || marks === false) return
    if (isAllSensitive(marks)) {
      const isWhole = isList(value) || isObject(value)
      for (const text of scalarsIn(value)) {
        // Terraform marks an entire set for one value in it. An ordinary word that the code contains is not that value.
        if (!(isWhole && this.literals.has(text) && isOrdinary(text))) this.addText(text)
      }
      return
    }
    if (isList(value)) {
      for (const [index, item] of value.entries()) this.add(item, marksOf(marks, index))
    } else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) this.add(item, marksOf(marks, key))
    }
  }

  /** Replaces the secrets in a text with a placeholder. */
  redact(text: string): string {
    if (this.size === 0 || text === '') return text
    const known = this.redacted.get(text)
    if (known !== undefined) return known
    if (this.redacted.size >= maxKnown) this.redacted.clear()
    const redacted = this.withoutSecrets(text)
    this.redacted.set(text, redacted)
    return redacted
  }

  private withoutSecrets(text: string): string {
    const left = maxDecoded + text.length
    try {
      const found = this.find(text, 0, false, { left, known: new Map(), knownLoose: new Map() })
      return found.length === 0 ? text : withoutRanges(text, found)
    } catch (error) {
      if (error instanceof Undecided) return hidden
      throw error
    }
  }

  /** Replaces the secrets in a value of the plan, which can be one as a whole. */
  redactValue(value: string | number): string | number {
    if (this.values.has(folded(textOfNumber(value)))) return hidden
    return typeof value === 'number' ? value : this.redact(value)
  }

  /** The parts of a text that contain a secret, in any encoding. */
  private find(text: string, depth: number, isLoose: boolean, work: Work): readonly Range[] {
    const all = isLoose ? work.knownLoose : work.known
    const known = all.get(text)
    if (known !== undefined) return known
    work.left -= text.length
    const found = this.matches(text, isLoose)
    all.set(text, found)
    this.sought ??= this.toSeek()
    for (const decoded of decodingsOf(text, this.sought)) {
      if (depth === maxDepth || work.left < 0) throw new Undecided()
      const inner = this.find(decoded.text, depth + 1, isLoose || decoded.isFromBytes, work)
      for (const [start, end] of inner) found.push(decoded.source(start, end))
    }
    return found
  }

  private toSeek(): Sought {
    return {
      characters: this.characters,
      bytes: this.bytes,
      shortest: this.short.isEmpty && this.tiny.size === 0 ? longest : shortest,
      longest,
    }
  }

  private matches(text: string, isLoose: boolean): Range[] {
    const found: Range[] = []
    const search = folded(text)
    for (let at = 0; at + shortest <= search.length; at++) {
      const end = this.long.endAt(search, at) ?? this.short.endAt(search, at, isLoose)
      if (end !== undefined)
        found.push([at, isLongNumber(search, at, end) ? digitsEnd(search, end) : end])
    }
    this.addApart(search, found)
    if (this.tiny.size > 0) this.addTiny(search, found)
    return found
  }

  /** Finds secrets with blanks, commas, quotes and the like between their letters. */
  private addApart(search: string, found: Range[]): void {
    const letters = lettersOf(search)
    if (letters.length === search.length) return
    let places: number[] | undefined
    for (let at = 0; at + longest <= letters.length; at++) {
      const end = this.apart.endAt(letters, at)
      if (end === undefined) continue
      places ??= [...search.matchAll(letter)].map(({ index }) => index)
      found.push([places[at] ?? 0, (places[end - 1] ?? search.length) + 1])
    }
  }

  private addTiny(search: string, found: Range[]): void {
    for (let at = 0; at < search.length; at++) {
      for (let end = at + 1; end <= Math.min(at + 4, search.length); end++)
        if (this.tiny.has(search.slice(at, end)) && isDelimited(search, at, end))
          found.push([at, end])
    }
  }

  private store(text: string): void {
    const key = folded(text)
    this.values.add(key)
    if (key.length < shortest) this.storeTiny(text)
    for (const form of new Set([key, reversed(key), key.replace(indentation, '')]))
      (form.length >= longest ? this.long : this.short).add(form)
    const letters = lettersOf(key)
    // Few letters or few digits come together by chance.
    if (!/^([a-z]{1,7}|\d{1,7})$/.test(letters)) this.apart.add(letters)
    // Terraform's format writes a number in other bases, too.
    if (/^\d{7,}$/.test(key))
      for (const base of [2, 8, 16]) this.long.add(BigInt(key).toString(base))
    if (key.length < longest || /[^\0-\x7f]/.test(key))
      for (const form of [text, reversed(key)]) this.bytes.add(form)
    for (const unit of (text + key).split('')) this.characters.add(unit)
    this.sought = undefined
    this.redacted.clear()
  }

  private storeTiny(text: string): void {
    for (const encoding of ['utf8', 'base64', 'base64url', 'hex'] as const)
      this.tiny.add(folded(Buffer.from(text).toString(encoding)))
  }

  private read(configuration: Json | undefined): void {
    if (isList(configuration)) for (const item of configuration) this.read(item)
    if (!isObject(configuration)) return
    for (const [key, value] of Object.entries(configuration)) {
      if (key === 'constant_value') for (const text of scalarsIn(value)) this.literals.add(text)
      else this.read(value)
    }
  }

  private addText(text: string, depth = 0): void {
    // These, and numbers below 100, occur in every plan.
    if (
      /^(\s*|true|false|null|yes|no|on|off|-?\d{1,2})$/i.test(text) ||
      this.values.has(folded(text))
    )
      return
    this.store(text)
    if (text.trim() !== text) this.addText(text.trim())
    if (depth < 2) for (const part of secretPartsOf(text)) this.addText(part, depth + 1)
  }

  private addPlan(plan: JsonObject): void {
    for (const key of ['resource_changes', 'resource_drift', 'deferred_changes']) {
      for (const entry of listIn(plan, key)) {
        const resource =
          isObject(entry) && 'resource_change' in entry ? objectIn(entry, 'resource_change') : entry
        this.addChange(objectIn(resource, 'change'))
      }
    }
    for (const change of Object.values(objectIn(plan, 'output_changes'))) {
      this.addChange(isObject(change) ? change : {})
    }
    for (const state of [
      objectIn(plan, 'planned_values'),
      objectIn(objectIn(plan, 'prior_state'), 'values'),
    ]) {
      for (const output of Object.values(objectIn(state, 'outputs'))) {
        if (isObject(output) && output.sensitive === true) this.add(output.value, true)
      }
      this.addModule(objectIn(state, 'root_module'))
    }
    const declared = objectIn(objectIn(objectIn(plan, 'configuration'), 'root_module'), 'variables')
    for (const [name, variable] of Object.entries(objectIn(plan, 'variables'))) {
      const isSensitive = objectIn(declared, name).sensitive === true
      if (isSensitive && isObject(variable)) this.add(variable.value, true)
    }
  }

  private addChange(change: JsonObject): void {
    this.add(change.before, change.before_sensitive)
    this.add(change.after, change.after_sensitive)
  }

  private addModule(module: JsonObject): void {
    for (const resource of listIn(module, 'resources')) {
      if (isObject(resource) && 'sensitive_values' in resource) {
        this.add(resource.values, resource.sensitive_values)
      }
    }
    for (const child of listIn(module, 'child_modules')) if (isObject(child)) this.addModule(child)
  }
}

/** The work for one text: what is found in each decoded text, and how many more characters may be decoded. */
interface Work {
  readonly known: Map<string, Range[]>
  readonly knownLoose: Map<string, Range[]>
  left: number
}

/** Texts by their beginnings, then by length, longest first. A plan may have thousands, and every text is searched. */
class Index {
  private readonly byBeginning = new Map<string, Map<number, Set<string>>>()
  /** A bit for the hash of each beginning. */
  private readonly hashes = new Uint8Array(1 << 16)

  constructor(private readonly beginning: number) {}

  get isEmpty(): boolean {
    return this.byBeginning.size === 0
  }

  add(text: string): void {
    if (text.length < this.beginning) return
    this.hashes[this.hashAt(text, 0)] = 1
    const beginning = text.slice(0, this.beginning)
    const byLength = this.byBeginning.get(beginning) ?? new Map<number, Set<string>>()
    const isNew = !byLength.has(text.length)
    byLength.set(text.length, (byLength.get(text.length) ?? new Set()).add(text))
    this.byBeginning.set(
      beginning,
      isNew ? new Map([...byLength].sort(([one], [other]) => other - one)) : byLength,
    )
  }

  /**
   * The end of the longest text at a position: one can be the beginning of another.
   * @param isLoose for short texts: see isSecretAt
   */
  endAt(text: string, at: number, isLoose?: boolean): number | undefined {
    if (this.hashes[this.hashAt(text, at)] !== 1) return undefined
    const byLength = this.byBeginning.get(text.slice(at, at + this.beginning))
    if (byLength === undefined) return undefined
    for (const [length, texts] of byLength) {
      const end = at + length
      if (!texts.has(text.slice(at, end))) continue
      if (isLoose === undefined || isSecretAt(text, at, end, isLoose)) return end
    }
    return undefined
  }

  private hashAt(text: string, at: number): number {
    return hashOf(
      text.charCodeAt(at),
      text.charCodeAt(at + (this.beginning >> 1)),
      text.charCodeAt(at + this.beginning - 1),
    )
  }
}

const hashOf = (first: number, second: number, third: number) =>
  (first + second * 61 + third * 967) & 0xffff

/**
 * Whether a short text counts as a secret where it occurs: a word only as a word of its own, a number not within another
 * number or a version, and a mixture such as `a1b2` everywhere.
 * @param isLoose in what is decoded from bytes, which nobody reads
 */
function isSecretAt(text: string, start: number, end: number, isLoose: boolean): boolean {
  const word = text.slice(start, end)
  if (isLoose && (word.length > shortest || !/^([a-z]+|\d+)$/.test(word))) return true
  const joins = joinsOf(word)
  const isInner = (edge: string, next: string) => /[\p{L}\p{N}]/u.test(edge) && joins.test(next)
  return !(
    isInner(text.charAt(start), text.charAt(start - 1)) ||
    isInner(text.charAt(end - 1), text.charAt(end))
  )
}

/** The characters that make a short text a part of something longer. */
function joinsOf(word: string): RegExp {
  const isShortest = word.length === shortest
  if (/^[a-z]+$/.test(word)) return /[\p{L}\p{N}_./-]/u
  if (/^\d+$/.test(word)) return isShortest ? /[\p{L}\p{N}.]/u : /[\p{N}.]/u
  return isShortest ? /[\p{L}\p{N}]/u : /(?!)/
}

/** Whether a text of one or two characters, or an encoding of it, is a word, a quoted or an assigned value of its own. */
function isDelimited(text: string, start: number, end: number): boolean {
  const [before, after] = [text.charAt(start - 1), text.charAt(end)]
  return /^([a-z]+|\d+)$/.test(text.slice(start, end))
    ? /^$|[=:"'`>([{,;@&|]/.test(before) && /^$|["'`<)\]},;@&|\s]/.test(after)
    : !/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)
}

const letter = /[^\0-/:-@[-`{-\x7f]/g
const lettersOf = (text: string) => text.replace(/[\0-/:-@[-`{-\x7f]+/g, '')

/** A text of the same length without differences of case: Terraform has upper, lower and title. */
function folded(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length === text.length && !/[^\0-\x7f]/.test(text)) return lower
  return text.replace(/[^\0-\x7f]|[A-Z]/gu, (letter) =>
    letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter,
  )
}

/** Reversed as Terraform does: an accent stays with its letter. */
function reversed(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return [...text].reverse().join('')
  return [...new Intl.Segmenter().segment(text)]
    .map(({ segment }) => segment)
    .reverse()
    .join('')
}

function withoutRanges(text: string, ranges: readonly Range[]): string {
  let redacted = ''
  let kept = 0
  let isFirst = true
  for (const [start, end] of [...ranges].sort(([one], [other]) => one - other)) {
    if (isFirst || start > kept) redacted += text.slice(kept, start) + hidden
    isFirst = false
    kept = Math.max(kept, end)
  }
  return redacted + text.slice(kept)
}

const anyText: Sought = {
  characters: new Set(),
  bytes: new BytesOfTexts(),
  shortest: longest,
  longest,
}

/** The parts of a secret that are secrets of their own, wherever they occur. */
function secretPartsOf(text: string): string[] {
  const document = documentIn(text)
  if (document !== undefined) return scalarsIn(document, isSecretName)
  const parts = [...text.matchAll(/([\w.-]+)\s*[=:]\s*["']?([^\s"';,&]+)/g)].flatMap(
    ([, name = '', value = '']) => (isSecretName(name) ? [value] : []),
  )
  // The password in the address of a database.
  for (const [, password = ''] of text.matchAll(/:\/\/[^\s/@:]*:([^\s/@]+)@/g)) parts.push(password)
  // A document of several lines can be quoted line by line.
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  if (lines.length > 1) parts.push(...lines.filter((line) => line.length >= longest))
  // The text that a secret encodes as a whole.
  for (const { text: inner, source } of decodingsOf(text, anyText)) {
    const [start, end] = source(0, inner.length)
    if (
      start === 0 &&
      end >= text.trimEnd().replace(/=+$/, '').length &&
      /^[\t\n\r -~]{6,}$/.test(inner)
    )
      parts.push(inner)
  }
  return parts
}

const isSecretName = (name: string) =>
  /pass|pwd|secret|token|key|credential|\bpin\b|auth/i.test(name)

/** A word, a path or a version: letters, and at most two digits. */
function isOrdinary(text: string): boolean {
  return /^[a-z./*:_-]*$/i.test(text.replace(/\d/, '').replace(/\d/, ''))
}

/** The values within a value. Of a document in text, only those that are no ordinary words, or have a secret's name. */
function scalarsIn(value: Json, isSecret?: (name: string) => boolean, name = ''): string[] {
  if (isList(value)) return value.flatMap((item) => scalarsIn(item, isSecret, name))
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => [
      ...(isOrdinary(key) ? [] : [key]),
      ...scalarsIn(item, isSecret, key),
    ])
  }
  if (typeof value !== 'string' && typeof value !== 'number') return []
  const text = textOfNumber(value)
  const isPart =
    isSecret === undefined || isSecret(name) || (text.length >= longest && !isOrdinary(text))
  return isPart ? [text] : []
}

/** A number with more digits than JavaScript can represent is found by those that it can. */
function textOfNumber(value: string | number): string {
  if (typeof value === 'string') return value
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? BigInt(value).toString().slice(0, exactDigits)
    : `${value}`
}

/** The digits that JavaScript represents exactly. */
const exactDigits = 15

const isLongNumber = (text: string, start: number, end: number) =>
  end - start === exactDigits && /^\d+$/.test(text.slice(start, end))

function digitsEnd(text: string, end: number): number {
  return end + (/^\d*/.exec(text.slice(end))?.[0].length ?? 0)
}
