import type { Values } from '@tideway/constructs/references'

export type { Values }

export function isBlock(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The blocks under a name. Terraform JSON writes a single block as an object or as a list of one. */
export function blocks(values: Values | undefined, name: string): Values[] {
  return listOf(values?.[name]).filter(isBlock)
}

/** The first block at a path of names, such as `target.dead_letter_config`. */
export function block(values: Values | undefined, path: string): Values | undefined {
  return path
    .split('.')
    .reduce<Values | undefined>((parent, name) => blocks(parent, name)[0], values)
}

/** The attribute at a path, such as `metadata_options.http_tokens`. */
export function valueAt(values: Values | undefined, path: string): unknown {
  const [, parent, name = path] = /^(.+)\.([^.]+)$/.exec(path) ?? []
  return (parent === undefined ? values : block(values, parent))?.[name]
}

/** Terraform accepts the text "true" for true. */
export function isOn(value: unknown): boolean {
  return value === true || value === 'true'
}

export function isSet(value: unknown): boolean {
  return listOf(value).some((each) => each !== '')
}

/** One value, several, or none. */
export function listOf(value: unknown): unknown[] {
  return [value ?? []].flat()
}

export function strings(value: unknown): string[] {
  return listOf(value).map(String)
}

/** A JSON document in an attribute. It may contain references. */
export function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}
