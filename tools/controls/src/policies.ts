import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'
import type { Platform, Resource } from './platform'
import { isBlock, listOf, parsed, strings, type Values } from './values'

/** A policy statement, with lists where IAM also accepts one value. */
export interface Statement {
  readonly isAllow: boolean
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly resources: readonly string[]
  readonly notResources: readonly string[]
  readonly principals: Readonly<Record<string, readonly string[]>>
  readonly conditions: Values
}

/**
 * The statements of a policy, which may be JSON, an expression or a reference: see Platform.resolve.
 * Undefined where it is unknown, or where a part of it is that decides what it allows.
 */
export function statementsOf(
  platform: Platform,
  stack: string,
  policy: unknown,
): Statement[] | undefined {
  const resolved = platform.resolve(stack, policy)
  const document = isBlock(resolved) ? resolved : platform.resolve(stack, parsed(resolved))
  if (!isBlock(document)) return undefined
  const statements = listOf(document.Statement).flat().map(statementOf)
  return statements.every((statement) => statement !== undefined) ? statements : undefined
}

/** The statements of a resource's own policy: its attribute, and the resources that set it. */
export function statementsFor(
  resource: Resource,
  platform: Platform,
  type: string,
  attribute: string,
): Statement[] {
  return [resource, ...platform.referrers(resource, type, attribute)].flatMap(
    ({ stack, values }) => statementsOf(platform, stack, values.policy) ?? [],
  )
}

function statementOf(statement: unknown): Statement | undefined {
  if (!isBlock(statement)) return undefined
  const { Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition } = statement
  const isAllow = statement.Effect === 'Allow'
  if (!isAllow && statement.Effect !== 'Deny') return undefined
  const read: Statement = {
    isAllow,
    actions: strings(Action),
    notActions: strings(NotAction),
    resources: strings(Resource),
    notResources: strings(NotResource),
    // All principals with exceptions: more than a list can name.
    principals: principalsOf(isAllow && NotPrincipal !== undefined ? '*' : Principal),
    conditions: isBlock(Condition) ? Condition : {},
  }
  const isUnknown =
    [...read.actions, ...read.notActions].some((action) => action.includes('${')) ||
    // The ARN of a resource is never `*`, but the value of a variable may be.
    [...read.resources, ...read.notResources].some((arn) => /^\$\{(var|local)\./.test(arn))
  return isUnknown ? undefined : read
}

function principalsOf(principal: unknown): Record<string, string[]> {
  if (principal === '*') return { '*': ['*'] }
  if (!isBlock(principal)) return {}
  return Object.fromEntries(Object.entries(principal).map(([kind, ids]) => [kind, strings(ids)]))
}

export function includesAnyone({ principals }: Statement): boolean {
  return Object.values(principals).flat().includes('*')
}

export function isUnconditional({ conditions }: Statement): boolean {
  return Object.keys(conditions).length === 0
}

/** Whether the statement denies an action to everybody who calls it without TLS. */
export function deniesPlainHttp(statement: Statement, action: string): boolean {
  const [[operator = '', keys] = [], ...others] = Object.entries(statement.conditions)
  const [[key = '', value] = [], ...otherKeys] = isBlock(keys) ? Object.entries(keys) : []
  return (
    !statement.isAllow &&
    includesAnyone(statement) &&
    // Every further condition would leave some calls over.
    others.length + otherKeys.length === 0 &&
    /^Bool(IfExists)?$/.test(operator) &&
    key.toLowerCase() === 'aws:securetransport' &&
    strings(value).includes('false') &&
    statement.actions.some((pattern) => likeIgnoringCase(pattern, action))
  )
}
