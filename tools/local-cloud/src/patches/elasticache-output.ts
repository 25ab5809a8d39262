import { account, localArn } from './account'
import type { Input } from './operations'

/** The description of a replication group, from the input that created it. */
export function replicationGroup(input: Input) {
  const id = String(input.ReplicationGroupId)
  const endpoint = (kind: string) => ({ Address: `${kind}.${id}.local`, Port: portOf(input) })
  return {
    ...settings(input),
    Description: input.ReplicationGroupDescription,
    Status: 'available',
    MemberClusters: { ClusterId: memberIds(input) },
    NodeGroups: {
      NodeGroup: {
        NodeGroupId: '0001',
        Status: 'available',
        PrimaryEndpoint: endpoint('master'),
        ReaderEndpoint: endpoint('replica'),
        NodeGroupMembers: {
          NodeGroupMember: memberIds(input).map((CacheClusterId, index) => ({
            CacheClusterId,
            CacheNodeId: '0001',
            PreferredAvailabilityZone: zoneOf(input, index),
            CurrentRole: index === 0 ? 'primary' : 'replica',
          })),
        },
      },
    },
    AutomaticFailover: input.AutomaticFailoverEnabled === 'true' ? 'enabled' : 'disabled',
    MultiAZ: input.MultiAZEnabled === 'true' ? 'enabled' : 'disabled',
    ClusterEnabled: false,
    ClusterMode: 'disabled',
    ARN: localArn('elasticache', `replicationgroup:${id}`),
    UserGroupIds: { member: listOf(input.UserGroupIds) },
    LogDeliveryConfigurations: {
      LogDeliveryConfiguration: listOf<Input>(input.LogDeliveryConfigurations).map((each) => ({
        ...each,
        Status: 'active',
      })),
    },
    DataTiering: 'disabled',
  }
}

/** The descriptions of the members of a replication group. */
export function cacheClusters(input: Input) {
  return memberIds(input).map((CacheClusterId, index) => ({
    ...settings(input),
    CacheClusterId,
    // AWS adds the patch version.
    EngineVersion: String(input.EngineVersion).replace(/^\d+\.\d+$/, '$&.0'),
    CacheClusterStatus: 'available',
    NumCacheNodes: 1,
    PreferredAvailabilityZone: zoneOf(input, index),
    CacheParameterGroup: {
      CacheParameterGroupName: input.CacheParameterGroupName,
      ParameterApplyStatus: 'in-sync',
    },
    CacheNodes: {
      CacheNode: {
        CacheNodeId: '0001',
        CacheNodeStatus: 'available',
        Endpoint: { Address: `${CacheClusterId}.local`, Port: portOf(input) },
        CustomerAvailabilityZone: zoneOf(input, index),
      },
    },
    SecurityGroups: {
      member: listOf(input.SecurityGroupIds).map((SecurityGroupId) => ({
        SecurityGroupId,
        Status: 'active',
      })),
    },
    ARN: localArn('elasticache', `cluster:${CacheClusterId}`),
  }))
}

export function userGroup(input: Input) {
  return {
    ...input,
    UserIds: { member: listOf(input.UserIds) },
    Status: 'active',
    ARN: localArn('elasticache', `usergroup:${input.UserGroupId}`),
  }
}

/** A list of the query protocol, whose items may have a name: `Tags.Tag.1`. */
export function listOf<Item = string>(value: unknown): Item[] {
  if (Array.isArray(value)) return value
  return Object.values((value ?? {}) as object).flatMap((inner) =>
    Array.isArray(inner) ? inner : [],
  )
}

/** Most input has the same name in the output. Clients ignore the rest. */
function settings(input: Input) {
  const isEncrypted = input.TransitEncryptionEnabled === 'true'
  return {
    TransitEncryptionMode: isEncrypted ? 'required' : undefined,
    ...input,
    AuthTokenEnabled: false,
    NetworkType: 'ipv4',
    IpDiscovery: 'ipv4',
  }
}

function memberIds({ ReplicationGroupId, NumCacheClusters = 1 }: Input): string[] {
  return Array.from(
    { length: Number(NumCacheClusters) },
    (_, index) => `${ReplicationGroupId}-${String(index + 1).padStart(3, '0')}`,
  )
}

function zoneOf({ PreferredCacheClusterAZs }: Input, index: number): string {
  const zones = listOf(PreferredCacheClusterAZs)
  return zones[index % Math.max(1, zones.length)] ?? `${account.region}a`
}

function portOf({ Port = '6379' }: Input): string {
  return String(Port)
}
