import type { Control } from '../control'
import { isOn, isSet } from '../values'

const cluster = ['aws_rds_cluster']
const instance = ['aws_rds_cluster_instance', 'aws_db_instance']
const cache = ['aws_elasticache_replication_group']

/** The database and the cache. */
export const storeControls: readonly Control[] = [
  {
    id: 'CKV_AWS_96',
    asks: 'Databases are encrypted at rest',
    looksAt: cluster,
    fault: ({ values }) => !isOn(values.storage_encrypted) && 'storage_encrypted is off',
  },
  {
    id: 'CKV_AWS_162',
    asks: 'Databases take logins by IAM',
    looksAt: cluster,
    fault: ({ values }) =>
      !isOn(values.iam_database_authentication_enabled) &&
      'iam_database_authentication_enabled is off',
  },
  {
    id: 'CKV_AWS_313',
    asks: 'Snapshots carry the tags of their database',
    looksAt: cluster,
    fault: ({ values }) => !isOn(values.copy_tags_to_snapshot) && 'copy_tags_to_snapshot is off',
  },
  {
    id: 'CKV_AWS_324',
    asks: 'Databases export their logs',
    looksAt: cluster,
    fault: ({ values }) =>
      !isSet(values.enabled_cloudwatch_logs_exports) && 'no enabled_cloudwatch_logs_exports',
  },
  {
    id: 'AWS-0077',
    asks: 'Backups of databases are kept for a week at least',
    looksAt: cluster,
    fault: ({ values }) => {
      const days = values.backup_retention_period ?? 1
      return Number(days) < 7 && `backup_retention_period is ${days}`
    },
  },
  {
    id: 'CKV_AWS_17',
    asks: 'Databases have no public addresses',
    looksAt: instance,
    fault: ({ values }) => isOn(values.publicly_accessible) && 'publicly_accessible is on',
  },
  {
    id: 'CKV_AWS_118',
    asks: 'The operating system of databases is watched',
    looksAt: instance,
    fault: ({ values }) => !(Number(values.monitoring_interval) > 0) && 'no monitoring_interval',
  },
  {
    id: 'CKV_AWS_353',
    asks: 'Performance Insights are on',
    looksAt: instance,
    fault: ({ values }) =>
      !isOn(values.performance_insights_enabled) && 'performance_insights_enabled is off',
  },
  {
    id: 'FSBP RDS.24',
    asks: 'The administrator of a database has a name that nobody guesses first',
    looksAt: cluster,
    // A replica of another cluster has its administrator.
    where: ({ values }) => !isSet(values.replication_source_identifier),
    fault: ({ values }) =>
      (!isSet(values.master_username) ||
        ['admin', 'postgres', 'root'].includes(String(values.master_username))) &&
      `master_username is ${values.master_username}`,
  },
  {
    id: 'FSBP RDS.43',
    asks: 'Proxies of databases take TLS only',
    looksAt: ['aws_db_proxy'],
    fault: ({ values }) => !isOn(values.require_tls) && 'require_tls is off',
  },
  {
    id: 'CKV_AWS_30',
    asks: 'Caches are encrypted in transit',
    looksAt: cache,
    fault: ({ values }) =>
      !isOn(values.transit_encryption_enabled) && 'transit_encryption_enabled is off',
  },
  {
    id: 'CKV_AWS_31',
    asks: 'Caches ask who is there, over TLS',
    looksAt: cache,
    fault: ({ values }) =>
      !(
        isOn(values.transit_encryption_enabled) &&
        (isSet(values.auth_token) || isSet(values.user_group_ids))
      ) && 'no auth_token and no user_group_ids, or no TLS',
  },
  {
    id: 'FSBP ElastiCache.1',
    asks: 'Caches are backed up',
    looksAt: cache,
    fault: ({ values }) =>
      !(Number(values.snapshot_retention_limit) >= 1) && 'no snapshot_retention_limit',
  },
  {
    id: 'CKV_AWS_191',
    asks: 'Caches are encrypted with a key of ours',
    looksAt: cache,
    fault: ({ values }) => !isSet(values.kms_key_id) && 'no kms_key_id',
  },
  {
    id: 'FSBP ElastiCache.7',
    asks: 'Caches stand in subnets that were chosen for them',
    looksAt: cache,
    fault: ({ values }) =>
      (!isSet(values.subnet_group_name) || values.subnet_group_name === 'default') &&
      'in the default subnet group',
  },
]
