import {
  referenceAt,
  resourceAt,
  resourcesOf,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import {
  addressAt,
  dataTier,
  isProtected,
  keyRef,
  networkOutput,
  referred,
  servicesOf,
  twoZones,
} from './fixture'

const json = dataTier({ logRetentionDays: 90 })
const cluster = soleResource(json, 'aws_rds_cluster')
const instances = Object.values(resourcesOf(json, 'aws_rds_cluster_instance'))

describe('the database cluster', () => {
  it('is encrypted with its own key, which allows no service directly', () => {
    expect(cluster.storage_encrypted).toBe(true)
    expect(cluster.kms_key_id).toBe(keyRef(json, 'database'))
    expect(servicesOf(referred(json, cluster.kms_key_id))).toEqual([])
  })

  it('supports IAM authentication and requires TLS', () => {
    expect(cluster.iam_database_authentication_enabled).toBe(true)
    const parameters = referred(json, cluster.db_cluster_parameter_group_name)
    expect(parameters).toMatchObject({
      family: `aurora-postgresql${cluster.engine_version.split('.')[0]}`,
      parameter: expect.arrayContaining([{ name: 'rds.force_ssl', value: '1' }]),
    })
  })

  it('keeps backups for the days of its settings, with the tags of the cluster', () => {
    expect(cluster.backup_retention_period).toBe(14)
    expect(cluster.copy_tags_to_snapshot).toBe(true)
  })

  it('scales between the capacities of its settings', () => {
    expect(cluster.serverlessv2_scaling_configuration).toEqual({
      min_capacity: 0.5,
      max_capacity: 4,
    })
  })

  it('is in the isolated subnets of the network, with its security group', () => {
    expect(referred(json, cluster.db_subnet_group_name)).toMatchObject({
      subnet_ids: networkOutput('isolated_subnet_ids'),
    })
    expect(cluster.vpc_security_group_ids).toEqual([
      referenceAt(json, 'aws_security_group', 'database/access/database'),
    ])
  })

  it('ignores minor version upgrades by AWS', () => {
    expect(cluster.lifecycle.ignore_changes).toEqual(['engine_version'])
    for (const instance of instances) expect(instance.auto_minor_version_upgrade).toBe(true)
  })

  it('starts with no long-term support release, which automatic upgrades would leave', () => {
    const longTermSupport = ['11.9', '12.9', '13.9', '14.6', '15.10', '16.8', '17.7']
    expect(longTermSupport).not.toContain(cluster.engine_version)
  })

  it('pauses when idle if its settings say so', () => {
    const pausing = dataTier({}, { database: { minCapacity: 0, pauseAfterSeconds: 900 } })
    expect(soleResource(pausing, 'aws_rds_cluster').serverlessv2_scaling_configuration).toEqual({
      min_capacity: 0,
      max_capacity: 4,
      seconds_until_auto_pause: 900,
    })
  })

  it('is protected where data is protected', () => {
    expect(cluster).toMatchObject({
      deletion_protection: true,
      skip_final_snapshot: false,
      final_snapshot_identifier: 'tideway-test-database-final',
    })
    expect(isProtected(cluster)).toBe(true)
    expect(isProtected(resourceAt(json, 'aws_kms_key', 'database/key/key'))).toBe(true)
  })

  it('can be destroyed where data is not protected', () => {
    const unprotected = dataTier({ protectData: false })
    const disposable = soleResource(unprotected, 'aws_rds_cluster')
    expect(disposable).toMatchObject({ deletion_protection: false, skip_final_snapshot: true })
    expect(disposable).not.toHaveProperty('final_snapshot_identifier')
    expect(isProtected(disposable)).toBe(false)
    expect(isProtected(resourceAt(unprotected, 'aws_kms_key', 'database/key/key'))).toBe(false)
  })
})

describe('the log of the database', () => {
  const group = resourceAt(json, 'aws_cloudwatch_log_group', 'database/log')

  it('is exported to the log group that RDS writes to', () => {
    expect(cluster.enabled_cloudwatch_logs_exports).toEqual(['postgresql'])
    expect(cluster.cluster_identifier).toBe('tideway-test-database')
    expect(group.name).toBe('/aws/rds/cluster/tideway-test-database/postgresql')
  })

  it('has the retention of the environment and is encrypted', () => {
    expect(group.retention_in_days).toBe(90)
    expect(group.kms_key_id).toBe(keyRef(json, 'monitoring'))
  })

  it('is created before the cluster, which would create a group without expiry', () => {
    expect(cluster.depends_on).toContain(
      addressAt(json, 'aws_cloudwatch_log_group', 'database/log'),
    )
  })
})

describe('the master password', () => {
  it('is managed by RDS and encrypted with the key of the database', () => {
    expect(cluster.manage_master_user_password).toBe(true)
    expect(cluster.master_user_secret_kms_key_id).toBe(keyRef(json, 'database'))
    expect(cluster).not.toHaveProperty('master_password')
    expect(cluster).not.toHaveProperty('master_password_wo')
  })

  it('is rotated every week', () => {
    const rotation = soleResource(json, 'aws_secretsmanager_secret_rotation')
    expect(rotation.secret_id).toBe(
      referenceAt(json, 'aws_rds_cluster', 'database/cluster', 'master_user_secret[0].secret_arn'),
    )
    expect(rotation.rotation_rules).toEqual({ automatically_after_days: 7 })
  })
})

describe('the database instances', () => {
  const zonesOf = (tier: typeof json) =>
    ['instance-1', 'instance-2', 'instance-3'].map(
      (part) => resourceAt(tier, 'aws_rds_cluster_instance', `database/${part}`).availability_zone,
    )

  it('are one more than the readers of the settings, each in its own zone', () => {
    expect(instances).toHaveLength(3)
    expect(zonesOf(json)).toEqual(['eu-central-1a', 'eu-central-1b', 'eu-central-1c'])
  })

  it('use the first zone again if there are more instances than zones', () => {
    expect(zonesOf(dataTier({ availabilityZones: twoZones }))).toEqual([...twoZones, twoZones[0]])
  })

  it('are created after the first, which becomes the writer of a new cluster', () => {
    const first = addressAt(json, 'aws_rds_cluster_instance', 'database/instance-1')
    const dependencies = instances.map(({ depends_on }) => depends_on)
    expect(dependencies).toEqual([[], [first], [first]])
  })

  it('have no role in their names, because a failover changes the roles', () => {
    expect(instances.map(({ identifier }) => identifier)).toEqual([
      'tideway-test-database-1',
      'tideway-test-database-2',
      'tideway-test-database-3',
    ])
  })

  it('replace no instance of an existing environment, which keeps its identifiers', () => {
    for (const instance of instances) {
      expect(instance.lifecycle.ignore_changes).toEqual(['identifier'])
    }
    // The addresses of earlier releases.
    const before = {
      'instance-1': 'database_writer_36AD03F8',
      'instance-2': 'database_reader-1_95006995',
      'instance-3': 'database_reader-2_20B82B84',
    }
    expect(json.moved).toEqual(
      Object.entries(before).map(([part, id]) => ({
        from: `aws_rds_cluster_instance.${id}`,
        to: addressAt(json, 'aws_rds_cluster_instance', `database/${part}`),
      })),
    )
  })

  it('have a first reader with the highest failover priority', () => {
    const tiers = ['instance-1', 'instance-2', 'instance-3'].map(
      (part) => resourceAt(json, 'aws_rds_cluster_instance', `database/${part}`).promotion_tier,
    )
    expect(tiers).toEqual([0, 1, 2])
  })

  it('belong to the cluster and are not public', () => {
    for (const instance of instances) {
      expect(instance).toMatchObject({
        cluster_identifier: referenceAt(json, 'aws_rds_cluster', 'database/cluster'),
        engine: cluster.engine,
        instance_class: 'db.serverless',
        publicly_accessible: false,
      })
    }
  })

  it('have Performance Insights, encrypted with the key of the database', () => {
    for (const instance of instances) {
      expect(instance.performance_insights_enabled).toBe(true)
      expect(instance.performance_insights_kms_key_id).toBe(keyRef(json, 'database'))
    }
  })

  it('have enhanced monitoring every minute, with a role for RDS monitoring only', () => {
    const role = soleResource(json, 'aws_iam_role')
    for (const instance of instances) {
      expect(instance.monitoring_interval).toBe(60)
      expect(referred(json, instance.monitoring_role_arn)).toBe(role)
    }
    expect(statementsOf(role.assume_role_policy)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'monitoring.rds.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ])
    expect(role.permissions_boundary).toBe('arn:aws:iam::123456789012:policy/tideway-test-boundary')
  })

  it('can write monitoring data to the log group of RDS only', () => {
    const policy = soleResource(json, 'aws_iam_role_policy')
    expect(referred(json, policy.role)).toBe(soleResource(json, 'aws_iam_role'))
    const statements = statementsOf(policy.policy)
    expect(statements.flatMap(({ Action }) => Action)).toContain('logs:PutLogEvents')
    const metrics = 'arn:aws:logs:eu-central-1:123456789012:log-group:RDSOSMetrics'
    for (const { Resource } of statements) {
      // AWS asks for the group with its streams, also to create the group.
      expect(Resource).toContain(`${metrics}:log-stream:*`)
      expect([metrics, `${metrics}:log-stream:*`]).toEqual(
        expect.arrayContaining([Resource].flat()),
      )
    }
  })
})
