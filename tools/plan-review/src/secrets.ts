import { isList, isObject, type Json, type JsonObject, listIn, objectIn } from './json'

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

/** Shorter texts, such as "on", occur in many other values. They are hidden only where Terraform marks them. */
const shortest = 6

/**
 * The sensitive texts of a plan. A secret can occur again where nothing marks it, such as in a command or an address:
 * it is hidden there too.
 */
export class Secrets {
  /** By their first letters, then by length, longest first. A plan may have thousands, and every text is searched. */
  private readonly byBeginning = new Map<string, Map<number, Set<string>>>()

  /** Constants of the configuration. */
  private readonly literals = new Set<string>()

  constructor(plan?: JsonObject) {
    if (plan === undefined) return
    this.read(plan.configuration)
    this.addPlan(plan)
  }

  get size(): number {
    return this.byBeginning.size
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
    let redacted = ''
    let kept = 0
    for (let at = 0; at + shortest <= text.length; at++) {
      const length = this.lengthAt(text, at)
      if (length === undefined) continue
      redacted += text.slice(kept, at) + hidden
      kept = at + length
      at = kept - 1
    }
    return kept === 0 ? text : redacted + text.slice(kept)
  }

  /** The length of the longest secret at a position: one secret can be the beginning of another. */
  private lengthAt(text: string, at: number): number | undefined {
    for (const [length, secrets] of this.byBeginning.get(text.slice(at, at + shortest)) ?? []) {
      if (secrets.has(text.slice(at, at + length))) return length
    }
    return undefined
  }

  private store(text: string): void {
    if (text.length < shortest) return
    const beginning = text.slice(0, shortest)
    const byLength = this.byBeginning.get(beginning) ?? new Map<number, Set<string>>()
    const isNew = !byLength.has(text.length)
    byLength.set(text.length, (byLength.get(text.length) ?? new Set()).add(text))
    this.byBeginning.set(
      beginning,
      isNew ? new Map([...byLength].sort(([one], [other]) => other - one)) : byLength,
    )
  }

  private read(configuration: Json | undefined): void {
    if (isList(configuration)) for (const item of configuration) this.read(item)
    if (!isObject(configuration)) return
    for (const [key, value] of Object.entries(configuration)) {
      if (key === 'constant_value') for (const text of scalarsIn(value)) this.literals.add(text)
      else this.read(value)
    }
  }

  private addText(text: string): void {
    if (text.length < shortest || /^(true|false|null)$/.test(text)) return
    const base64 = Buffer.from(text).toString('base64')
    for (const form of [
      text,
      // A document can contain a document that contains a third: the input of a task, of a rule, of a state machine.
      quoted(text),
      quoted(quoted(text)),
      quoted(quoted(quoted(text))),
      encodeURIComponent(isWellFormed(text) ? text : ''),
      base64,
      base64.replace(/=+$/, ''),
    ]) {
      this.store(form)
    }
    // A document of several lines can be quoted line by line.
    for (const line of text.split(/\r?\n/)) if (line.trim().length >= 8) this.store(line.trim())
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

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** A word, a path or a version: letters, and at most two digits. */
function isOrdinary(text: string): boolean {
  return /^[a-z./*:_-]*$/i.test(text.replace(/\d/, '').replace(/\d/, ''))
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
}

function scalarsIn(value: Json): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (isList(value)) return value.flatMap(scalarsIn)
  if (isObject(value)) return Object.values(value).flatMap(scalarsIn)
  return []
}
