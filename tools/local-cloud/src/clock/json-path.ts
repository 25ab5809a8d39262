import { NotRunError, StatesError } from './states-error'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

type Step =
  | { readonly kind: 'key'; readonly keys: readonly string[] }
  | { readonly kind: 'index'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }

interface Path {
  readonly steps: readonly Step[]
  /** It names one value, and not a list of those that match. */
  readonly isDefinite: boolean
}

const paths = new Map<string, Path>()

/** The value at a path. Undefined where a path of one value has none. */
export function valueAt(text: string, root: Json): Json | undefined {
  const { steps, isDefinite } = pathOf(text)
  let found: Json[] = [root]
  for (const step of steps) found = found.flatMap((value) => take(step, value))
  return isDefinite ? found[0] : found
}

/** The same, where Step Functions needs a value. */
export function requiredAt(text: string, root: Json): Json {
  const value = valueAt(text, root)
  if (value !== undefined) return value
  const reason = `The JSONPath '${text}' could not be found in the input '${JSON.stringify(root)}'`
  throw new StatesError('States.Runtime', reason)
}

/** A copy with a value at a path of names and indexes, such as `$.failure`. */
export function withValueAt(text: string, root: Json, value: Json): Json {
  const keys = pathOf(text).steps.map((step) => {
    if (step.kind === 'key') return step.keys[0]
    return step.kind === 'index' ? step.indexes[0] : undefined
  })
  return placed(root, keys, value, text)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function placed(
  root: Json | undefined,
  [key, ...rest]: readonly (string | number | undefined)[],
  value: Json,
  text: string,
): Json {
  if (key === undefined) return value
  if (typeof key === 'number') {
    const items = Array.isArray(root) ? [...root] : []
    if (key >= items.length) throw mismatch(text)
    items[key] = placed(items[key], rest, value, text)
    return items
  }
  if (root !== undefined && !isObject(root)) throw mismatch(text)
  return { ...root, [key]: placed(root?.[key], rest, value, text) }
}

function mismatch(text: string): StatesError {
  const reason = `Unable to apply ResultPath '${text}' to the input: it is not an object there`
  return new StatesError('States.ResultPathMatchFailure', reason)
}

function take(step: Step, value: Json): Json[] {
  switch (step.kind) {
    case 'key':
      return isObject(value) ? step.keys.flatMap((key) => own(value, key)) : []
    case 'index':
      return Array.isArray(value) ? step.indexes.flatMap((index) => at(value, index)) : []
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : []
    case 'all':
      return childrenOf(value)
    case 'descend':
      return [value, ...childrenOf(value).flatMap((child) => take(step, child))]
  }
}

function own(value: JsonObject, key: string): Json[] {
  return Object.hasOwn(value, key) ? [value[key] ?? null] : []
}

function at(items: readonly Json[], index: number): Json[] {
  const position = index < 0 ? items.length + index : index
  return position in items ? [items[position] ?? null] : []
}

function childrenOf(value: Json): Json[] {
  if (Array.isArray(value)) return [...value]
  return isObject(value) ? Object.values(value) : []
}

const stepPattern =
  /\.\.(?=\[)|\.\.(?<deep>[\w-]+|\*)|\.(?<key>[^.[\]'"\s(),]+)|\[(?<inner>'(?:[^'\\]|\\.)*'(?:\s*,\s*'(?:[^'\\]|\\.)*')*|[^\]'?]+)\]/y

function pathOf(text: string): Path {
  const known = paths.get(text)
  if (known !== undefined) return known
  if (!text.startsWith('$')) throw invalid(text)
  const steps: Step[] = []
  let position = 1
  while (position < text.length) {
    stepPattern.lastIndex = position
    const match = stepPattern.exec(text)
    if (match === null) {
      if (text.slice(position).startsWith('[?')) {
        throw new NotRunError(`JSONPath ${text}: a filter`)
      }
      throw invalid(text)
    }
    position = stepPattern.lastIndex
    const { deep, key, inner } = match.groups ?? {}
    if (match[0].startsWith('..')) steps.push({ kind: 'descend' })
    const name = deep ?? key
    if (name !== undefined)
      steps.push(name === '*' ? { kind: 'all' } : { kind: 'key', keys: [name] })
    if (inner !== undefined) steps.push(bracketStep(inner, text))
  }
  const isDefinite = steps.every(
    (step) =>
      (step.kind === 'key' && step.keys.length === 1) ||
      (step.kind === 'index' && step.indexes.length === 1),
  )
  const path = { steps, isDefinite }
  paths.set(text, path)
  return path
}

function bracketStep(inner: string, text: string): Step {
  if (inner.startsWith("'")) {
    const keys = [...inner.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, key = '']) =>
      key.replace(/\\(.)/g, '$1'),
    )
    return { kind: 'key', keys }
  }
  if (inner.trim() === '*') return { kind: 'all' }
  const [, from, to] = /^\s*(-?\d*)\s*:\s*(-?\d*)\s*$/.exec(inner) ?? []
  if (from !== undefined && to !== undefined) {
    const bound = (number: string) => (number === '' ? undefined : Number(number))
    return { kind: 'slice', from: bound(from), to: bound(to) }
  }
  const indexes = inner.split(',').map(Number)
  if (indexes.some((index) => !Number.isInteger(index))) throw invalid(text)
  return { kind: 'index', indexes }
}

function invalid(text: string): StatesError {
  return new StatesError('States.Runtime', `Invalid path '${text}'`)
}
