import type { OldXmlValue as XmlValue } from '../gateway/old-xml'
import { account } from './account'
import type { Input } from './json-service'

/** As it stands in an answer. */
export type Item = { readonly [name: string]: XmlValue }

/** What the items of a list are called. */
export const itemNames = {
  ReplicationGroups: 'ReplicationGroup',
  MemberClusters: 'ClusterId',
  NodeGroups: 'NodeGroup',
  NodeGroupMembers: 'NodeGroupMember',
  LogDeliveryConfigurations: 'LogDeliveryConfiguration',
  CacheClusters: 'CacheCluster',
  CacheNodes: 'CacheNode',
  TagList: 'Tag',
}

export function replicationGroup(input: Input): Item {
  const id = String(input.ReplicationGroupId)
  const members = memberIds(input)
  const endpoint = (kind: string) => ({ Address: `${kind}.${id}.local`, Port: portOf(input) })
  return {
    ReplicationGroupId: id,
    Description: text(input.ReplicationGroupDescription),
    Status: 'available',
    MemberClusters: members,
    NodeGroups: [
      {
        NodeGroupId: '0001',
        Status: 'available',
        PrimaryEndpoint: endpoint('master'),
        ReaderEndpoint: endpoint('replica'),
        NodeGroupMembers: members.map((CacheClusterId, index) => ({
          CacheClusterId,
          CacheNodeId: '0001',
          PreferredAvailabilityZone: zoneOf(input, index),
          CurrentRole: index === 0 ? 'primary' : 'replica',
        })),
      },
    ],
    AutomaticFailover: enabled(input.AutomaticFailoverEnabled),
    MultiAZ: enabled(input.MultiAZEnabled),
    SnapshotRetentionLimit: text(input.SnapshotRetentionLimit),
    SnapshotWindow: text(input.SnapshotWindow),
    ClusterEnabled: false,
    ClusterMode: 'disabled',
    CacheNodeType: text(input.CacheNodeType),
    AuthTokenEnabled: false,
    TransitEncryptionEnabled: text(input.TransitEncryptionEnabled),
    TransitEncryptionMode: transitMode(input),
    AtRestEncryptionEnabled: text(input.AtRestEncryptionEnabled),
    KmsKeyId: text(input.KmsKeyId),
    ARN: arnOf('replicationgroup', id),
    UserGroupIds: listIn(input.UserGroupIds),
    LogDeliveryConfigurations: logDelivery(input),
    AutoMinorVersionUpgrade: text(input.AutoMinorVersionUpgrade),
    DataTiering: 'disabled',
    NetworkType: 'ipv4',
    IpDiscovery: 'ipv4',
    Engine: text(input.Engine),
  }
}

export function cacheClusters(input: Input): (Item & { readonly CacheClusterId: string })[] {
  return memberIds(input).map((CacheClusterId, index) => ({
    CacheClusterId,
    CacheNodeType: text(input.CacheNodeType),
    Engine: text(input.Engine),
    EngineVersion:
      `${input.EngineVersion}`.split('.').length < 3
        ? `${input.EngineVersion}.0`
        : text(input.EngineVersion),
    CacheClusterStatus: 'available',
    NumCacheNodes: 1,
    PreferredAvailabilityZone: zoneOf(input, index),
    PreferredMaintenanceWindow: text(input.PreferredMaintenanceWindow),
    CacheParameterGroup: {
      CacheParameterGroupName: text(input.CacheParameterGroupName),
      ParameterApplyStatus: 'in-sync',
    },
    CacheSubnetGroupName: text(input.CacheSubnetGroupName),
    CacheNodes: [
      {
        CacheNodeId: '0001',
        CacheNodeStatus: 'available',
        Endpoint: { Address: `${CacheClusterId}.local`, Port: portOf(input) },
        CustomerAvailabilityZone: zoneOf(input, index),
      },
    ],
    AutoMinorVersionUpgrade: text(input.AutoMinorVersionUpgrade),
    SecurityGroups: listIn(input.SecurityGroupIds).map((SecurityGroupId) => ({
      SecurityGroupId,
      Status: 'active',
    })),
    ReplicationGroupId: text(input.ReplicationGroupId),
    SnapshotRetentionLimit: text(input.SnapshotRetentionLimit),
    SnapshotWindow: text(input.SnapshotWindow),
    AuthTokenEnabled: false,
    TransitEncryptionEnabled: text(input.TransitEncryptionEnabled),
    TransitEncryptionMode: transitMode(input),
    AtRestEncryptionEnabled: text(input.AtRestEncryptionEnabled),
    ARN: arnOf('cluster', CacheClusterId),
    NetworkType: 'ipv4',
    IpDiscovery: 'ipv4',
  }))
}

export function userGroup(input: Input): Item {
  const id = String(input.UserGroupId)
  return {
    UserGroupId: id,
    Status: 'active',
    Engine: text(input.Engine),
    UserIds: listIn(input.UserIds),
    ARN: arnOf('usergroup', id),
  }
}

function memberIds(input: Input): string[] {
  const number = Number(input.NumCacheClusters ?? 1)
  return Array.from(
    { length: number },
    (_, index) => `${input.ReplicationGroupId}-${String(index + 1).padStart(3, '0')}`,
  )
}

function zoneOf(input: Input, index: number): string {
  const zones = listIn(input.PreferredCacheClusterAZs)
  return zones[index % Math.max(1, zones.length)] ?? `${account.region}a`
}

function portOf(input: Input): string {
  return String(input.Port ?? 6379)
}

function logDelivery(input: Input): Item[] {
  return objectsIn(input.LogDeliveryConfigurations).map((each) => ({
    LogType: text(each.LogType),
    DestinationType: text(each.DestinationType),
    DestinationDetails: each.DestinationDetails as Item,
    LogFormat: text(each.LogFormat),
    Status: 'active',
  }))
}

/** A list of the query protocol, whose items may have a name of their own. */
function objectsIn(value: unknown): Input[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((inner) => (Array.isArray(inner) ? inner : []))
}

export function listIn(value: unknown): string[] {
  return objectsIn(value).map(String)
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value)
}

/** What AWS takes where it is not said. */
function transitMode({
  TransitEncryptionMode,
  TransitEncryptionEnabled,
}: Input): string | undefined {
  return (
    text(TransitEncryptionMode) ?? (TransitEncryptionEnabled === 'true' ? 'required' : undefined)
  )
}

function enabled(value: unknown): string {
  return value === 'true' ? 'enabled' : 'disabled'
}

export function arnOf(kind: string, name: string): string {
  return `arn:aws:elasticache:${account.region}:${account.id}:${kind}:${name}`
}
