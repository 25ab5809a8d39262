import { mustBeAtLeast, mustBeOff, mustBeOn, mustBeSet } from '../checks'
import { controlsFor } from '../control'
import { isOn, isSet } from '../values'

/** The database and the cache. */
export const storeControls = [
  ...controlsFor(['aws_rds_cluster'], {
    CKV_AWS_96: { title: 'Databases are encrypted at rest', check: mustBeOn('storage_encrypted') },
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
]
