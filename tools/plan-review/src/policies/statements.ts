import { documentIn, isList, isObject, type Json, type JsonObject, textOf, textsOf } from '../json'
import { memoized } from '../memo'
import { type Clause, clausesIn } from './conditions'
import { covers, everything, overlaps, pattern } from './patterns'

/** One item of a statement: a pattern, or everything except some patterns. */
export interface Item {
  readonly isNot: boolean
  readonly patterns: readonly string[]
  /** As in the policy, for a person. */
  readonly text: string
}

/** What a statement allows or denies: every combination of one item of each list. */
export interface Statement {
  readonly isDeny: boolean
  readonly principals: readonly Item[]
  readonly actions: readonly Item[]
  readonly resources: readonly Item[]
  /** All clauses must hold. Of each, one alternative suffices. */
  readonly clauses: readonly (readonly Clause[])[]
}

/** The document of a policy, in text or as an object: some statement has an effect, or there is none. */
export function policyIn(value: Json | undefined): JsonObject | undefined {
  const document = isObject(value) ? value : documentIn(value)
  if (!isObject(document)) return undefined
  const statements = statementsOf(document)
  const isPolicy =
    statements.some((each) => isObject(each) && elementOf(each, 'Effect') !== undefined) ||
    (statements.length === 0 && elementOf(document, 'Statement') !== undefined)
  return isPolicy ? document : undefined
}

/** The names of elements are not case-sensitive. */
function elementOf(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name]
  const lower = name.toLowerCase()
  for (const key of Object.keys(object))
    if (key.length === name.length && key.toLowerCase() === lower) return object[key]
  return undefined
}

function statementsOf(document: JsonObject): readonly Json[] {
  const value = elementOf(document, 'Statement')
  return isList(value) ? value : value === undefined ? [] : [value]
}

interface ReadPolicy {
  readonly statements: readonly Statement[]
  /** The statements that cannot be compared, as text. */
  readonly unclear: readonly string[]
}

const nothing: ReadPolicy = { statements: [], unclear: [] }
const policies = new WeakMap<JsonObject, ReadPolicy>()

export function readPolicy(document: JsonObject | undefined): ReadPolicy {
  if (document === undefined) return nothing
  const known = policies.get(document)
  if (known !== undefined) return known
  const all = statementsOf(document)
  const read = all.map((each) =>
    isObject(each) ? statementIn(JSON.stringify(each), each) : undefined,
  )
  const policy = {
    statements: read.filter((each) => each !== undefined),
    unclear: all.filter((_, index) => read[index] === undefined).map(textOf),
  }
  policies.set(document, policy)
  return policy
}

/** By its text: equal statements are the same object. */
const statementIn = memoized((_text, object: JsonObject): Statement | undefined => {
  const effect = textOf(elementOf(object, 'Effect'))
  const actions = itemsOf(object, 'Action', textsOf, action)
  if (!/^(allow|deny)$/i.test(effect) || actions === undefined) return undefined
  return {
    isDeny: /^deny$/i.test(effect),
    principals: itemsOf(object, 'Principal', principalsOf, principal) ?? [
      { isNot: false, patterns: [''], text: '' },
    ],
    actions,
    // The policy of a role has no resource: it is the role.
    resources: itemsOf(object, 'Resource', textsOf, pattern) ?? [
      { isNot: false, patterns: [everything], text: '' },
    ],
    clauses: clausesIn(elementOf(object, 'Condition')),
  }
})

/** The items of an element, such as `Action` and `NotAction`. */
function itemsOf(
  statement: JsonObject,
  name: string,
  textsIn: (value: Json | undefined) => string[],
  read: (text: string) => string,
): Item[] | undefined {
  const [value, not] = [elementOf(statement, name), elementOf(statement, `Not${name}`)]
  if ((value ?? not ?? null) === null) return undefined
  const items = [...new Set(textsIn(value))].map((text) => ({
    isNot: false,
    patterns: [read(text)],
    text,
  }))
  const others = textsIn(not)
  return others.length === 0
    ? items
    : [...items, { isNot: true, patterns: others.map(read), text: `all but ${others.join(', ')}` }]
}

const action = (text: string) => (text === '*:*' ? everything : pattern(text.toLowerCase()))

/** `*` and an account's number have several forms. */
function principal(text: string): string {
  const account = /^AWS (\d{12})$/.exec(text)?.[1]
  if (account !== undefined) return `AWS arn:aws:iam::${account}:root`
  return text === '*' ? everything : text
}

function principalsOf(value: Json | undefined): string[] {
  if (!isObject(value)) return textsOf(value)
  return Object.entries(value).flatMap(([kind, names]) =>
    textsOf(names).map((name) => (name === '*' ? '*' : `${kind} ${name}`)),
  )
}

/** An account also stands for its roles and users. */
const coversPrincipal = (outer: string, inner: string) =>
  covers(outer, inner) ||
  (/^AWS arn:[^:]*:iam::\d+:root$/.test(outer) &&
    inner.replace(/:(iam|sts)::/, ':iam::').startsWith(outer.replace(/root$/, '')))

type Relation = (one: string, other: string) => boolean

function isIncluded(item: Item, all: readonly Item[], contains: Relation, meets: Relation) {
  return all.some((outer) => {
    if (!item.isNot)
      return outer.isNot
        ? item.patterns.every((each) => !outer.patterns.some((other) => meets(other, each)))
        : item.patterns.every((each) => outer.patterns.some((other) => contains(other, each)))
    return outer.isNot
      ? outer.patterns.every((each) => item.patterns.some((other) => contains(other, each)))
      : outer.patterns.includes(everything)
  })
}

export const includesPrincipal = (all: readonly Item[], item: Item) =>
  isIncluded(
    item,
    all,
    coversPrincipal,
    (one, other) => coversPrincipal(one, other) || coversPrincipal(other, one),
  )

export const includes = (all: readonly Item[], item: Item) =>
  isIncluded(item, all, covers, overlaps)
