import { type Control, mustBeOn, mustBeSet } from '../control'
import { isOn, isSet } from '../values'

const cluster = ['aws_rds_cluster']
const instance = ['aws_rds_cluster_instance', 'aws_db_instance']
const cache = ['aws_elasticache_replication_group']

/** The database and the cache. */
export const storeControls: readonly Control[] = [
  {
    id: 'CKV_AWS_96',
    requires: 'Databases are encrypted at rest',
    types: cluster,
    fault: mustBeOn('storage_encrypted'),
  },
  {
    id: 'CKV_AWS_162',
    requires: 'Databases support IAM authentication',
    types: cluster,
    fault: mustBeOn('iam_database_authentication_enabled'),
  },
  {
    id: 'CKV_AWS_313',
    requires: 'Snapshots copy the tags of the database',
    types: cluster,
    fault: mustBeOn('copy_tags_to_snapshot'),
  },
  {
    id: 'CKV_AWS_324',
    requires: 'Databases export their logs',
    types: cluster,
    fault: mustBeSet('enabled_cloudwatch_logs_exports'),
  },
  {
    id: 'AWS-0077',
    requires: 'Database backups are kept for at least a week',
    types: cluster,
    fault: ({ values }) => {
      const days = values.backup_retention_period ?? 1
      return Number(days) < 7 && `backup_retention_period is ${days}`
    },
  },
  {
    id: 'CKV_AWS_17',
    requires: 'Databases are not publicly accessible',
    types: instance,
    fault: ({ values }) => isOn(values.publicly_accessible) && 'publicly_accessible is on',
  },
  {
    id: 'CKV_AWS_118',
    requires: 'Databases have enhanced monitoring',
    types: instance,
    fault: ({ values }) => !(Number(values.monitoring_interval) > 0) && 'no monitoring_interval',
  },
  {
    id: 'CKV_AWS_353',
    requires: 'Databases have Performance Insights',
    types: instance,
    fault: mustBeOn('performance_insights_enabled'),
  },
  {
    id: 'FSBP RDS.24',
    requires: 'Databases have no default administrator name',
    types: cluster,
    // A replica of another cluster has its administrator.
    where: ({ values }) => !isSet(values.replication_source_identifier),
    fault: ({ values }) =>
      (!isSet(values.master_username) ||
        ['admin', 'postgres', 'root'].includes(String(values.master_username))) &&
      `master_username is ${values.master_username}`,
  },
  {
    id: 'FSBP RDS.43',
    requires: 'Database proxies require TLS',
    types: ['aws_db_proxy'],
    fault: mustBeOn('require_tls'),
  },
  {
    id: 'CKV_AWS_30',
    requires: 'Caches are encrypted in transit',
    types: cache,
    fault: mustBeOn('transit_encryption_enabled'),
  },
  {
    id: 'CKV_AWS_31',
    requires: 'Caches require authentication over TLS',
    types: cache,
    fault: ({ values }) =>
      !(
        isOn(values.transit_encryption_enabled) &&
        (isSet(values.auth_token) || isSet(values.user_group_ids))
      ) && 'no auth_token and no user_group_ids, or no TLS',
  },
  {
    id: 'FSBP ElastiCache.1',
    requires: 'Caches have backups',
    types: cache,
    fault: ({ values }) =>
      !(Number(values.snapshot_retention_limit) >= 1) && 'no snapshot_retention_limit',
  },
  {
    id: 'CKV_AWS_191',
    requires: 'Caches are encrypted with a customer managed key',
    types: cache,
    fault: mustBeSet('kms_key_id'),
  },
  {
    id: 'FSBP ElastiCache.7',
    requires: 'Caches use a custom subnet group',
    types: cache,
    fault: ({ values }) =>
      (!isSet(values.subnet_group_name) || values.subnet_group_name === 'default') &&
      'in the default subnet group',
  },
]
