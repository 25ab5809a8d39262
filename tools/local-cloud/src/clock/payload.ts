import { createHash } from 'node:crypto'
import type { Random } from '@tideway/spot-simulator'
import { isObject, type Json, type JsonObject, requiredAt } from './json-path'
import { NotRunError, StatesError } from './states-error'

/** What paths and intrinsic functions of a state refer to. */
export interface PayloadContext {
  /** `$` */
  readonly input: Json
  /** `$$` */
  readonly context: Json
  readonly random: Random
}

/** A payload template, such as Parameters: the values of keys that end in `.$` are paths or intrinsic functions. */
export function filled(template: Json, context: PayloadContext): Json {
  if (Array.isArray(template)) return template.map((item) => filled(item, context))
  if (!isObject(template)) return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), evaluated(String(value), context)]
        : [key, filled(value, context)],
    ),
  )
}

/** The value of a path, or of an intrinsic function. */
export function evaluated(text: string, context: PayloadContext): Json {
  if (text.startsWith('$$')) return requiredAt(text.slice(1), context.context)
  if (text.startsWith('$')) return requiredAt(text, context.input)
  const reader = new CallReader(text, context)
  return reader.call()
}

/** Reads `States.Format('{} is {}', $.a, States.ArrayLength($.b))`. */
class CallReader {
  private position = 0

  constructor(
    private readonly text: string,
    private readonly context: PayloadContext,
  ) {}

  call(): Json {
    const value = this.argument()
    if (this.position < this.text.length) throw this.invalid()
    return value
  }

  private argument(): Json {
    this.take(/\s*/y)
    const name = this.take(/States\.\w+/y)
    if (name !== undefined) return this.functionCall(name)
    const quoted = this.take(/'(?:[^'\\]|\\.)*'/y)
    if (quoted !== undefined) return unescaped(quoted.slice(1, -1))
    const path = this.take(/\$[^\s,()[\]]*(?:\[[^\]]*\][^\s,()[\]]*)*/y)
    if (path !== undefined) return evaluated(path, this.context)
    const literal = this.take(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y)
    if (literal !== undefined) return JSON.parse(literal)
    throw this.invalid()
  }

  private functionCall(name: string): Json {
    const given: Json[] = []
    if (this.take(/\s*\(\s*/y) === undefined) throw this.invalid()
    if (this.take(/\)/y) === undefined) {
      do given.push(this.argument())
      while (this.take(/\s*,/y) !== undefined)
      if (this.take(/\s*\)/y) === undefined) throw this.invalid()
    }
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (run === undefined) throw new NotRunError(`intrinsic function ${name}`)
    try {
      return run(given, this.context.random)
    } catch (error) {
      if (error instanceof StatesError) throw error
      const reason = `An error occurred while evaluating ${this.text}: ${String(error)}`
      throw new StatesError('States.IntrinsicFailure', reason)
    }
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.position += found.length
    return found
  }

  private invalid(): StatesError {
    const reason = `Invalid intrinsic function: ${this.text}`
    return new StatesError('States.IntrinsicFailure', reason)
  }
}

function unescaped(text: string): string {
  // The template of States.Format keeps its escaped braces.
  return text.replace(/\\([^{}])/g, '$1')
}

type IntrinsicFunction = (given: readonly Json[], random: Random) => Json

const functions: Readonly<Record<string, IntrinsicFunction>> = {
  'States.Array': (given) => given,
  'States.ArrayContains': ([items, value]) => {
    const wanted = JSON.stringify(value)
    return list(items).some((item) => JSON.stringify(item) === wanted)
  },
  'States.ArrayGetItem': ([items, index]) => list(items)[whole(index)] ?? null,
  'States.ArrayLength': ([items]) => list(items).length,
  'States.ArrayPartition': ([items, size]) => {
    const all = list(items)
    const length = whole(size)
    if (length < 1) throw new RangeError(`the size must be at least 1; got ${length}`)
    return Array.from({ length: Math.ceil(all.length / length) }, (_, index) =>
      all.slice(index * length, (index + 1) * length),
    )
  },
  'States.ArrayRange': ([first, last, step]) => {
    const every = whole(step)
    const length = Math.floor((whole(last) - whole(first)) / every) + 1
    if (!(length <= 1000)) throw new RangeError('it has more than 1000 items')
    return Array.from({ length: Math.max(0, length) }, (_, index) => whole(first) + index * every)
  },
  'States.ArrayUnique': ([items]) => {
    const unique = new Map(list(items).map((item) => [JSON.stringify(item), item]))
    return [...unique.values()]
  },
  'States.Base64Decode': ([text]) => Buffer.from(string(text), 'base64').toString(),
  'States.Base64Encode': ([text]) => Buffer.from(string(text)).toString('base64'),
  'States.Format': ([template, ...given]) => {
    let next = 0
    const places = string(template).replace(/\\([{}])|\{\}/g, (_, brace?: string) => {
      if (brace !== undefined) return brace
      const value = given[next++]
      if (value === undefined) throw new RangeError('it has more {} than values')
      return typeof value === 'string' ? value : JSON.stringify(value)
    })
    if (next < given.length) throw new RangeError('it has more values than {}')
    return places
  },
  'States.Hash': ([data, algorithm]) =>
    createHash(string(algorithm).replace('-', '').toLowerCase())
      .update(typeof data === 'string' ? data : JSON.stringify(data))
      .digest('hex'),
  'States.JsonMerge': ([one, other]) => ({ ...object(one), ...object(other) }),
  'States.JsonToString': ([value]) => JSON.stringify(value),
  'States.MathAdd': ([one, other]) => whole(one) + whole(other),
  'States.MathRandom': ([first, last], random) => random.integer(whole(first), whole(last) - 1),
  'States.StringSplit': ([text, separators]) =>
    string(text)
      .split(new RegExp(`[${string(separators).replace(/[\\\]^-]/g, '\\$&')}]`))
      .filter((part) => part !== ''),
  'States.StringToJson': ([text]) => JSON.parse(string(text)),
  'States.UUID': (_, random) => uuid(random),
}

/** A UUID of version 4, the same for the same seed. */
export function uuid(random: Random): string {
  const digit = (bits: number) => Math.floor(random.next() * 2 ** bits)
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (place) =>
    (place === 'x' ? digit(4) : 8 + digit(2)).toString(16),
  )
}

function list(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value
  throw new TypeError(`must be an array; got ${JSON.stringify(value)}`)
}

function object(value: Json | undefined): JsonObject {
  if (isObject(value)) return value
  throw new TypeError(`must be an object; got ${JSON.stringify(value)}`)
}

function string(value: Json | undefined): string {
  if (typeof value === 'string') return value
  throw new TypeError(`must be a string; got ${JSON.stringify(value)}`)
}

function whole(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.round(value)
  throw new TypeError(`must be a number; got ${JSON.stringify(value)}`)
}
