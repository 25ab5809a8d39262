import type { StackJson, Values } from '../src/platform'

type Resources = Readonly<Record<string, Readonly<Record<string, Values>>>>

/** Resources that break a control, with the expected fault, and resources that do not. */
export interface Sample {
  readonly breaks: readonly (readonly [Resources, string])[]
  readonly holds: readonly Resources[]
}

/** A single resource. */
export function only(type: string, values: Values): Resources {
  return { [type]: { it: values } }
}

/** A valid resource with changes. */
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
