import { invalid } from './invalid'
import type { AttributeValue, Item } from './value'

/** The way to an attribute: names lead into maps, numbers into lists. */
export type Path = readonly (string | number)[]

export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  return path.reduce<AttributeValue | undefined>(memberOf, { M: item })
}

function memberOf(
  value: AttributeValue | undefined,
  part: string | number,
): AttributeValue | undefined {
  if (value === undefined) return undefined
  if (typeof part === 'number') return 'L' in value ? value.L[part] : undefined
  return 'M' in value && Object.hasOwn(value.M, part) ? value.M[part] : undefined
}

/** The item with something else at the path; nothing takes away what is there. */
export function withValueAt(item: Item, path: Path, value: AttributeValue | undefined): Item {
  const changed = replaced({ M: item }, path, value)
  return 'M' in changed ? changed.M : item
}

/** Only what the paths lead to, within the maps and lists that it is in. */
export function project(item: Item, paths: readonly Path[]): Item {
  const projected = projectValue({ M: item }, paths)
  return projected && 'M' in projected ? projected.M : {}
}

export function checkNoOverlap(paths: readonly Path[], label: string): void {
  for (const [index, one] of paths.entries()) {
    for (const other of paths.slice(index + 1)) {
      const shorter = Math.min(one.length, other.length)
      if (!one.slice(0, shorter).every((part, place) => part === other[place])) continue
      throw invalid(
        `Invalid ${label}: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [${one.join(', ')}], path two: [${other.join(', ')}]`,
      )
    }
  }
}

function replaced(
  within: AttributeValue | undefined,
  [part, ...rest]: Path,
  value: AttributeValue | undefined,
): AttributeValue {
  if (typeof part === 'string' && within && 'M' in within) {
    const { [part]: old, ...others } = within.M
    if (rest.length > 0) return { M: { ...within.M, [part]: replaced(old, rest, value) } }
    return { M: value === undefined ? others : { ...within.M, [part]: value } }
  }
  if (typeof part === 'number' && within && 'L' in within) {
    const elements = [...within.L]
    if (rest.length > 0) elements[part] = replaced(elements[part], rest, value)
    else if (value === undefined) elements.splice(part, 1)
    // Past its end a list grows by one, wherever the index points.
    else elements.splice(Math.min(part, elements.length), 1, value)
    return { L: elements }
  }
  throw invalid('The document path provided in the update expression is invalid for update')
}

function projectValue(
  value: AttributeValue | undefined,
  paths: readonly Path[],
): AttributeValue | undefined {
  if (value === undefined || paths.some((path) => path.length === 0)) return value
  const under = (part: string | number) =>
    paths.filter(([head]) => head === part).map((path) => path.slice(1))
  const parts = [...new Set(paths.map(([head]) => head))]
  if ('M' in value) {
    const entries = parts
      .filter((part) => typeof part === 'string' && Object.hasOwn(value.M, part))
      .map(
        (part) => [String(part), projectValue(value.M[String(part)], under(String(part)))] as const,
      )
      .filter((entry): entry is readonly [string, AttributeValue] => entry[1] !== undefined)
    return entries.length === 0 ? undefined : { M: Object.fromEntries(entries) }
  }
  if (!('L' in value)) return undefined
  const elements = parts
    .filter((part): part is number => typeof part === 'number')
    .sort((one, other) => one - other)
    .map((index) => projectValue(value.L[index], under(index)))
    .filter((element): element is AttributeValue => element !== undefined)
  return elements.length === 0 ? undefined : { L: elements }
}
