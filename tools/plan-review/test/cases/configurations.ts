import type { JsonObject } from '../../src/json'
import type { Configuration, PlanCase } from '../plan-case'

/** Resources by type and name, as a configuration. */
export type Resources = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

export const configuration = (resources: Resources, more: JsonObject = {}): Configuration => ({
  // Terraform accepts no empty block.
  ...(Object.keys(resources).length > 0 && { resource: resources }),
  ...more,
})

/** One resource of a configuration with other values. */
export function changed(
  base: Resources,
  type: string,
  changes: JsonObject,
  name = 'it',
): Resources {
  return { ...base, [type]: { ...base[type], [name]: { ...base[type]?.[name], ...changes } } }
}

/** A configuration without a type, or without one resource of it. */
export function without(base: Resources, type: string, name?: string): Resources {
  const rest = Object.fromEntries(
    Object.entries(base[type] ?? {}).filter(([key]) => name !== undefined && key !== name),
  )
  const others = Object.fromEntries(Object.entries(base).filter(([key]) => key !== type))
  return Object.keys(rest).length === 0 ? others : { ...others, [type]: rest }
}

/** Changes of one configuration: each name with the resources afterwards, and exactly the findings. */
export function changesOf(
  base: Resources,
  changes: Readonly<Record<string, readonly [after: Resources, ...finds: string[]]>>,
): Record<string, PlanCase> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, [after, ...finds]]) => [
      name,
      { before: configuration(base), after: configuration(after), finds },
    ]),
  )
}

export const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[],
  more: JsonObject = {},
): JsonObject => ({ Effect: 'Allow', Action, Resource, ...more })

export const deny = (
  Action: string | readonly string[],
  Resource: string | readonly string[],
  more: JsonObject = {},
): JsonObject => ({ ...allow(Action, Resource, more), Effect: 'Deny' })

export const document = (...statements: readonly JsonObject[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

export const trustOf = (Service: string): string =>
  document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } })

export const account = '123456789012'
