import type { JsonObject } from '../../src/json'
import type { PlanCase } from '../plan-case'
import {
  allow,
  changed,
  changesOf,
  configuration,
  document,
  type Resources,
  trustOf,
  without,
} from './configurations'

const rule = (more: JsonObject): JsonObject => ({
  id: 'a',
  status: 'Enabled',
  filter: { prefix: 'data/' },
  ...more,
})
const bucket: Resources = {
  aws_s3_bucket: { it: { bucket: 'a-bucket-for-loss', force_destroy: false } },
  aws_s3_bucket_versioning: {
    it: { bucket: '${aws_s3_bucket.it.id}', versioning_configuration: { status: 'Enabled' } },
  },
  aws_s3_bucket_public_access_block: {
    it: { bucket: '${aws_s3_bucket.it.id}', block_public_acls: true, block_public_policy: true },
  },
  aws_s3_bucket_lifecycle_configuration: {
    it: {
      bucket: '${aws_s3_bucket.it.id}',
      rule: [
        rule({
          expiration: { days: 365 },
          noncurrent_version_expiration: { noncurrent_days: 90 },
        }),
      ],
    },
  },
}
const keeps = (...rules: readonly JsonObject[]) =>
  changed(bucket, 'aws_s3_bucket_lifecycle_configuration', { rule: rules })
// The emulator keeps no number of versions.
const versions = (noncurrent_days: number) => ({
  noncurrent_version_expiration: { noncurrent_days },
})
const lifecycle = 'aws_s3_bucket_lifecycle_configuration.it'
const bucketCases = changesOf(bucket, {
  'expiry-shorter': [
    keeps(rule({ expiration: { days: 30 }, ...versions(90) })),
    `retention-lowered ${lifecycle}`,
  ],
  'expiry-longer': [keeps(rule({ expiration: { days: 730 }, ...versions(365) }))],
  'expiry-versions-shorter': [
    keeps(rule({ expiration: { days: 365 }, ...versions(7) })),
    `retention-lowered ${lifecycle}`,
  ],
  'expiry-versions-longer': [keeps(rule({ expiration: { days: 365 }, ...versions(180) }))],
  'expiry-second-rule': [
    keeps(rule({ expiration: { days: 365 }, ...versions(90) }), {
      id: 'logs',
      status: 'Enabled',
      filter: { prefix: 'logs/' },
      expiration: { days: 7 },
    }),
    `retention-lowered ${lifecycle}`,
  ],
  'expiry-to-archive': [
    keeps(
      rule({
        expiration: { days: 365 },
        ...versions(90),
        transition: [{ days: 30, storage_class: 'STANDARD_IA' }],
        abort_incomplete_multipart_upload: { days_after_initiation: 7 },
      }),
    ),
  ],
  // Only the bucket: its parts go with it.
  'bucket-as-a-whole': [{}, 'data-destroyed aws_s3_bucket.it'],
  'bucket-versioning-destroyed': [
    without(bucket, 'aws_s3_bucket_versioning'),
    'versioning-suspended aws_s3_bucket_versioning.it',
  ],
})

const database: Resources = {
  aws_db_instance: {
    it: {
      identifier: 'it',
      engine: 'postgres',
      engine_version: '15.4',
      instance_class: 'db.r6g.large',
      allocated_storage: 20,
      username: 'shop',
      password: 'hunter2-old',
      backup_retention_period: 14,
      multi_az: true,
      skip_final_snapshot: true,
      allow_major_version_upgrade: true,
    },
  },
}
const stores = (changes: JsonObject) => changed(database, 'aws_db_instance', changes)
const databaseCases = changesOf(database, {
  'database-destroyed': [
    {},
    'data-destroyed aws_db_instance.it',
    'snapshot-skipped aws_db_instance.it',
  ],
  'database-major': [stores({ engine_version: '16.1' }), 'engine-major aws_db_instance.it'],
  'database-minor': [stores({ engine_version: '15.5' })],
  'database-grown': [stores({ instance_class: 'db.r6g.2xlarge', allocated_storage: 50 })],
  'database-same-size': [stores({ instance_class: 'db.r5.large' })],
  'database-shrunk': [
    stores({ instance_class: 'db.t3.medium' }),
    'store-shrunk aws_db_instance.it',
  ],
  'database-backups-shorter': [
    stores({ backup_retention_period: 1 }),
    'retention-lowered aws_db_instance.it',
  ],
  'database-one-zone': [stores({ multi_az: false }), 'store-shrunk aws_db_instance.it'],
})

const kept: Resources = {
  aws_backup_vault: { it: { name: 'it' } },
  aws_backup_plan: {
    it: {
      name: 'it',
      rule: {
        rule_name: 'daily',
        target_vault_name: '${aws_backup_vault.it.name}',
        schedule: 'cron(0 12 * * ? *)',
        lifecycle: { delete_after: 35 },
      },
    },
  },
  aws_ecr_repository: { it: { name: 'it', image_tag_mutability: 'IMMUTABLE' } },
}
const keptCases = changesOf(kept, {
  'backup-plan-destroyed': [without(kept, 'aws_backup_plan'), 'guard-destroyed aws_backup_plan.it'],
  'backup-vault-destroyed': [
    without(without(kept, 'aws_backup_plan'), 'aws_backup_vault'),
    'data-destroyed aws_backup_vault.it',
    'guard-destroyed aws_backup_plan.it',
  ],
  'registry-tags-mutable': [
    changed(kept, 'aws_ecr_repository', { image_tag_mutability: 'MUTABLE' }),
    'tags-mutable aws_ecr_repository.it',
  ],
  'registry-scans': [
    changed(kept, 'aws_ecr_repository', { image_scanning_configuration: { scan_on_push: true } }),
  ],
})

const table: Resources = {
  aws_dynamodb_table: {
    it: {
      name: 'it',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'id',
      attribute: [{ name: 'id', type: 'S' }],
      point_in_time_recovery: { enabled: true },
    },
  },
}
const tableCases = changesOf(table, {
  'table-recovery-off': [
    changed(table, 'aws_dynamodb_table', { point_in_time_recovery: { enabled: false } }),
    'retention-lowered aws_dynamodb_table.it',
  ],
  'table-index-added': [
    changed(table, 'aws_dynamodb_table', {
      attribute: [
        { name: 'id', type: 'S' },
        { name: 'mail', type: 'S' },
      ],
      global_secondary_index: { name: 'by-mail', hash_key: 'mail', projection_type: 'ALL' },
    }),
  ],
})

const memory: Resources = {
  aws_memorydb_cluster: { it: { name: 'it', node_type: 'db.t4g.small', acl_name: 'open-access' } },
}

/** What is stored: destroyed, expired, kept for less time, upgraded, of another size. */
export const lossCases: Readonly<Record<string, PlanCase>> = {
  ...bucketCases,
  ...databaseCases,
  ...keptCases,
  ...tableCases,
  ...changesOf(memory, { 'memory-destroyed': [{}, 'data-destroyed aws_memorydb_cluster.it'] }),
  // A release of a new service: nothing in it is a decision.
  'service-created': {
    after: configuration({
      aws_iam_role: {
        it: { name: 'task', assume_role_policy: trustOf('ecs-tasks.amazonaws.com') },
      },
      aws_iam_role_policy: {
        it: {
          name: 'task',
          role: '${aws_iam_role.it.id}',
          policy: document(
            allow('s3:GetObject', 'arn:aws:s3:::settings/shop.json'),
            allow(['ecr:GetAuthorizationToken', 'cloudwatch:PutMetricData'], '*'),
          ),
        },
      },
      aws_cloudwatch_log_group: { it: { name: '/shop', retention_in_days: 30 } },
    }),
    finds: [],
  },
}
