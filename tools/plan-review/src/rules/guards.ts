import { isUnknown } from '../change'
import { isList, type JsonObject, textOf } from '../json'
import {
  block,
  blocks,
  changesInPlace,
  isLost,
  isOff,
  isOn,
  isWritten,
  number,
  type Rule,
  switchedOff,
} from './rule'

/** What keeps data from being read, and tells who tried: encryption, TLS, the firewall, logs. */
export const guardRules: readonly Rule[] = [
  {
    id: 'encryption-off',
    severity: 'critical',
    finds: 'Encryption is taken off, at rest or in transit',
    why: 'What is written or sent from then on can be read by whoever gets at it.',
    next: 'Leave it on; a change mostly replaces the resource as well.',
    look: (change) => {
      const names = [
        'storage_encrypted',
        'encrypted',
        'at_rest_encryption_enabled',
        'transit_encryption_enabled',
        'sqs_managed_sse_enabled',
        'encrypt_at_rest',
        'performance_insights_kms_key_id',
        'require_tls',
        'enable_key_rotation',
        'cloud_watch_encryption_enabled',
      ]
      const keys = ['kms_key_id', 'kms_master_key_id', 'kms_key_arn', 'key_id']
      const gone = changesInPlace(change)
        ? keys.filter(
            (name) =>
              typeof change.before[name] === 'string' &&
              change.before[name] !== '' &&
              isOff(change.after[name]) &&
              !isUnknown(change, name),
          )
        : []
      return [
        ...switchedOff(change, names)
          .filter(
            (name) =>
              !(name === 'sqs_managed_sse_enabled' && !isOff(change.after.kms_master_key_id)),
          )
          .map((name) => `${name} is taken off`),
        ...gone
          .filter(
            (name) => !(name === 'kms_master_key_id' && isOn(change.after.sqs_managed_sse_enabled)),
          )
          .map((name) => `${name} is taken away`),
        ...(change.type === 'aws_s3_bucket_server_side_encryption_configuration' &&
        change.action === 'delete'
          ? ['the encryption of a bucket is given up']
          : []),
      ]
    },
  },
  {
    id: 're-keyed',
    severity: 'high',
    finds: 'Something is encrypted with another key',
    why: 'What is there stays under the old key, or the resource is replaced; readers need the new one.',
    next: 'Keep the old key until nothing uses it, and give the new one to all who read.',
    look: (change) =>
      changesInPlace(change)
        ? [
            'kms_key_id',
            'kms_master_key_id',
            'kms_key_arn',
            'master_user_secret_kms_key_id',
            'kms_master_key_arn',
          ]
            .filter(
              (name) =>
                typeof change.before[name] === 'string' &&
                change.before[name] !== '' &&
                change.differences.some(({ path }) => path === name) &&
                (isUnknown(change, name) || !isOff(change.after[name])),
            )
            .map((name) => `${name} changes`)
        : [],
  },
  {
    id: 'tls-weakened',
    severity: 'high',
    finds: 'Older TLS, or plain HTTP, is let in',
    why: 'Traffic can be read or changed on its way.',
    next: 'Keep the newer policy; look in the access log who still needs the old one.',
    look: (change) => {
      if (!isWritten(change)) return []
      const found: string[] = []
      const rank = (policy: unknown) =>
        /TLS13-1-3|TLSv1\.3/.test(textOf(policy))
          ? 3
          : /TLS13-1-2|TLS-1-2|FS-1-2|TLSv1\.2/.test(textOf(policy))
            ? 2
            : typeof policy === 'string' && policy !== ''
              ? 1
              : 0
      for (const [was, is, name] of [
        [change.before.ssl_policy, change.after.ssl_policy, 'ssl_policy'],
        [
          block(change.before, 'viewer_certificate')?.minimum_protocol_version,
          block(change.after, 'viewer_certificate')?.minimum_protocol_version,
          'minimum_protocol_version',
        ],
      ] as const) {
        if (rank(was) > rank(is) && rank(is) > 0)
          found.push(`${name}: ${textOf(was)} -> ${textOf(is)}`)
      }
      const plain = (side: JsonObject) =>
        [
          ...blocks(side, 'default_cache_behavior'),
          ...blocks(side, 'ordered_cache_behavior'),
        ].filter(({ viewer_protocol_policy }) => viewer_protocol_policy === 'allow-all').length
      if (plain(change.after) > plain(change.before))
        found.push('a behavior of the distribution answers plain HTTP')
      if (
        changesInPlace(change) &&
        change.before.protocol === 'HTTPS' &&
        change.after.protocol === 'HTTP'
      )
        found.push('protocol: HTTPS -> HTTP')
      return found
    },
  },
  {
    id: 'firewall-relaxed',
    severity: 'medium',
    finds:
      'The web firewall blocks less: a rule only counts or is gone, the default allows, a limit is higher',
    why: 'What it kept out comes in.',
    next: 'Look in its log what the rule blocked last week.',
    look: (change) => {
      if (
        change.type === 'aws_wafv2_web_acl_association' &&
        isLost(change) &&
        change.action === 'delete'
      )
        return ['the web ACL is taken off']
      if (
        !['aws_wafv2_web_acl', 'aws_wafv2_rule_group'].includes(change.type) ||
        !changesInPlace(change)
      )
        return []
      const found: string[] = []
      const after = new Map(blocks(change.after, 'rule').map((rule) => [textOf(rule.name), rule]))
      for (const rule of blocks(change.before, 'rule')) {
        const is = after.get(textOf(rule.name))
        if (is === undefined) found.push(`rule ${textOf(rule.name)} is gone`)
        else if (isCounting(is) && !isCounting(rule))
          found.push(`rule ${textOf(rule.name)} only counts`)
        else {
          const [was, now] = [limitOf(rule), limitOf(is)]
          if (was !== undefined && now !== undefined && now > was)
            found.push(`rule ${textOf(rule.name)}: limit ${was} -> ${now}`)
        }
      }
      if (
        block(change.before, 'default_action', 'block') !== undefined &&
        block(change.after, 'default_action', 'allow') !== undefined
      )
        found.push('the default is to allow')
      return found
    },
  },
  {
    id: 'logging-off',
    severity: 'high',
    finds: 'Something is not written down any more: access logs, flow logs, trails, audit logs',
    why: 'After an incident there is nothing to look at.',
    next: 'Leave it on, and keep it for a shorter time if it costs too much.',
    look: (change) => {
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
      if (types.includes(change.type) && change.action === 'delete') return ['the log is given up']
      const accessLogs =
        changesInPlace(change) &&
        isOn(block(change.before, 'access_logs')?.enabled) &&
        isOff(block(change.after, 'access_logs')?.enabled) &&
        !isUnknown(change, 'access_logs')
      const exports = (side: JsonObject) =>
        isList(side.enabled_cloudwatch_logs_exports)
          ? side.enabled_cloudwatch_logs_exports.length
          : 0
      return [
        ...(accessLogs ? ['access_logs are taken off'] : []),
        ...(changesInPlace(change) &&
        exports(change.after) < exports(change.before) &&
        !isUnknown(change, 'enabled_cloudwatch_logs_exports')
          ? ['enabled_cloudwatch_logs_exports has fewer logs']
          : []),
        ...(change.type === 'aws_cloudtrail'
          ? switchedOff(change, [
              'enable_logging',
              'is_multi_region_trail',
              'enable_log_file_validation',
            ]).map((name) => `${name} is taken off`)
          : []),
      ]
    },
  },
]

function isCounting(rule: JsonObject): boolean {
  return (
    block(rule, 'action', 'count') !== undefined ||
    block(rule, 'override_action', 'count') !== undefined
  )
}

function limitOf(rule: JsonObject): number | undefined {
  return number(block(rule, 'statement', 'rate_based_statement')?.limit)
}
