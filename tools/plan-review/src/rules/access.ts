import { attributeOf, type Change, isUnknown } from '../change'
import { isList, isSame, type JsonObject, textOf, textsOf } from '../json'
import { isPublic, policiesIn, policyAttributes, widened } from './policies'
import {
  blocks,
  changesInPlace,
  isOff,
  isWritten,
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
    return textsOf(rule[name]).filter((range) => range !== '')
  })

/** `0.0.0.0/0`, and also its two halves, which some write to get past a check. */
const isWorld = (range: string) =>
  /^(0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|::\/[01]|8000::\/1)$/.test(range)

const portsOf = (rule: JsonObject): string => {
  const protocol = textOf(rule.ip_protocol ?? rule.protocol)
  if (protocol === '-1' || protocol === 'all') return 'every port'
  return isSame(rule.from_port, rule.to_port)
    ? `port ${textOf(rule.from_port)}`
    : `ports ${textOf(rule.from_port)}-${textOf(rule.to_port)}`
}

function sourcesOf(change: Change, values: JsonObject): { source: string; ports: string }[] {
  return ingressOf(change.type, values).flatMap((rule) =>
    [
      ...rangesOf(rule),
      ...['referenced_security_group_id', 'source_security_group_id', 'prefix_list_id'].flatMap(
        (name) => (typeof rule[name] === 'string' && rule[name] !== '' ? [rule[name]] : []),
      ),
      ...['security_groups', 'prefix_list_ids'].flatMap((name) =>
        isList(rule[name]) ? textsOf(rule[name]) : [],
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
        ...textsOf(change.after.policy_arn),
        ...textsOf(change.after.managed_policy_arns),
      ]
      const had = [
        ...textsOf(change.before.policy_arn),
        ...textsOf(change.before.managed_policy_arns),
      ]
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
      /^public-read/.test(textOf(change.after.acl)) &&
      change.after.acl !== change.before.acl
        ? [`acl is ${textOf(change.after.acl)}`]
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
]
