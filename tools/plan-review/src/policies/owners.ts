import type { Change } from '../change'
import { isSame, type JsonObject, textIn, textsOf } from '../json'
import { changesBy, isUnknown, ofLast, oncePerPlan, type Plan } from '../rules/rule'
import { policiesIn } from './documents'
import { readPolicy, type Statement } from './statements'

/** One policy of a resource, as it was and as it will be. */
export interface PolicyPair {
  readonly path: string
  readonly before: JsonObject | undefined
  readonly after: JsonObject | undefined
  readonly isUnknown: boolean
}

/** All that is attached to one role, user, group or resource. */
export interface Attached {
  readonly before: Statement[]
  readonly after: Statement[]
  readonly managedBefore: Set<string>
  readonly managedAfter: Set<string>
  hasUnknown: boolean
  /** Some of the statements are missing here: there are too many to compare. */
  isTooLarge: boolean
}

export const policiesOf = ofLast((change: Change): readonly PolicyPair[] => {
  const before = policiesIn(change.before, change.type)
  const after = policiesIn(change.after, change.type)
  const paths = [...new Set([...before.keys(), ...after.keys()])]
  return paths.map((path) => ({
    path,
    before: before.get(path),
    after: after.get(path),
    isUnknown: !after.has(path) && path !== '' && isUnknownAt(change, path),
  }))
})

/** A path can contain the name of a block, which the marks of Terraform do not. */
function isUnknownAt(change: Change, path: string): boolean {
  const names = path.split('.')
  return isUnknown(change, path) || isUnknown(change, `${names[0]}.${names.at(-1)}`)
}

/** The managed policies that a resource attaches: their ARNs. */
export const managedIn = (values: JsonObject) =>
  ['policy_arn', 'policy_arns', 'managed_policy_arn', 'managed_policy_arns']
    .flatMap((name) => textsOf(values[name]))
    .filter((arn) => arn !== '')

const identity = /^aws_iam_(role|user|group)(?=$|_polic)/

/** The parts of a resource's name that only say which kind of policy it is. */
const suffix =
  /_(resource_)?(access_|permissions_|inline_|managed_|service_access_)?polic(y|ies)(_.*)?$/

/** Names by which policies refer to what they belong to. */
const references = [
  ...['role', 'user', 'group', 'bucket', 'queue_url', 'secret_arn', 'key_id', 'repository'],
  ...['file_system_id', 'backup_vault_name', 'event_bus_name', 'domain_name', 'rest_api_id'],
  ...['resource_arn', 'vpc_endpoint_id', 'permission_set_arn', 'arn', 'name'],
]
const own = ['name', 'id', 'arn', 'bucket', 'url', 'key_id']

const isPolicyType = (type: string) => /_polic(y|ies)(_|$)/.test(type)

/** What policies of a resource belong to, as keys. A policy has the first of them. */
function ownersOf({ type, address, before, after }: Change): string[] {
  const isPolicy = isPolicyType(type) && type !== 'aws_iam_policy'
  const kind = identity.exec(type)?.[0] ?? type.replace(suffix, '').split('_').slice(0, 2).join('_')
  const keys: string[] = []
  for (const name of isPolicy ? references : own) {
    const value = textIn(before, name) ?? textIn(after, name)
    if (value === undefined || value === '') continue
    keys.push(`${kind} ${value}`)
    if (isPolicy) return keys
  }
  return isPolicy ? [address] : [...keys, address]
}

const byOwner = changesBy((change) => ownersOf(change).slice(0, 1))
const attachments = oncePerPlan(() => new Map<string, Attached>())

/** Far more than AWS lets a role or a resource have: each is compared with all others. */
export const maxStatements = 400

/** Everything in a plan that is attached to the owners of a change. */
export function attachedTo(change: Change, plan: Plan): Attached {
  const all = ownersOf(change).flatMap((owner) => {
    const changes = byOwner(plan).get(owner)
    if (changes === undefined) return []
    return changes.length === 1 ? attachedBy(changes) : cachedOf(owner, changes, plan)
  })
  const [first] = all
  if (first !== undefined && all.length === 1) return first
  return {
    before: all.flatMap(({ before }) => before),
    after: all.flatMap(({ after }) => after),
    managedBefore: new Set(all.flatMap(({ managedBefore }) => [...managedBefore])),
    managedAfter: new Set(all.flatMap(({ managedAfter }) => [...managedAfter])),
    hasUnknown: all.some(({ hasUnknown }) => hasUnknown),
    isTooLarge: all.some(({ isTooLarge }) => isTooLarge),
  }
}

function cachedOf(owner: string, changes: readonly Change[], plan: Plan): Attached {
  const known = attachments(plan)
  const attached = known.get(owner) ?? attachedBy(changes)
  known.set(owner, attached)
  return attached
}

function attachedBy(changes: readonly Change[]): Attached {
  const attached: Attached = {
    before: [],
    after: [],
    managedBefore: new Set(),
    managedAfter: new Set(),
    hasUnknown: false,
    isTooLarge: false,
  }
  for (const change of changes) {
    for (const arn of managedIn(change.before)) attached.managedBefore.add(arn)
    if (change.action !== 'delete')
      for (const arn of managedIn(change.after)) attached.managedAfter.add(arn)
    if (attached.isTooLarge) continue
    for (const policy of policiesOf(change)) {
      attached.before.push(...readPolicy(policy.before).statements)
      if (policy.isUnknown) attached.hasUnknown = true
      // A resource repeats the policies that others attach to it, as they were before.
      if (isPolicyType(change.type) || !isSame(policy.before, policy.after))
        attached.after.push(...readPolicy(policy.after).statements)
    }
    attached.isTooLarge = Math.max(attached.before.length, attached.after.length) > maxStatements
  }
  return attached
}

/** Whether what a policy belongs to is destroyed in the same plan. */
export function goesWithOwner(change: Change, plan: Plan): boolean {
  const gone = destroyedIn(plan)
  return references.some((name) => {
    const reference = textIn(change.before, name)
    return reference !== undefined && reference !== '' && gone.has(reference)
  })
}

const destroyedIn = changesBy(({ action, type, before }) =>
  action !== 'delete' || isPolicyType(type) || /^aws_s3_bucket_|_attachment$/.test(type)
    ? []
    : own.flatMap((name) => textIn(before, name) ?? []),
)

/** The managed policies of the plan, by ARN. */
export const managedPolicies = changesBy(({ type, before }) =>
  type === 'aws_iam_policy' ? [textIn(before, 'arn') ?? ''] : [],
)

/** The ARNs that some attachment no longer has. */
export const detachedPolicies = changesBy(({ action, before }) =>
  action === 'delete' ? managedIn(before) : [],
)
