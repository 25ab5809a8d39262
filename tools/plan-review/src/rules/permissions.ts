import type { Change } from '../change'
import { isSame, textIn, textOf, textsOf } from '../json'
import { escalates, isWild, mustBeBroad, takesOver } from '../policies/actions'
import { limitsSubject } from '../policies/conditions'
import { looserClauses, type Rest, restOf } from '../policies/difference'
import { isForAnyone, isGrant } from '../policies/documents'
import {
  attachedTo,
  detachedPolicies,
  goesWithOwner,
  managedIn,
  managedPolicies,
  maxStatements,
  type PolicyPair,
  policiesOf,
} from '../policies/owners'
import { covers, hasWildcard } from '../policies/patterns'
import { type Item, includesPrincipal, readPolicy, type Statement } from '../policies/statements'
import {
  at,
  changedNames,
  changesBy,
  changesExisting,
  existing,
  isOff,
  isUnknown,
  isWritten,
  ofLast,
  type Plan,
  type Rule,
  updating,
  written,
} from './rule'

/** What a change of policies means. Each list has one line for each permission. */
interface Verdict {
  readonly wider: string[]
  readonly further: string[]
  readonly lost: string[]
  readonly unclear: string[]
}

export const permissionRules: readonly Rule[] = [
  {
    id: 'iam-widened',
    severity: 'high',
    finds:
      'A policy allows more than one further action: a wildcard, a wider pattern, a new principal, a weaker condition, an action that leads to the permissions of others, a managed policy with full access',
    why: 'Everyone with the role, and every principal of the policy, can use it after the apply.',
    next: 'Name the actions and the resources, or explain why AWS has nothing narrower.',
    actions: written,
    check: (change, plan) => [
      ...verdictOf(change, plan).wider,
      ...newManaged(change, plan)
        .filter(isFullAccess)
        .map((arn) => `attaches ${arn.split('/').at(-1)}${targetsOf(change)}`),
      ...newMembers(change)
        .filter(({ group }) => isAdministered(group, plan))
        .map(({ user, group }) => `adds ${user} to ${group}, which has full access`),
    ],
  },
  {
    id: 'deny-lost',
    severity: 'high',
    finds:
      'A Deny statement is removed or narrowed; a service control policy is removed or detached',
    why: 'It limited what every other policy can allow.',
    next: 'Find out who added it, and why; check which policies allow what it denied.',
    actions: existing.concat('unknown'),
    check: (change, plan) => [...verdictOf(change, plan).lost, ...lostGuards(change, plan)],
  },
  {
    id: 'policy-unclear',
    severity: 'medium',
    finds: 'A policy changes in a way that this review cannot compare',
    why: 'It may allow more, or deny less.',
    next: 'Compare the statements by hand, before and after.',
    check: (change, plan) => verdictOf(change, plan).unclear,
  },
  {
    id: 'invoke-unscoped',
    severity: 'medium',
    finds: 'A service may call a function for resources of any account: no source is named',
    why: 'Someone else can point a bucket or a topic of theirs at the function.',
    next: 'Set source_arn, and source_account for a bucket.',
    types: /^aws_lambda_permission$/,
    actions: written,
    check: unscopedInvoke,
  },
  {
    id: 'iam-added',
    severity: 'low',
    finds: 'An existing policy allows a further action, or a further resource, by name',
    why: 'Most releases do this; the list shows whether the code needs it.',
    next: 'Compare it with the change of the code.',
    actions: written,
    check: (change, plan) => [
      ...verdictOf(change, plan).further,
      ...newManaged(change, plan)
        .filter((arn) => !isFullAccess(arn) && isAttachedToPeople(change))
        .map((arn) => `attaches ${arn.split('/').at(-1)}${targetsOf(change)}`),
      ...newMembers(change)
        .filter(({ group }) => !isAdministered(group, plan))
        .map(({ user, group }) => `adds ${user} to ${group}`),
    ],
  },
  {
    id: 'policy-unknown',
    severity: 'low',
    finds: 'An existing policy is known only after the apply',
    why: 'This plan does not show whether it allows more.',
    next: 'Check the values that it consists of; or apply the resources that it refers to first, and plan again.',
    actions: updating,
    check: (change) =>
      policiesOf(change)
        .filter((policy) => policy.isUnknown)
        .map(({ path }) => `${path} is known after apply`),
  },
  {
    id: 'boundary-off',
    severity: 'high',
    finds: 'The permissions boundary of a role, a user or a permission set is removed or changed',
    why: 'It limits every permission that the role can get.',
    next: 'Ask the owner of the boundary for a review.',
    actions: existing,
    check: (change, plan) => [
      ...changedNames(change, ['permissions_boundary']).map((name) =>
        isOff(change.after[name]) && !isUnknown(change, name)
          ? `${name} is removed`
          : `${name} changes`,
      ),
      ...(change.type === 'aws_ssoadmin_permissions_boundary_attachment' &&
      change.action === 'delete' &&
      !goesWithOwner(change, plan)
        ? ['the permissions boundary is removed']
        : []),
    ],
  },
]

const nothing: Verdict = { wider: [], further: [], lost: [], unclear: [] }

const verdictOf = ofLast((change: Change, plan: Plan): Verdict => {
  // A resource that goes with its own policy loses nothing.
  if (change.action === 'delete' && !isAttachment(change)) return nothing
  const policies = policiesOf(change)
  if (policies.length === 0) return nothing
  const verdict: Verdict = { wider: [], further: [], lost: [], unclear: [] }
  for (const policy of policies) compare(policy, change, plan, verdict)
  return verdict
})

function compare(policy: PolicyPair, change: Change, plan: Plan, verdict: Verdict): void {
  const [was, is] = [readPolicy(policy.before), readPolicy(policy.after)]
  const attached = attachedTo(change, plan)
  const label = policy.path === '' ? '' : `${policy.path}: `
  const add = (list: string[], lines: Iterable<string>) => {
    const all = [...new Set(lines)].map((line) => `${label}${line}`)
    list.push(...all.slice(0, maxLines))
    if (all.length > maxLines) list.push(`${label}and ${all.length - maxLines} more`)
  }
  const isBroken =
    policy.before !== undefined &&
    policy.after === undefined &&
    isWritten(change) &&
    !policy.isUnknown &&
    !isOff(at(change.after, policy.path))
  if (isBroken) add(verdict.unclear, ['it is no policy that this review can read'])
  const tooLarge = 'the statements are too large to compare'
  const tooMany = `more than ${maxStatements} statements belong to the same owner: too many to compare`
  const isTooMany = attached.isTooLarge && !isSame(policy.before, policy.after)
  if (isWritten(change)) {
    const [granted, denied] = [allowing(attached.before), denying(attached.after)]
    const isNew =
      granted.length === 0 && policy.before === undefined && !isGrantOnExisting(change, plan)
    if (isTooMany) add(verdict.unclear, [tooMany])
    for (const statement of attached.isTooLarge ? [] : allowing(is.statements)) {
      const rests = restOf(statement, [...granted, ...denied], granted)
      if (rests === undefined) add(verdict.unclear, [tooLarge])
      for (const rest of rests ?? []) {
        const lines = linesOf(rest, { change, isNew, granted })
        add(verdict.wider, lines.wider)
        add(verdict.further, lines.further)
        add(verdict.unclear, lines.unclear)
      }
    }
    const known = new Set(was.unclear)
    add(
      verdict.unclear,
      is.unclear.filter((text) => !known.has(text)).map((text) => `cannot read ${clipped(text)}`),
    )
  }
  const isOver = policy.isUnknown || attached.hasUnknown
  if (change.action === 'create' || change.action === 'forget' || change.isDeposed || isOver) return
  if (change.action === 'delete' && goesWithOwner(change, plan)) return
  // The attachments say who loses it.
  if (change.action === 'delete' && detachedPolicies(plan).has(textOf(change.before.arn))) return
  if (isBroken) return
  if (attached.isTooLarge) {
    if (isTooMany && denying(was.statements).length > 0) add(verdict.unclear, [tooMany])
    return
  }
  const remaining = denying(attached.after)
  for (const statement of denying(was.statements)) {
    const rests = restOf(statement, remaining)
    if (rests === undefined) add(verdict.unclear, [tooLarge])
    add(verdict.lost, (rests ?? []).map(lostLine))
  }
}

const isAttachment = ({ type }: Change) => /_polic(y|ies)(_|$)/.test(type)

const maxLines = 8
const allowing = (statements: readonly Statement[]) => statements.filter(({ isDeny }) => !isDeny)
const denying = (statements: readonly Statement[]) => statements.filter(({ isDeny }) => isDeny)
const clipped = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
const textsIn = (items: readonly Item[]) =>
  items.map(({ text }) => text).filter((text) => text !== '')
const conditionsOf = ({ clauses }: Statement) =>
  clauses.map((alternatives) => alternatives.map(({ text }) => text).join(' or ')).join(' and ')

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 4).map(clipped).join(', ')
  return texts.length > 4 ? `${shown} and ${texts.length - 4} more` : shown
}

function lostLine({ statement, differs, closest }: Rest): string {
  const { principals, actions, resources } = statement
  const who = textsIn(principals)
  const what = `${listed(textsIn(actions))} on ${listed(textsIn(resources)) || 'it'}`
  const to = who.length === 0 || who.includes('*') ? '' : ` to ${listed(who)}`
  if (closest !== undefined && differs.length === 1 && differs[0] === 'condition')
    return `denies ${what}${to} only with ${clipped(changedConditions(statement, closest))}`
  const condition = conditionsOf(statement)
  return `no longer denies ${what}${to}${condition === '' ? '' : `, with ${clipped(condition)}`}`
}

const changedConditions = (statement: Statement, other: Statement) =>
  looserClauses(statement, other)
    .map((alternatives) => alternatives.map(({ text }) => text).join(' or '))
    .join(' and ')

interface Context {
  readonly change: Change
  /** Nothing was allowed before. */
  readonly isNew: boolean
  readonly granted: readonly Statement[]
}

/** Policies that only limit what others allow. */
const isGuard = (type: string) => /^aws_(vpc_endpoint(_policy)?|organizations_policy)$/.test(type)

function linesOf(rest: Rest, { change, isNew, granted }: Context) {
  const lines = { wider: [] as string[], further: [] as string[], unclear: [] as string[] }
  const { statement, differs, closest } = rest
  if (isNew && isGuard(change.type)) return lines
  if (isServiceTrigger(change, statement)) return lines
  const isOfResource = !/^aws_(iam|ssoadmin)_/.test(change.type)
  const condition = conditionsOf(statement)
  const isOnly = (part: string) => differs.length === 1 && differs[0] === part
  const changed =
    isOnly('condition') && closest !== undefined ? changedConditions(statement, closest) : undefined
  const isUnreadable =
    changed !== undefined &&
    closest !== undefined &&
    [...statement.clauses, ...looserClauses(statement, closest)]
      .flat()
      .some(({ test }) => test === undefined)
  const isOpenFederation =
    opensFederation(statement) && !granted.some((other) => opensFederation(other))
  const isTrust =
    change.type === 'aws_iam_role' && statement.principals.some(({ text }) => text !== '')
  let further = false
  for (const action of statement.actions)
    for (const resource of statement.resources)
      for (const principal of statement.principals) {
        const onIt = `${action.text} on ${resource.text || 'it'}`
        if (lines.wider.length > 10 * maxLines) return lines
        const isRoot = isOfResource && /:root$|^AWS \d{12}$/.test(principal.text)
        if (isForAnyone({ ...statement, principals: [principal] }) && !isGuard(change.type))
          lines.wider.push(`anyone may ${action.text}`)
        else if (
          !isNew &&
          differs.includes('principal') &&
          principal.text !== '' &&
          !granted.some(({ principals }) => includesPrincipal(principals, principal))
        )
          lines.wider.push(`a new principal: ${principal.text}`)
        else if (isUnreadable)
          lines.unclear.push(`${onIt}, with ${clipped(condition)}, was with ${clipped(changed)}`)
        else if (changed !== undefined)
          lines.wider.push(
            condition === '' ||
              !statement.clauses.flat().some(({ key }) => changed.toLowerCase().includes(key))
              ? `${onIt} without its condition ${clipped(changed)}`
              : `${onIt} with a weaker condition: ${clipped(changed)} -> ${clipped(condition)}`,
          )
        else if (isOpenFederation)
          lines.wider.push(`${principal.text} without a limit on the subject of its tokens`)
        else if (isWild(action) && !isRoot && !mustBeBroad(action))
          lines.wider.push(`${onIt}${condition === '' ? '' : ', with a condition'}`)
        else if (
          !isOfResource &&
          !isTrust &&
          isBroad(resource) &&
          condition === '' &&
          !mustBeBroad(action)
        )
          lines.wider.push(onIt)
        else if (
          !isOfResource &&
          !isTrust &&
          takesOver(action) &&
          !/\$\{aws:username\}/i.test(resource.text)
        )
          lines.wider.push(`${onIt}, which gives control over permissions`)
        else if (!isNew && !isOfResource && !isTrust && escalates(action) && condition === '')
          lines.wider.push(`${onIt}, which can lead to the permissions of others`)
        else if (!isNew && closest !== undefined && isWiderPattern(rest, action, resource))
          lines.wider.push(`${onIt}, a wider pattern than before`)
        else if (!isNew) further = true
      }
  if (further)
    lines.further.push(
      `${listed(textsIn(statement.actions))} on ${listed(textsIn(statement.resources)) || 'it'}${condition === '' ? '' : ', with a condition'}`,
    )
  return lines
}

/** Every resource of an account, or every one of a type that a policy can name. */
const isBroad = ({ isNot, text }: Item) =>
  isNot ||
  /^(\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:\*|arn:[^:]*:s3:::\*\/\*)$/.test(text) ||
  /^arn:[^:]*:(iam|secretsmanager|ssm|dynamodb|lambda):[^:]*:[^:]*:[\w-]+[:/]\*$/.test(text)

/** A pattern with a wildcard that contains what was allowed, and more. */
function isWiderPattern({ differs, closest }: Rest, action: Item, resource: Item): boolean {
  if (closest === undefined) return false
  const widens = (item: Item, olds: readonly Item[]) =>
    item.patterns.some(
      (each) =>
        hasWildcard(each) &&
        olds.some(({ patterns }) =>
          patterns.some((old) => covers(each, old) && !covers(old, each)),
        ),
    )
  if (mustBeBroad(action)) return false
  return (
    (differs.includes('resource') && widens(resource, closest.resources)) ||
    (differs.includes('action') && widens(action, closest.actions))
  )
}

/** A role that tokens of an identity provider can assume, whatever their subject. */
function opensFederation({ principals, actions, clauses }: Statement): boolean {
  return (
    principals.some(({ text }) => /oidc-provider\//.test(text)) &&
    actions.some(({ patterns }) =>
      patterns.some((each) => covers(each, 'sts:assumerolewithwebidentity')),
    ) &&
    !clauses.some((alternatives) => alternatives.length > 0 && alternatives.every(limitsSubject))
  )
}

/** A trigger of a function: what each new event source needs. */
const isServiceTrigger = ({ type, action }: Change, { principals }: Statement) =>
  type === 'aws_lambda_permission' &&
  action === 'create' &&
  principals.every(({ text }) => text.startsWith('Service '))

/** A new permission for something that exists already: its name is known, and it is not created in this plan. */
function isGrantOnExisting(change: Change, plan: Plan): boolean {
  if (!isGrant(change.type) || change.action !== 'create') return false
  const target = ['function_name', 'key_id', 'layer_name', 'resource_share_arn', 'event_bus_name']
    .map((name) => textIn(change.after, name))
    .find((name) => name !== undefined)
  if (target === undefined) return false
  return !createdByName(plan).has(target)
}

/** Others that name a function, such as its aliases and permissions, do not create it. */
const createdByName = changesBy(({ action, type, after }) =>
  action !== 'create'
    ? []
    : type === 'aws_lambda_function'
      ? [after.function_name]
      : type === 'aws_cloudwatch_event_bus'
        ? [after.name]
        : [],
)

function unscopedInvoke(change: Change): string[] {
  const { after, before } = change
  const principal = textOf(after.principal)
  const sources = ['source_arn', 'source_account', 'principal_org_id', 'event_source_token']
  const isScoped = sources.some((name) => !isOff(after[name]) || isUnknown(change, name))
  const wasScoped = sources.some((name) => !isOff(before[name]))
  if (isScoped || !/\.amazon(aws)?\.com(\.cn)?$/.test(principal)) return []
  if (changesExisting(change) && !wasScoped && before.principal === after.principal) return []
  return [`${principal} may ${textOf(after.action)} from any account`]
}

const isFullAccess = (arn: string) =>
  /:policy\/(.*\/)?(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/.test(arn) ||
  /:aws:policy\/(.*\/)?([\w-]*Full_?Access(V\d+)?(-[\w-]+)?|AdministratorAccess[\w-]*|\w+PowerUser(Access)?|\w+Administrator|SecretsManagerReadWrite)$/.test(
    arn,
  ) ||
  /:cluster-access-policy\/AmazonEKS(Cluster)?AdminPolicy$/.test(arn)

/** The managed policies that a change attaches, to targets that did not have them. */
function newManaged(change: Change, plan: Plan): string[] {
  const after = managedIn(change.after)
  if (after.length === 0) return []
  if (newTargets(change).length > 0) return after
  const had = attachedTo(change, plan).managedBefore
  return after.filter((arn) => !had.has(arn))
}

/** Roles, users and groups that are added to an existing attachment. */
const newTargets = (change: Change) =>
  changesExisting(change) && change.type === 'aws_iam_policy_attachment'
    ? ['roles', 'users', 'groups'].flatMap((name) =>
        textsOf(change.after[name]).filter((each) => !textsOf(change.before[name]).includes(each)),
      )
    : []

const targetNames = ['role', 'user', 'group', 'roles', 'users', 'groups', 'permission_set_arn']

function targetsOf({ after }: Change): string {
  const targets = targetNames.flatMap((name) => textsOf(after[name]))
  return targets.length === 0 ? '' : ` to ${listed(targets)}`
}

const isAttachedToPeople = ({ type, after }: Change) =>
  /^aws_(iam_(user|group)_policy_attachment|ssoadmin_)/.test(type) ||
  (type === 'aws_iam_policy_attachment' &&
    [...textsOf(after.users), ...textsOf(after.groups)].length > 0)

interface Member {
  readonly user: string
  readonly group: string
}

/** Users that are added to groups, and people that get a permission set. */
function newMembers(change: Change): Member[] {
  const { type, before, after } = change
  const added = (name: string) =>
    textsOf(after[name]).filter((each) => !textsOf(before[name]).includes(each))
  if (type === 'aws_iam_user_group_membership')
    return added('groups').map((group) => ({ user: textOf(after.user), group }))
  if (type === 'aws_iam_group_membership')
    return added('users').map((user) => ({ user, group: textOf(after.group) }))
  if (type === 'aws_ssoadmin_account_assignment')
    return added('principal_id').map((user) => ({ user, group: textOf(after.permission_set_arn) }))
  return []
}

/** Who has full access by the policies in the plan. */
const administered = changesBy(({ action, after }) =>
  action !== 'delete' && managedIn(after).some(isFullAccess)
    ? targetNames.flatMap((name) => textsOf(after[name]))
    : [],
)

/** Whether a group or a permission set has full access: by its policies in the plan, or by its name. */
const isAdministered = (group: string, plan: Plan) =>
  administered(plan).has(group) ||
  /(^|[^a-z])(admins?|administrators?|power-?users?)($|[^a-z])/i.test(group)

function lostGuards(change: Change, plan: Plan): string[] {
  const { type, action, before, after } = change
  if (type === 'aws_organizations_organization' && changesExisting(change))
    return textsOf(before.enabled_policy_types)
      .filter((name) => !textsOf(after.enabled_policy_types).includes(name))
      .map((name) => `${name} is turned off for the organization`)
  const isGone = action === 'delete' || action === 'replace'
  if (!isGone || change.isDeposed) return []
  if (type === 'aws_organizations_policy' && action === 'delete')
    return /^(service|resource)_control_policy$/i.test(textOf(before.type)) && hasNoDeny(change)
      ? [`the policy ${textOf(before.name)} is destroyed`]
      : []
  if (type === 'aws_organizations_policy_attachment') {
    if (/FullAWSAccess$/.test(textOf(before.policy_id)) || goesWithOwner(change, plan)) return []
    if (action === 'replace' && before.target_id === after.target_id) return []
    return [`the policy ${textOf(before.policy_id)} is detached from ${textOf(before.target_id)}`]
  }
  return action === 'delete' ? detachedDenies(change, plan) : []
}

const hasNoDeny = (change: Change) =>
  !policiesOf(change).some(({ before }) => denying(readPolicy(before).statements).length > 0)

/** A managed policy with a Deny that a role loses, and the role stays. */
function detachedDenies(change: Change, plan: Plan): string[] {
  if (!/_policy_attachment$/.test(change.type) || goesWithOwner(change, plan)) return []
  const remaining = attachedTo(change, plan).managedAfter
  return managedIn(change.before)
    .filter((arn) => !remaining.has(arn))
    .flatMap((arn) => {
      const policy = managedPolicies(plan).get(arn)?.at(-1)
      const denies =
        policy === undefined
          ? /:aws:policy\/(.*\/)?\w*(Deny|Quarantine)\w*$/.test(arn)
          : !hasNoDeny(policy)
      return denies ? [`${arn.split('/').at(-1)}, which denies, is detached`] : []
    })
}
