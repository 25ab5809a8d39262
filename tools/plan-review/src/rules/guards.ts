import type { Change } from '../change'
import { isList, isObject, type Json, type JsonObject, textOf, valueIn } from '../json'
import { memoized } from '../memo'
import {
  at,
  block,
  blocks,
  changedNames,
  changesExisting,
  existing,
  isOff,
  isOn,
  isUnknown,
  number,
  type Rule,
  turnedOff,
  turnedOn,
  updating,
  written,
} from './rule'

const bucketEncryption = 'aws_s3_bucket_server_side_encryption_configuration'

/** Encryption, TLS, the web firewall and logs. */
export const guardRules: readonly Rule[] = [
  {
    id: 'encryption-off',
    severity: 'critical',
    finds: 'Encryption is turned off, at rest or in transit',
    why: 'Anyone with access to the storage can read new data.',
    next: 'Leave it on; most such changes also replace the resource.',
    actions: existing,
    check: (change) => {
      if (change.action === 'delete' && change.type === bucketEncryption)
        return ['the encryption configuration of a bucket is deleted']
      const hasKey = !isOff(change.after.kms_master_key_id)
      const hasManagedKey = isOn(change.after.sqs_managed_sse_enabled)
      const keys = ['kms_key_id', 'kms_key_arn', 'key_id']
      return [
        ...turnedOff(change, [
          'storage_encrypted',
          'encrypted',
          'at_rest_encryption_enabled',
          'transit_encryption_enabled',
          'encrypt_at_rest',
          'performance_insights_kms_key_id',
          'require_tls',
          'cloud_watch_encryption_enabled',
          // A queue has either a customer managed key or the key of SQS.
          ...(hasKey ? [] : ['sqs_managed_sse_enabled']),
        ]),
        ...(hasManagedKey ? keys : ['kms_master_key_id', ...keys])
          .filter((name) => hadKey(change, name) && isOff(change.after[name]))
          .filter((name) => !isUnknown(change, name))
          .map((name) => `${name} is removed`),
      ]
    },
  },
  {
    id: 're-keyed',
    severity: 'high',
    finds: 'Something is encrypted with another key',
    why: 'Existing data stays encrypted with the old key, or the resource is replaced; readers need the new key.',
    next: 'Keep the old key until nothing uses it, and grant the new one to all readers.',
    actions: updating,
    check: (change) =>
      [
        'kms_key_id',
        'kms_master_key_id',
        'kms_key_arn',
        'master_user_secret_kms_key_id',
        'kms_master_key_arn',
      ]
        .filter((name) => hadKey(change, name) && changedNames(change, [name]).length > 0)
        .filter((name) => isUnknown(change, name) || !isOff(change.after[name]))
        .map((name) => `${name} changes`),
  },
  {
    id: 'tls-weakened',
    severity: 'high',
    finds: 'Older TLS, or plain HTTP, is allowed',
    why: 'Traffic can be read or changed in transit.',
    next: 'Keep the newer policy; check in the access log which clients still need the old one.',
    actions: written,
    check: (change) => {
      const { before, after } = change
      const plainBehaviors = (side: JsonObject) =>
        ['default_cache_behavior', 'ordered_cache_behavior']
          .flatMap((name) => blocks(side, name))
          .filter(({ viewer_protocol_policy }) => viewer_protocol_policy === 'allow-all').length
      return [
        ...['ssl_policy', 'viewer_certificate.minimum_protocol_version'].flatMap((path) => {
          const [was, is] = [at(before, path), at(after, path)]
          const isLower = tlsRank(was) > tlsRank(is) && tlsRank(is) > 0
          return isLower ? [`${path}: ${textOf(was)} -> ${textOf(is)}`] : []
        }),
        ...(plainBehaviors(after) > plainBehaviors(before)
          ? ['a cache behavior of the distribution allows plain HTTP']
          : []),
        ...(changesExisting(change) && before.protocol === 'HTTPS' && after.protocol === 'HTTP'
          ? ['protocol: HTTPS -> HTTP']
          : []),
      ]
    },
  },
  {
    id: 'firewall-relaxed',
    severity: 'medium',
    finds:
      'The web firewall blocks less: a rule only counts or is removed, the default action allows, a limit is higher',
    why: 'Traffic that it blocked is allowed.',
    next: 'Check in its log what the rule blocked last week.',
    types: /^aws_wafv2_(web_acl|rule_group)$/,
    actions: updating,
    check: (change) => {
      const after = new Map(blocks(change.after, 'rule').map((rule) => [textOf(rule.name), rule]))
      const relaxed = blocks(change.before, 'rule').flatMap((rule) => {
        const name = `rule ${textOf(rule.name)}`
        const now = after.get(textOf(rule.name))
        if (now === undefined) return [`${name} is removed`]
        if (isCounting(now) && !isCounting(rule)) return [`${name} only counts`]
        const [was, is] = [limitOf(rule), limitOf(now)]
        return was !== undefined && is !== undefined && is > was
          ? [`${name}: limit ${was} -> ${is}`]
          : []
      })
      const isAllowing =
        block(change.before, 'default_action', 'block') !== undefined &&
        block(change.after, 'default_action', 'allow') !== undefined
      return [...relaxed, ...(isAllowing ? ['the default action becomes allow'] : [])]
    },
  },
  {
    id: 'logging-off',
    severity: 'high',
    finds: 'Logging is turned off: access logs, flow logs, trails, audit logs',
    why: 'An incident leaves no record.',
    next: 'Leave it on, and lower the retention if it costs too much.',
    actions: existing,
    check: (change) => {
      const types = [
        'aws_flow_log',
        'aws_cloudtrail',
        'aws_s3_bucket_logging',
        'aws_wafv2_web_acl_logging_configuration',
        'aws_route53_query_log',
        'aws_cloudwatch_log_delivery',
        'aws_config_configuration_recorder',
        'aws_config_configuration_recorder_status',
      ]
      if (types.includes(change.type) && change.action === 'delete') return ['the log is deleted']
      const exported = ({ enabled_cloudwatch_logs_exports: logs }: JsonObject) =>
        isList(logs) ? logs.length : 0
      const hasFewer =
        changesExisting(change) &&
        exported(change.after) < exported(change.before) &&
        !isUnknown(change, 'enabled_cloudwatch_logs_exports')
      return [
        ...turnedOff(change, ['access_logs.enabled']),
        ...(hasFewer ? ['enabled_cloudwatch_logs_exports has fewer logs'] : []),
        ...reduced(change, recordings),
        ...(/^google_logging_\w+_sink$/.test(change.type) ? turnedOn(change, ['disabled']) : []),
      ]
    },
  },
  {
    id: 'detection-off',
    severity: 'high',
    finds: 'Detection of threats or weaknesses is turned off, paused, or covers less',
    why: 'An attack, or a weakness that is known elsewhere, goes unnoticed.',
    next: 'Name what detects it from now on, and turn that on first.',
    actions: updating,
    check: (change) => reduced(change, detections),
  },
  {
    id: 'sign-in-relaxed',
    severity: 'high',
    finds:
      'A condition of sign-in, or the protection of a branch, is turned off or only reports: conditional access, second factors, required reviews',
    why: 'A stolen password is enough, or one person can change what is deployed.',
    next: 'Name what protects it from now on, and turn that on first.',
    check: (change) => [
      ...reduced(change, signIns),
      ...(/^github_branch_protection/.test(change.type)
        ? turnedOn(change, ['allows_force_pushes', 'allows_deletions'])
        : []),
    ],
  },
]

/** The attributes of a type, by the types that have them; `a|b` for two forms of the same. */
const pathsByType = (coverage: readonly (readonly [types: RegExp, paths: readonly string[]])[]) =>
  memoized((type) => coverage.flatMap(([types, paths]) => (types.test(type) ? paths : [])))

const recordings = pathsByType([
  [
    /^aws_cloudtrail$/,
    [
      'enable_logging',
      'is_multi_region_trail',
      'is_organization_trail',
      'enable_log_file_validation',
      'include_global_service_events',
      'event_selector|advanced_event_selector',
    ],
  ],
  [/^aws_config_configuration_recorder_status$/, ['is_enabled']],
  [/^aws_config_configuration_recorder$/, ['recording_group.all_supported']],
  [/^aws_eks_cluster$/, ['enabled_cluster_log_types']],
  [/^aws_(api_gateway|apigatewayv2)_stage$/, ['access_log_settings']],
  [/^aws_cloudfront_distribution$/, ['logging_config']],
  [/^(aws_s3|google_storage)_bucket$/, ['logging']],
  [/^aws_redshift_cluster$/, ['logging.enable']],
  [/^aws_(opensearch|elasticsearch)_domain$/, ['log_publishing_options']],
  [/^aws_mq_broker$/, ['logs.audit', 'logs.general']],
  [/^aws_sfn_state_machine$/, ['logging_configuration.level']],
  [/^aws_appsync_graphql_api$/, ['log_config']],
  [/^azurerm_network_watcher_flow_log$/, ['enabled']],
  [/^azurerm_monitor_diagnostic_setting$/, ['enabled_log|log']],
  [/^azurerm_mssql_\w*auditing_policy$/, ['enabled', 'log_monitoring_enabled']],
  [/^azurerm_kubernetes_cluster$/, ['oms_agent']],
  [/^google_compute_subnetwork$/, ['log_config']],
  [/^google_compute_(region_)?backend_service$/, ['log_config.enable']],
  [/^google_compute_firewall$/, ['log_config']],
  [/^google_dns_(policy|managed_zone)$/, ['enable_logging', 'cloud_logging_config.enable_logging']],
  [/^google_container_cluster$/, ['logging_service', 'logging_config.enable_components']],
  [/^google_\w+_iam_audit_config$/, ['audit_log_config']],
  [/^google_logging_(folder|organization)_sink$/, ['include_children']],
])

/** What limits who can sign in, or change a branch. */
const signIns = pathsByType([
  [/^azuread_conditional_access_policy$/, ['state']],
  [/^okta_\w*polic(y|ies)\w*$/, ['status']],
  [/^okta_(authenticator|network_zone)$/, ['status']],
  [/^aws_cognito_user_pool$/, ['mfa_configuration']],
  [
    /^github_branch_protection(_v3)?$/,
    [
      'enforce_admins',
      'required_pull_request_reviews',
      'required_pull_request_reviews.required_approving_review_count',
      'required_pull_request_reviews.require_code_owner_reviews',
      'required_status_checks',
      'require_signed_commits',
    ],
  ],
  [/^github_(repository|organization)_ruleset$/, ['enforcement']],
])

const detections = pathsByType([
  [
    /^aws_guardduty_detector$/,
    [
      'enable',
      'datasources.s3_logs.enable',
      'datasources.kubernetes.audit_logs.enable',
      'datasources.malware_protection.scan_ec2_instance_with_findings.ebs_volumes.enable',
    ],
  ],
  [/^aws_guardduty_(member_)?detector_feature$/, ['status']],
  [
    /^aws_(guardduty|securityhub|macie2|detective)_organization_configuration(_feature)?$/,
    ['auto_enable', 'auto_enable_organization_members', 'auto_enable_standards'],
  ],
  [/^aws_inspector2_enabler$/, ['resource_types', 'account_ids']],
  [
    /^aws_inspector2_organization_configuration$/,
    ['auto_enable.ec2', 'auto_enable.ecr', 'auto_enable.lambda', 'auto_enable.lambda_code'],
  ],
  [/^aws_macie2_account$/, ['status']],
  [/^aws_securityhub_account$/, ['auto_enable_controls']],
  [/^aws_securityhub_standards_control(_association)?$/, ['control_status', 'association_status']],
  [/^aws_ecr_repository$/, ['image_scanning_configuration.scan_on_push']],
  [/^aws_shield_proactive_engagement$/, ['enabled']],
  [/^aws_cognito_user_pool$/, ['user_pool_add_ons.advanced_security_mode']],
  [/^azurerm_security_center_subscription_pricing$/, ['tier', 'extension']],
  [/^azurerm_security_center_(auto_provisioning|setting)$/, ['auto_provision', 'enabled']],
  [/^azurerm_security_center_storage_defender$/, ['malware_scanning_on_upload_enabled']],
  [/^azurerm_(advanced_threat_protection|sentinel_alert_rule_\w+)$/, ['enabled']],
  [/^azurerm_\w*security_alert_policy$/, ['state', 'enabled']],
  [/^azurerm_\w*(sql|postgresql|mariadb)\w*$/, ['threat_detection_policy.state']],
  [/^azurerm_kubernetes_cluster$/, ['microsoft_defender', 'azure_policy_enabled']],
  [/^google_scc_\w+$/, ['enablement_state']],
  [
    /^google_container_cluster$/,
    ['security_posture_config.mode', 'security_posture_config.vulnerability_mode'],
  ],
  [
    /^google_compute_security_policy$/,
    ['adaptive_protection_config.layer_7_ddos_defense_config.enable'],
  ],
  [/^google_binary_authorization_policy$/, ['default_admission_rule.enforcement_mode']],
])

const nothingCovered = /^$|(^|_)(off|false|disabled?|inactive|suspended|paused|none|free|never)$/i
/** It reports, or is up to the user. */
const halfCovered = /^(optional|evaluate|enabledForReportingButNotEnforced)$/i
const switchNames = ['enabled', 'enable', 'status', 'state', 'log_level']

/** How much a setting covers: 0 if it is off, and the number of its items if it is a list. */
function covered(value: Json | undefined): number {
  if (value === undefined || value === null || value === false) return 0
  if (typeof value === 'string')
    return nothingCovered.test(value) ? 0 : halfCovered.test(value) ? 0.5 : 1
  if (isList(value)) return value.reduce<number>((sum, item) => sum + covered(item), 0)
  if (typeof value === 'number') return Math.max(0, value)
  if (!isObject(value)) return 1
  const isOffBy = (name: string) =>
    (valueIn(value, name) ?? null) !== null && covered(valueIn(value, name)) === 0
  return switchNames.some(isOffBy) ? 0 : 1
}

/** The settings of a list that cover less than before. */
function reduced(change: Change, pathsOf: (type: string) => readonly string[]): string[] {
  if (!changesExisting(change)) return []
  return pathsOf(change.type).flatMap((alternatives) => {
    const names = alternatives.split('|')
    if (names.some((name) => isUnknown(change, name))) return []
    const [was, is] = [change.before, change.after].map((side) =>
      names.reduce((sum, name) => sum + covered(at(side, name)), 0),
    ) as [number, number]
    if (is >= was) return []
    const label = names.join(' and ')
    const [old, now] = [at(change.before, label), at(change.after, label)]
    if (is > 0 && typeof old === 'string' && typeof now === 'string')
      return [`${label}: ${old} -> ${now}`]
    return is === 0 ? [`${label} is turned off`] : [`${label} covers less: ${was} -> ${is}`]
  })
}

function hadKey(change: Change, name: string): boolean {
  const key = change.before[name]
  return changesExisting(change) && typeof key === 'string' && key !== ''
}

/** How new a TLS policy is: 0 is none, 1 is older than TLS 1.2. */
function tlsRank(policy: Json | undefined): number {
  if (typeof policy !== 'string' || policy === '') return 0
  if (/TLS13-1-3|TLSv1\.3/.test(policy)) return 3
  return /TLS13-1-2|TLS-1-2|FS-1-2|TLSv1\.2/.test(policy) ? 2 : 1
}

const isCounting = (rule: JsonObject) =>
  ['action', 'override_action'].some((name) => block(rule, name, 'count') !== undefined)

const limitOf = (rule: JsonObject) => number(at(rule, 'statement.rate_based_statement.limit'))
