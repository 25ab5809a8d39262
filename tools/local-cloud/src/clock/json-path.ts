import { NotRunError, StatesError } from './states-error'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** What the paths of a state refer to. */
export interface Payload {
  /** `$` */
  readonly input: Json
  /** `$$` */
  readonly context: Json
}

type Keys = readonly (string | number)[]

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A payload template, such as Parameters: the values of keys that end in `.$` are paths. */
export function filled(template: Json, payload: Payload): Json {
  if (Array.isArray(template)) return template.map((item) => filled(item, payload))
  if (!isObject(template)) return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), evaluated(String(value), payload)]
        : [key, filled(value, payload)],
    ),
  )
}

/** The value at a path. Fails where there is none. */
export function evaluated(path: string, payload: Payload): Json {
  const value = valueAt(path, payload)
  if (value !== undefined) return value
  const root = JSON.stringify(path.startsWith('$$') ? payload.context : payload.input)
  const reason = `The JSONPath '${path}' could not be found in the input '${root}'`
  throw new StatesError('States.Runtime', reason)
}

/** The value at a path of names and indexes, such as `$.a[0]` or `$$.Execution.Name`. */
export function valueAt(path: string, { input, context }: Payload): Json | undefined {
  const [root, own] = path.startsWith('$$') ? [context, path.slice(1)] : [input, path]
  return keysOf(own).reduce<Json | undefined>((value, key) => {
    if (typeof key === 'number') return Array.isArray(value) ? value.at(key) : undefined
    return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  }, root)
}

/** A copy with a value at a path. */
export function withValueAt(path: string, root: Json, value: Json): Json {
  return placed(root, keysOf(path), value, path)
}

function placed(root: Json | undefined, [key, ...rest]: Keys, value: Json, path: string): Json {
  if (key === undefined) return value
  if (typeof key === 'number') {
    const items = Array.isArray(root) ? [...root] : []
    if (key >= items.length) throw mismatch(path)
    items[key] = placed(items[key], rest, value, path)
    return items
  }
  if (root !== undefined && !isObject(root)) throw mismatch(path)
  return { ...root, [key]: placed(root?.[key], rest, value, path) }
}

function mismatch(path: string): StatesError {
  const reason = `Unable to apply ResultPath '${path}' to the input: it is not an object there`
  return new StatesError('States.ResultPathMatchFailure', reason)
}

/** Filters, wildcards, slices and intrinsic functions do not run here. */
function keysOf(path: string): Keys {
  const steps = [...path.matchAll(/\.([^.[\]'"\s(),*?]+)|\['([^'\\]+)'\]|\[(-?\d+)\]/g)]
  if (`$${steps.map(([text]) => text).join('')}` !== path) {
    throw new NotRunError(`${path}: only JSONPath of names and indexes`)
  }
  return steps.map(([, name, quoted, index]) => name ?? quoted ?? Number(index))
}
