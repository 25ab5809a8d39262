import { actionsWithoutResource } from '@tideway/constructs/iam-actions'
import { likeIgnoringCase } from '@tideway/constructs/iam-evaluator'
import { documentIn, isObject, type Json, type JsonObject, textOf, textsOf } from '../json'
import { blocks } from './rule'

/** An Allow statement, with lists where AWS accepts one value. A missing element is a list of `''`. */
interface Permission {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly principals: readonly string[]
  readonly hasCondition: boolean
}

function permissionsIn(policy: Json | undefined): Permission[] {
  const document = isObject(policy) ? policy : documentIn(policy)
  const orNone = (list: readonly string[]) => (list.length === 0 ? [''] : list)
  const allBut = (values: readonly string[]) => values.map((value) => `all but ${value}`)
  return blocks(isObject(document) ? document : undefined, 'Statement')
    .filter(({ Effect }) => Effect === 'Allow')
    .map((statement) => ({
      actions: orNone([...textsOf(statement.Action), ...allBut(textsOf(statement.NotAction))]),
      resources: orNone([
        ...textsOf(statement.Resource),
        ...allBut(textsOf(statement.NotResource)),
      ]),
      principals: orNone([
        ...principalsOf(statement.Principal),
        ...allBut(principalsOf(statement.NotPrincipal)),
      ]),
      hasCondition: isObject(statement.Condition) && Object.keys(statement.Condition).length > 0,
    }))
}

function principalsOf(principal: Json | undefined): string[] {
  if (principal === '*') return ['*']
  if (!isObject(principal)) return []
  return Object.entries(principal).flatMap(([kind, names]) =>
    textsOf(names).map((name) => (name === '*' ? '*' : `${kind} ${name}`)),
  )
}

const isBroad = (resource: string) =>
  /^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:aws:s3:::\*)$/.test(resource) ||
  resource.startsWith('all but')
const isWild = (action: string) => /^(\*|[\w-]+:\*)$/.test(action) || action.startsWith('all but')

/** AWS accepts no narrower resource for these, and listing does not read contents. */
const mustBeBroad = (action: string) =>
  /^[\w-]+:(Describe|List)/.test(action) || actionsWithoutResource.includes(action)

/** Actions that grant the permissions of other principals. */
const escalates = (action: string) =>
  /^(iam:PassRole|sts:AssumeRole|iam:(Put|Attach|Create)\w+)$/.test(action)

/**
 * The permissions that a policy adds.
 *
 * @param isOfResource whether it is the policy of a key, a bucket or a queue, where `*` means that resource alone
 */
export function widened(
  before: Json | undefined,
  after: Json | undefined,
  isOfResource = false,
): string[] {
  const had = permissionsIn(before)
  const principals = new Set(had.flatMap((old) => old.principals))
  const found = new Set<string>()
  for (const permission of permissionsIn(after)) {
    const { hasCondition } = permission
    const candidates = had
      .filter((old) => !old.hasCondition || hasCondition)
      .map((old) => ({
        actions: matched(old.actions, permission.actions),
        resources: matched(orAny(old.resources), permission.resources),
        principals: matched(orAny(old.principals), permission.principals),
      }))
    for (const { action, resource, principal } of grantsOf(permission)) {
      const isGranted = candidates.some(
        (old) =>
          old.actions.has(action) && old.resources.has(resource) && old.principals.has(principal),
      )
      if (isGranted) continue
      const isNewPrincipal = principal !== '' && had.length > 0 && !principals.has(principal)
      if (principal === '*' && !hasCondition) found.add(`anyone may ${action || 'use it'}`)
      else if (isNewPrincipal) found.add(`a new principal: ${principal}`)
      const isBroadAction = action !== '' && !isOfResource && isBroad(resource)
      // By default, AWS grants the account all actions on its keys and buckets.
      if (isWild(action) && !(isOfResource && /:root$/.test(principal)))
        found.add(`${action} on ${resource || 'it'}${hasCondition ? ', with a condition' : ''}`)
      else if (
        (isBroadAction && !hasCondition && !mustBeBroad(action)) ||
        (had.length > 0 && resource !== '' && escalates(action))
      )
        found.add(`${action} on ${resource}`)
      else if (!hasCondition && had.some((old) => hasGrant(old, action, resource, principal)))
        found.add(`${action} without its condition`)
    }
  }
  return [...found]
}

const orAny = (patterns: readonly string[]) => patterns.map((pattern) => pattern || '*')

const matched = (patterns: readonly string[], names: readonly string[]) =>
  new Set(names.filter((name) => patterns.some((pattern) => likeIgnoringCase(pattern, name))))

const hasGrant = (old: Permission, action: string, resource: string, principal: string) =>
  old.actions.includes(action) &&
  old.resources.includes(resource) &&
  old.principals.includes(principal)

function grantsOf({ actions, resources, principals }: Permission) {
  return actions.flatMap((action) =>
    resources.flatMap((resource) =>
      principals.map((principal) => ({ action, resource, principal })),
    ),
  )
}

/** Whether a policy allows public access. */
export function isPublic(policy: Json | undefined): boolean {
  return permissionsIn(policy).some(
    ({ principals, hasCondition }) => principals.includes('*') && !hasCondition,
  )
}

export const policyAttributes = [
  'policy',
  'assume_role_policy',
  'policy_document',
  'access_policies',
  'resource_policy',
  'repository_policy',
  'access_policy',
] as const

/** Every policy in a resource, by the path of its attribute. */
export function policiesIn(values: JsonObject): Map<string, Json> {
  const inline = blocks(values, 'inline_policy').map((entry): [string, Json | undefined] => [
    `inline_policy.${textOf(entry.name)}`,
    entry.policy,
  ])
  const own = policyAttributes.map((name): [string, Json | undefined] => [name, values[name]])
  return new Map(
    [...own, ...inline].flatMap(([path, policy]) => (policy == null ? [] : [[path, policy]])),
  )
}
