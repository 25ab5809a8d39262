import { type Action, attributeOf, type Change } from '../change'
import { isList, isObject, type Json, type JsonObject, textOf, valueIn } from '../json'

export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** A rule, for the review and the docs. */
export interface Rule {
  readonly id: string
  readonly severity: Severity
  readonly finds: string
  readonly why: string
  /** What the author of the change does next. */
  readonly next: string
  /** The types and actions that it judges: without them, all. */
  readonly types?: RegExp
  readonly actions?: readonly Action[]
  /** Returns one line for each violation in a change. The review redacts the secrets in these lines. */
  readonly check: (change: Change, plan: Plan) => readonly string[]
}

/** The plan that a change is part of, for rules that depend on other resources. */
export interface Plan {
  /** Every managed resource, unchanged ones included. */
  readonly changes: readonly Change[]
  /** The code, as the plan has it. */
  readonly configuration?: JsonObject
}

/** What rules derive from a plan, calculated once and not for each change. */
export function oncePerPlan<Value extends object>(
  make: (plan: Plan) => Value,
): (plan: Plan) => Value {
  const known = new WeakMap<Plan, Value>()
  return (plan) => {
    const found = known.get(plan) ?? make(plan)
    known.set(plan, found)
    return found
  }
}

/** What several rules derive from one change: a review checks all rules of a change before the next one. */
export function ofLast<Rest extends unknown[], Value>(
  make: (change: Change, ...rest: Rest) => Value,
): (change: Change, ...rest: Rest) => Value {
  let last: { readonly change: Change; readonly value: Value } | undefined
  return (change, ...rest) => {
    if (last?.change !== change) last = { change, value: make(change, ...rest) }
    return last.value
  }
}

/** The changes of a plan by the keys of each. */
export function changesBy<Key>(
  keysOf: (change: Change) => Iterable<Key>,
): (plan: Plan) => ReadonlyMap<Key, readonly Change[]> {
  return oncePerPlan(({ changes }) => {
    const index = new Map<Key, Change[]>()
    for (const change of changes) {
      for (const key of new Set(keysOf(change))) {
        const found = index.get(key)
        if (found === undefined) index.set(key, [change])
        else found.push(change)
      }
    }
    return index
  })
}

/** Higher for worse. */
export const rank = (severity: Severity) => severities.indexOf(severity)

export const updating: readonly Action[] = ['update', 'replace']
export const written: readonly Action[] = ['create', ...updating]
export const destroying: readonly Action[] = ['delete', 'replace']
/** What happens to a resource that exists. */
export const existing: readonly Action[] = ['delete', ...updating]

export const changesExisting = ({ action }: Change) => action === 'update' || action === 'replace'

/** The resource exists after the apply, with the values of this change. */
export const isWritten = (change: Change) => change.action === 'create' || changesExisting(change)

/** The existing object is destroyed, even if a new one replaces it. */
export const isDestroyed = ({ action, isDeposed }: Change) =>
  !isDeposed && (action === 'delete' || action === 'replace')

export function number(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
}

export function isOn(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && /^(true|enabled)$/i.test(value))
}

/** Off, or a value that providers write for an unset attribute. */
export function isOff(value: Json | undefined): boolean {
  if (typeof value === 'string') return /^(false|disabled|suspended)?$/i.test(value)
  return (
    value === undefined ||
    value === null ||
    value === false ||
    (isList(value) && value.length === 0)
  )
}

/** The blocks under a name: providers write one block as a list of one. */
export function blocks(object: JsonObject | undefined, name: string): JsonObject[] {
  const value = valueIn(object, name)
  return (isList(value) ? value : [value]).filter(isObject)
}

export function block(
  object: JsonObject | undefined,
  ...names: readonly string[]
): JsonObject | undefined {
  let inner = object
  for (const name of names) {
    const value = valueIn(inner, name)
    inner = isList(value) ? value.find(isObject) : isObject(value) ? value : undefined
  }
  return inner
}

/** The value at a path such as `access_logs.enabled`, through blocks. */
export function at(object: JsonObject | undefined, path: string): Json | undefined {
  const end = path.indexOf('.')
  if (end < 0 || object === undefined) return valueIn(object, path)
  return at(block(object, path.slice(0, end)), path.slice(end + 1))
}

/** Whether the value at a path is known only after the apply. */
export function isUnknown({ unknown }: Change, path: string): boolean {
  let marks: Json | undefined = unknown
  for (const key of path.split('.')) {
    if (marks === true) return true
    if (marks === undefined) return false
    marks = valueIn(isList(marks) ? marks[0] : marks, key)
  }
  return marks === true
}

/** Before and after of the value at a path, as `name: 30 -> 7`, without what is sensitive. */
function transition({ differences }: Change, path: string): string {
  const difference = differences.find((each) => each.path.replace(/\[[^\]]*\]/g, '') === path)
  return difference === undefined
    ? `${path} changes`
    : `${path}: ${textOf(difference.before)} -> ${textOf(difference.after)}`
}

/** Attributes that were on and are off. */
export function turnedOff(change: Change, paths: readonly string[]): string[] {
  if (!changesExisting(change)) return []
  return paths
    .filter((path) => isOn(at(change.before, path)) && isOff(at(change.after, path)))
    .filter((path) => !isUnknown(change, path))
    .map((path) => `${path} is turned off`)
}

/** Attributes that were off, or not set, and are on. */
export function turnedOn(change: Change, names: readonly string[]): string[] {
  if (!changesExisting(change)) return []
  return names
    .filter((name) => isOff(change.before[name]) && isOn(change.after[name]))
    .map((name) => `${name} is turned on`)
}

/** Attributes with a lower number than before. */
export function lowered(change: Change, paths: readonly string[]): string[] {
  if (!changesExisting(change)) return []
  return paths.flatMap((path) => {
    const [before, after] = [number(at(change.before, path)), number(at(change.after, path))]
    const isLower = before !== undefined && after !== undefined && after < before
    return isLower ? [transition(change, path)] : []
  })
}

/** Attributes that had a value and have another one now. */
export function changedNames(change: Change, names: readonly string[]): string[] {
  if (!changesExisting(change)) return []
  return names.filter(
    (name) =>
      !isOff(change.before[name]) && change.differences.some((each) => attributeOf(each) === name),
  )
}

/** Why a resource is destroyed or replaced. */
export function causeOf({ forcedBy, reason, action }: Change): string {
  if (forcedBy.length > 0) return `forced by ${forcedBy.join(', ')}`
  return reason ?? (action === 'replace' ? 'the plan gives no reason' : 'deleted')
}
