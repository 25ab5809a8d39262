import { isBlock, type Resource, type Values } from './platform'

/** The blocks under a name. Terraform's JSON writes one as an object or as a list of one. */
export function blocks(values: Values | undefined, name: string): Values[] {
  return listOf(values?.[name]).filter(isBlock)
}

/** The block at a path of names, each of which occurs at most once. */
export function block(values: Values | undefined, ...names: readonly string[]): Values | undefined {
  return names.reduce<Values | undefined>((inner, name) => blocks(inner, name)[0], values)
}

/** Terraform accepts "true" for true. */
export function isOn(value: unknown): boolean {
  return value === true || value === 'true'
}

export function isSet(value: unknown): boolean {
  return listOf(value).some((each) => each !== '')
}

/** One value, many, or none. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

export function texts(value: unknown): string[] {
  return listOf(value).map(String)
}

/** Parses a JSON document in an attribute. It may contain references. */
export function parsed(value: unknown): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined
  } catch {
    return undefined
  }
}

/** A policy statement, with single values as lists. */
export interface Statement {
  readonly isAllow: boolean
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly resources: readonly string[]
  readonly principals: Readonly<Record<string, readonly string[]>>
  readonly conditions: Values
}

/** The statements of a policy, or undefined if it cannot be parsed. */
export function statementsOf(policy: unknown): Statement[] | undefined {
  const document = parsed(policy)
  if (!isBlock(document)) return undefined
  return blocks(document, 'Statement').map((statement) => ({
    isAllow: statement.Effect === 'Allow',
    actions: texts(statement.Action),
    notActions: texts(statement.NotAction),
    resources: texts(statement.Resource),
    principals: principalsOf(statement.Principal),
    conditions: isBlock(statement.Condition) ? statement.Condition : {},
  }))
}

function principalsOf(principal: unknown): Record<string, string[]> {
  if (principal === '*') return { '*': ['*'] }
  if (!isBlock(principal)) return {}
  return Object.fromEntries(Object.entries(principal).map(([kind, who]) => [kind, texts(who)]))
}

/** The containers of a task definition, or undefined if they cannot be parsed. */
export function containersOf({ values }: Resource): Values[] | undefined {
  const containers = parsed(values.container_definitions)
  return Array.isArray(containers) ? containers.filter(isBlock) : undefined
}
