import type { Change } from '../change'
import { isList, type Json, type JsonObject, textOf } from '../json'
import {
  at,
  block,
  blocks,
  changedNames,
  changesExisting,
  isOff,
  isOn,
  isUnknown,
  isWritten,
  number,
  type Rule,
  turnedOff,
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
    check: (change) => {
      if (!isWritten(change)) return []
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
    check: (change) => {
      if (!/^aws_wafv2_(web_acl|rule_group)$/.test(change.type) || !changesExisting(change))
        return []
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
    check: (change) => {
      const types = [
        'aws_flow_log',
        'aws_cloudtrail',
        'aws_s3_bucket_logging',
        'aws_wafv2_web_acl_logging_configuration',
        'aws_route53_query_log',
        'aws_cloudwatch_log_delivery',
        'aws_config_configuration_recorder',
        'aws_guardduty_detector',
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
        ...(change.type === 'aws_cloudtrail'
          ? turnedOff(change, [
              'enable_logging',
              'is_multi_region_trail',
              'enable_log_file_validation',
            ])
          : []),
      ]
    },
  },
]

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
