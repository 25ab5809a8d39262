import type { Change } from './change'
import { isObject, type Json, type JsonObject, textOf, textsOf, valueIn } from './json'
import { memoized } from './memo'
import {
  type Access,
  AccessIndex,
  difference,
  everyAddress,
  everyPort,
  everyProtocol,
  isFamily,
  isInternet,
  isPrivate,
  parseRange,
  type Span,
} from './networks'
import {
  at,
  block,
  blocks,
  changesExisting,
  isOff,
  isOn,
  isWritten,
  number,
  oncePerPlan,
} from './rules/rule'

/** A rule as a provider writes it. */
interface Rule {
  readonly isDeny?: boolean
  /** Where rules have an order, a lower one wins. */
  readonly order?: number
  readonly sources: readonly string[]
  /** The network tags that it applies to; none means everything. */
  readonly targets?: readonly string[]
  readonly destinations?: readonly string[]
  readonly protocol?: string
  /** Such as `443`, `8000-9000` and `*`; none means every port. */
  readonly ports?: readonly string[]
}

/** How a type of resource says which connections it allows. */
interface Firewall {
  readonly types: RegExp
  /** Rules in several resources belong to one group, and move between them without effect. */
  readonly group?: (values: JsonObject) => string | undefined
  /** A resource with a single rule of an existing group. */
  readonly isPart?: boolean
  /** A second layer, such as a network ACL: open ones are common, and harmless behind a security group. */
  readonly isLayer?: boolean
  /** The attributes that name sources. */
  readonly sources?: readonly string[]
  readonly rules: (values: JsonObject, isNew: boolean) => readonly Rule[]
}

const anyone = ['*']
const orAnyone = (sources: readonly string[]) => (sources.length === 0 ? anyone : sources)
const texts = (values: JsonObject, ...names: readonly string[]) =>
  names.flatMap((name) => textsOf(valueIn(values, name))).filter((text) => text !== '')
const named = (prefix: string, ...parts: readonly (Json | undefined)[]) =>
  parts.every((part) => typeof part === 'string' && part !== '')
    ? `${prefix} ${parts.join('/').toLowerCase()}`
    : undefined

const awsSources = [
  ...['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks', 'prefix_list_id'],
  ...['prefix_list_ids', 'referenced_security_group_id', 'source_security_group_id'],
  ...['security_groups', 'cidr_block', 'ipv6_cidr_block', 'cidrs', 'cidr_list_aliases'],
]

/** AWS: `from_port` and `to_port`, which are the type and the code of ICMP. */
function awsRule(values: JsonObject): Rule {
  const protocol = protocolOf(values)
  const isIcmp = protocolsOf(protocol)?.[0] === 1n || protocolsOf(protocol)?.[0] === 58n
  const [from, to] = isIcmp
    ? [number(values.icmp_type ?? values.from_port), number(values.icmp_code ?? values.to_port)]
    : [number(values.from_port), number(values.to_port)]
  return {
    isDeny: /^deny$/i.test(textOf(values.rule_action ?? values.action)),
    order: number(values.rule_number ?? values.rule_no) ?? 0,
    sources: [
      ...texts(values, ...awsSources),
      ...(values.self === true ? ['the group itself'] : []),
    ],
    protocol,
    ports:
      from === undefined ||
      (isIcmp && from < 0) ||
      !/^(6|17|1|58)$/.test(`${protocolsOf(protocol)?.[0]}`)
        ? []
        : isIcmp
          ? [
              to === undefined || to < 0
                ? `${from * 256}-${from * 256 + 255}`
                : `${from * 256 + to}`,
            ]
          : [from === (to ?? from) ? `${from}` : `${from}-${to}`],
  }
}

const protocolOf = (values: JsonObject) => textOf(values.ip_protocol ?? values.protocol ?? '')

/** Azure, of a rule in a group or of its own. */
function azureRule(values: JsonObject): Rule[] {
  if (!/^inbound$/i.test(textOf(values.direction))) return []
  return [
    {
      isDeny: /^deny$/i.test(textOf(values.access)),
      order: number(values.priority) ?? 0,
      sources: texts(
        values,
        ...['source_address_prefix', 'source_address_prefixes'],
        'source_application_security_group_ids',
      ),
      destinations: texts(values, 'destination_address_prefix', 'destination_address_prefixes'),
      targets: texts(values, 'destination_application_security_group_ids'),
      protocol: protocolOf(values),
      ports: texts(values, 'destination_port_range', 'destination_port_ranges'),
    },
  ]
}

function googleRules(values: JsonObject): Rule[] {
  if (/^egress$/i.test(textOf(values.direction)) || isOn(values.disabled)) return []
  const sources = texts(values, 'source_ranges', 'source_tags', 'source_service_accounts')
  return ['allow', 'deny'].flatMap((name) =>
    blocks(values, name).map((rule) => ({
      isDeny: name === 'deny',
      order: number(values.priority) ?? 1000,
      sources: orAnyone(sources),
      targets: texts(values, 'target_tags', 'target_service_accounts'),
      protocol: protocolOf(rule),
      ports: texts(rule, 'ports'),
    })),
  )
}

/** The network rules of an Azure account, vault or registry, which allow everyone by default. */
function azureNetworkRules(values: JsonObject, isNew: boolean, isOwn: boolean): Rule[] {
  if (isOff(values.public_network_access_enabled) && values.public_network_access_enabled != null)
    return []
  const name = ['network_rules', 'network_acls', 'network_rule_set'].find(
    (each) => blocks(values, each).length > 0,
  )
  const rules = isOwn ? values : name === undefined ? undefined : block(values, name)
  if (rules === undefined) return isNew ? [] : [{ sources: anyone }]
  if (/^allow$/i.test(textOf(rules.default_action))) return [{ sources: anyone }]
  return [
    {
      sources: [
        ...texts(rules, 'ip_rules', 'virtual_network_subnet_ids'),
        ...blocks(rules, 'ip_rule').flatMap((rule) => texts(rule, 'ip_range')),
      ],
    },
  ]
}

/** The public addresses that reach the API of a cluster. Without a list, everyone does. */
const clusterRule = (sources: readonly string[], isListed: boolean, isNew: boolean): Rule[] =>
  isListed
    ? [{ sources, protocol: 'tcp', ports: ['443'] }]
    : isNew
      ? []
      : [{ sources: anyone, protocol: 'tcp', ports: ['443'] }]

/** A service of Kubernetes, from its provider or as a manifest. */
function serviceRules(values: JsonObject): Rule[] {
  const manifest = block(values, 'manifest')
  if (manifest !== undefined && manifest.kind !== 'Service') return []
  const spec = block(manifest ?? values, 'spec')
  const notes = textOf(block(manifest ?? values, 'metadata')?.annotations).toLowerCase()
  const isInternal =
    /internal"?\s*:\s*"?true|"internal"|load-balancer-scheme"?\s*:\s*"?internal/.test(notes)
  if (spec?.type !== 'LoadBalancer' || isInternal) return []
  const sources = orAnyone(texts(spec, 'load_balancer_source_ranges', 'loadBalancerSourceRanges'))
  return [...blocks(spec, 'port'), ...blocks(spec, 'ports')].map((port) => ({
    sources,
    protocol: textOf(port.protocol ?? 'TCP'),
    ports: texts(port, 'port'),
  }))
}

/** Ranges in the rules of a provider that has no entry here, without those for outgoing traffic. */
function otherRules(value: Json | undefined, name = ''): Rule[] {
  if (typeof value === 'string') {
    const isRange = parseRange(value) !== undefined && /[/:]/.test(value)
    return isRange && !/dest|target|egress|outbound/i.test(name) ? [{ sources: [value] }] : []
  }
  if (!isObject(value) && !Array.isArray(value)) return []
  const isOut =
    isObject(value) && /^(out|egress|outbound)$/i.test(textOf(value.direction ?? value.type))
  const isDeny =
    isObject(value) && /^(deny|drop|reject)$/i.test(textOf(value.action ?? value.policy))
  if (isOut || isDeny || /egress|outbound/i.test(name)) return []
  return Object.entries(value).flatMap(([key, item]) =>
    otherRules(item, isObject(value) ? key : name),
  )
}

const firewalls: readonly Firewall[] = [
  {
    types: /^aws_(default_)?security_group$/,
    group: ({ id }) => named('', id),
    sources: ['ingress'],
    rules: (values) => blocks(values, 'ingress').map(awsRule),
  },
  {
    types: /^aws_(security_group_rule|vpc_security_group_ingress_rule)$/,
    group: ({ security_group_id }) => named('', security_group_id),
    isPart: true,
    sources: awsSources,
    rules: (values) => (values.type === 'egress' ? [] : [awsRule(values)]),
  },
  {
    types: /^aws_(default_)?network_acl$/,
    group: ({ id }) => named('', id),
    isLayer: true,
    sources: ['ingress'],
    rules: (values) => blocks(values, 'ingress').map(awsRule),
  },
  {
    types: /^aws_network_acl_rule$/,
    group: ({ network_acl_id }) => named('', network_acl_id),
    isPart: true,
    isLayer: true,
    sources: awsSources,
    rules: (values) => (isOn(values.egress) ? [] : [awsRule(values)]),
  },
  {
    types: /^aws_ec2_managed_prefix_list$/,
    group: ({ id }) => named('', id),
    isLayer: true,
    sources: ['entry'],
    rules: (values) => blocks(values, 'entry').map((entry) => ({ sources: texts(entry, 'cidr') })),
  },
  {
    types: /^aws_ec2_managed_prefix_list_entry$/,
    group: ({ prefix_list_id }) => named('', prefix_list_id),
    isPart: true,
    isLayer: true,
    sources: ['cidr'],
    rules: (values) => [{ sources: texts(values, 'cidr') }],
  },
  {
    types: /^aws_lightsail_instance_public_ports$/,
    rules: (values) => blocks(values, 'port_info').map(awsRule),
  },
  {
    types: /^aws_eks_cluster$/,
    rules: (values, isNew) => {
      const config = block(values, 'vpc_config')
      if (config?.endpoint_public_access !== true) return []
      const sources = texts(config, 'public_access_cidrs')
      return clusterRule(sources, sources.length > 0, isNew)
    },
  },
  {
    types: /^azurerm_network_security_group$/,
    group: ({ resource_group_name, name }) => named('nsg', resource_group_name, name),
    sources: ['security_rule'],
    rules: (values) => blocks(values, 'security_rule').flatMap(azureRule),
  },
  {
    types: /^azurerm_network_security_rule$/,
    group: ({ resource_group_name, network_security_group_name }) =>
      named('nsg', resource_group_name, network_security_group_name),
    isPart: true,
    sources: [
      'source_address_prefix',
      'source_address_prefixes',
      'source_application_security_group_ids',
    ],
    rules: azureRule,
  },
  {
    types: /^azurerm_(?!web_application)\w+_firewall_rule$/,
    group: ({ server_id }) => named('', server_id),
    isPart: true,
    rules: (values) => {
      const start = textOf(values.start_ip_address ?? values.start_ip ?? '')
      const end = textOf(values.end_ip_address ?? values.end_ip ?? start)
      // Azure takes this range as its own services, those of other customers included.
      if (start === '0.0.0.0' && end === start) return [{ sources: ['all of Azure'] }]
      return start === '' ? [] : [{ sources: [`${start}-${end}`] }]
    },
  },
  {
    types:
      /^azurerm_(storage_account|storage_account_network_rules|key_vault|container_registry|cognitive_account|servicebus_namespace|eventhub_namespace)$/,
    rules: (values, isNew) => azureNetworkRules(values, isNew, values.default_action !== undefined),
  },
  {
    types: /^azurerm_kubernetes_cluster$/,
    rules: (values, isNew) => {
      if (isOn(values.private_cluster_enabled)) return []
      const sources = [
        ...texts(values, 'api_server_authorized_ip_ranges'),
        ...textsOf(at(values, 'api_server_access_profile.authorized_ip_ranges')),
      ]
      return clusterRule(sources, sources.length > 0, isNew)
    },
  },
  {
    types: /^google_compute_firewall$/,
    group: ({ network }) => named('network', textOf(network).split('/').at(-1)),
    sources: ['source_ranges'],
    rules: googleRules,
  },
  {
    types: /^google_compute_(region_)?(network_)?firewall_policy_rule$/,
    group: ({ firewall_policy }) => named('policy', firewall_policy),
    isPart: true,
    rules: (values) => {
      if (!/^ingress$/i.test(textOf(values.direction)) || isOn(values.disabled)) return []
      return blocks(values, 'match').flatMap((match) =>
        blocks(match, 'layer4_configs').map((config) => ({
          isDeny: /^deny$/i.test(textOf(values.action)),
          order: number(values.priority) ?? 0,
          sources: texts(match, 'src_ip_ranges', 'src_address_groups'),
          targets: texts(values, 'target_service_accounts'),
          protocol: protocolOf(config),
          ports: texts(config, 'ports'),
        })),
      )
    },
  },
  {
    types: /^google_sql_database_instance$/,
    rules: (values) =>
      blocks(block(values, 'settings', 'ip_configuration'), 'authorized_networks').map(
        (network) => ({
          sources: texts(network, 'value'),
        }),
      ),
  },
  {
    types: /^google_container_cluster$/,
    rules: (values, isNew) => {
      if (isOn(at(values, 'private_cluster_config.enable_private_endpoint'))) return []
      const list = block(values, 'master_authorized_networks_config')
      const sources = blocks(list, 'cidr_blocks').flatMap((entry) => texts(entry, 'cidr_block'))
      return clusterRule(sources, list !== undefined, isNew)
    },
  },
  { types: /^kubernetes_(service(_v1)?|manifest)$/, rules: serviceRules },
  {
    types:
      /^(?!aws_|azurerm_|google_|kubernetes_)\w*(firewall|sec(urity_?)?group|security_list|network_acl)/,
    rules: (values) => (isOut(values) ? [] : otherRules(values)),
  },
]

const isOut = ({ direction, type }: JsonObject) =>
  /^(out|egress|outbound)/i.test(textOf(direction ?? type))

const firewallOf = memoized((type) => firewalls.find(({ types }) => types.test(type)))

const protocols: Readonly<Record<string, bigint>> = {
  icmp: 1n,
  tcp: 6n,
  udp: 17n,
  esp: 50n,
  ah: 51n,
  icmpv6: 58n,
  sctp: 132n,
}

function protocolsOf(protocol: string): Span {
  const name = protocol.toLowerCase()
  const known = Object.hasOwn(protocols, name) ? protocols[name] : undefined
  const value = known ?? (/^\d{1,3}$/.test(name) ? BigInt(name) : undefined)
  return value === undefined || value > 255n ? everyProtocol : [value, value]
}

function portsOf(text: string): Span {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim())
  if (match === null) return everyPort
  const low = BigInt(match[1] ?? 0)
  return [low, BigInt(match[2] ?? low)]
}

/** One source and one range of ports of a rule. */
interface Grant {
  readonly ports: string
  readonly source: string
  readonly isDeny: boolean
  readonly order: number
  readonly access: readonly Access[]
}

const format = ({ ports, source }: Grant) => `${ports} from ${source}`

function formatPorts(protocol: string, ports: string): string {
  const [low, high] = protocolsOf(protocol)
  if (low !== high) return 'every port'
  if (low === 1n || low === 58n) return 'ICMP'
  if (low !== 6n && low !== 17n) return `protocol ${protocol}`
  const kind = low === 17n ? 'UDP ' : ''
  if (portsOf(ports) === everyPort) return low === 17n ? 'every UDP port' : 'every TCP port'
  return `${kind}port${ports.includes('-') ? 's' : ''} ${ports}`
}

function grantsOf({ rules }: Firewall, values: JsonObject, isNew: boolean): Grant[] {
  return rules(values, isNew).flatMap((rule) => {
    const { isDeny = false, order = 0, protocol = '', sources } = rule
    const targets = rule.targets?.length ? rule.targets : ['*']
    const destinations = rule.destinations?.length ? rule.destinations : ['*']
    const ports = rule.ports?.length ? rule.ports : ['*']
    return sources.flatMap((source) =>
      ports.map((port) => ({
        ports: formatPorts(protocol, port),
        source: source === '*' ? 'every address' : source,
        isDeny,
        order,
        access: sourcesOf(source).flatMap((from) =>
          targets.flatMap((target) =>
            destinations.map((to) => ({
              ...from,
              target,
              protocols: protocolsOf(protocol),
              ports: portsOf(port),
              destinations: parseRange(to)?.span ?? everyAddress.IPv6,
            })),
          ),
        ),
      })),
    )
  })
}

function sourcesOf(source: string): Pick<Access, 'source' | 'addresses'>[] {
  const families = (['IPv4', 'IPv6'] as const).map((family) => ({
    source: family,
    addresses: everyAddress[family],
  }))
  if (/^(\*|any)$/i.test(source)) return [...families, { source: '*', addresses: everyPort }]
  if (/^internet$/i.test(source)) return families
  const range = parseRange(source)
  return range === undefined
    ? [{ source, addresses: everyPort }]
    : [{ source: range.family, addresses: range.span }]
}

/** Connections that a change allows, and that nothing allowed before. */
export interface Gain {
  readonly line: string
  readonly isInternet: boolean
  /** HTTP or HTTPS alone. */
  readonly isWeb: boolean
  /** The firewall did not exist, and so protected nothing. */
  readonly isNew: boolean
  /** The id of a group that exists. */
  readonly group: string | undefined
}

interface Member {
  readonly change: Change
  readonly firewall: Firewall
  readonly before: readonly Grant[]
  readonly after: readonly Grant[]
}

/** What each change of a plan opens. Calculated once for a plan, because rules move between resources. */
export const gainsIn = oncePerPlan(({ changes }): ReadonlyMap<Change, readonly Gain[]> => {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const firewall = firewallOf(change.type)
    if (firewall === undefined || change.isDeposed) continue
    const [before, after] = [change.before, change.after].map((side) => firewall.group?.(side))
    for (const key of new Set([before ?? after, after ?? before])) {
      const group = key ?? `at ${change.address}`
      const members = groups.get(group)
      if (members === undefined) groups.set(group, [change])
      else members.push(change)
    }
  }
  const found = new Map<Change, Gain[]>()
  for (const [key, members] of groups) {
    if (members.some((change) => isWritten(change) || change.action === 'delete'))
      addGains(found, key, members)
  }
  return found
})

function memberOf(change: Change, group: string): Member[] {
  const firewall = firewallOf(change.type)
  if (firewall === undefined) return []
  const isNew = change.action === 'create'
  const side = (values: JsonObject) => {
    const key = firewall.group?.(values)
    return key === undefined || key === group ? grantsOf(firewall, values, isNew) : []
  }
  const before = isNew ? [] : side(change.before)
  const isKept = change.action === 'no-op' || change.action === 'forget'
  const after = isWritten(change) ? side(change.after) : isKept ? before : []
  return [{ change, firewall, before, after }]
}

/** What grants allow, without what rules of the same or an earlier order deny. Large groups repeat themselves. */
class Allowed {
  private readonly keys = new Set<string>()
  private readonly allowed: AccessIndex
  private readonly denied: AccessIndex
  private readonly orders = new Map<Access, number>()
  private readonly known = new Map<string, readonly Access[]>()

  constructor(grants: readonly Grant[]) {
    const denied = grants.filter(({ isDeny }) => isDeny)
    for (const { access, order } of denied) for (const each of access) this.orders.set(each, order)
    this.denied = new AccessIndex(denied.flatMap(({ access }) => access))
    const allowed = grants
      .flatMap((grant) => this.effective(grant))
      .filter((access) => {
        const key = keyOf(access)
        return !this.keys.has(key) && this.keys.add(key)
      })
    this.allowed = new AccessIndex(allowed)
  }

  effective({ access, isDeny, order }: Grant): readonly Access[] {
    if (isDeny) return []
    if (this.orders.size === 0) return access
    return access.flatMap((each) => {
      const denied = this.denied
        .near(each)
        .filter((other) => (this.orders.get(other) ?? 0) <= order)
      return difference([each], denied)
    })
  }

  /** What remains of some access that is not allowed here. */
  lacks(access: readonly Access[]): Access[] {
    return access.flatMap((each) => {
      const key = keyOf(each)
      const known = this.known.get(key) ?? this.rest(each, key)
      this.known.set(key, known)
      return known
    })
  }

  private rest(access: Access, key: string): readonly Access[] {
    return this.keys.has(key) ? [] : difference([access], this.allowed.near(access))
  }
}

const keyOf = ({ source, target, protocols, ports, addresses, destinations }: Access) =>
  [source, target, ...protocols, ...ports, ...addresses, ...destinations].join(' ')

function addGains(found: Map<Change, Gain[]>, key: string, changes: readonly Change[]): void {
  const members = changes.flatMap((change) => memberOf(change, key))
  const before = new Allowed(members.flatMap((member) => member.before))
  const after = new Allowed(members.flatMap((member) => member.after))
  const isContainerNew = members.some(
    ({ change, firewall }) => change.action === 'create' && firewall.isPart !== true,
  )
  const isUnnamed = key.startsWith('at ')
  const isNewFor = ({ change }: Member) =>
    change.action === 'create' && (isUnnamed || isContainerNew)
  const hasDenials = members.some((member) => member.before.some(({ isDeny }) => isDeny))
  const opened = members.flatMap((member) => {
    const removed = removedFrom(member)
    return (isWritten(member.change) || hasDenials ? member.after : []).flatMap((grant) => {
      const rest = before.lacks(after.effective(grant))
      return rest.length === 0 ? [] : [{ member, grant, rest, removed }]
    })
  })
  const isPublic = publicPartsOf(opened)
  for (const { member, grant, rest, removed } of opened) {
    const { change, firewall } = isWritten(member.change) ? member : (culpritOf(members) ?? member)
    const was = replacedBy(grant, removed)
    add(found, change, {
      line: `${format(grant)}${was === '' ? '' : `, before: ${was}`}`,
      isInternet:
        rest.some((each) => isPublic(each, grant)) &&
        firewall.isLayer !== true &&
        grant.ports !== 'ICMP',
      isWeb: rest.every(isWeb),
      isNew: isNewFor(member),
      group: isUnnamed ? undefined : key.trim(),
    })
  }
  for (const member of members) {
    const line = unknownSource(member)
    const isNew = isNewFor(member)
    if (line !== undefined)
      add(found, member.change, {
        line,
        isInternet: false,
        isWeb: false,
        isNew,
        group: isUnnamed ? undefined : key.trim(),
      })
  }
}

/** The change that removes what denied access. */
const culpritOf = (members: readonly Member[]) =>
  members.find(
    ({ change, before }) =>
      change.action !== 'no-op' &&
      change.action !== 'forget' &&
      before.some(({ isDeny }) => isDeny),
  )

function add(found: Map<Change, Gain[]>, change: Change, gain: Gain): void {
  const list = found.get(change) ?? []
  list.push(gain)
  found.set(change, list)
}

/** Whether access is from the internet, by itself or together with other ranges on the same ports. */
function publicPartsOf(
  opened: readonly { readonly grant: Grant; readonly rest: readonly Access[] }[],
): (access: Access, grant: Grant) => boolean {
  const parts = new Map<string, Span[]>()
  const isLarge = ({ source, addresses }: Access) =>
    isFamily(source) && isInternet(source, [addresses])
  for (const { grant, rest } of opened) {
    for (const access of rest) {
      const name = `${access.source} ${grant.ports}`
      const list = parts.get(name) ?? []
      if (isFamily(access.source) && !isLarge(access)) list.push(access.addresses)
      parts.set(name, list)
    }
  }
  const together = new Set(
    (['IPv4', 'IPv6'] as const).flatMap((family) =>
      [...parts]
        .filter(([name, spans]) => name.startsWith(family) && isInternet(family, spans))
        .map(([name]) => name),
    ),
  )
  return (access, grant) =>
    isLarge(access) ||
    (isFamily(access.source) &&
      together.has(`${access.source} ${grant.ports}`) &&
      !isPrivate(access.source, access.addresses))
}

const isWeb = ({ protocols: [from, to], ports: [low, high] }: Access) =>
  from === to &&
  low === high &&
  ((low === 443n && (from === 6n || from === 17n)) || (low === 80n && from === 6n))

/** The rules that a changed resource had instead: those with the same ports or the same source. */
function replacedBy(grant: Grant, removed: readonly Grant[]): string {
  const was = removed
    .filter(({ ports, source }) => ports === grant.ports || source === grant.source)
    .map(format)
  return [...new Set(was)].slice(0, 3).join(', ')
}

/** The rules that a changed resource has no more. */
function removedFrom({ change, before, after }: Member): Grant[] {
  if (!changesExisting(change)) return []
  const kept = new Set(after.map(format))
  return before.filter((old) => !kept.has(format(old)))
}

function unknownSource({ change, firewall, after }: Member): string | undefined {
  const names = firewall.sources?.filter((name) => hasTrue(valueIn(change.unknown, name))) ?? []
  if (names.length === 0 || !isWritten(change)) return undefined
  const ports =
    after[0]?.ports ?? (firewall.isPart === true ? portsIn(change, firewall) : undefined)
  return `${ports === undefined ? '' : `${ports} `}from a source that is known after apply (${names.join(', ')})`
}

/** The ports of a rule without a known source. */
function portsIn({ after }: Change, firewall: Firewall): string | undefined {
  const [rule] = firewall.rules(after, false)
  return rule && formatPorts(rule.protocol ?? '', rule.ports?.[0] ?? '*')
}

function hasTrue(marks: Json | undefined): boolean {
  if (marks === true) return true
  return typeof marks === 'object' && marks !== null && Object.values(marks).some(hasTrue)
}
