import { isGroupOfOthers } from '../attachments'
import type { Change } from '../change'
import { type Gain, gainsIn } from '../firewalls'
import { documentIn, isList, isObject, type Json, type JsonObject, textOf, textsOf } from '../json'
import { memoized } from '../memo'
import { isPublic } from '../policies/documents'
import { policiesOf } from '../policies/owners'
import {
  at,
  block,
  blocks,
  changesBy,
  changesExisting,
  isOff,
  isOn,
  isUnknown,
  isWritten,
  type Plan,
  type Rule,
  written,
} from './rule'

/** Types with grants beside policies. */
const sharingTypes =
  /^(aws_(s3|db_|rds_|ssm_document|ami_|snapshot_|ecrpublic_|ram_)|google_|kubernetes_)/

export const exposureRules: readonly Rule[] = [
  {
    id: 'open-to-world',
    severity: 'high',
    finds: 'A security group, a firewall or an API server is opened to the internet',
    why: 'Scanners find it within minutes.',
    next: 'Name the sources that need access: a security group, a prefix list, a range.',
    check: (change, plan) =>
      openedIn(change, plan, (gain) => gain.isInternet && !isServedBy(gain, change, plan)),
  },
  {
    id: 'web-public',
    severity: 'low',
    finds:
      'HTTP or HTTPS of a public load balancer is open to the internet, by a group that nothing else has',
    why: 'Everyone can reach it, which is the purpose of a public load balancer.',
    next: 'Check that it is meant for everyone. Make the load balancer internal if not.',
    check: (change, plan) =>
      openedIn(change, plan, (gain) => gain.isInternet && isServedBy(gain, change, plan)),
  },
  {
    id: 'group-widened',
    severity: 'medium',
    finds:
      'An existing security group, network ACL, prefix list or firewall allows a new source or port',
    why: 'The source reaches everything that is behind it.',
    next: 'Check what it protects, and whether the source needs all of that.',
    check: (change, plan) =>
      openedIn(change, plan, ({ isInternet, isNew }) => !isInternet && !isNew),
  },
  {
    id: 'public-data',
    severity: 'critical',
    finds: 'A bucket, database, image, topic, queue or snapshot becomes public',
    why: 'Others can copy data while it is public, and keep it.',
    next: 'Keep the block of public access, and serve through a CDN or a load balancer.',
    check: (change, plan) => [
      ...withoutBlock(change, plan),
      ...publicPolicies(change),
      ...added(change, publicGrants).map((grant) => `${grant} has access`),
      ...opened(change, publicSettings),
    ],
  },
  {
    id: 'data-shared',
    severity: 'high',
    finds: 'A snapshot, an image, a document or a resource share is opened to another account',
    why: 'The account can copy it, and keeps the copy when the share ends.',
    next: 'Check who owns the account, and what the data contains.',
    types: sharingTypes,
    actions: written,
    check: (change) => added(change, accountGrants).map((account) => `is shared with ${account}`),
  },
  {
    id: 'endpoint-public',
    severity: 'high',
    finds: 'A private load balancer, API, database or cluster gets a public endpoint',
    why: 'Only its own authentication is left between it and the internet.',
    next: 'Keep the private endpoint, and reach it through a VPN, a bastion or private link.',
    actions: written,
    check: (change) => opened(change, endpointSettings),
  },
  {
    id: 'public-address',
    severity: 'medium',
    finds: 'Tasks, instances or nodes get public addresses, themselves or by their subnet',
    why: 'Any rule that is open to the internet then reaches them directly.',
    next: 'Use private subnets with a NAT gateway or endpoints, and a load balancer for incoming traffic.',
    actions: written,
    check: publicAddresses,
  },
  {
    id: 'auth-off',
    severity: 'high',
    finds: 'Anyone may call it: no authorization, an anonymous user, or everyone as a member',
    why: 'Everyone who knows or guesses its address can use it, at your cost.',
    next: 'Require IAM, an authorizer or a token; or explain why it must be open, and limit its rate.',
    actions: written,
    check: (change) => [
      ...opened(change, authSettings),
      ...withoutSignIn(change),
      ...added(change, anonymousGrants).map((grant) => `${grant} has access`),
    ],
  },
  {
    id: 'cluster-admin',
    severity: 'high',
    finds: 'A subject of Kubernetes becomes cluster-admin',
    why: 'It can read every secret, and change everything in the cluster or the namespace.',
    next: 'Bind a role with the verbs and resources that it needs.',
    types: /^kubernetes_/,
    actions: written,
    check: (change) =>
      added(change, adminSubjects).map((subject) => `${subject} becomes cluster-admin`),
  },
  {
    id: 'firewall-detached',
    severity: 'high',
    finds: 'The web firewall is taken off a distribution, a load balancer or an API',
    why: 'No rule of the firewall applies to its traffic.',
    next: 'Attach its replacement in the same apply.',
    check: (change, plan) =>
      /_web_acl_association$|_firewall_policy_association$/.test(change.type)
        ? detached(change, plan)
        : opened(change, firewallSettings),
  },
  {
    id: 'metadata-v1',
    severity: 'medium',
    finds: 'Instances accept version 1 of the metadata service (IMDSv1)',
    why: 'A request that an attacker forges through the application can read the credentials of the role.',
    next: 'Set http_tokens to required; update the SDKs that still use version 1.',
    actions: written,
    check: (change) =>
      opened(change, metadataSettings).filter(
        () => at(change.after, 'metadata_options.http_endpoint') !== 'disabled',
      ),
  },
]

function openedIn(change: Change, plan: Plan, isWanted: (gain: Gain) => boolean): string[] {
  const gains = gainsIn(plan).get(change) ?? []
  return gains.filter(isWanted).map(({ line }) => line)
}

/**
 * Whether the group is that of a public load balancer: by its id, or for a new one, whose id is unknown, by a load
 * balancer in the same module. A group that something else has too is open there as well.
 */
function isServedBy({ isWeb, group }: Gain, change: Change, plan: Plan): boolean {
  if (!isWeb) return false
  if (change.type.startsWith('kubernetes_')) return true
  return (
    publicGroups(plan).has(group ?? `new in ${moduleOf(change)}`) &&
    !isGroupOfOthers(change, group, plan)
  )
}

/** The security groups of public load balancers, or the modules of those whose groups are unknown. */
const publicGroups = changesBy((balancer) => {
  const { type, action, after, unknown } = balancer
  if (!/^aws_(lb|alb|elb)$/.test(type) || action === 'delete' || after.internal === true) return []
  const ids = textsOf(after.security_groups).map((id) => id.toLowerCase())
  const isOpen = action === 'create' && isOff(after.security_groups)
  return isOpen || isUnknownAnywhere(unknown.security_groups)
    ? [...ids, `new in ${moduleOf(balancer)}`]
    : ids
})

const moduleOf = ({ address, type }: Change) => address.slice(0, address.lastIndexOf(`${type}.`))

const isUnknownAnywhere = (marks: Json | undefined): boolean =>
  marks === true || (isList(marks) && marks.includes(true))

/** An attribute that opens something when its value starts to match. */
interface Opening {
  readonly path: string
  readonly opens: RegExp
  /** Whether a new resource with an explicit value is a finding, too. */
  readonly onCreate?: boolean
}

interface Setting extends Opening {
  readonly types: RegExp
}

const settingsByType = (settings: readonly Setting[]) =>
  memoized((type) => settings.filter(({ types }) => types.test(type)))

const off = /^(false|)$/
const on = /^(true|enabled)$/i

const publicSettings = settingsByType([
  { types: /./, path: 'publicly_accessible', opens: on, onCreate: true },
  { types: /^azurerm_storage_account$/, path: 'allow_nested_items_to_be_public', opens: on },
  { types: /^azurerm_storage_account$/, path: 'allow_blob_public_access', opens: on },
  {
    types: /^azurerm_storage_container$/,
    path: 'container_access_type',
    opens: /^(blob|container)$/i,
    onCreate: true,
  },
  { types: /^google_storage_bucket$/, path: 'public_access_prevention', opens: /^(inherited|)$/ },
  { types: /^aws_ebs_snapshot_block_public_access$/, path: 'state', opens: /^unblocked$/ },
  { types: /^aws_ec2_image_block_public_access$/, path: 'state', opens: /^unblocked$/ },
  { types: /^aws_emr_block_public/, path: 'block_public_security_group_rules', opens: off },
  { types: /^aws_secretsmanager_secret_policy$/, path: 'block_public_policy', opens: off },
])

const endpointSettings = settingsByType([
  { types: /^aws_(lb|alb|elb)$/, path: 'internal', opens: off },
  { types: /^aws_eks_cluster$/, path: 'vpc_config.endpoint_public_access', opens: on },
  {
    types: /^aws_api_gateway_(rest_api|domain_name)$/,
    path: 'endpoint_configuration.types',
    opens: /REGIONAL|EDGE/,
  },
  { types: /^aws_transfer_server$/, path: 'endpoint_type', opens: /^PUBLIC$/ },
  {
    types: /^aws_msk_cluster$/,
    path: 'broker_node_group_info.connectivity_info.public_access.type',
    opens: /^SERVICE_PROVIDED/,
  },
  {
    types: /^aws_apprunner_service$/,
    path: 'network_configuration.ingress_configuration.is_publicly_accessible',
    opens: on,
  },
  { types: /^aws_neptunegraph_graph$/, path: 'public_connectivity', opens: on },
  { types: /^aws_(opensearch|elasticsearch)_domain$/, path: 'vpc_options', opens: /^(\[\]|)$/ },
  {
    types: /^aws_vpc_block_public_access_options$/,
    path: 'internet_gateway_block_mode',
    opens: /^off$/,
  },
  { types: /^azurerm_/, path: 'public_network_access_enabled', opens: on },
  { types: /^azurerm_/, path: 'public_network_access', opens: on },
  { types: /^azurerm_/, path: 'private_cluster_enabled', opens: off },
  {
    types: /^azurerm_lb$/,
    path: 'frontend_ip_configuration.public_ip_address_id',
    opens: /./,
  },
  {
    types: /^google_sql_database_instance$/,
    path: 'settings.ip_configuration.ipv4_enabled',
    opens: on,
  },
  {
    types: /^google_container_cluster$/,
    path: 'private_cluster_config.enable_private_endpoint',
    opens: off,
  },
  {
    types: /^google_compute_(global_)?forwarding_rule$/,
    path: 'load_balancing_scheme',
    opens: /^EXTERNAL/,
  },
  { types: /^google_cloud_?(run|functions)/, path: 'ingress', opens: /^(INGRESS_TRAFFIC_)?ALL$/i },
  { types: /^google_cloudfunctions/, path: 'ingress_settings', opens: /^ALLOW_ALL$/ },
  {
    types: /^google_cloudfunctions2/,
    path: 'service_config.ingress_settings',
    opens: /^ALLOW_ALL$/,
  },
  { types: /^kubernetes_service(_v1)?$/, path: 'spec.type', opens: /^(LoadBalancer|NodePort)$/ },
])

const authSettings = settingsByType([
  {
    types: /^aws_lambda_function_url$/,
    path: 'authorization_type',
    opens: /^NONE$/,
    onCreate: true,
  },
  { types: /^aws_api_gateway_method$/, path: 'authorization', opens: /^NONE$/i },
  { types: /^aws_apigatewayv2_route$/, path: 'authorization_type', opens: /^(NONE|)$/i },
  { types: /^aws_vpclattice_service/, path: 'auth_type', opens: /^NONE$/ },
  {
    types: /^aws_msk_cluster$/,
    path: 'client_authentication.unauthenticated',
    opens: on,
    onCreate: true,
  },
  { types: /^aws_appsync_graphql_api$/, path: 'authentication_type', opens: /^API_KEY$/ },
  {
    types: /^aws_opensearch_domain$/,
    path: 'advanced_security_options.anonymous_auth_enabled',
    opens: on,
  },
  {
    types: /^aws_cognito_identity_pool$/,
    path: 'allow_unauthenticated_identities',
    opens: on,
    onCreate: true,
  },
  { types: /^azurerm_/, path: 'auth_settings.enabled', opens: off },
  { types: /^azurerm_/, path: 'auth_settings_v2.auth_enabled', opens: off },
  { types: /^azurerm_/, path: 'auth_settings_v2.require_authentication', opens: off },
  {
    types: /^azurerm_container_registry$/,
    path: 'anonymous_pull_enabled',
    opens: on,
    onCreate: true,
  },
])

const firewallSettings = settingsByType([
  { types: /^aws_cloudfront_distribution$/, path: 'web_acl_id', opens: /^$/ },
  { types: /^azurerm_/, path: 'firewall_policy_id', opens: /^$/ },
  { types: /^azurerm_/, path: 'web_application_firewall_policy_link_id', opens: /^$/ },
  { types: /^azurerm_application_gateway$/, path: 'waf_configuration.enabled', opens: off },
  { types: /^google_compute_/, path: 'security_policy', opens: /^$/ },
])

const metadataSettings = settingsByType([
  {
    types: /^aws_(instance|launch_template|launch_configuration|spot_instance_request)$/,
    path: 'metadata_options.http_tokens',
    opens: /^(optional|)$/,
    onCreate: true,
  },
  {
    types: /^aws_imagebuilder_infrastructure_configuration$/,
    path: 'instance_metadata_options.http_tokens',
    opens: /^(optional|)$/,
    onCreate: true,
  },
  {
    types: /^aws_ec2_instance_metadata_defaults$/,
    path: 'http_tokens',
    opens: /^(optional|no-preference)$/,
    onCreate: true,
  },
])

/** Settings that open something in this change, as `name: before -> after`. */
function opened(change: Change, settingsOf: (type: string) => readonly Opening[]): string[] {
  if (!isWritten(change)) return []
  return settingsOf(change.type).flatMap(({ path, opens, onCreate = false }) => {
    if (isUnknown(change, path)) return []
    const [was, is] = [change.before, change.after].map((side) => at(side, path))
    const isOpen = (value: Json | undefined) => opens.test(textOf(value ?? ''))
    if (!isOpen(is)) return []
    if (change.action === 'create')
      return onCreate && !isOff(is) ? [`${path} is ${textOf(is)}`] : []
    if (isOpen(was)) return []
    const show = (value: Json | undefined) => textOf(value ?? '') || 'none'
    return [`${path}: ${show(was)} -> ${show(is)}`]
  })
}

/** Grants that a change adds, by the texts that a reader finds in its values. */
function added(change: Change, read: (type: string, values: JsonObject) => string[]): string[] {
  if (!isWritten(change) || !sharingTypes.test(change.type)) return []
  const has = read(change.type, change.after)
  if (has.length === 0) return has
  const had = new Set(read(change.type, change.before))
  return has.filter((grant) => !had.has(grant))
}

const everyone = /^(allUsers|allAuthenticatedUsers)$/

/** The members of the IAM of Google, from its three kinds of resources, and of access control lists. */
function googleMembers(type: string, values: JsonObject): string[] {
  if (!type.startsWith('google_')) return []
  const policy = documentIn(values.policy_data)
  return [
    ...[...textsOf(values.member), ...textsOf(values.members)].map(
      (member) => [values.role, member] as const,
    ),
    ...blocks(isObject(policy) ? policy : undefined, 'bindings').flatMap((binding) =>
      textsOf(binding.members).map((member) => [binding.role, member] as const),
    ),
    ...textsOf(values.entity).map((entity) => [values.role, entity] as const),
    ...textsOf(values.role_entity).map((text) => text.split(':').slice(0, 2) as [string, string]),
    ...[values, ...blocks(values, 'access')].map(
      (access) =>
        [
          access.role,
          textOf(access.special_group ?? access.iam_member ?? '').replace('iamMember:', ''),
        ] as const,
    ),
  ]
    .filter(([, member]) => everyone.test(member))
    .map(([role, member]) => `${member} as ${textOf(role ?? 'a member')}`)
}

/** Google's services that answer requests, and hold no data. */
const googleServices = /^google_(cloud_?run|cloudfunctions|endpoints|iap)/

function publicGrants(type: string, values: JsonObject): string[] {
  const grants = [
    ...blocks(values, 'grant'),
    ...blocks(block(values, 'access_control_policy'), 'grant').map(
      (grant) => ({ ...grant, uri: at(grant, 'grantee.uri') ?? null }) as JsonObject,
    ),
  ]
    .filter(({ uri }) => /\/global\/(AllUsers|AuthenticatedUsers)$/.test(textOf(uri)))
    .map(
      ({ uri, permission, permissions }) =>
        `${textOf(uri).split('/').at(-1)} as ${[...textsOf(permission), ...textsOf(permissions)].join(', ')}`,
    )
  const acl = [...textsOf(values.acl), ...textsOf(values.predefined_acl)].filter((text) =>
    /^(public-read|authenticated-read|publicRead|authenticatedRead)/.test(text),
  )
  return [
    ...(type.startsWith('aws_s3_') ? grants : []),
    ...(/^(aws_s3_|google_storage_)/.test(type)
      ? acl.map((text) => `everyone, by the ACL ${text},`)
      : []),
    ...(googleServices.test(type) ? [] : googleMembers(type, values)),
    ...sharedWith(type, values)
      .filter((account) => /^all$/i.test(account))
      .map(() => 'every AWS account'),
    ...(type === 'aws_ecrpublic_repository' ? ['everyone, by a public registry,'] : []),
  ]
}

/** The accounts that a snapshot, an image or a document is shared with. */
function sharedWith(type: string, values: JsonObject): string[] {
  if (/^aws_(db|rds)_.*snapshot/.test(type)) return textsOf(values.shared_accounts)
  if (type === 'aws_ssm_document')
    return textsOf(objectAt(values, 'permissions').account_ids).flatMap((ids) => ids.split(','))
  if (!/^aws_(ami_launch_permission|snapshot_create_volume_permission)$/.test(type)) return []
  return ['account_id', 'group', 'organization_arn', 'organizational_unit_arn'].flatMap((name) =>
    textsOf(values[name]).filter((text) => text !== ''),
  )
}

const objectAt = (values: JsonObject, name: string): JsonObject => {
  const inner = values[name]
  return isObject(inner) ? inner : {}
}

const accountGrants = (type: string, values: JsonObject) => [
  ...sharedWith(type, values).filter((account) => !/^all$/i.test(account)),
  ...(type === 'aws_ram_resource_share' && values.allow_external_principals === true
    ? ['accounts outside the organization, if invited']
    : []),
]

interface Binding {
  readonly role: string
  /** Whether it holds in every namespace. */
  readonly isOfCluster: boolean
  readonly subjects: readonly string[]
}

/** A binding of Kubernetes, from its provider or as a manifest. */
export function bindingOf(type: string, values: JsonObject): Binding {
  const manifest = objectAt(values, 'manifest')
  const isManifest =
    /^kubernetes_manifest$/.test(type) && /RoleBinding$/.test(textOf(manifest.kind))
  if (!isManifest && !/^kubernetes_(cluster_)?role_binding/.test(type))
    return { role: '', isOfCluster: false, subjects: [] }
  const [role] = isManifest ? blocks(manifest, 'roleRef') : blocks(values, 'role_ref')
  const subjects = isManifest ? blocks(manifest, 'subjects') : blocks(values, 'subject')
  return {
    role: textOf(role?.name),
    isOfCluster: /^ClusterRoleBinding$|cluster_role_binding/.test(
      isManifest ? textOf(manifest.kind) : type,
    ),
    subjects: subjects.map(({ kind, namespace, name }) =>
      [kind, namespace, name]
        .map((part) => textOf(part ?? ''))
        .filter(Boolean)
        .join(' '),
    ),
  }
}

function anonymousGrants(type: string, values: JsonObject): string[] {
  const { role, subjects } = bindingOf(type, values)
  return [
    ...(googleServices.test(type) ? googleMembers(type, values) : []),
    ...subjects
      .filter((subject) => / system:(anonymous|unauthenticated)$/.test(subject))
      .map((subject) => `${subject} as ${role}`),
  ]
}

function adminSubjects(type: string, values: JsonObject): string[] {
  const { role, subjects } = bindingOf(type, values)
  return role === 'cluster-admin' ? [...subjects] : []
}

const publicAccessBlocks = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
]

/** A block of public access that is loosened or deleted, while its bucket stays. */
function withoutBlock(change: Change, plan: Plan): string[] {
  if (/^aws_s3_access_point$/.test(change.type)) {
    return opened(change, () =>
      publicAccessBlocks.map((name) => ({
        path: `public_access_block_configuration.${name}`,
        opens: off,
      })),
    )
  }
  if (change.action === 'delete' && !change.isDeposed) {
    if (/^aws_(ebs_snapshot|ec2_image)_block_public_access$/.test(change.type))
      return ['the block of public access is deleted']
    if (!/^aws_s3_(bucket|account)_public_access_block$/.test(change.type)) return []
    const { bucket } = change.before
    return bucket !== undefined && isReplacedOrGone(plan, change, 'bucket', /^aws_s3_bucket$/)
      ? []
      : ['the block of public access is deleted']
  }
  if (!/^aws_s3_(bucket|account)_public_access_block$/.test(change.type) || !isWritten(change))
    return []
  return publicAccessBlocks.flatMap((name) => {
    const isNowOff =
      change.after[name] === false || (changesExisting(change) && isOff(change.after[name]))
    if (!isNowOff || isUnknown(change, name)) return []
    if (change.action === 'create') return [`${name} is off`]
    return isOn(change.before[name]) ? [`${name} is turned off`] : []
  })
}

/** The changes by each of these values, which other resources refer to. */
const changesWith = changesBy(({ before, after }) =>
  ['id', 'arn', 'bucket', 'resource_arn'].flatMap((name) => [before[name], after[name]]),
)

/** Whether the plan deletes what a deleted part belongs to, or has another part of the same type for it. */
function isReplacedOrGone(plan: Plan, part: Change, name: string, owners: RegExp): boolean {
  const owner = part.before[name]
  if (typeof owner !== 'string') return false
  return (changesWith(plan).get(owner) ?? []).some(
    (other) =>
      (other.action === 'delete' &&
        owners.test(other.type) &&
        [other.before.id, other.before.arn].includes(owner)) ||
      (other !== part &&
        other.type === part.type &&
        isWritten(other) &&
        other.after[name] === owner),
  )
}

function publicPolicies(change: Change): string[] {
  // These have no data, or are open by design, behind other checks.
  const others = /^aws_(iam_|vpc_endpoint|api_gateway_|organizations_|vpclattice_)/
  if (others.test(change.type) || !isWritten(change)) return []
  return policiesOf(change)
    .filter(({ path, before, after }) => path !== '' && isPublic(after) && !isPublic(before))
    .map(({ path }) => `${path} allows public access`)
}

const addressNames =
  /^(assign_public_ip|associate_public_ip_address|map_public_ip_on_launch|auto_assign_public_ips|create_public_ip|AssignPublicIp|node_public_ip_enabled|enable_node_public_ip)$/

/** Where public addresses are on, at any depth, and in JSON documents. */
function addressesIn(value: Json | undefined, path = ''): string[] {
  const document =
    typeof value === 'string' && value.includes('AssignPublicIp') ? documentIn(value) : value
  if (isList(document)) return document.flatMap((item) => addressesIn(item, path))
  if (!isObject(document)) return []
  return Object.entries(document).flatMap(([name, item]) => {
    const here = path === '' ? name : `${path}.${name}`
    if (addressNames.test(name)) return isOn(item) ? [`${here} is turned on`] : []
    if (
      /^(public_ip_address(_id)?|access_config|ipv6_access_config)$/.test(name) &&
      /network_interface|ip_configuration/.test(path)
    )
      return isOff(item) ? [] : [`${here} is set`]
    return addressesIn(item, here)
  })
}

const addressTypes =
  /^(aws_(\w*instance\w*|launch_\w+|ecs_\w+|(default_)?subnet|cloudwatch_event_target|scheduler_schedule|pipes_pipe|spot_\w+|sfn_state_machine|opsworks_\w+|drs_\w+)|google_compute_\w*instance\w*|azurerm_(network_interface|\w*virtual_machine\w*|kubernetes_cluster\w*))$/

function publicAddresses(change: Change): string[] {
  const { type, after, before, action, unknown } = change
  if (type === 'aws_eip_association')
    return action === 'create' &&
      (!isOff(after.instance_id) || (unknown.instance_id === true && !isOff(after.allocation_id)))
      ? ['an instance gets a public address']
      : []
  if (type === 'aws_eip')
    return isOff(before.instance) && !isOff(after.instance)
      ? ['an instance gets a public address']
      : []
  if (type === 'google_container_cluster')
    return opened(change, () => [
      { path: 'private_cluster_config.enable_private_nodes', opens: off },
    ])
  if (!addressTypes.test(type)) return []
  const had = new Set(addressesIn(before))
  return addressesIn(after).filter((line) => !had.has(line))
}

/** Listeners of load balancers that no longer ask users to sign in. */
function withoutSignIn(change: Change): string[] {
  if (!/_(listener|listener_rule)$/.test(change.type) || !changesExisting(change)) return []
  const asks = (side: JsonObject) =>
    [...blocks(side, 'default_action'), ...blocks(side, 'action')].some(({ type }) =>
      /^(authenticate-|jwt-validation)/.test(textOf(type)),
    )
  return asks(change.before) &&
    !asks(change.after) &&
    !isUnknown(change, 'action') &&
    !isUnknown(change, 'default_action')
    ? ['users no longer sign in']
    : []
}

/** An association that is deleted, while the load balancer or API stays, and gets no other one. */
function detached(change: Change, plan: Plan): string[] {
  if (change.action !== 'delete' || change.isDeposed) return []
  return isReplacedOrGone(plan, change, 'resource_arn', /^aws_/) ? [] : ['the web ACL is detached']
}
