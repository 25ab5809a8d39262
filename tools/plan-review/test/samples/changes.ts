import type { Json, JsonObject } from '../../src/json'
import type { Entry } from '../plans'

/** Samples of one change each. */
export interface SingleChanges {
  readonly finds: readonly (readonly [Entry, string])[]
  readonly ignores: readonly Entry[]
}

type More = Partial<Entry>

export const update = (
  type: string,
  before: JsonObject,
  after: JsonObject,
  more: More = {},
): Entry => ({ type, before, after, ...more })

export const create = (type: string, after: JsonObject, more: More = {}): Entry => ({
  type,
  before: null,
  after,
  ...more,
})

export const destroy = (
  type: string,
  before: JsonObject = { id: 'x' },
  more: More = {},
): Entry => ({ type, before, after: null, ...more })

/** An update of one value, such as `a.b` in a block. The values beside it stay. */
export const both = (
  type: string,
  path: string,
  before: Json,
  after: Json,
  beside: JsonObject = {},
): Entry => update(type, { ...beside, ...at(path, before) }, { ...beside, ...at(path, after) })

/** `a.b` as `{a: [{b: value}]}`, the form of blocks. */
export function at(path: string, value: Json): JsonObject {
  const [name = '', ...rest] = path.split('.')
  return { [name]: rest.length === 0 ? value : [at(rest.join('.'), value)] }
}
