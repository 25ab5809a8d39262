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
  it('is encrypted with a key of its own, which no service uses on its own behalf', () => {
    expect(cluster.storage_encrypted).toBe(true)
    expect(cluster.kms_key_id).toBe(keyRef(json, 'database'))
    expect(servicesOf(referred(json, cluster.kms_key_id))).toEqual([])
  })

  it('lets clients in by IAM and over TLS only', () => {
    expect(cluster.iam_database_authentication_enabled).toBe(true)
    const parameters = referred(json, cluster.db_cluster_parameter_group_name)
    expect(parameters).toMatchObject({
      family: `aurora-postgresql${cluster.engine_version.split('.')[0]}`,
      parameter: expect.arrayContaining([{ name: 'rds.force_ssl', value: '1' }]),
    })
  })

  it('keeps backups as long as its settings say, each with the tags of the cluster', () => {
    expect(cluster.backup_retention_period).toBe(14)
    expect(cluster.copy_tags_to_snapshot).toBe(true)
  })

  it('grows between the capacities of its settings', () => {
    expect(cluster.serverlessv2_scaling_configuration).toEqual({
      min_capacity: 0.5,
      max_capacity: 4,
    })
  })

  it('stands in the isolated subnets of the network, behind its security group', () => {
    expect(referred(json, cluster.db_subnet_group_name)).toMatchObject({
      subnet_ids: networkOutput('isolated_subnet_ids'),
    })
    expect(cluster.vpc_security_group_ids).toEqual([
      referenceAt(json, 'aws_security_group', 'database/access/database'),
    ])
  })

  it('is upgraded to minor versions by AWS without Terraform taking them back', () => {
    expect(cluster.lifecycle.ignore_changes).toEqual(['engine_version'])
    for (const instance of instances) expect(instance.auto_minor_version_upgrade).toBe(true)
  })

  it('cannot be lost where data is protected', () => {
    expect(cluster).toMatchObject({
      deletion_protection: true,
      skip_final_snapshot: false,
      final_snapshot_identifier: 'tideway-test-database-final',
    })
    expect(isProtected(cluster)).toBe(true)
    expect(isProtected(resourceAt(json, 'aws_kms_key', 'database/key/key'))).toBe(true)
  })

  it('can be thrown away where data is not protected', () => {
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

  it('is kept as long as the environment says, encrypted', () => {
    expect(group.retention_in_days).toBe(90)
    expect(group.kms_key_id).toBe(keyRef(json, 'monitoring'))
  })

  it('has its group before the cluster, which would make one that never expires', () => {
    expect(cluster.depends_on).toContain(
      addressAt(json, 'aws_cloudwatch_log_group', 'database/log'),
    )
  })
})

describe('the master password', () => {
  it('is made and kept by RDS, encrypted with the key of the database', () => {
    expect(cluster.manage_master_user_password).toBe(true)
    expect(cluster.master_user_secret_kms_key_id).toBe(keyRef(json, 'database'))
    expect(cluster).not.toHaveProperty('master_password')
    expect(cluster).not.toHaveProperty('master_password_wo')
  })

  it('is rotated every week, in the secret of the cluster', () => {
    const rotation = soleResource(json, 'aws_secretsmanager_secret_rotation')
    expect(rotation.secret_id).toBe(
      referenceAt(json, 'aws_rds_cluster', 'database/cluster', 'master_user_secret[0].secret_arn'),
    )
    expect(rotation.rotation_rules).toEqual({ automatically_after_days: 7 })
  })
})

describe('the database instances', () => {
  const zonesOf = (tier: typeof json) =>
    ['writer', 'reader-1', 'reader-2'].map(
      (part) => resourceAt(tier, 'aws_rds_cluster_instance', `database/${part}`).availability_zone,
    )

  it('are a writer and the readers of the settings, each in another zone', () => {
    expect(instances).toHaveLength(3)
    expect(zonesOf(json)).toEqual(['eu-central-1a', 'eu-central-1b', 'eu-central-1c'])
  })

  it('start again with the first zone where there are more of them than zones', () => {
    expect(zonesOf(dataTier({ availabilityZones: twoZones }))).toEqual([...twoZones, twoZones[0]])
  })

  it('have a first reader that takes over before the others', () => {
    const tiers = ['writer', 'reader-1', 'reader-2'].map(
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

  it('record their performance, encrypted with the key of the database', () => {
    for (const instance of instances) {
      expect(instance.performance_insights_enabled).toBe(true)
      expect(instance.performance_insights_kms_key_id).toBe(keyRef(json, 'database'))
    }
  })

  it('report every minute with a role that only the monitoring of RDS assumes', () => {
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

  it('report into the log group that RDS makes for it, and no other', () => {
    const policy = soleResource(json, 'aws_iam_role_policy')
    expect(referred(json, policy.role)).toBe(soleResource(json, 'aws_iam_role'))
    const statements = statementsOf(policy.policy)
    expect(statements.flatMap(({ Action }) => Action)).toContain('logs:PutLogEvents')
    for (const { Resource } of statements) {
      expect(Resource).toMatch(
        /^arn:aws:logs:eu-central-1:123456789012:log-group:RDSOSMetrics(:log-stream:\*)?$/,
      )
    }
  })
})
