import { memoized } from './memo'

/** JSON from a file, of any shape. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export type JsonObject = { readonly [key: string]: Json }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

export function objectIn(value: unknown, key: string): JsonObject {
  const inner = valueIn(value, key)
  return isObject(inner) ? inner : {}
}

export function listIn(value: unknown, key: string): readonly Json[] {
  const inner = valueIn(value, key)
  return isList(inner) ? inner : []
}

export function textIn(value: unknown, key: string): string | undefined {
  const inner = valueIn(value, key)
  return typeof inner === 'string' ? inner : undefined
}

/** The value of an own key: inherited ones such as `toString` are not values of a plan. */
export function valueIn(value: unknown, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/**
 * Any value as text. `String(value)` and template literals throw on `{"toString": 0}` and print `[object Object]`
 * for other objects, so every value of a plan becomes text here.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  return JSON.stringify(value)
}

/** One value, or a list of them, as texts. */
export function textsOf(value: Json | undefined): string[] {
  if (value === undefined || value === null) return []
  return isList(value) ? value.map(textOf) : [textOf(value)]
}

/** Deep equality, ignoring the order of keys. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true
  if (isList(one) && isList(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  )
}

/** Far more than a real plan has, and far less than the call stack allows. */
export const maxDepth = 250

/** Whether a value is nested too deeply for the recursive functions of this package. */
export function isTooDeep(value: unknown, levels = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false
  const items = isList(value) ? value : Object.values(value)
  return items.some((item) => levels === 0 || isTooDeep(item, levels - 1))
}

/** The JSON document in a text: a policy, containers, a pattern. A number or a word alone is not a document. */
export const documentIn = (value: Json | undefined): Json | undefined =>
  typeof value === 'string' && /^\s*[{[]/.test(value) ? parsed(value) : undefined

/** Several rules read the same documents. */
const parsed = memoized((value): Json | undefined => {
  try {
    const document: unknown = JSON.parse(value)
    const isDeep = value.length > 2 * maxDepth && isTooDeep(document)
    return (isObject(document) || isList(document)) && !isDeep ? document : undefined
  } catch {
    return undefined
  }
})
