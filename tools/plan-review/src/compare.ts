import { documentIn, isList, isObject, isSame, type Json, type JsonObject, valueIn } from './json'
import { hidden, isAllSensitive, marksOf, unknown } from './secrets'

/** One difference. Sensitive values are already hidden. */
export interface Difference {
  readonly path: string
  readonly before: Json | undefined
  readonly after: Json | undefined
}

export interface Sides {
  readonly before: Json | undefined
  readonly after: Json | undefined
  readonly beforeMarks: Json | undefined
  readonly afterMarks: Json | undefined
  readonly unknownMarks: Json | undefined
}

/** The differences between two values, at the deepest paths possible. */
export function differencesIn(sides: Sides, path = ''): Difference[] {
  const { before, after, beforeMarks, afterMarks, unknownMarks } = sides
  if (unknownMarks === true) {
    return [{ path, before: hideSensitive(before, beforeMarks), after: unknown }]
  }
  const hasUnknown = hasTrue(unknownMarks)
  if (!hasUnknown && isSame(before, after)) return sensitivityOf(sides, path)
  if (isAllSensitive(beforeMarks) || isAllSensitive(afterMarks)) {
    return [
      {
        path,
        before: before === undefined || before === null ? before : hidden,
        after: after === undefined || after === null ? after : hidden,
      },
    ]
  }
  if (isObject(before) && isObject(after)) return inObjects({ ...sides, before, after }, path)
  if (isList(before) && isList(after)) return inLists({ ...sides, before, after }, path)
  const documents = [documentIn(before), documentIn(after)] as const
  if (documents[0] !== undefined && documents[1] !== undefined) {
    return inDocuments(documents[0], documents[1], path)
  }
  return [
    {
      path,
      before: hideSensitive(before, beforeMarks),
      after: hasUnknown
        ? withUnknown(after, unknownMarks, afterMarks)
        : hideSensitive(after, afterMarks),
    },
  ]
}

/** Where an unchanged value becomes sensitive, or stops being so. */
function sensitivityOf({ before, beforeMarks, afterMarks }: Sides, path: string): Difference[] {
  if (before === undefined || before === null || isSame(beforeMarks, afterMarks)) return []
  const [was, is] = [isAllSensitive(beforeMarks), isAllSensitive(afterMarks)]
  if (was !== is) return [{ path: `${path} (sensitivity)`, before: was, after: is }]
  if (was || !isObject(before)) return []
  return Object.entries(before).flatMap(([key, value]) =>
    sensitivityOf(
      {
        before: value,
        after: value,
        beforeMarks: marksOf(beforeMarks, key),
        afterMarks: marksOf(afterMarks, key),
        unknownMarks: false,
      },
      path === '' ? key : `${path}.${key}`,
    ),
  )
}

/** A value with its sensitive parts hidden. */
function hideSensitive(value: Json | undefined, marks: Json | undefined): Json | undefined {
  if (value === undefined || value === null || marks === false) return value
  if (isAllSensitive(marks)) return hidden
  if (isList(value))
    return value.map((item, index) => hideSensitive(item, marksOf(marks, index)) ?? null)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      hideSensitive(item, marksOf(marks, key)) ?? null,
    ]),
  )
}

/** A new value, with a placeholder for each part that is not known yet. */
function withUnknown(
  value: Json | undefined,
  unknownMarks: Json | undefined,
  marks: Json | undefined,
): Json | undefined {
  if (unknownMarks === true) return unknown
  if (!hasTrue(unknownMarks)) return hideSensitive(value, marks)
  if (isAllSensitive(marks)) return hidden
  if (isList(unknownMarks)) {
    const items = isList(value) ? value : []
    const length = Math.max(items.length, unknownMarks.length)
    return Array.from(
      { length },
      (_, index) => withUnknown(items[index], unknownMarks[index], marksOf(marks, index)) ?? null,
    )
  }
  const object = isObject(value) ? value : {}
  const keys = new Set([...Object.keys(object), ...Object.keys(unknownMarks as JsonObject)])
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      withUnknown(valueIn(object, key), valueIn(unknownMarks, key), marksOf(marks, key)) ?? null,
    ]),
  )
}

function hasTrue(marks: Json | undefined): boolean {
  if (marks === true) return true
  if (isList(marks)) return marks.some(hasTrue)
  return isObject(marks) && Object.values(marks).some(hasTrue)
}

function inObjects(
  {
    before,
    after,
    beforeMarks,
    afterMarks,
    unknownMarks,
  }: Sides & { before: JsonObject; after: JsonObject },
  path: string,
): Difference[] {
  const unknownKeys = isObject(unknownMarks) ? Object.keys(unknownMarks) : []
  const keys = new Set([...Object.keys(before), ...Object.keys(after), ...unknownKeys])
  return [...keys].sort().flatMap((key) => {
    const [was, is] = [valueIn(before, key), valueIn(after, key)]
    // Providers write a missing value in several ways.
    if (isNothing(was) && isNothing(is) && !hasTrue(valueIn(unknownMarks, key))) return []
    return differencesIn(
      {
        before: was,
        after: is,
        beforeMarks: marksOf(beforeMarks, key),
        afterMarks: marksOf(afterMarks, key),
        unknownMarks: valueIn(unknownMarks, key),
      },
      path === '' ? key : `${path}.${key}`,
    )
  })
}

function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  if (isList(value)) return value.length === 0
  return isObject(value) && Object.keys(value).length === 0
}

/**
 * For AWS many lists are sets without an order. Equal items are matched first. The others are compared by name, and
 * objects without a name in their order.
 */
function inLists(
  {
    before,
    after,
    beforeMarks,
    afterMarks,
    unknownMarks,
  }: Sides & { before: readonly Json[]; after: readonly Json[] },
  path: string,
): Difference[] {
  const isKnown = (index: number) =>
    !hasTrue(isList(unknownMarks) ? unknownMarks[index] : undefined)
  const places = placesOf(after, (item, index) => (isKnown(index) ? keyOf(item) : undefined))
  const matched = new Set<number>()
  const unmatched = [...before.entries()].filter(([, item]) => {
    const index = places.get(keyOf(item))?.shift()
    if (index !== undefined) matched.add(index)
    return index === undefined
  })
  if (unmatched.length === 0 && matched.size === after.length) {
    const sides = {
      before: hideSensitive(before, beforeMarks),
      after: hideSensitive(after, afterMarks),
    }
    return [{ path: `${path} (order)`, ...sides }]
  }
  const partners = placesOf(after, (item, index) =>
    matched.has(index) ? undefined : partnerOf(item),
  )
  const label = (item: Json | undefined, index: number) => `${path}[${nameOf(item) ?? index}]`
  const differences = unmatched.flatMap(([index, item]) => {
    const key = partnerOf(item)
    const partner = key === undefined ? undefined : partners.get(key)?.shift()
    if (partner === undefined) {
      const redactedItem = hideSensitive(item, marksOf(beforeMarks, index))
      return [{ path: label(item, index), before: redactedItem, after: undefined }]
    }
    matched.add(partner)
    return differencesIn(
      {
        before: item,
        after: after[partner],
        beforeMarks: marksOf(beforeMarks, index),
        afterMarks: marksOf(afterMarks, partner),
        unknownMarks: isList(unknownMarks) ? unknownMarks[partner] : undefined,
      },
      label(item, index),
    )
  })
  const added = [...after.entries()].filter(([index]) => !matched.has(index))
  return [
    ...differences,
    ...added.map(([index, item]) => ({
      path: label(item, index),
      before: undefined,
      after: withUnknown(
        item,
        isList(unknownMarks) ? unknownMarks[index] : undefined,
        marksOf(afterMarks, index),
      ),
    })),
  ]
}

/** The places of the items of a list by a key, in order. Items without a key are left out. */
function placesOf(
  items: readonly Json[],
  keyAt: (item: Json, index: number) => string | undefined,
): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [index, item] of items.entries()) {
    const key = keyAt(item, index)
    const found = key === undefined ? undefined : places.get(key)
    if (found !== undefined) found.push(index)
    else if (key !== undefined) places.set(key, [index])
  }
  return places
}

/** Items of a list are compared with each other by name, and objects without a name in their order. */
const partnerOf = (item: Json) => (isObject(item) ? (nameOf(item) ?? '') : undefined)

function keyOf(item: Json): string {
  return JSON.stringify(sorted(item))
}

function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  )
}

/** The attribute by which people refer to an item of a list. */
function nameOf(item: Json | undefined): string | undefined {
  if (!isObject(item)) return undefined
  for (const key of [
    'Sid',
    'name',
    'key',
    'id',
    'origin_id',
    'path_pattern',
    'priority',
    'instance_type',
    'capacity_provider',
    'containerPort',
  ]) {
    const value = valueIn(item, key)
    if ((typeof value === 'string' && value !== '') || typeof value === 'number')
      return `${key}=${value}`
  }
  return undefined
}

/** Compares two documents by content, ignoring their formatting. */
function inDocuments(before: Json, after: Json, path: string): Difference[] {
  const [was, is] = [normalized(before), normalized(after)]
  return differencesIn(
    { before: was, after: is, beforeMarks: false, afterMarks: false, unknownMarks: false },
    path,
  )
}

/** In a policy, one value and a list of one are equal. */
function normalized(document: Json): Json {
  if (!isObject(document) || !('Statement' in document)) return document
  const statements = isList(document.Statement) ? document.Statement : [document.Statement ?? null]
  return {
    ...document,
    Statement: statements.map((statement) =>
      isObject(statement)
        ? Object.fromEntries(
            Object.entries(statement).map(([key, value]) => [
              key,
              ['Action', 'NotAction', 'Resource', 'NotResource'].includes(key) && !isList(value)
                ? [value]
                : value,
            ]),
          )
        : statement,
    ),
  }
}
