import { attributeOf, type Change, isUnknown } from '../change'
import { isList, isObject, type Json, type JsonObject } from '../json'

export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** What is dangerous, why, and how to go on: one entry for the check, the review and the docs. */
export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** What it finds. */
  readonly finds: string
  readonly why: string
  /** What to do if it is meant, or not. */
  readonly next: string
  /** A line for each thing that it finds in a change. What it quotes is covered afterwards where it is secret. */
  readonly look: (change: Change) => readonly string[]
}

export function isWorse(one: Severity, other: Severity): boolean {
  return severities.indexOf(one) > severities.indexOf(other)
}

export const changesInPlace = ({ action }: Change) => action === 'update' || action === 'replace'

/** What will be there after the apply: created, changed, or made anew. */
export const isWritten = ({ action }: Change) => ['create', 'update', 'replace'].includes(action)

/** What is not there any more, or not the same thing. */
export const isLost = ({ action, isDeposed }: Change) =>
  !isDeposed && (action === 'delete' || action === 'replace')

/** Terraform forgets it, and AWS keeps it. */
export const isForgotten = ({ action }: Change) => action === 'forget'

export function number(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
}

export function isOn(value: Json | undefined): boolean {
  return (
    value === true ||
    value === 'true' ||
    value === 'enabled' ||
    value === 'ENABLED' ||
    value === 'Enabled'
  )
}

/** Off, or nothing: what a provider writes where nobody set it. */
export function isOff(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    (isList(value) && value.length === 0) ||
    (typeof value === 'string' &&
      ['false', 'disabled', 'DISABLED', 'Disabled', 'Suspended', ''].includes(value))
  )
}

/** The blocks under a name. */
export function blocks(object: JsonObject | undefined, name: string): JsonObject[] {
  const value = object?.[name]
  if (isList(value)) return value.filter(isObject)
  return isObject(value) ? [value] : []
}

export function block(
  object: JsonObject | undefined,
  ...names: readonly string[]
): JsonObject | undefined {
  return names.reduce<JsonObject | undefined>((inner, name) => blocks(inner, name)[0], object)
}

/** Attributes that were on and are off now. One that is not known yet is not off. */
export function switchedOff(change: Change, names: readonly string[]): string[] {
  if (!changesInPlace(change)) return []
  return names.filter(
    (name) => isOn(change.before[name]) && isOff(change.after[name]) && !isUnknown(change, name),
  )
}

/** Attributes that were off, or not there, and are on now. */
export function switchedOn(change: Change, names: readonly string[]): string[] {
  if (!changesInPlace(change)) return []
  return names.filter((name) => isOff(change.before[name]) && isOn(change.after[name]))
}

/** Attributes whose number is lower than it was, as `name: 30 -> 7`. */
export function lowered(change: Change, names: readonly string[]): string[] {
  if (!changesInPlace(change)) return []
  return names.flatMap((name) => {
    const [was, is] = [number(change.before[name]), number(change.after[name])]
    return was !== undefined && is !== undefined && is < was ? [`${name}: ${was} -> ${is}`] : []
  })
}

/** Attributes with another value than before, of those that had one. */
export function changed(change: Change, names: readonly string[]): string[] {
  if (!changesInPlace(change)) return []
  const different = new Set(change.differences.map(attributeOf))
  return names.filter((name) => different.has(name) && !isOff(change.before[name]))
}

export function ofType(...types: readonly string[]): (change: Change) => boolean {
  return ({ type }) => types.includes(type)
}

/** What makes a replacement, in words. */
export function causeOf({ forcedBy, reason, action }: Change): string {
  if (forcedBy.length > 0) return `forced by ${forcedBy.join(', ')}`
  if (reason !== undefined) return reason
  return action === 'replace' ? 'the plan does not say why' : 'deleted'
}
