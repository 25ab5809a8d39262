import type { StackJson } from '../src/platform'
import type { Values } from '../src/values'

type Resources = Readonly<Record<string, Readonly<Record<string, Values>>>>

/** Resources that violate a control, each with a part of the message, and resources that comply. */
export interface Sample {
  readonly violations: readonly (readonly [Resources, string])[]
  readonly compliant: readonly Resources[]
}

/** A stack with one resource. */
export function only(type: string, values: Values): Resources {
  return { [type]: { it: values } }
}

/** A stack with one compliant resource, and changes to it. */
export function variants(type: string, compliant: Values) {
  return (changes: Values = {}) => only(type, { ...compliant, ...changes })
}

export function stackOf(resource: Resources): StackJson {
  return { resource }
}

/** A policy with one statement. */
export function policy(statement: Values): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })
}
