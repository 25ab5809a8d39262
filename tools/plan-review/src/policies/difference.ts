import { type Clause, implies } from './conditions'
import { type Item, includes, includesPrincipal, type Statement } from './statements'

/** In which elements a part differs from the closest earlier statement. */
export type Part = 'principal' | 'action' | 'resource' | 'condition'

/** A part of a statement that no other statement contains. */
export interface Rest {
  readonly statement: Statement
  readonly differs: readonly Part[]
  readonly closest: Statement | undefined
}

/** What an earlier statement contains of another one: for each list, which of its items. */
interface Coverage {
  readonly statement: Statement
  readonly masks: readonly (readonly boolean[])[]
}

/** Real policies need a few hundred. */
const maxSteps = 20_000

/**
 * The parts of a statement that others do not contain: a statement is a product of lists, and items that the same
 * statements contain stay together.
 *
 * @returns undefined if the statements are too large to compare
 */
export function restOf(
  statement: Statement,
  others: readonly Statement[],
  candidates = others,
): readonly Rest[] | undefined {
  if (others.includes(statement)) return []
  const lists = [statement.principals, statement.actions, statement.resources, ...statement.clauses]
  const coverages = others.map((other) => coverageOf(statement, other))
  const rests: Rest[] = []
  let steps = 0
  const split = (chosen: readonly (readonly number[])[], remaining: readonly Coverage[]): void => {
    if (++steps > maxSteps) return
    const place = chosen.length
    const list = lists[place]
    if (list === undefined || remaining.length === 0) {
      if (remaining.length > 0) return
      const all = [...chosen, ...lists.slice(place).map((items) => [...items.keys()])]
      if (all.every((places) => places.length > 0))
        rests.push(explained(partOf(statement, all), candidates))
      return
    }
    const groups = new Map<string, number[]>()
    for (const index of list.keys()) {
      const key = remaining.map(({ masks }) => (masks[place]?.[index] ? 1 : 0)).join('')
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [index])
      else group.push(index)
    }
    for (const group of groups.values()) {
      const [first = 0] = group
      split(
        [...chosen, group],
        remaining.filter(({ masks }) => masks[place]?.[first]),
      )
    }
  }
  split([], coverages)
  return steps > maxSteps ? undefined : rests
}

function partOf(
  { isDeny, principals, actions, resources, clauses }: Statement,
  [first = [], second = [], third = [], ...others]: readonly (readonly number[])[],
): Statement {
  const pick = <Value>(list: readonly Value[], places: readonly number[]) =>
    list.filter((_, index) => places.includes(index))
  return {
    isDeny,
    principals: pick(principals, first),
    actions: pick(actions, second),
    resources: pick(resources, third),
    clauses: clauses.map((clause, index) => pick(clause, others[index] ?? [])),
  }
}

function coverageOf(statement: Statement, other: Statement): Coverage {
  const within = (all: readonly Item[], items: readonly Item[], test = includes) =>
    items.map((item) => test(all, item))
  const clauses = statement.clauses.map((alternatives) => alternatives.map(() => true))
  const isMet = other.clauses.every((wanted) => {
    const masks = statement.clauses.map((alternatives) =>
      alternatives.map((inner) => wanted.some((outer) => implies(inner, outer))),
    )
    if (masks.some((mask) => mask.length > 0 && mask.every(Boolean))) return true
    // Some of the alternatives are within it: the others are the rest.
    const partial = masks.findIndex((mask) => mask.some(Boolean))
    const target = clauses[partial]
    if (target === undefined) return false
    clauses[partial] = target.map((is, index) => is && masks[partial]?.[index] === true)
    return true
  })
  return {
    statement: other,
    masks: [
      isMet
        ? within(other.principals, statement.principals, includesPrincipal)
        : statement.principals.map(() => false),
      within(other.actions, statement.actions),
      within(other.resources, statement.resources),
      ...clauses,
    ],
  }
}

/** The closest statement differs in the fewest elements. */
function explained(part: Statement, candidates: readonly Statement[]): Rest {
  let closest: Rest = {
    statement: part,
    differs: ['principal', 'action', 'resource', 'condition'],
    closest: undefined,
  }
  for (const other of candidates) {
    const differs = differencesOf(part, other)
    if (differs.length < closest.differs.length)
      closest = { statement: part, differs, closest: other }
  }
  return closest
}

function differencesOf(part: Statement, other: Statement): Part[] {
  const parts: Part[] = []
  if (!part.principals.every((item) => includesPrincipal(other.principals, item)))
    parts.push('principal')
  if (!part.actions.every((item) => includes(other.actions, item))) parts.push('action')
  if (!part.resources.every((item) => includes(other.resources, item))) parts.push('resource')
  if (looserClauses(part, other).length > 0) parts.push('condition')
  return parts
}

/** The clauses of another statement that a part of a statement can violate. */
export function looserClauses(part: Statement, other: Statement): readonly (readonly Clause[])[] {
  return other.clauses.filter(
    (wanted) =>
      !part.clauses.some((alternatives) =>
        alternatives.every((inner) => wanted.some((outer) => implies(inner, outer))),
      ),
  )
}
