import type { Control } from '../control'
import type { Resource, Values } from '../platform'
import { blocks, isSet, listOf, texts } from '../values'

/** Wherever Terraform lets somebody write a rule of a security group. */
const ruleTypes = [
  'aws_security_group',
  'aws_security_group_rule',
  'aws_vpc_security_group_ingress_rule',
  'aws_vpc_security_group_egress_rule',
]

/** The rules in a resource that go one way, in whichever of the three forms. */
function rulesOf({ type, values }: Resource, way: 'ingress' | 'egress'): Values[] {
  if (type === 'aws_security_group') return blocks(values, way)
  if (type === 'aws_security_group_rule') return values.type === way ? [values] : []
  return type === `aws_vpc_security_group_${way}_rule` ? [values] : []
}

function isForTheWorld(rule: Values): boolean {
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
    asks: 'Every VPC writes down its flows',
    looksAt: ['aws_vpc'],
    fault: (vpc, platform) =>
      platform.about(vpc, 'aws_flow_log', 'vpc_id').length === 0 && 'no aws_flow_log names it',
  },
  {
    id: 'CKV2_AWS_12',
    asks: 'The default security group of every VPC lets nothing in or out',
    looksAt: ['aws_vpc'],
    fault: (vpc, platform) => {
      const [group] = platform.about(vpc, 'aws_default_security_group', 'vpc_id')
      if (group === undefined) return 'its default group is left as AWS makes it'
      const open = ['ingress', 'egress'].filter((way) => listOf(group.values[way]).length > 0)
      return open.length > 0 && `its default group has ${open.join(' and ')}`
    },
  },
  {
    id: 'CKV_AWS_23',
    asks: 'Security groups and their rules say what they are for',
    looksAt: ruleTypes,
    fault: ({ type, values }) => {
      const inline = [...blocks(values, 'ingress'), ...blocks(values, 'egress')]
      const parts = type === 'aws_security_group' ? [values, ...inline] : [values]
      return !parts.every(isDescribed) && 'no description'
    },
  },
  {
    id: 'CKV_AWS_24',
    asks: 'Nobody in the world reaches SSH',
    looksAt: ruleTypes,
    fault: (resource) =>
      rulesOf(resource, 'ingress').some((rule) => isForTheWorld(rule) && hasPort(rule, 22)) &&
      'port 22 is open to the world',
  },
  {
    id: 'CKV_AWS_382',
    asks: 'Nothing may talk to the world on all ports',
    looksAt: ruleTypes,
    fault: (resource) =>
      rulesOf(resource, 'egress').some((rule) => isForTheWorld(rule) && isForAllProtocols(rule)) &&
      'egress of every protocol to the world',
  },
]
