import { DbSubnetGroup } from '@cdktf/provider-aws/lib/db-subnet-group'
import { RdsCluster } from '@cdktf/provider-aws/lib/rds-cluster'
import { RdsClusterInstance } from '@cdktf/provider-aws/lib/rds-cluster-instance'
import { RdsClusterParameterGroup } from '@cdktf/provider-aws/lib/rds-cluster-parameter-group'
import { SecretsmanagerSecretRotation } from '@cdktf/provider-aws/lib/secretsmanager-secret-rotation'
import {
  EncryptionKey,
  logGroup,
  resourceName,
  ServiceRole,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import { ClientAccess, type StoreProps } from './client-access'
import type { DatabaseSettings } from './settings'

const engine = 'aurora-postgresql'
const port = 5432

/** Aurora PostgreSQL Serverless v2: a writer, and readers in other zones for failover. */
export class Database extends Construct {
  readonly endpoint: string
  readonly readerEndpoint: string
  readonly port: number = port
  readonly databaseName = 'tideway'
  readonly resourceId: string
  readonly clientSecurityGroupId: string
  readonly masterSecretArn: string
  readonly keyArn: string
  /** References to the identifiers: resources that use them are created after the instances. */
  readonly instanceIdentifiers: readonly string[]
  /** Paused instances report no metrics, or zeros. */
  readonly pauses: boolean
  readonly maxConnections: number

  constructor(scope: Construct, id: string, props: DatabaseSettings & StoreProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, account, region, availabilityZones, protectData } = stack.environment
    const identifier = resourceName(this, 'aws_rds_cluster', 'database')

    const access = new ClientAccess(this, 'access', { vpcId: props.vpcId, store: 'database', port })
    const key = new EncryptionKey(this, 'key', {
      name: 'database',
      description: `Database of ${name}, its backups, its secrets and its performance data`,
    })
    // Aurora would create this group without expiry and without this key.
    const log = logGroup(this, 'log', {
      name: `/aws/rds/cluster/${identifier}/postgresql`,
      keyArn: props.logKeyArn,
    })
    const cluster = new RdsCluster(this, 'cluster', {
      clusterIdentifier: identifier,
      engine,
      // The version of a new cluster: see ignoreChanges. No long-term support release: those get only critical
      // fixes, and automatic upgrades, which AWS's controls require, leave them at the first maintenance.
      engineVersion: '16.14',
      databaseName: this.databaseName,
      port,
      masterUsername: 'tideway_admin',
      // RDS creates the password in Secrets Manager, so it is never in the state.
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: key.arn,
      iamDatabaseAuthenticationEnabled: true,
      storageEncrypted: true,
      kmsKeyId: key.arn,
      serverlessv2ScalingConfiguration: {
        minCapacity: props.minCapacity,
        maxCapacity: props.maxCapacity,
        // AWS rejects it where the minimum is not 0.
        ...(props.pauseAfterSeconds !== 'never' && {
          secondsUntilAutoPause: props.pauseAfterSeconds,
        }),
      },
      dbSubnetGroupName: new DbSubnetGroup(this, 'subnets', {
        name: resourceName(this, 'aws_db_subnet_group', 'database'),
        description: 'Isolated subnets, one a zone',
        subnetIds: props.subnetIds,
      }).name,
      vpcSecurityGroupIds: [access.storeGroupId],
      dbClusterParameterGroupName: this.parameters(),
      enabledCloudwatchLogsExports: ['postgresql'],
      backupRetentionPeriod: props.backupRetentionDays,
      preferredBackupWindow: '03:00-04:00',
      preferredMaintenanceWindow: 'sun:04:30-sun:05:30',
      copyTagsToSnapshot: true,
      deletionProtection: protectData,
      skipFinalSnapshot: !protectData,
      finalSnapshotIdentifier: protectData ? `${identifier}-final` : undefined,
      lifecycle: {
        preventDestroy: protectData,
        // AWS upgrades minor versions in the maintenance window and cannot downgrade.
        ignoreChanges: ['engine_version'],
      },
      dependsOn: [log],
    })
    this.masterSecretArn = cluster.masterUserSecret.get(0).secretArn
    // The default of RDS, declared so that a plan shows changes to it.
    new SecretsmanagerSecretRotation(this, 'master-secret-rotation', {
      secretId: this.masterSecretArn,
      // RDS rejects a rotation while it creates the cluster, and the password is new.
      rotateImmediately: false,
      rotationRules: { automaticallyAfterDays: 7 },
    })

    // RDS creates this group: one for all databases of the account.
    const metricLogs = `arn:aws:logs:${region}:${account}:log-group:RDSOSMetrics`
    const monitoring = new ServiceRole(this, 'database-monitoring', {
      service: 'monitoring.rds.amazonaws.com',
      statements: [
        {
          Action: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy'],
          // AWS names a group with its streams.
          Resource: [metricLogs, `${metricLogs}:log-stream:*`],
        },
        {
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: `${metricLogs}:log-stream:*`,
        },
      ],
    })
    const instances: RdsClusterInstance[] = []
    for (let index = 0; index <= props.readers; index++) {
      const instance = new RdsClusterInstance(this, `instance-${index + 1}`, {
        // No role in the name: a failover changes the roles.
        identifier: `${identifier}-${index + 1}`,
        clusterIdentifier: cluster.id,
        engine,
        instanceClass: 'db.serverless',
        availabilityZone: availabilityZones[index % availabilityZones.length],
        // Tiers 0 and 1 scale with the writer, so the first reader always has the writer's size.
        promotionTier: Math.min(index, 15),
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
        copyTagsToSnapshot: true,
        monitoringInterval: 60,
        monitoringRoleArn: monitoring.arn,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: key.arn,
        performanceInsightsRetentionPeriod: 7,
        // Another identifier would replace an instance. Those of earlier releases keep theirs, which contain a role.
        lifecycle: { ignoreChanges: ['identifier'] },
        // The first instance that exists becomes the writer.
        dependsOn: instances.slice(0, 1),
      })
      const earlier = new Construct(this, index === 0 ? 'writer' : `reader-${index}`)
      instance.moveFromId(`aws_rds_cluster_instance.${stack.getLogicalId(earlier.node)}`)
      instances.push(instance)
    }
    this.instanceIdentifiers = instances.map((instance) => instance.identifier)
    this.pauses = props.pauseAfterSeconds !== 'never'

    this.endpoint = cluster.endpoint
    this.readerEndpoint = cluster.readerEndpoint
    this.resourceId = cluster.clusterResourceId
    this.clientSecurityGroupId = access.clientGroupId
    this.keyArn = key.arn
    // AWS derives the limit from the memory at maxCapacity: about 189 per capacity unit, 5,000 at most,
    // and 2,000 at most for a cluster that can shrink below one unit.
    const limit = props.minCapacity < 1 ? 2000 : 5000
    this.maxConnections = Math.min(Math.floor(189 * props.maxCapacity), limit)
  }

  private parameters(): string {
    return new RdsClusterParameterGroup(this, 'parameters', {
      name: resourceName(this, 'aws_rds_cluster_parameter_group', 'database'),
      family: 'aurora-postgresql16',
      description: 'TLS only; slow statements, locks and connections in the log',
      parameter: [
        { name: 'rds.force_ssl', value: '1' },
        { name: 'log_min_duration_statement', value: '1000' },
        { name: 'log_lock_waits', value: '1' },
        { name: 'log_connections', value: '1' },
        { name: 'log_disconnections', value: '1' },
      ],
    }).name
  }
}
