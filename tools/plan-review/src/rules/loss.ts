import type { Change } from '../change'
import { isUnknown } from '../change'
import type { JsonObject } from '../json'
import {
  block,
  blocks,
  causeOf,
  changesInPlace,
  isForgotten,
  isLost,
  isOff,
  isOn,
  lowered,
  number,
  type Rule,
  switchedOff,
  switchedOn,
} from './rule'

/** What holds data, or what opens it: gone with it is what no deploy brings back. */
const holdsData: Readonly<Record<string, string>> = {
  aws_athena_workgroup: 'results of queries',
  aws_backup_vault: 'backups',
  aws_cloudwatch_log_group: 'logs',
  aws_cognito_user_pool: 'users',
  aws_db_instance: 'a database',
  aws_db_snapshot: 'a snapshot',
  aws_docdb_cluster: 'a database',
  aws_dynamodb_table: 'a table',
  aws_ebs_volume: 'a disk',
  aws_ecr_repository: 'images',
  aws_ecrpublic_repository: 'images',
  aws_efs_file_system: 'files',
  aws_elasticache_cluster: 'a cache',
  aws_elasticache_replication_group: 'a cache',
  aws_elasticache_serverless_cache: 'a cache',
  aws_fsx_lustre_file_system: 'files',
  aws_glue_catalog_database: 'a catalogue',
  aws_instance: 'a machine and its disk',
  aws_kinesis_stream: 'a stream',
  aws_kms_key: 'a key, and all that it encrypts',
  aws_msk_cluster: 'a stream',
  aws_neptune_cluster: 'a database',
  aws_opensearch_domain: 'an index',
  aws_rds_cluster: 'a database',
  aws_rds_global_cluster: 'a database',
  aws_redshift_cluster: 'a database',
  aws_s3_bucket: 'a bucket',
  aws_s3_object: 'an object',
  aws_secretsmanager_secret: 'a secret',
  aws_sqs_queue: 'messages',
  aws_ssm_parameter: 'a parameter',
}

/** What others know by its address, its name or its id. */
const holdsAddresses: Readonly<Record<string, string>> = {
  aws_acm_certificate: 'a certificate',
  aws_alb: 'a load balancer and its name',
  aws_api_gateway_rest_api: 'an API and its address',
  aws_apigatewayv2_api: 'an API and its address',
  aws_cloudfront_distribution: 'a distribution and its name',
  aws_ecs_cluster: 'a cluster',
  aws_eip: 'a public address that others may have let in',
  aws_eks_cluster: 'a cluster',
  aws_internet_gateway: 'the way to the internet',
  aws_lb: 'a load balancer and its name',
  aws_nat_gateway: 'the way out, and the address that others see',
  aws_route53_record: 'a name',
  aws_route53_zone: 'a zone and its name servers',
  aws_subnet: 'a subnet and what stands in it',
  aws_vpc: 'a network',
  aws_vpc_peering_connection: 'a way between networks',
  aws_vpn_connection: 'a way between networks',
}

/** Less than the tables above: an instance of a cluster is made anew without a loss. */
const worst = new Set([
  'aws_backup_vault',
  'aws_db_instance',
  'aws_docdb_cluster',
  'aws_dynamodb_table',
  'aws_ebs_volume',
  'aws_ecr_repository',
  'aws_efs_file_system',
  'aws_elasticache_replication_group',
  'aws_kms_key',
  'aws_neptune_cluster',
  'aws_opensearch_domain',
  'aws_rds_cluster',
  'aws_rds_global_cluster',
  'aws_redshift_cluster',
  'aws_s3_bucket',
  'aws_secretsmanager_secret',
  'aws_cognito_user_pool',
  'aws_route53_zone',
  'aws_subnet',
  'aws_vpc',
  'aws_fsx_lustre_file_system',
  'aws_msk_cluster',
  'aws_kinesis_stream',
  'aws_db_snapshot',
])

const protections = [
  'deletion_protection',
  'deletion_protection_enabled',
  'enable_deletion_protection',
  'disable_api_termination',
  'disable_api_stop',
  'termination_protection',
  'protect_from_scale_in',
  'deletion_protection_mode',
]

function lost(change: Change, kinds: Readonly<Record<string, string>>, isWorst: boolean): string[] {
  const what = Object.hasOwn(kinds, change.type) ? kinds[change.type] : undefined
  if (what === undefined || !isLost(change) || worst.has(change.type) !== isWorst) return []
  const verb = change.action === 'replace' ? 'is replaced' : 'is destroyed'
  return [`${what} ${verb}: ${causeOf(change)}`]
}

const all = { ...holdsData, ...holdsAddresses }

export const lossRules: readonly Rule[] = [
  {
    id: 'data-destroyed',
    severity: 'critical',
    finds:
      'A database, bucket, key, secret, registry, zone, subnet or network is destroyed or replaced',
    why: 'What it holds is gone, or what opens it; no deploy brings that back.',
    next: 'If it only has another name in the code, add a moved block. Otherwise have a backup that was restored once, and the owner here.',
    look: (change) => lost(change, all, true),
  },
  {
    id: 'address-destroyed',
    severity: 'high',
    finds:
      'A load balancer, address, cluster, certificate, log, queue or record is destroyed or replaced',
    why: 'Others know it by its name, address or id; or it holds what passes through, such as messages and logs.',
    next: 'Make the new one first and move traffic over; tell those who have let the address in.',
    look: (change) => lost(change, all, false),
  },
  {
    id: 'data-forgotten',
    severity: 'high',
    finds: 'Terraform forgets something that holds data, and leaves it',
    why: 'It goes on costing and changing with nobody to look after it.',
    next: 'Say who keeps it from now on, or import it elsewhere in the same release.',
    look: (change) =>
      isForgotten(change) && Object.hasOwn(all, change.type)
        ? [`${all[change.type]} stays, and is in no state`]
        : [],
  },
  {
    id: 'protection-off',
    severity: 'critical',
    finds: 'Deletion protection is taken off',
    why: 'It is the last thing that stands before a mistake.',
    next: 'Take it off only in the release before the one that destroys, and say so in the title.',
    look: (change) => switchedOff(change, protections).map((name) => `${name} is taken off`),
  },
  {
    id: 'snapshot-skipped',
    severity: 'critical',
    finds:
      'A destroy would take the data without a last copy: skip_final_snapshot, force_destroy, a shorter recovery window',
    why: 'With it, one destroy ends everything at once.',
    next: 'Leave it off wherever data is worth something.',
    look: (change) => [
      ...switchedOn(change, [
        'skip_final_snapshot',
        'force_destroy',
        'force_delete',
        'delete_automated_backups',
        'bypass_policy_lockout_safety_check',
      ]).map((name) => `${name} is on`),
      ...lowered(change, ['recovery_window_in_days', 'deletion_window_in_days']),
    ],
  },
  {
    id: 'retention-lowered',
    severity: 'critical',
    finds: 'Backups, logs or versions are kept for a shorter time, or not any more',
    why: 'What is older than the new limit is deleted at once.',
    next: 'Export what has to be kept, and check what the law asks for.',
    look: (change) => {
      const names = [
        'backup_retention_period',
        'snapshot_retention_limit',
        'retention_period',
        'automated_snapshot_retention_period',
        'performance_insights_retention_period',
        'message_retention_seconds',
        'backtrack_window',
        'archive_retention_days',
      ]
      return [
        ...lowered(change, names),
        ...logsShortened(change),
        ...expiryAdded(change),
        ...recoveryOff(change),
      ]
    },
  },
  {
    id: 'versioning-suspended',
    severity: 'critical',
    finds: 'A bucket keeps no versions any more',
    why: 'An object that is overwritten or deleted is gone.',
    next: 'Leave it on, and let a lifecycle rule take old versions away.',
    look: (change) => {
      if (change.type !== 'aws_s3_bucket_versioning' && change.type !== 'aws_s3_bucket') return []
      const read = (side: Change['before']) => {
        const versioning = block(
          side,
          change.type === 'aws_s3_bucket' ? 'versioning' : 'versioning_configuration',
        )
        return versioning?.status ?? versioning?.enabled
      }
      if (
        change.action === 'delete' &&
        change.type === 'aws_s3_bucket_versioning' &&
        isOn(read(change.before))
      )
        return ['versioning is given up']
      return changesInPlace(change) &&
        isOn(read(change.before)) &&
        isOff(read(change.after)) &&
        !isUnknown(change, 'versioning_configuration')
        ? ['versioning is suspended']
        : []
    },
  },
  {
    id: 'key-disabled',
    severity: 'critical',
    finds: 'A key is disabled',
    why: 'Whatever it encrypts cannot be read from that moment on.',
    next: 'Look in CloudTrail who still uses it.',
    look: (change) =>
      ['aws_kms_key', 'aws_kms_external_key', 'aws_kms_replica_key'].includes(change.type)
        ? switchedOff(change, ['is_enabled', 'enabled']).map((name) => `${name} is taken off`)
        : [],
  },
]

/** 0 keeps logs for ever, and is not a short time. */
function logsShortened(change: Change): string[] {
  const [was, is] = [
    number(change.before.retention_in_days),
    number(change.after.retention_in_days),
  ]
  if (!changesInPlace(change) || was === undefined || is === undefined || is === 0) return []
  return was === 0 || is < was
    ? [`retention_in_days: ${was === 0 ? 'for ever' : was} -> ${is}`]
    : []
}

/** A lifecycle rule that deletes sooner than before, or begins to. */
function expiryAdded(change: Change): string[] {
  if (change.type !== 'aws_s3_bucket_lifecycle_configuration' || !changesInPlace(change)) return []
  const shortest = (side: JsonObject) =>
    blocks(side, 'rule')
      .map((rule) => number(block(rule, 'expiration')?.days) ?? 0)
      .filter((days) => days > 0)
      .reduce((least, days) => Math.min(least, days), Number.POSITIVE_INFINITY)
  const [was, is] = [shortest(change.before), shortest(change.after)]
  return is < was
    ? [`objects expire after ${is} days${Number.isFinite(was) ? `, not ${was}` : ''}`]
    : []
}

function recoveryOff(change: Change): string[] {
  const isRecoverable = (side: Change['before']) => block(side, 'point_in_time_recovery')?.enabled
  return changesInPlace(change) &&
    isOn(isRecoverable(change.before)) &&
    isOff(isRecoverable(change.after)) &&
    !isUnknown(change, 'point_in_time_recovery')
    ? ['point_in_time_recovery is taken off']
    : []
}
