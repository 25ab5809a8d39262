import { withoutResource } from '@tideway/controls/without-resource'
import { documentIn, isList, isObject, type Json, type JsonObject, textOf, textsOf } from '../json'

/** A statement of a policy, with lists where AWS allows one value. */
export interface Statement {
  readonly isAllow: boolean
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly resources: readonly string[]
  readonly principals: readonly string[]
  readonly hasCondition: boolean
}

export function statementsIn(policy: Json | undefined): Statement[] {
  const document = isObject(policy) ? policy : documentIn(policy)
  if (!isObject(document)) return []
  const list = isList(document.Statement) ? document.Statement : [document.Statement ?? null]
  return list.filter(isObject).map((statement) => ({
    isAllow: statement.Effect === 'Allow',
    actions: textsOf(statement.Action),
    notActions: textsOf(statement.NotAction),
    resources: [
      ...textsOf(statement.Resource),
      ...textsOf(statement.NotResource).map((text) => `all but ${text}`),
    ],
    principals: [
      ...principalsOf(statement.Principal),
      ...principalsOf(statement.NotPrincipal).map((text) => `all but ${text}`),
    ],
    hasCondition: isObject(statement.Condition) && Object.keys(statement.Condition).length > 0,
  }))
}

function principalsOf(principal: Json | undefined): string[] {
  if (principal === '*') return ['*']
  if (!isObject(principal)) return []
  return Object.entries(principal).flatMap(([kind, who]) =>
    textsOf(who).map((name) => (name === '*' ? '*' : `${kind} ${name}`)),
  )
}

/** What each statement of a policy allows, as single grants that can be compared. */
interface Grant {
  readonly action: string
  readonly resource: string
  readonly principal: string
  readonly hasCondition: boolean
}

function grantsOf(policy: Json | undefined): Grant[] {
  return statementsIn(policy)
    .filter(({ isAllow }) => isAllow)
    .flatMap(({ actions, notActions, resources, principals, hasCondition }) => {
      const verbs = [...actions, ...notActions.map((action) => `all but ${action}`)]
      return (verbs.length === 0 ? [''] : verbs).flatMap((action) =>
        (resources.length === 0 ? [''] : resources).flatMap((resource) =>
          (principals.length === 0 ? [''] : principals).map((principal) => ({
            action,
            resource,
            principal,
            hasCondition,
          })),
        ),
      )
    })
}

/** Whether a name with stars covers another one. Not by a regular expression: with many stars these take for ever. */
export function covers(pattern: string, name: string): boolean {
  const [form, text] = [pattern.toLowerCase(), name.toLowerCase()]
  let [at, star, retry] = [0, -1, 0]
  for (let index = 0; index < text.length; ) {
    if (form[at] === '*') {
      star = at++
      retry = index
    } else if (form[at] === '?' || form[at] === text[index]) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++retry
    } else return false
  }
  return /^\**$/.test(form.slice(at))
}

const isBroad = (resource: string) =>
  /^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:aws:s3:::\*)$/.test(resource) ||
  resource.startsWith('all but')
const isWild = (action: string) => /^(\*|[\w-]+:\*)$/.test(action) || action.startsWith('all but')

/** AWS knows these of everything only; and who may list things reads nothing of them. */
const mustBeBroad = (action: string) =>
  /^[\w-]+:(Describe|List)/.test(action) || withoutResource.includes(action)

/** How a policy allows more than before, in lines. */
/**
 * @param isOfResource whether it is the policy of a key, a bucket or a queue, in which `*` means that thing alone
 */
export function widened(
  before: Json | undefined,
  after: Json | undefined,
  isOfResource = false,
): string[] {
  const had = grantsOf(before)
  const covered = (grant: Grant) =>
    had.some(
      (old) =>
        covers(old.action, grant.action) &&
        (old.resource === '' || covers(old.resource, grant.resource)) &&
        (old.principal === '' || covers(old.principal, grant.principal)) &&
        (!old.hasCondition || grant.hasCondition),
    )
  const found = new Set<string>()
  const knownPrincipals = new Set(had.map(({ principal }) => principal))
  for (const grant of grantsOf(after)) {
    if (covered(grant)) continue
    const { action, resource, principal, hasCondition } = grant
    if (principal === '*' && !hasCondition) found.add(`anybody may ${action || 'use it'}`)
    else if (principal !== '' && had.length > 0 && !knownPrincipals.has(principal))
      found.add(`a new principal: ${principal}`)
    // To the account itself, all of a key or a bucket is what AWS gives by default.
    if (isWild(action) && !(isOfResource && /:root$/.test(principal)))
      found.add(`${action} on ${resource || 'it'}${hasCondition ? ', with a condition' : ''}`)
    else if (
      action !== '' &&
      !isOfResource &&
      isBroad(resource) &&
      !hasCondition &&
      !mustBeBroad(action)
    )
      found.add(`${action} on ${resource}`)
    else if (
      had.length > 0 &&
      resource !== '' &&
      /^(iam:PassRole|sts:AssumeRole|iam:(Put|Attach|Create)\w+)$/.test(action)
    )
      found.add(`${action} on ${resource}`)
    else if (
      had.some(
        (old) =>
          old.action === action &&
          old.resource === resource &&
          old.principal === principal &&
          old.hasCondition,
      ) &&
      !hasCondition
    )
      found.add(`${action} without its condition`)
  }
  return [...found]
}

/** Whether a policy lets anybody in. */
export function isPublic(policy: Json | undefined): boolean {
  return statementsIn(policy).some(
    ({ isAllow, principals, hasCondition }) => isAllow && principals.includes('*') && !hasCondition,
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
export function policiesIn(values: JsonObject): [path: string, policy: Json][] {
  const own = policyAttributes.flatMap((name): [string, Json][] => {
    const value = values[name]
    return value === undefined || value === null ? [] : [[name, value]]
  })
  const inline = (isList(values.inline_policy) ? values.inline_policy : [])
    .filter(isObject)
    .map((entry): [string, Json] => [`inline_policy.${textOf(entry.name)}`, entry.policy ?? null])
  return [...own, ...inline]
}
