import type { Change } from '../change'
import { documentIn, isObject, type JsonObject, textOf, textsOf } from '../json'
import { bindingOf } from './exposure'
import {
  at,
  blocks,
  changesBy,
  isOff,
  isUnknown,
  oncePerPlan,
  type Plan,
  type Rule,
  written,
} from './rule'

const grantTypes =
  /^(azurerm_\w*role_(assignment|definition)|azuread_\w*role\w*|google_\w+_(iam_(member|binding|policy)|iam_custom_role)|kubernetes_((cluster_)?role\w*|manifest))$/

/** Roles of clouds other than AWS, whose policies are in permissions.ts. */
export const grantRules: readonly Rule[] = [
  {
    id: 'role-broad',
    severity: 'high',
    finds:
      'A broad role of Azure, Entra ID, Google Cloud or Kubernetes is granted or defined: owner, contributor, editor, an administrator, everything in a cluster',
    why: 'Whoever gets it can change everything in its scope, or give itself and others more permissions.',
    next: 'Grant a role for the task, on the resource that needs it; or explain why there is none.',
    types: grantTypes,
    actions: written,
    check: (change, plan) => {
      const had = formerGrants(plan)
      return grantsIn(change, change.after, plan).filter((line) => !had.has(line))
    },
  },
]

/** What the plan has before the apply: a grant that moves to another address is not new. */
const formerGrants = oncePerPlan(
  (plan) =>
    new Set(
      plan.changes
        .filter(({ type }) => grantTypes.test(type))
        .flatMap((change) => grantsIn(change, change.before, plan)),
    ),
)

function grantsIn(change: Change, values: JsonObject, plan: Plan): string[] {
  const { type } = change
  if (Object.keys(values).length === 0) return []
  if (type.startsWith('azurerm_')) return azureGrants(change, values)
  if (type.startsWith('azuread_')) return directoryGrants(change, values, plan)
  return type.startsWith('google_') ? googleGrants(type, values) : kubernetesGrants(change, values)
}

const managesAccess =
  /^(owner|user access administrator|role based access control administrator( \(preview\))?)$/i
const managesAll = /^contributor$/i
const managesCluster = /cluster admin( role)?$/i

/** The built-in roles by the id that is the same in every tenant. */
const azureRoles: Readonly<Record<string, string>> = {
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': 'Owner',
  'b24988ac-6180-42a0-ab88-20f7382dd24c': 'Contributor',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': 'User Access Administrator',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': 'Role Based Access Control Administrator',
  'b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b': 'Azure Kubernetes Service RBAC Cluster Admin',
  '0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8': 'Azure Kubernetes Service Cluster Admin Role',
}

const named = (roles: Readonly<Record<string, string>>, id: string) =>
  Object.hasOwn(roles, id) ? roles[id] : undefined

const lastPart = (path: string) => path.split('/').at(-1)?.toLowerCase() ?? ''

/** A scope that contains resources, and is none itself. */
function wideScope(scope: string): string | undefined {
  const path = scope.replace(/\/+$/, '')
  if (path === '') return scope === '' ? undefined : 'the tenant'
  if (/^\/subscriptions\/[^/]+$/i.test(path)) return 'a subscription'
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(path)) return 'a resource group'
  if (/^\/providers\/Microsoft\.Management\/managementGroups\/[^/]+$/i.test(path))
    return 'a management group'
  return undefined
}

function azureGrants(change: Change, values: JsonObject): string[] {
  if (/_role_definition$/.test(change.type))
    return blocks(values, 'permissions')
      .flatMap(({ actions }) => textsOf(actions))
      .filter((action) =>
        /^(\*(\/write)?|microsoft\.authorization\/(\*|\*\/write|role\w+\/(\*|write)))$/i.test(
          action,
        ),
      )
      .map((action) => `the role ${textOf(values.name)} allows ${action}`)
  const role =
    named(azureRoles, lastPart(textOf(values.role_definition_id))) ??
    textOf(values.role_definition_name ?? '')
  const who = textOf(values.principal_id ?? '') || 'a new principal'
  const scope = textOf(values.scope ?? '')
  const isAccess = managesAccess.test(role)
  const where =
    values === change.after && isUnknown(change, 'scope')
      ? isAccess
        ? 'a scope that is known after apply'
        : undefined
      : wideScope(scope)
  if (managesCluster.test(role)) return [`${role} for ${who}`]
  if (where === undefined || !(isAccess || managesAll.test(role))) return []
  // A condition limits which roles can be given; nothing limits an owner.
  if (isAccess && !/^owner$/i.test(role) && !isOff(values.condition)) return []
  return [`${role} of ${where} for ${who}: ${scope || 'a new one'}`]
}

/** Roles of a directory that can lead to every permission in it, by the id of their template. */
const directoryRoles: Readonly<Record<string, string>> = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  'e8611ab8-c189-46e8-94e1-60213ab1f814': 'Privileged Role Administrator',
  '7be44c8a-adaf-4e2a-84d6-ab2649e08a13': 'Privileged Authentication Administrator',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': 'Application Administrator',
  '158c047a-c907-4556-b7ef-446551a6b5f7': 'Cloud Application Administrator',
  'fe930be7-5e62-47db-91af-98c3a49a38b1': 'User Administrator',
  '194ae4cb-b126-40b2-bd5b-6091b380977d': 'Security Administrator',
  'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9': 'Conditional Access Administrator',
  'c4e39bd9-1100-46d3-8c65-fb160da0071f': 'Authentication Administrator',
  '729827e3-9c14-49f7-bb1b-9608f156bbb8': 'Helpdesk Administrator',
  '966707d0-3269-4727-9be2-8c3a10f19b9d': 'Password Administrator',
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451': 'Global Reader',
  '88d8e3e3-8f55-4a1e-953a-9b9898b8876b': 'Directory Readers',
  '5d6b6bb7-de71-4623-b4af-96380a352509': 'Security Reader',
  '4a5d8f65-41da-4de4-8968-e035b65339cf': 'Reports Reader',
}

/** The roles of the directory in a plan by their ids; by '' also those whose ids are not known yet. */
const directoryRolesIn = changesBy(({ type, before, after }) =>
  /^azuread_(custom_)?directory_role$/.test(type)
    ? [
        '',
        ...[before, after].flatMap((side) =>
          [side.id, side.object_id, side.template_id].map((id) => textOf(id ?? '')),
        ),
      ]
    : [],
)

/** Permissions of Microsoft Graph that give an application control over the directory. */
const graphRoles: Readonly<Record<string, string>> = {
  '9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8': 'RoleManagement.ReadWrite.Directory',
  '06b708a9-e830-4db3-a914-8e69da51d44f': 'AppRoleAssignment.ReadWrite.All',
  '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9': 'Application.ReadWrite.All',
  '19dbc75e-c2e2-444c-a770-ec69d8559fc7': 'Directory.ReadWrite.All',
}

const isReader = (name: string) => /\breaders?$/i.test(name)

function directoryGrants({ type }: Change, values: JsonObject, plan: Plan): string[] {
  const who =
    textOf(values.principal_object_id ?? values.principal_id ?? values.member_object_id ?? '') ||
    'a new principal'
  if (type === 'azuread_app_role_assignment') {
    const role = named(graphRoles, textOf(values.app_role_id))
    return role === undefined ? [] : [`${role} for ${who}`]
  }
  if (!/^azuread_directory_role_\w+/.test(type)) return []
  const id = textOf(values.role_id ?? values.role_object_id ?? values.role_definition_id ?? '')
  const names = [
    named(directoryRoles, id.toLowerCase()),
    ...(directoryRolesIn(plan).get(id) ?? []).map(
      ({ before, after }) => after.display_name ?? before.display_name,
    ),
  ].filter((name) => typeof name === 'string')
  const suspects = names.filter((name) => !isReader(name))
  if (names.length > 0 && suspects.length === 0) return []
  const role = suspects[0] ?? `a role of the directory that this plan does not name (${id})`
  return [`${role} for ${who}`]
}

/** Google's own agents need their roles. */
const isServiceAgent = (member: string) =>
  /^serviceAccount:(service-\d+@|\d+@(cloudservices|cloudbuild)\.|[^@]+@gcp-sa-)/.test(member)

const tokens = /^roles\/iam\.serviceAccount(TokenCreator|KeyAdmin|Admin)$/
const anyAdmin = /^roles\/([\w.]+\.)?(admin|\w+Admin(\.v\d+)?)$/
const leadsToOthers =
  /^roles\/(iam\.(serviceAccount(User|TokenCreator)|workloadIdentityUser)|cloudbuild\.builds\.editor|deploymentmanager\.editor)$/
const googlePermissions =
  /^(resourcemanager\.\w+\.setIamPolicy|iam\.roles\.update|iam\.serviceAccountKeys\.create|iam\.serviceAccounts\.(setIamPolicy|getAccessToken|getOpenIdToken|implicitDelegation|signBlob|signJwt)|orgpolicy\.policy\.set)$/

function googleGrants(type: string, values: JsonObject): string[] {
  if (/_custom_role$/.test(type))
    return textsOf(values.permissions)
      .filter((permission) => googlePermissions.test(permission))
      .map((permission) => `the role ${textOf(values.role_id)} allows ${permission}`)
  const level = /^google_(project|folder|organization|billing_account)_iam_/.exec(type)?.[1]
  const account = textOf(values.service_account_id ?? '')
  const policy = documentIn(values.policy_data)
  const bindings = [values, ...blocks(isObject(policy) ? policy : undefined, 'bindings')]
  return bindings.flatMap((binding) => {
    const role = textOf(binding.role ?? '')
    const isOwner = /^roles\/(owner|editor)$/.test(role)
    const isBroad =
      isOwner ||
      (level !== undefined && (anyAdmin.test(role) || leadsToOthers.test(role))) ||
      (type.startsWith('google_service_account_') && tokens.test(role))
    if (!isBroad) return []
    const where = level === undefined ? '' : ` of the ${level.replace('_', ' ')}`
    const on = textOf(values[level ?? ''] ?? values.org_id ?? account)
    const members = [...textsOf(binding.member), ...textsOf(binding.members)]
    return (members.length === 0 ? ['a new member'] : members)
      .filter((member) => !isServiceAgent(member) || role === 'roles/owner')
      .filter((member) => account === '' || !account.endsWith(member.replace(/^\w+:/, '')))
      .map((member) => `${role}${where} for ${member}${on === '' ? '' : `: ${on}`}`)
  })
}

const changing = /^(\*|create|update|patch|delete)$/
const escalating = /^(escalate|bind|impersonate)$/

function kubernetesGrants(change: Change, values: JsonObject): string[] {
  const { type } = change
  const { role, isOfCluster, subjects } = bindingOf(type, values)
  if (isOfCluster && /^(admin|edit)$/.test(role))
    return subjects.map((subject) => `${subject} becomes ${role} of every namespace`)
  const manifest = isObject(values.manifest) ? values.manifest : values
  const isRole =
    type === 'kubernetes_manifest'
      ? /^(Cluster)?Role$/.test(textOf(manifest.kind))
      : /_role(_v\d+)?$/.test(type)
  if (!isRole) return []
  const name = textOf(at(manifest, 'metadata.name') ?? 'a new role')
  return [...blocks(manifest, 'rule'), ...blocks(manifest, 'rules')].flatMap((rule) => {
    const verbs = textsOf(rule.verbs)
    const resources = textsOf(rule.resources)
    const groups = [...textsOf(rule.api_groups), ...textsOf(rule.apiGroups)]
    const isAll = resources.includes('*') && groups.some((group) => /^\*?$/.test(group))
    if (isAll && verbs.some((verb) => changing.test(verb)))
      return [`the role ${name} allows ${verbs.join(', ')} on every resource`]
    return [
      ...gained(change, manifest, rule),
      ...verbs
        .filter(
          (verb) =>
            escalating.test(verb) || (verb === '*' && /roles|bindings/.test(`${resources}`)),
        )
        .map((verb) => `the role ${name} allows ${verb} on ${resources.join(', ')}`),
    ]
  })
}

/**
 * Secrets, and further resources with all verbs, that an existing role gains. A new role with one of these in its
 * own namespace is common; in the whole cluster, its secrets are those of all others.
 */
function gained(change: Change, role: JsonObject, rule: JsonObject): string[] {
  const isOfCluster = /cluster_role/.test(change.type) || role.kind === 'ClusterRole'
  const isNew = change.action === 'create'
  const names = [...textsOf(rule.resource_names), ...textsOf(rule.resourceNames)]
  if (names.length > 0 || (isNew && !isOfCluster)) return []
  const verbs = textsOf(rule.verbs)
  const name = textOf(at(role, 'metadata.name') ?? 'a role')
  const resources = textsOf(rule.resources)
  if (verbs.includes('*') && !isNew)
    return resources.map((resource) => `the role ${name} allows * on ${resource}`)
  return resources.includes('secrets') && verbs.some((verb) => /^(\*|get|list|watch)$/.test(verb))
    ? [`the role ${name} reads all secrets${isOfCluster ? ' of the cluster' : ' of its namespace'}`]
    : []
}
