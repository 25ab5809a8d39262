import { ElasticacheReplicationGroup } from '@cdktf/provider-aws/lib/elasticache-replication-group'
import { ElasticacheSubnetGroup } from '@cdktf/provider-aws/lib/elasticache-subnet-group'
import { ElasticacheUser } from '@cdktf/provider-aws/lib/elasticache-user'
import { ElasticacheUserGroup } from '@cdktf/provider-aws/lib/elasticache-user-group'
import { EncryptionKey, logGroup, resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { ClientAccess, type StoreProps } from './client-access'
import type { CacheSettings } from './settings'

const port = 6379

/** Valkey with a primary and replicas in other zones. Clients authenticate by IAM, so there is no password to rotate. */
export class Cache extends Construct {
  readonly endpoint: string
  readonly readerEndpoint: string
  readonly port: number = port
  readonly arn: string
  readonly userArn: string
  readonly userName: string
  readonly clientSecurityGroupId: string
  /** The names of the nodes, as ElastiCache assigns them. */
  readonly nodeNames: readonly string[]

  constructor(scope: Construct, id: string, props: CacheSettings & StoreProps) {
    super(scope, id)
    const { name, availabilityZones, protectData } = tidewayStackOf(this).environment
    const identifier = resourceName(this, 'aws_elasticache_replication_group', 'cache')

    const access = new ClientAccess(this, 'access', { vpcId: props.vpcId, store: 'cache', port })
    const key = new EncryptionKey(this, 'key', {
      name: 'cache',
      description: `Cache of ${name} and its snapshots`,
    })
    const userId = resourceName(this, 'aws_elasticache_user', 'cache-app')
    const user = new ElasticacheUser(this, 'user', {
      userId,
      // IAM authentication requires the name to equal the id.
      userName: userId,
      engine: 'valkey',
      // All data, without the commands that stop, reconfigure or empty the cache. Clients send INFO when they connect.
      accessString: 'on ~* &* +@all -@admin -@dangerous +info',
      authenticationMode: { type: 'iam' },
    })
    const group = new ElasticacheReplicationGroup(this, 'replication-group', {
      replicationGroupId: identifier,
      description: `Cache of Tideway ${name}`,
      engine: 'valkey',
      engineVersion: '8.0',
      parameterGroupName: 'default.valkey8',
      port,
      nodeType: props.nodeType,
      numCacheClusters: props.nodes,
      preferredCacheClusterAzs: Array.from(
        { length: props.nodes },
        (_, index) => availabilityZones[index % availabilityZones.length] as string,
      ),
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      subnetGroupName: new ElasticacheSubnetGroup(this, 'subnets', {
        name: resourceName(this, 'aws_elasticache_subnet_group', 'cache'),
        description: 'Isolated subnets, one a zone',
        subnetIds: props.subnetIds,
      }).name,
      securityGroupIds: [access.storeGroupId],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      userGroupIds: [
        new ElasticacheUserGroup(this, 'users', {
          userGroupId: resourceName(this, 'aws_elasticache_user_group', 'cache'),
          engine: 'valkey',
          userIds: [user.userId],
        }).userGroupId,
      ],
      atRestEncryptionEnabled: 'true',
      kmsKeyId: key.arn,
      snapshotRetentionLimit: props.snapshotRetentionDays,
      snapshotWindow: '03:00-04:00',
      maintenanceWindow: 'sun:04:30-sun:05:30',
      autoMinorVersionUpgrade: 'true',
      finalSnapshotIdentifier: protectData ? `${identifier}-final` : undefined,
      logDeliveryConfiguration: [
        this.log('slow', props.logKeyArn),
        this.log('engine', props.logKeyArn),
      ],
      lifecycle: {
        preventDestroy: protectData,
        // AWS upgrades minor versions, and a downgrade would replace the cache.
        ignoreChanges: ['engine_version'],
      },
    })

    this.endpoint = group.primaryEndpointAddress
    this.readerEndpoint = group.readerEndpointAddress
    this.arn = group.arn
    this.userArn = user.arn
    this.userName = userId
    this.clientSecurityGroupId = access.clientGroupId
    this.nodeNames = Array.from(
      { length: props.nodes },
      (_, index) => `${identifier}-${String(index + 1).padStart(3, '0')}`,
    )
  }

  private log(kind: 'slow' | 'engine', keyArn: string) {
    const { name } = tidewayStackOf(this).environment
    const group = logGroup(this, `${kind}-log`, {
      name: `/tideway/${name}/data/cache-${kind}`,
      keyArn,
    })
    return {
      destinationType: 'cloudwatch-logs',
      destination: group.name,
      logFormat: 'json',
      logType: `${kind}-log`,
    }
  }
}
