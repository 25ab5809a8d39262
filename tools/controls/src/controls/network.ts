import { type Control, mustBeNamedBy } from '../control'
import type { Resource, Values } from '../platform'
import { blocks, isSet, listOf, texts } from '../values'

/** The resource types that can contain security group rules. */
const ruleTypes = [
  'aws_security_group',
  'aws_security_group_rule',
  'aws_vpc_security_group_ingress_rule',
  'aws_vpc_security_group_egress_rule',
]

/** The rules of a resource in one direction, in any of the three forms. */
function rulesOf({ type, values }: Resource, way: 'ingress' | 'egress'): Values[] {
  if (type === 'aws_security_group') return blocks(values, way)
  if (type === 'aws_security_group_rule') return values.type === way ? [values] : []
  return type === `aws_vpc_security_group_${way}_rule` ? [values] : []
}

function isForInternet(rule: Values): boolean {
  const ranges = ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'].flatMap((name) =>
    texts(rule[name]),
  )
  return ranges.some((range) => range === '0.0.0.0/0' || range === '::/0')
}

function protocolOf(rule: Values): string {
  return String(rule.ip_protocol ?? rule.protocol)
}

const isForAllProtocols = (rule: Values) => ['-1', 'all'].includes(protocolOf(rule))

function hasPort(rule: Values, port: number): boolean {
  if (isForAllProtocols(rule)) return true
  return Number(rule.from_port) <= port && port <= Number(rule.to_port)
}

const isDescribed = ({ description }: Values) =>
  isSet(description) && description !== 'Managed by Terraform'

export const networkControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_11',
    requires: 'VPCs have flow logs',
    types: ['aws_vpc'],
    fault: mustBeNamedBy('aws_flow_log', 'vpc_id'),
  },
  {
    id: 'CKV2_AWS_12',
    requires: 'Default security groups allow no traffic',
    types: ['aws_vpc'],
    fault: (vpc, platform) => {
      const [group] = platform.about(vpc, 'aws_default_security_group', 'vpc_id')
      if (group === undefined) return 'its default security group is not managed'
      const open = ['ingress', 'egress'].filter((way) => listOf(group.values[way]).length > 0)
      return open.length > 0 && `its default group has ${open.join(' and ')}`
    },
  },
  {
    id: 'CKV_AWS_23',
    requires: 'Security groups and rules have descriptions',
    types: ruleTypes,
    fault: ({ type, values }) => {
      const inline = [...blocks(values, 'ingress'), ...blocks(values, 'egress')]
      const parts = type === 'aws_security_group' ? [values, ...inline] : [values]
      return !parts.every(isDescribed) && 'no description'
    },
  },
  {
    id: 'CKV_AWS_24',
    requires: 'SSH is not open to the internet',
    types: ruleTypes,
    fault: (resource) =>
      rulesOf(resource, 'ingress').some((rule) => isForInternet(rule) && hasPort(rule, 22)) &&
      'port 22 is open to the world',
  },
  {
    id: 'CKV_AWS_382',
    requires: 'Egress to the internet is limited to ports',
    types: ruleTypes,
    fault: (resource) =>
      rulesOf(resource, 'egress').some((rule) => isForInternet(rule) && isForAllProtocols(rule)) &&
      'egress of every protocol to the world',
  },
]
