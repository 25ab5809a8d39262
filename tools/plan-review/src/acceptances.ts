import { existsSync, readFileSync } from 'node:fs'
import { ReviewError } from './errors'
import { isList, isObject, textOf } from './json'
import { rules } from './rules'

/** A finding that is accepted until a day. */
export interface Acceptance {
  readonly rule: string
  readonly address: string
  /** @default every stack */
  readonly stack?: string
  readonly because: string
  /** The last day it applies, as year-month-day. */
  readonly until: string
}

const day = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/

/** Reads a file of acceptances. Without a file there are none. */
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
    throw new ReviewError(`${file}: must be a list; got something else. Start it with [.`)
  return json.map((entry, index) => {
    const where = `${file}: entry ${index + 1}`
    const form =
      'Each entry has a rule, an address, a reason (because), a last day (until, year-month-day), and optionally a stack.'
    if (!isObject(entry)) throw new ReviewError(`${where}: must be an object. ${form}`)
    const { rule, address, because, until, stack, ...others } = entry
    const unknownKey = Object.keys(others)[0]
    if (unknownKey !== undefined)
      throw new ReviewError(`${where}: has the unknown property ${unknownKey}. ${form}`)
    if (!rules.some(({ id }) => id === rule))
      throw new ReviewError(
        `${where}: rule must be the id of a rule; got ${JSON.stringify(rule)}. docs/plan-review.md lists them.`,
      )
    if (typeof address !== 'string' || address === '')
      throw new ReviewError(`${where}: address must name a resource. ${form}`)
    if (typeof because !== 'string' || because.trim().length < 10)
      throw new ReviewError(`${where}: because must give the reason in a sentence. ${form}`)
    if (typeof until !== 'string' || !day.test(until))
      throw new ReviewError(
        `${where}: until must be a day, as 2027-01-31; got ${JSON.stringify(until)}. ${form}`,
      )
    if (stack !== undefined && typeof stack !== 'string')
      throw new ReviewError(`${where}: stack must be a name. ${form}`)
    return {
      rule: textOf(rule),
      address,
      because,
      until,
      ...(typeof stack === 'string' && { stack }),
    }
  })
}

/** The acceptances after their last day, which fail the review. */
export function expired(acceptances: readonly Acceptance[], today: string): Acceptance[] {
  return acceptances.filter(({ until }) => until < today)
}
