import type { Change } from '../change'
import type { JsonObject } from '../json'
import {
  at,
  blocks,
  changesExisting,
  isOn,
  lowered,
  number,
  type Rule,
  turnedOff,
  turnedOn,
} from './rule'

export const lossRules: readonly Rule[] = [
  {
    id: 'protection-off',
    severity: 'critical',
    finds: 'Deletion protection is turned off',
    why: 'It is the last safeguard against a mistake.',
    next: 'Turn it off only in the release before the one that destroys, and state it in the title.',
    check: (change) =>
      turnedOff(change, [
        'deletion_protection',
        'deletion_protection_enabled',
        'enable_deletion_protection',
        'disable_api_termination',
        'disable_api_stop',
        'termination_protection',
        'protect_from_scale_in',
        'deletion_protection_mode',
      ]),
  },
  {
    id: 'snapshot-skipped',
    severity: 'critical',
    finds:
      'A destroy would keep no final copy: skip_final_snapshot, force_destroy, a shorter recovery window',
    why: 'A single destroy then deletes the data permanently.',
    next: 'Leave it off for data that you need.',
    check: (change) => [
      ...turnedOn(change, [
        'skip_final_snapshot',
        'force_destroy',
        'force_delete',
        'delete_automated_backups',
        'bypass_policy_lockout_safety_check',
      ]),
      ...lowered(change, ['recovery_window_in_days', 'deletion_window_in_days']),
    ],
  },
  {
    id: 'retention-lowered',
    severity: 'critical',
    finds: 'Backups, logs or versions are kept for a shorter time, or not at all',
    why: 'Data older than the new limit is deleted at once.',
    next: 'Export what must be kept, and check the legal requirements.',
    check: (change) => [
      ...lowered(change, [
        'backup_retention_period',
        'snapshot_retention_limit',
        'retention_period',
        'automated_snapshot_retention_period',
        'performance_insights_retention_period',
        'message_retention_seconds',
        'backtrack_window',
        'archive_retention_days',
      ]),
      ...logsShortened(change),
      ...expiryAdded(change),
      ...turnedOff(change, ['point_in_time_recovery.enabled']),
    ],
  },
  {
    id: 'versioning-suspended',
    severity: 'critical',
    finds: 'A bucket no longer keeps versions',
    why: 'An object that is overwritten or deleted is lost.',
    next: 'Leave it on, and delete old versions by a lifecycle rule.',
    check: (change) => [
      ...turnedOff(change, ['versioning_configuration.status']),
      ...(change.type === 'aws_s3_bucket' ? turnedOff(change, ['versioning.enabled']) : []),
      ...(change.type === 'aws_s3_bucket_versioning' &&
      change.action === 'delete' &&
      isOn(at(change.before, 'versioning_configuration.status'))
        ? ['versioning is deleted']
        : []),
    ],
  },
  {
    id: 'key-disabled',
    severity: 'critical',
    finds: 'A key is disabled',
    why: 'Everything encrypted with it becomes unreadable at once.',
    next: 'Check in CloudTrail which principals still use it.',
    check: (change) =>
      ['aws_kms_key', 'aws_kms_external_key', 'aws_kms_replica_key'].includes(change.type)
        ? turnedOff(change, ['is_enabled', 'enabled'])
        : [],
  },
]

/** A retention of 0 days keeps logs forever. */
function logsShortened(change: Change): string[] {
  const before = number(change.before.retention_in_days)
  const after = number(change.after.retention_in_days)
  return before === 0 && after !== undefined && after > 0 && changesExisting(change)
    ? [`retention_in_days: forever -> ${after}`]
    : after === 0
      ? []
      : lowered(change, ['retention_in_days'])
}

/** A lifecycle rule that deletes earlier than before. */
function expiryAdded(change: Change): string[] {
  if (change.type !== 'aws_s3_bucket_lifecycle_configuration' || !changesExisting(change)) return []
  const shortest = (side: JsonObject) =>
    blocks(side, 'rule')
      .map((rule) => number(at(rule, 'expiration.days')) ?? 0)
      .filter((days) => days > 0)
      .reduce((min, days) => Math.min(min, days), Number.POSITIVE_INFINITY)
  const [before, after] = [shortest(change.before), shortest(change.after)]
  return after < before
    ? [`objects expire after ${after} days${Number.isFinite(before) ? `, not ${before}` : ''}`]
    : []
}
