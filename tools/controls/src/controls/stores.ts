import {
  mustBeAtLeast,
  mustBeOff,
  mustBeOn,
  mustBeOneOf,
  mustBeSet,
  mustMatch,
  where,
} from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { blocks, isOn, isSet, type Values, valueAt } from '../values'

const isPostgres = ({ values }: Resource) => /postgres/.test(String(values.engine))

/** What the parameter group of a cluster sets. */
function parametersOf({ stack, values }: Resource, platform: Platform): Values[] {
  return platform
    .referenced(stack, values.db_cluster_parameter_group_name)
    .flatMap((group) => blocks(group.values, 'parameter'))
}

/** The database, the cache and tables. */
export const storeControls = [
  ...controlsFor(['aws_rds_cluster'], {
    CKV_AWS_96: { title: 'Databases are encrypted at rest', check: mustBeOn('storage_encrypted') },
    CKV_AWS_327: {
      title: 'Databases are encrypted with a customer managed key',
      check: mustBeSet('kms_key_id'),
    },
    CKV_AWS_139: {
      title: 'Databases have deletion protection',
      check: mustBeOn('deletion_protection'),
    },
    CKV2_AWS_27: {
      title: 'PostgreSQL databases log statements',
      appliesTo: isPostgres,
      check: (cluster, platform) =>
        !parametersOf(cluster, platform).some(
          ({ name, value }) =>
            (name === 'log_statement' && value !== 'none') ||
            (name === 'log_min_duration_statement' && Number(value) >= 0),
        ) && 'its parameters set neither log_statement nor log_min_duration_statement',
    },
    CKV_AWS_388: {
      title: 'PostgreSQL databases are newer than the releases that let users read files',
      appliesTo: isPostgres,
      check: mustMatch('engine_version', /^(1[3-9]|[2-9]\d)\b/),
    },
    CKV2_AWS_69: {
      title: 'Databases require TLS',
      appliesTo: isPostgres,
      check: (cluster, platform) =>
        !parametersOf(cluster, platform).some(
          ({ name, value }) => name === 'rds.force_ssl' && String(value) === '1',
        ) && 'its parameters do not set rds.force_ssl',
    },
    'FSBP RDS.15': {
      title: 'Databases have instances in several zones',
      check: (cluster, platform) => {
        const instances = platform.referrers(
          cluster,
          'aws_rds_cluster_instance',
          'cluster_identifier',
        )
        const zones = new Set(instances.map(({ id, values }) => values.availability_zone ?? id))
        return zones.size < 2 && `${zones.size} zones`
      },
    },
    CKV_AWS_162: {
      title: 'Databases support IAM authentication',
      check: mustBeOn('iam_database_authentication_enabled'),
    },
    CKV_AWS_313: {
      title: 'Databases copy their tags to snapshots',
      check: mustBeOn('copy_tags_to_snapshot'),
    },
    CKV_AWS_324: {
      title: 'Databases export their logs',
      check: mustBeSet('enabled_cloudwatch_logs_exports'),
    },
    'AWS-0077': {
      title: 'Databases keep backups for at least 7 days',
      check: mustBeAtLeast('backup_retention_period', 7, 1),
    },
    'FSBP RDS.24': {
      title: 'Databases have a custom administrator name',
      // A replica has the administrator of its source.
      appliesTo: ({ values }) => !isSet(values.replication_source_identifier),
      check: ({ values: { master_username } }) =>
        (!isSet(master_username) ||
          ['admin', 'postgres', 'root'].includes(String(master_username))) &&
        `master_username is ${master_username}`,
    },
  }),
  ...controlsFor(['aws_rds_cluster_instance', 'aws_db_instance'], {
    CKV_AWS_17: {
      title: 'Database instances have no public address',
      check: mustBeOff('publicly_accessible'),
    },
    CKV_AWS_118: {
      title: 'Database instances have enhanced monitoring',
      check: mustBeAtLeast('monitoring_interval', 1),
    },
    CKV_AWS_226: {
      title: 'Database instances upgrade to minor versions',
      check: mustBeOneOf('auto_minor_version_upgrade', ['true'], 'true'),
    },
    CKV_AWS_354: {
      title: 'Performance Insights are encrypted with a customer managed key',
      check: where('performance_insights_enabled', mustBeSet('performance_insights_kms_key_id')),
    },
    CKV_AWS_353: {
      title: 'Database instances have Performance Insights',
      check: mustBeOn('performance_insights_enabled'),
    },
  }),
  ...controlsFor(['aws_db_proxy'], {
    'FSBP RDS.43': { title: 'Database proxies require TLS', check: mustBeOn('require_tls') },
  }),
  ...controlsFor(['aws_elasticache_replication_group'], {
    CKV_AWS_30: {
      title: 'Caches are encrypted in transit',
      check: mustBeOn('transit_encryption_enabled'),
    },
    CKV_AWS_31: {
      title: 'Caches require authentication over TLS',
      check: ({ values: { transit_encryption_enabled, auth_token, user_group_ids } }) =>
        !(isOn(transit_encryption_enabled) && (isSet(auth_token) || isSet(user_group_ids))) &&
        'no auth_token and no user_group_ids, or no TLS',
    },
    CKV_AWS_29: {
      title: 'Caches are encrypted at rest',
      check: mustBeOn('at_rest_encryption_enabled'),
    },
    CKV2_AWS_50: {
      title: 'Caches fail over to another zone',
      check: ({ values }) =>
        ['automatic_failover_enabled', 'multi_az_enabled']
          .filter((name) => !isOn(values[name]))
          .map((name) => `${name} is off`)
          .join(', '),
    },
    'FSBP ElastiCache.2': {
      title: 'Caches upgrade to minor versions',
      check: mustBeOneOf('auto_minor_version_upgrade', ['true'], 'true'),
    },
    'FSBP ElastiCache.1': {
      title: 'Caches have automatic backups',
      check: mustBeAtLeast('snapshot_retention_limit', 1),
    },
    CKV_AWS_191: {
      title: 'Caches are encrypted with a customer managed key',
      check: mustBeSet('kms_key_id'),
    },
    'FSBP ElastiCache.7': {
      title: 'Caches use a custom subnet group',
      check: ({ values: { subnet_group_name } }) =>
        (!isSet(subnet_group_name) || subnet_group_name === 'default') &&
        'subnet_group_name is the default',
    },
  }),
  ...controlsFor(['aws_dynamodb_table'], {
    CKV_AWS_28: {
      title: 'Tables have point-in-time recovery',
      check: mustBeOn('point_in_time_recovery.enabled'),
    },
    CKV_AWS_119: {
      title: 'Tables are encrypted with a customer managed key',
      check: ({ values }) =>
        !(
          isOn(valueAt(values, 'server_side_encryption.enabled')) &&
          isSet(valueAt(values, 'server_side_encryption.kms_key_arn'))
        ) && 'no kms_key_arn',
    },
    'FSBP DynamoDB.1': {
      title: 'Tables scale with their load',
      check: ({ stack, values }, platform) =>
        values.billing_mode !== 'PAY_PER_REQUEST' &&
        !platform
          .ofType('aws_appautoscaling_target')
          .some((target) =>
            platform
              .referenced(target.stack, target.values.resource_id)
              .some((table) => table.stack === stack && table.values === values),
          ) &&
        'provisioned, and no aws_appautoscaling_target',
    },
    'FSBP DynamoDB.6': {
      title: 'Tables have deletion protection',
      check: mustBeOn('deletion_protection_enabled'),
    },
  }),
]
