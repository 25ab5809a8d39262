import type { Action, Change } from '../change'
import { type Kind, kindOf, type Role } from '../kinds'
import { goesWithItsWhole, usersOf } from '../wholes'
import { causeOf, changesBy, destroying, isDestroyed, type Plan, type Rule } from './rule'
import { weakensFailover } from './spot'

/** The kind of a destroyed resource of these roles, if its destroy has a finding of its own. */
function destroyedKind(change: Change, plan: Plan, roles: readonly Role[]): Kind | undefined {
  if (!isDestroyed(change)) return undefined
  const kind = kindOf(change)
  if (kind === undefined || !roles.includes(kind.role)) return undefined
  if (kind.isCalm && change.action === 'replace') return undefined
  if (kind.handsOver && isNewFirst(change)) return undefined
  return goesWithItsWhole(change, plan) ? undefined : kind
}

const stops: readonly Role[] = ['traffic', 'work', 'guard']

function lineOf(change: Change, { label, role }: Kind): string {
  const verb = change.action === 'replace' ? 'is replaced' : 'is destroyed'
  const order =
    change.action !== 'replace'
      ? ''
      : change.createsFirst
        ? ', and the new one is created first'
        : stops.includes(role)
          ? ', and is missing in between: the old one is destroyed first'
          : ''
  return `${label} ${verb}${order}: ${causeOf(change)}`
}

function destroyed(change: Change, plan: Plan, ...roles: readonly Role[]): string[] {
  const kind = destroyedKind(change, plan, roles)
  return kind === undefined ? [] : [lineOf(change, kind)]
}

/** A part of a running system that is missing from the destroy on. */
function stopped(change: Change, plan: Plan, role: Role): string[] {
  return isNewFirst(change) || othersOf(change, plan) > 0 ? [] : destroyed(change, plan, role)
}

const isNewFirst = ({ action, createsFirst }: Change) => action === 'replace' && createsFirst

/** How many other instances of the same cluster stay. */
function othersOf(change: Change, plan: Plan): number {
  if (kindOf(change)?.isInstance !== true) return 0
  const [cluster] = clusterOf(change)
  if (cluster === undefined) return 0
  const staying = instances(plan).get(cluster)?.length ?? 0
  return staysAs.includes(change.action) ? staying - 1 : staying
}

function clusterOf({ type, before, after, action }: Change): string[] {
  const { cluster_identifier, cluster } = action === 'create' ? after : before
  const name = cluster_identifier ?? cluster
  return typeof name === 'string' ? [`${type} ${name}`] : []
}

const staysAs: readonly Action[] = ['no-op', 'update', 'create', 'read']
const instances = changesBy((change) => (staysAs.includes(change.action) ? clusterOf(change) : []))

/** The values that name whose permissions these are. */
const holderOf = ({ role, user, group, roles, principal_id, member }: Change['before']) =>
  [role, user, group, principal_id, member, ...(Array.isArray(roles) ? roles : [])].filter(
    (name) => typeof name === 'string' && name !== '',
  )

/** Whether the plan gives other permissions to the holder of the destroyed ones. */
function hasNewPermissions(change: Change, plan: Plan): boolean {
  return holderOf(change.before).some((holder) => newPermissions(plan).has(holder))
}

const newPermissions = changesBy((change) =>
  change.action === 'create' && kindOf(change)?.label === 'permissions'
    ? holderOf(change.after)
    : [],
)

function lostAccess(change: Change, plan: Plan, isInUse: boolean): string[] {
  const kind = destroyedKind(change, plan, ['access'])
  if (kind === undefined) return []
  const { staying, going } = usersOf(change, plan)
  if (staying !== undefined)
    return isInUse ? [`${lineOf(change, kind)}; ${staying} still names it`] : []
  if (isInUse) return []
  // What used it goes with it, or gets other permissions.
  const isReplaced = kind.label === 'permissions' && hasNewPermissions(change, plan)
  return going !== undefined || isReplaced ? [] : [lineOf(change, kind)]
}

export const destroyRules: readonly Rule[] = [
  {
    id: 'data-destroyed',
    severity: 'critical',
    finds:
      'What holds data is destroyed or replaced: a database, bucket, disk, key, secret, registry, zone, subnet or network',
    why: 'Its data is lost, or can no longer be decrypted. A deploy cannot restore it.',
    next: 'If only its name in the code changed, add a moved block. Otherwise test a restore of its backup, and get the approval of the owner.',
    actions: destroying,
    check: (change, plan) => destroyed(change, plan, 'data'),
  },
  {
    id: 'address-destroyed',
    severity: 'high',
    finds:
      'A load balancer, address, cluster, certificate, log, queue, topic or record is destroyed or replaced',
    why: 'Others refer to it by name, address or id; or it holds data in transit, such as messages and logs.',
    next: 'Create the new one first and move traffic over; notify users who allow the address.',
    actions: destroying,
    check: (change, plan) => destroyed(change, plan, 'address'),
  },
  {
    id: 'work-destroyed',
    severity: 'high',
    finds:
      'What runs work is destroyed, or replaced by one that is created later: a service, function, group of instances, the only instance of a database',
    why: 'From the destroy on, nothing does its work.',
    next: 'Create the new one before the old one is destroyed (create_before_destroy), and move the work over.',
    actions: destroying,
    check: (change, plan) => (weakensFailover(change) ? [] : stopped(change, plan, 'work')),
  },
  {
    id: 'traffic-destroyed',
    severity: 'high',
    finds:
      'What passes traffic is destroyed, or replaced by one that is created later: a listener, a listener rule, targets, a stage or route of an API',
    why: 'Requests fail from the destroy on, although the services behind it are healthy.',
    next: 'Create the new one before the old one is destroyed (create_before_destroy).',
    actions: destroying,
    check: (change, plan) => stopped(change, plan, 'traffic'),
  },
  {
    id: 'guard-destroyed',
    severity: 'high',
    finds:
      'What protects others is destroyed, or replaced by one that is created later: a web ACL, a firewall, a schedule of backups, a detector',
    why: 'What it protects stays, without protection.',
    next: 'Name what protects it from now on, and create that first.',
    actions: destroying,
    check: (change, plan) => stopped(change, plan, 'guard'),
  },
  {
    id: 'replaced-new-first',
    severity: 'medium',
    finds:
      'What runs work, passes traffic or protects is replaced, and the new one is created first; or one of several instances is destroyed',
    why: 'The others take over, if they are ready: Terraform does not wait until they take the load.',
    next: 'Check that the deploy waits for the new one to be healthy.',
    actions: destroying,
    check: (change, plan) => {
      const others = othersOf(change, plan)
      if (!isNewFirst(change) && others === 0) return []
      const rest = others === 0 ? '' : `; ${others} other${others === 1 ? ' stays' : 's stay'}`
      return destroyed(change, plan, ...stops).map((line) => `${line}${rest}`)
    },
  },
  {
    id: 'access-in-use',
    severity: 'high',
    finds:
      'A role, policy, user or key is destroyed or replaced, and a resource that stays still names it',
    why: 'That resource loses its permissions, and fails at its next call.',
    next: 'Give it its new role first, and destroy the old one in the next release.',
    actions: destroying,
    check: (change, plan) => lostAccess(change, plan, true),
  },
  {
    id: 'access-destroyed',
    severity: 'medium',
    finds:
      'A role, policy, user, key or permission is destroyed or replaced, and nothing in the plan replaces it',
    why: 'Others may still use it: other stacks, people, programs outside of Terraform.',
    next: 'Check when it was last used.',
    actions: destroying,
    check: (change, plan) => lostAccess(change, plan, false),
  },
  {
    id: 'data-forgotten',
    severity: 'high',
    finds: 'Terraform removes a resource with data or an address from its state, and it stays',
    why: 'It continues to cost money, and is not managed.',
    next: 'Name its new owner, or import it elsewhere in the same release.',
    actions: ['forget'],
    check: (change) => forgotten(change, ['data', 'address']),
  },
  {
    id: 'forgotten',
    severity: 'medium',
    finds:
      'Terraform removes what runs work, passes traffic, gives access or protects from its state, and it stays',
    why: 'It continues to run and to cost money, with its permissions, and nobody changes it by code.',
    next: 'Name its new owner, or import it elsewhere in the same release.',
    actions: ['forget'],
    check: (change) => forgotten(change, ['work', 'traffic', 'access', 'guard', 'watch']),
  },
]

function forgotten(change: Change, roles: readonly Role[]): string[] {
  const kind = change.action === 'forget' && !change.isDeposed ? kindOf(change) : undefined
  return kind !== undefined && roles.includes(kind.role)
    ? [`${kind.label} stays, and is in no state`]
    : []
}
