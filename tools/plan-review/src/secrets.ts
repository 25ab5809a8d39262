import { isList, isObject, type Json, type JsonObject, listIn, objectIn } from './json'

/** What stands where a value must not be shown. */
export const hidden = '(sensitive)'
export const unknown = '(known after apply)'

/**
 * Terraform marks what is sensitive in a tree of the same shape. Where the tree is missing, or of another shape,
 * nobody knows, and everything counts as sensitive.
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

/** The marks of one part of a value. A part that is not named is not sensitive. */
export function marksOf(marks: Json | undefined, key: string | number): Json {
  if (isAllSensitive(marks)) return true
  if (isList(marks)) return (typeof key === 'number' ? marks[key] : undefined) ?? false
  if (isObject(marks)) return Object.hasOwn(marks, key) ? (marks[key] ?? false) : false
  return false
}

/**
 * The sensitive texts of a plan. One of them may stand a second time where nothing marks it, such as in a
 * command or an address that it was put into: there it is covered too.
 */
export class Secrets {
  private readonly texts = new Set<string>()
  private pattern: RegExp | undefined | null = null

  constructor(plan?: JsonObject) {
    if (plan !== undefined) this.gather(plan)
  }

  get size(): number {
    return this.texts.size
  }

  add(value: Json | undefined, marks: Json | undefined): void {
    if (value === undefined || value === null || marks === false) return
    if (isAllSensitive(marks)) {
      for (const text of scalarsIn(value)) this.addText(text)
      return
    }
    if (isList(value)) {
      for (const [index, item] of value.entries()) this.add(item, marksOf(marks, index))
    } else if (isObject(value)) {
      for (const [key, item] of Object.entries(value)) this.add(item, marksOf(marks, key))
    }
  }

  /** A text without the secrets in it. */
  cover(text: string): string {
    if (this.pattern === null) this.pattern = patternOf([...this.texts])
    return this.pattern === undefined ? text : text.replace(this.pattern, hidden)
  }

  private addText(text: string): void {
    // Shorter ones, such as "on", stand in too many innocent places; where they are marked they are hidden anyway.
    if (text.length < 4 || /^(true|false|null)$/.test(text)) return
    this.pattern = null
    const base64 = Buffer.from(text).toString('base64')
    for (const form of [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(isWellFormed(text) ? text : ''),
      base64,
      base64.replace(/=+$/, ''),
    ]) {
      if (form.length >= 4) this.texts.add(form)
    }
    // A document of several lines may be quoted line by line.
    for (const line of text.split(/\r?\n/)) if (line.trim().length >= 8) this.texts.add(line.trim())
  }

  private gather(plan: JsonObject): void {
    for (const key of ['resource_changes', 'resource_drift', 'deferred_changes']) {
      for (const entry of listIn(plan, key)) {
        const resource =
          'resource_change' in objectIn({ entry }, 'entry')
            ? objectIn(entry, 'resource_change')
            : entry
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
      if (objectIn(declared, name).sensitive === true)
        this.add(objectIn({ variable }, 'variable').value, true)
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

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
}

function scalarsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (isList(value)) return value.flatMap(scalarsIn)
  // A map's keys are part of what is sensitive.
  if (isObject(value))
    return Object.entries(value).flatMap(([key, item]) => [key, ...scalarsIn(item)])
  return []
}

/** The longest first: a secret may be the beginning of another. */
function patternOf(texts: readonly string[]): RegExp | undefined {
  if (texts.length === 0) return undefined
  const escaped = [...texts]
    .sort((one, other) => other.length - one.length || (one < other ? -1 : 1))
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(escaped.join('|'), 'g')
}
