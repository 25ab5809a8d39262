import { existsSync, readFileSync } from 'node:fs'
import { ReviewError } from './errors'
import { isList, isObject, textOf } from './json'
import { rules } from './rules'

/** A finding that is known and meant, for a time. */
export interface Acceptance {
  readonly rule: string
  readonly address: string
  /** @default every stack */
  readonly stack?: string
  readonly because: string
  /** The last day that it counts on, as year-month-day. */
  readonly until: string
}

const day = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/

/** Reads a file of acceptances. Without the file there are none. */
export function readAcceptances(file: string): Acceptance[] {
  if (!existsSync(file)) return []
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ReviewError(
      `${file}: must be a list of acceptances as JSON; it cannot be read (${error instanceof Error ? error.message : error}). Correct it.`,
    )
  }
  if (!isList(json))
    throw new ReviewError(`${file}: must be a list; got something else. Begin it with [.`)
  return json.map((entry, index) => {
    const where = `${file}: entry ${index + 1}`
    const told =
      'Each names a rule, an address, why (because) and until when (year-month-day), and may name a stack.'
    if (!isObject(entry)) throw new ReviewError(`${where}: must be an object. ${told}`)
    const { rule, address, because, until, stack, ...others } = entry
    const unknownKey = Object.keys(others)[0]
    if (unknownKey !== undefined)
      throw new ReviewError(`${where}: has ${unknownKey}, which means nothing here. ${told}`)
    if (!rules.some(({ id }) => id === rule))
      throw new ReviewError(
        `${where}: rule must be the id of a rule; got ${JSON.stringify(rule)}. docs/plan-review.md lists them.`,
      )
    if (typeof address !== 'string' || address === '')
      throw new ReviewError(`${where}: address must name a resource. ${told}`)
    if (typeof because !== 'string' || because.trim().length < 10)
      throw new ReviewError(`${where}: because must say why, in a sentence. ${told}`)
    if (typeof until !== 'string' || !day.test(until))
      throw new ReviewError(
        `${where}: until must be a day, as 2027-01-31; got ${JSON.stringify(until)}. ${told}`,
      )
    if (stack !== undefined && typeof stack !== 'string')
      throw new ReviewError(`${where}: stack must be a name. ${told}`)
    return {
      rule: textOf(rule),
      address,
      because,
      until,
      ...(typeof stack === 'string' && { stack }),
    }
  })
}

/** Of acceptances, those whose last day is over. They count no more, and fail the review. */
export function expired(acceptances: readonly Acceptance[], today: string): Acceptance[] {
  return acceptances.filter(({ until }) => until < today)
}
