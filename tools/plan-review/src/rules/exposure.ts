import type { Change } from '../change'
import { isSame, type JsonObject, textOf, textsOf } from '../json'
import { isPublic, policiesIn } from '../policies/documents'
import { blocks, changesExisting, isWritten, type Rule, turnedOff, turnedOn } from './rule'

const publicAccessBlocks = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
]

export const exposureRules: readonly Rule[] = [
  {
    id: 'open-to-world',
    severity: 'high',
    finds: 'A security group is opened to the internet',
    why: 'Scanners find it within minutes.',
    next: 'Name the sources that need access: a security group, a prefix list, a range. A public load balancer is fine.',
    check: (change) => newSources(change).filter(isWorld).map(formatSource),
  },
  {
    id: 'group-widened',
    severity: 'medium',
    finds: 'An existing security group allows a new source',
    why: 'The source reaches everything that the group is attached to.',
    next: 'Check what the group is attached to.',
    check: (change) =>
      changesExisting(change)
        ? newSources(change)
            .filter((source) => !isWorld(source))
            .map(formatSource)
        : [],
  },
  {
    id: 'public-data',
    severity: 'critical',
    finds: 'A bucket, database, image, topic, queue or snapshot becomes public',
    why: 'Others can copy data while it is public, and keep it.',
    next: 'Keep the block of public access, and serve through a CDN or a load balancer.',
    check: (change) => [
      ...(/^aws_s3_(bucket|account)_public_access_block$/.test(change.type)
        ? [
            ...turnedOff(change, publicAccessBlocks),
            ...(change.action === 'delete' ? ['the block of public access is deleted'] : []),
            ...publicAccessBlocks
              .filter((name) => change.action === 'create' && change.after[name] === false)
              .map((name) => `${name} is off`),
          ]
        : []),
      ...(isWritten(change) &&
      /^public-read/.test(textOf(change.after.acl)) &&
      change.after.acl !== change.before.acl
        ? [`acl is ${textOf(change.after.acl)}`]
        : []),
      ...publicPolicies(change),
      ...turnedOn(change, ['publicly_accessible', 'associate_public_ip_address']),
      ...(change.action === 'create' && change.after.publicly_accessible === true
        ? ['publicly_accessible is on']
        : []),
    ],
  },
]

function publicPolicies(change: Change): string[] {
  const types =
    /^aws_(s3_bucket|sqs_queue|sns_topic|ecr_repository|secretsmanager_secret|kms_key|opensearch_domain|backup_vault)/
  if (!types.test(change.type) || !isWritten(change)) return []
  const before = policiesIn(change.before)
  return [...policiesIn(change.after)]
    .filter(([path, policy]) => isPublic(policy) && !isPublic(before.get(path)))
    .map(([path]) => `${path} allows public access`)
}

interface Source {
  readonly from: string
  readonly ports: string
}

const formatSource = ({ from, ports }: Source) => `${ports} from ${from}`

/** `0.0.0.0/0`, and its two halves, which can bypass simpler checks. */
const isWorld = ({ from }: Source) =>
  /^(0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|::\/[01]|8000::\/1)$/.test(from)

function newSources(change: Change): Source[] {
  if (!isWritten(change)) return []
  const before = new Set(sourcesOf(change.type, change.before).map(formatSource))
  return sourcesOf(change.type, change.after).filter((source) => !before.has(formatSource(source)))
}

function sourcesOf(type: string, values: JsonObject): Source[] {
  return ingressOf(type, values).flatMap((rule) =>
    [
      ...['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'],
      ...['referenced_security_group_id', 'source_security_group_id', 'security_groups'],
      ...['prefix_list_id', 'prefix_list_ids'],
    ]
      .flatMap((name) => textsOf(rule[name]))
      .filter((from) => from !== '')
      .map((from) => ({ from, ports: portsOf(rule) })),
  )
}

/** The ingress rules of a resource: a security group has them in one of three forms. */
function ingressOf(type: string, values: JsonObject): JsonObject[] {
  if (type === 'aws_security_group' || type === 'aws_default_security_group')
    return blocks(values, 'ingress')
  if (type === 'aws_security_group_rule') return values.type === 'ingress' ? [values] : []
  return type === 'aws_vpc_security_group_ingress_rule' ? [values] : []
}

function portsOf(rule: JsonObject): string {
  const protocol = textOf(rule.ip_protocol ?? rule.protocol)
  if (protocol === '-1' || protocol === 'all') return 'every port'
  return isSame(rule.from_port, rule.to_port)
    ? `port ${textOf(rule.from_port)}`
    : `ports ${textOf(rule.from_port)}-${textOf(rule.to_port)}`
}
