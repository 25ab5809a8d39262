import type { StackJson, Values } from '../src/platform'

type Resources = Readonly<Record<string, Readonly<Record<string, Values>>>>

/** For a control: resources that break it, with what it says of them, and resources that do not. */
export interface Sample {
  readonly breaks: readonly (readonly [Resources, string])[]
  readonly holds: readonly Resources[]
}

/** One resource by itself. */
export function only(type: string, values: Values): Resources {
  return { [type]: { it: values } }
}

/** One resource, right but for what is changed. */
export function variants(type: string, right: Values) {
  return (changes: Values = {}) => only(type, { ...right, ...changes })
}

export function stackOf(resource: Resources): StackJson {
  return { resource }
}

/** A policy of one statement. */
export function policy(statement: Values): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
}
