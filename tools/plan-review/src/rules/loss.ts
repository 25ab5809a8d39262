import type { Change } from '../change'
import { addedExpiries } from '../expiry'
import { type Json, type JsonObject, textOf } from '../json'
import {
  at,
  blocks,
  changesBy,
  existing,
  isDestroyed,
  isOff,
  isOn,
  isUnknown,
  lowered,
  number,
  type Plan,
  type Rule,
  updating,
  written,
} from './rule'
import {
  amountOf,
  arrow,
  goesWithParent,
  isNothing,
  settingsOf,
  switchedOff,
  switchedOn,
} from './settings'

const protections =
  /^((enable_)?(deletion|termination|delete|drop|mutation|purge)_protection(_enabled|_mode|_state)?|\w+_change_protection|purge_protection_enabled|deletion_protected|disable_api_(termination|stop)|protect_from_scale_in|object_lock_enabled)$/
/** Resources that only exist to prevent a deletion. */
const locks =
  /^(aws_(backup_vault_lock_configuration|s3_bucket_object_lock_configuration)|azurerm_(management_lock|storage_container_immutability_policy)|google_resource_manager_lien)$/

const noCopy =
  /^(skip_final_(snapshot|backup)|force_(destroy|delete)|delete_automated_backups|delete_contents_on_destroy|delete_on_termination|bypass_policy_lockout_(safety_)?check|bypass_snaplock_enterprise_retention|skip_deletion_check)$/
/** Types without data of their own, which force_destroy or force_delete only removes from others. */
const withoutData =
  /^aws_(iam_|cloudwatch_event_|default_|dx_|autoscaling_|ecs_|service_discovery_|redshift_(endpoint|snapshot)|rds_cluster_instance|rds_global|neptune_cluster_instance)/
const keptOnDestroy = /^(final_snapshot|retain_on_delete|skip_destroy|preserve)$/
/** What happens to the object when its resource is destroyed, as a word. */
const onDestroy = /^((deletion|reclaim|removal|persistent_volume_reclaim)_policy|delete_behavior)$/
const keeps = /^(prevent|retain|abandon|snapshot|keep)/i
/** Clusters that take a last snapshot only if it has a name. */
const namedSnapshots = /^aws_(elasticache|memorydb)_/

/** Periods and numbers of copies. Nothing and 0 mean none. */
const kept =
  /(^|[._])(retention|retained|retain_rule|retain_at_least|number_of_snapshots_to_retain|backtrack_window|recovery_period_in_days|pitr_days)([._]|$)/
/** Periods after which something is deleted. Nothing, 0 and -1 mean never. */
const deletedAfter =
  /(^|[._])(delete_after|retention_in_days|default_expiration_days|default_time_to_live|expiration_ms|default_(table|partition)_expiration_ms|analytical_storage_ttl|default_message_ttl|retention\.ms)$/
const unlimitedTypes =
  /^(aws_cloudwatch_event_archive|azurerm_(network_watcher_flow_log|monitor_|mssql_\w*auditing))/

const recoverySettings =
  /^(point_in_time_recovery_enable(d|ment)|binary_log_enabled|enable_continuous_backup|backup_retention_enabled|geo_redundant_backup(_enabled)?|continuous_backup_enabled|soft_delete_enabled)$|(^|\.)point_in_time_recovery(\.(enabled|status))?$|(^|\.)(backup_policy|backup_configuration|continuous_backup_config|automated_backup_policy)\.(enabled|status)$/
/** Resources that make the backups of another one. */
const backupMakers =
  /^(aws_(backup_selection|efs_backup_policy|dlm_lifecycle_policy|db_instance_automated_backups_replication|redshift_snapshot_(schedule_association|copy))|azurerm_(backup_protected_\w+|data_protection_backup_instance_\w+|site_recovery_replicated_vm)|google_(compute_(region_)?disk_resource_policy_attachment|gke_backup_backup_plan))$/

const isVersioning =
  /^(versioning_configuration\.status|versioning\.enabled|(blob_properties\.)?versioning_enabled|(versioning|versioning_configuration)\.mfa_delete)$/

export const lossRules: readonly Rule[] = [
  {
    id: 'protection-off',
    severity: 'critical',
    finds: 'Deletion protection, or a lock, is turned off or removed',
    why: 'It is the last safeguard against a mistake.',
    next: 'Turn it off only in the release before the one that destroys, and state it in the title.',
    actions: existing,
    check: (change, plan) => [
      ...switchedOff(change, protections),
      ...(locks.test(change.type) && change.action === 'delete' && !goesWithParent(change, plan)
        ? ['the lock is deleted']
        : []),
      ...settingsOf(change)
        .filter(({ path, before, after }) => isLooserLock(path, before, after))
        .map(arrow),
    ],
  },
  {
    id: 'snapshot-skipped',
    severity: 'critical',
    finds:
      'A destroy keeps no final copy, now or later: skip_final_snapshot, force_destroy, a shorter recovery window',
    why: 'A single destroy then deletes the data permanently.',
    next: 'Leave it off for data that you need.',
    actions: existing,
    check: (change) => [
      ...(withoutData.test(change.type) ? [] : switchedOn(change, noCopy)),
      ...switchedOff(change, keptOnDestroy),
      ...noLongerKept(change),
      ...destroyedWithoutCopy(change),
      ...lowered(change, ['recovery_window_in_days', 'deletion_window_in_days']),
    ],
  },
  {
    id: 'retention-lowered',
    severity: 'critical',
    finds:
      'Backups, logs, objects or versions are kept for a shorter time, or not at all: also by a new expiry rule or TTL',
    why: 'Data older than the new limit is deleted at once.',
    next: 'Export what must be kept, and check the legal requirements.',
    actions: written.concat('delete'),
    check: (change, plan) => [
      ...shortened(change),
      ...expiryAdded(change, plan),
      ...itemsExpire(change),
      ...switchedOff(change, recoverySettings),
      ...backupRulesRemoved(change),
      ...(backupMakers.test(change.type) &&
      change.action === 'delete' &&
      !change.isDeposed &&
      !goesWithParent(change, plan)
        ? ['nothing makes these backups any more']
        : []),
    ],
  },
  {
    id: 'versioning-suspended',
    severity: 'critical',
    finds: 'A bucket no longer keeps versions',
    why: 'An object that is overwritten or deleted is lost.',
    next: 'Leave it on, and delete old versions by a lifecycle rule.',
    actions: existing,
    check: (change, plan) => [
      ...switchedOff(change, isVersioning),
      ...(change.type === 'aws_s3_bucket_versioning' &&
      change.action === 'delete' &&
      isOn(at(change.before, 'versioning_configuration.status')) &&
      !goesWithParent(change, plan)
        ? ['versioning is deleted']
        : []),
    ],
  },
  {
    id: 'tags-mutable',
    severity: 'medium',
    finds: 'The tags of a registry can be overwritten',
    why: 'A tag that ran yesterday can be other code today, and a rollback by tag does not restore it.',
    next: 'Keep tags immutable; deploy by digest or by a tag for each commit.',
    actions: updating,
    check: (change) =>
      settingsOf(change)
        .filter(
          ({ name, before, after }) =>
            (/^image_tag_mutability$/.test(name) &&
              /^IMMUTABLE/.test(wordOf(before)) &&
              wordOf(after) !== wordOf(before) &&
              wordOf(after) !== 'IMMUTABLE') ||
            (name === 'immutable_tags' && isOn(before) && isOff(after)),
        )
        .map(arrow),
  },
  {
    id: 'key-disabled',
    severity: 'critical',
    finds: 'A key, or a version of a secret, is disabled',
    why: 'Everything encrypted with it, or every reader of it, fails at once.',
    next: 'Check in the audit log which principals still use it.',
    types:
      /^aws_kms_(external_|replica_|replica_external_)?key$|^aws_paymentcryptography_key$|^google_(kms_crypto_key_version|secret_manager_(regional_)?secret_version)$/,
    actions: updating,
    check: (change) => switchedOff(change, /^(is_enabled|enabled|state)$/),
  },
  {
    id: 'rotation-off',
    severity: 'medium',
    finds: 'A key or a secret is no longer rotated',
    why: 'Existing data stays encrypted and readable; but a key that leaks stays valid for good.',
    next: 'Leave it on, or say who rotates it by hand, and when.',
    actions: existing,
    check: (change, plan) => [
      ...switchedOff(change, /^(enable_key_rotation|key_rotation_enabled|rotation_enabled)$/),
      ...settingsOf(change)
        .filter(({ path }) =>
          /^(rotation_period|rotation_policy|rotation_rules|rotation)$/.test(path),
        )
        .filter(({ before, after }) => !isNothing(before) && isNothing(after))
        .map(({ path }) => `${path} is removed`),
      ...(change.type === 'aws_secretsmanager_secret_rotation' &&
      change.action === 'delete' &&
      !goesWithParent(change, plan)
        ? ['rotation is deleted']
        : []),
    ],
  },
]

/** Of object lock: a shorter period is a setting of retention, another mode is one of the lock. */
const isLooserLock = (path: string, before: Json | undefined, after: Json | undefined) =>
  (/(^|\.)(default_retention\.mode|privileged_delete)$/.test(path) &&
    (before === 'COMPLIANCE' || before === 'DISABLED') &&
    before !== after) ||
  (path === 'lock_level' && before === 'CanNotDelete' && isNothing(after))

/** A destroy that leaves no copy, with the settings that the destroyed object has now. */
function destroyedWithoutCopy(change: Change): string[] {
  const { type, before } = change
  if (!isDestroyed(change) || withoutData.test(type)) return []
  // A replica has no snapshot of its own.
  const isReplica = !isOff(before.replicate_source_db)
  const copies = ['skip_final_snapshot', 'skip_final_backup'].filter((name) => isOn(before[name]))
  return [
    ...(isReplica ? [] : copies.map((name) => `it is destroyed with ${name}: no copy stays`)),
    ...(['force_destroy', 'force_delete', 'delete_contents_on_destroy'] as const)
      .filter((name) => isOn(before[name]))
      .map((name) => `it is destroyed with ${name}: all of its contents with it`),
    ...(number(before.recovery_window_in_days) === 0
      ? ['it is destroyed with recovery_window_in_days 0: it cannot be restored']
      : []),
  ]
}

/** The last copy, or the object itself, no longer stays after a destroy. */
function noLongerKept(change: Change): string[] {
  return settingsOf(change).flatMap((setting) => {
    const { name, before, after } = setting
    const isWorse = onDestroy.test(name) && keeps.test(wordOf(before)) && !keeps.test(wordOf(after))
    const isUnnamed =
      namedSnapshots.test(change.type) &&
      /^final_snapshot_(identifier|name)$/.test(name) &&
      isNothing(after)
    return isWorse || isUnnamed ? [arrow(setting)] : []
  })
}

const wordOf = (value: Json | undefined) => (typeof value === 'string' ? value : '')

const isUnlimited = (type: string, path: string) =>
  deletedAfter.test(path) ||
  (type.startsWith('azurerm_cosmosdb_') && /(^|\.)default_ttl$/.test(path)) ||
  (unlimitedTypes.test(type) && /retention/.test(path))

/** Periods that become shorter, and numbers of copies that become lower. */
function shortened(change: Change): string[] {
  return settingsOf(change).flatMap((setting) => {
    const { path, before, after } = setting
    if (/max_retention/.test(path)) return []
    if (isUnlimited(change.type, path)) {
      const [was, is] = [limitOf(before), limitOf(after)]
      if (was === undefined || is === undefined || is >= was) return []
      const isFirst = was === Number.POSITIVE_INFINITY
      return [isFirst ? arrow({ ...setting, before: 'forever' }) : arrow(setting)]
    }
    if (!kept.test(path)) return []
    if (isNothing(after)) return (amountOf(before) ?? 0) > 0 ? [arrow(setting)] : []
    const [was, is] = [amountOf(before), amountOf(after)]
    if (was === undefined || is === undefined || is < 0) return []
    return is < was || was < 0 ? [arrow(setting)] : []
  })
}

function limitOf(value: Json | undefined): number | undefined {
  const amount = isNothing(value) ? 0 : amountOf(value)
  return amount !== undefined && amount <= 0 ? Number.POSITIVE_INFINITY : amount
}

/** A lifecycle rule that deletes more, or earlier, than before; also one that is new on an existing bucket. */
function expiryAdded(change: Change, plan: Plan): string[] {
  const { type, action, before, after } = change
  if (action === 'update' || action === 'replace') return addedExpiries(type, before, after)
  return action === 'create' && holderExists(change, plan) ? addedExpiries(type, {}, after) : []
}

const holderOf: Readonly<Record<string, readonly [attribute: string, type: string, name: string]>> =
  {
    aws_s3_bucket_lifecycle_configuration: ['bucket', 'aws_s3_bucket', 'bucket'],
    aws_ecr_lifecycle_policy: ['repository', 'aws_ecr_repository', 'name'],
    azurerm_storage_management_policy: ['storage_account_id', 'azurerm_storage_account', 'id'],
  }

/** Whether the bucket or registry of a new lifecycle exists. The name of a new one is unknown, or in this plan. */
function holderExists({ type, after }: Change, plan: Plan): boolean {
  if (!Object.hasOwn(holderOf, type)) return false
  const [attribute, holderType, name] = holderOf[type] ?? ['', '', '']
  const holder = after[attribute]
  if (typeof holder !== 'string' || holder === '') return false
  return !newHolders(plan).has(`${holderType} ${name} ${holder}`)
}

const newHolders = changesBy(({ type, action, after }) =>
  action === 'create' || action === 'replace'
    ? ['bucket', 'name', 'id'].map((name) => `${type} ${name} ${textOf(after[name])}`)
    : [],
)

/** A rule that is no longer in a backup plan, or copies less. */
function backupRulesRemoved({ type, before, after, action }: Change): string[] {
  if (type !== 'aws_backup_plan' || action !== 'update') return []
  const rules = (side: JsonObject) =>
    new Map(blocks(side, 'rule').map((rule) => [wordOf(rule.rule_name), rule]))
  const now = rules(after)
  return [...rules(before)].flatMap(([name, rule]) => {
    const same = now.get(name)
    if (same === undefined) return [`rule ${name} is removed`]
    return blocks(same, 'copy_action').length < blocks(rule, 'copy_action').length
      ? [`rule ${name} makes fewer copies`]
      : []
  })
}

/** DynamoDB deletes each item whose attribute has a time in the past. */
function itemsExpire(change: Change): string[] {
  if (change.type !== 'aws_dynamodb_table' || isUnknown(change, 'ttl.enabled')) return []
  const { before, after, action } = change
  if (action !== 'update' && action !== 'replace') return []
  const [was, is] = [before, after].map((side) =>
    isOn(at(side, 'ttl.enabled')) ? wordOf(at(side, 'ttl.attribute_name')) : undefined,
  )
  if (is === undefined || was === is) return []
  return [
    was === undefined
      ? `TTL is turned on: items are deleted at the time in ${is}`
      : `the attribute of TTL changes: ${was} -> ${is}`,
  ]
}
