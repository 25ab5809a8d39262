import { attributeOf, type Change, isUnknown } from '../change'
import { isList, type Json, type JsonObject } from '../json'
import { isPublic, policiesIn, policyAttributes, widened } from './policies'
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
  switchedOn,
} from './rule'

const broadPolicies = /policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/

/** The rules of a security group that let in, in whichever of the three forms they are written. */
function ingressOf(type: string, values: JsonObject): JsonObject[] {
  if (type === 'aws_security_group' || type === 'aws_default_security_group')
    return blocks(values, 'ingress')
  if (type === 'aws_security_group_rule') return values.type === 'ingress' ? [values] : []
  return type === 'aws_vpc_security_group_ingress_rule' ? [values] : []
}

const rangesOf = (rule: JsonObject): string[] =>
  ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'].flatMap((name) => {
    const value = rule[name]
    return value === undefined || value === null || value === ''
      ? []
      : (isList(value) ? value : [value]).map(String)
  })

/** `0.0.0.0/0`, and also its two halves, which some write to get past a check. */
const isWorld = (range: string) =>
  /^(0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|::\/[01]|8000::\/1)$/.test(range)

const portsOf = (rule: JsonObject): string => {
  const protocol = String(rule.ip_protocol ?? rule.protocol ?? '')
  if (protocol === '-1' || protocol === 'all') return 'every port'
  return rule.from_port === rule.to_port
    ? `port ${rule.from_port}`
    : `ports ${rule.from_port}-${rule.to_port}`
}

function sourcesOf(change: Change, values: JsonObject): { source: string; ports: string }[] {
  return ingressOf(change.type, values).flatMap((rule) =>
    [
      ...rangesOf(rule),
      ...['referenced_security_group_id', 'source_security_group_id', 'prefix_list_id'].flatMap(
        (name) => (typeof rule[name] === 'string' && rule[name] !== '' ? [String(rule[name])] : []),
      ),
      ...['security_groups', 'prefix_list_ids'].flatMap((name) =>
        isList(rule[name]) ? (rule[name] as readonly Json[]).map(String) : [],
      ),
    ].map((source) => ({ source, ports: portsOf(rule) })),
  )
}

function newSources(change: Change): { source: string; ports: string }[] {
  if (!isWritten(change)) return []
  const had = new Set(
    sourcesOf(change, change.before).map(({ source, ports }) => `${source} ${ports}`),
  )
  return sourcesOf(change, change.after).filter(
    ({ source, ports }) => !had.has(`${source} ${ports}`),
  )
}

export const accessRules: readonly Rule[] = [
  {
    id: 'iam-widened',
    severity: 'high',
    finds:
      'A policy allows more: a new star, a new principal, a new action on everything, a condition gone',
    why: 'Whoever has the role, or is let in, can do it from the apply on.',
    next: 'Name the actions and the resources, or say why AWS has nothing narrower.',
    look: (change) => {
      if (!isWritten(change)) return []
      const before = new Map(policiesIn(change.before))
      const found = policiesIn(change.after).flatMap(([path, policy]) =>
        widened(before.get(path), policy, !change.type.startsWith('aws_iam_')).map(
          (line) => `${path}: ${line}`,
        ),
      )
      const arns = [
        change.after.policy_arn,
        ...(isList(change.after.managed_policy_arns) ? change.after.managed_policy_arns : []),
      ].map(String)
      const had = [
        change.before.policy_arn,
        ...(isList(change.before.managed_policy_arns) ? change.before.managed_policy_arns : []),
      ].map(String)
      return [
        ...found,
        ...arns
          .filter((arn) => broadPolicies.test(arn) && !had.includes(arn))
          .map((arn) => `attaches ${arn.split('/').at(-1)}`),
      ]
    },
  },
  {
    id: 'policy-unknown',
    severity: 'low',
    finds: 'A policy that exists is known after apply only',
    why: 'Nobody can tell from this plan whether it allows more.',
    next: 'Look at what it is made of; or apply what it refers to first, and plan again.',
    look: (change) =>
      change.action === 'update'
        ? policyAttributes
            .filter((name) => isUnknown(change, name) && !isOff(change.before[name]))
            .map((name) => `${name} is known after apply`)
        : [],
  },
  {
    id: 'boundary-off',
    severity: 'high',
    finds: 'The permissions boundary of a role is taken off or changed',
    why: 'It is the limit of what the role can ever be given.',
    next: 'Have it reviewed by whoever owns the boundary.',
    look: (change) =>
      changesInPlace(change) &&
      !isOff(change.before.permissions_boundary) &&
      change.differences.some((difference) => attributeOf(difference) === 'permissions_boundary')
        ? [
            isOff(change.after.permissions_boundary) && !isUnknown(change, 'permissions_boundary')
              ? 'permissions_boundary is taken off'
              : 'permissions_boundary changes',
          ]
        : [],
  },
  {
    id: 'open-to-world',
    severity: 'high',
    finds: 'A security group is opened to the world',
    why: 'Scanners find it within minutes.',
    next: 'Name who needs it: a security group, a prefix list, a range. Load balancers of the public may stay.',
    look: (change) =>
      newSources(change)
        .filter(({ source }) => isWorld(source))
        .map(({ source, ports }) => `${ports} from ${source}`),
  },
  {
    id: 'group-widened',
    severity: 'medium',
    finds: 'A security group that exists lets in somebody new',
    why: 'It reaches everything that wears the group.',
    next: 'Check who wears the group.',
    look: (change) =>
      changesInPlace(change)
        ? newSources(change)
            .filter(({ source }) => !isWorld(source))
            .map(({ source, ports }) => `${ports} from ${source}`)
        : [],
  },
  {
    id: 'public-data',
    severity: 'critical',
    finds: 'A bucket, database, image, topic, queue or snapshot can be reached by anybody',
    why: 'Data that is public once is public for good.',
    next: 'Keep the block of public access, and serve through a CDN or a load balancer.',
    look: (change) => [
      ...(change.type === 'aws_s3_bucket_public_access_block' ||
      change.type === 'aws_s3_account_public_access_block'
        ? [
            ...switchedOff(change, [
              'block_public_acls',
              'block_public_policy',
              'ignore_public_acls',
              'restrict_public_buckets',
            ]).map((name) => `${name} is taken off`),
            ...(change.action === 'delete' ? ['the block of public access is given up'] : []),
            ...(change.action === 'create'
              ? [
                  'block_public_acls',
                  'block_public_policy',
                  'ignore_public_acls',
                  'restrict_public_buckets',
                ]
                  .filter((name) => change.after[name] === false)
                  .map((name) => `${name} is off`)
              : []),
          ]
        : []),
      ...(isWritten(change) &&
      /^public-read/.test(String(change.after.acl)) &&
      change.after.acl !== change.before.acl
        ? [`acl is ${change.after.acl}`]
        : []),
      ...(/^aws_(s3_bucket|sqs_queue|sns_topic|ecr_repository|secretsmanager_secret|kms_key|opensearch_domain|backup_vault)/.test(
        change.type,
      ) && isWritten(change)
        ? policiesIn(change.after)
            .filter(
              ([path, policy]) =>
                isPublic(policy) && !isPublic(new Map(policiesIn(change.before)).get(path)),
            )
            .map(([path]) => `${path} lets anybody in`)
        : []),
      ...switchedOn(change, ['publicly_accessible', 'associate_public_ip_address']).map(
        (name) => `${name} is on`,
      ),
      ...(change.action === 'create' && change.after.publicly_accessible === true
        ? ['publicly_accessible is on']
        : []),
    ],
  },
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
        /TLS13-1-3|TLSv1\.3/.test(String(policy))
          ? 3
          : /TLS13-1-2|TLS-1-2|FS-1-2|TLSv1\.2/.test(String(policy))
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
        if (rank(was) > rank(is) && rank(is) > 0) found.push(`${name}: ${was} -> ${is}`)
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
      const after = new Map(blocks(change.after, 'rule').map((rule) => [String(rule.name), rule]))
      for (const rule of blocks(change.before, 'rule')) {
        const is = after.get(String(rule.name))
        if (is === undefined) found.push(`rule ${rule.name} is gone`)
        else if (isCounting(is) && !isCounting(rule)) found.push(`rule ${rule.name} only counts`)
        else {
          const [was, now] = [limitOf(rule), limitOf(is)]
          if (was !== undefined && now !== undefined && now > was)
            found.push(`rule ${rule.name}: limit ${was} -> ${now}`)
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
