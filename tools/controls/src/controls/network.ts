import { mustBeReferencedBy } from '../checks'
import { controlsFor } from '../control'
import type { Resource } from '../platform'
import { blocks, isSet, listOf, strings, type Values } from '../values'

type Direction = 'ingress' | 'egress'

/** The rules of one direction in a resource, in each of the three forms that Terraform supports. */
function rulesOf({ type, values }: Resource, direction: Direction): Values[] {
  if (type === 'aws_security_group') return blocks(values, direction)
  const isRule =
    type === 'aws_security_group_rule'
      ? values.type === direction
      : type === `aws_vpc_security_group_${direction}_rule`
  return isRule ? [values] : []
}

function isOpenToInternet(rule: Values): boolean {
  return ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks']
    .flatMap((name) => strings(rule[name]))
    .some((range) => range === '0.0.0.0/0' || range === '::/0')
}

function coversAllProtocols(rule: Values): boolean {
  return ['-1', 'all'].includes(String(rule.ip_protocol ?? rule.protocol))
}

function coversPort(rule: Values, port: number): boolean {
  if (coversAllProtocols(rule)) return true
  return Number(rule.from_port) <= port && port <= Number(rule.to_port)
}

/** Terraform sets its own text where a security group has no description. */
function isDescribed({ description }: Values): boolean {
  return isSet(description) && description !== 'Managed by Terraform'
}

export const networkControls = [
  ...controlsFor(['aws_vpc'], {
    CKV2_AWS_11: {
      title: 'VPCs have flow logs',
      check: mustBeReferencedBy('aws_flow_log', 'vpc_id'),
    },
    CKV2_AWS_12: {
      title: 'Default security groups have no rules',
      check: (vpc, platform) => {
        const [group] = platform.referrers(vpc, 'aws_default_security_group', 'vpc_id')
        if (group === undefined) return 'its default group has the rules that AWS creates'
        const open = ['ingress', 'egress'].filter((way) => listOf(group.values[way]).length > 0)
        return open.length > 0 && `its default group has ${open.join(' and ')}`
      },
    },
  }),
  ...controlsFor(
    [
      'aws_security_group',
      'aws_security_group_rule',
      'aws_vpc_security_group_ingress_rule',
      'aws_vpc_security_group_egress_rule',
    ],
    {
      CKV_AWS_23: {
        title: 'Security groups and their rules have a description',
        check: ({ type, values }) => {
          const inline = [...blocks(values, 'ingress'), ...blocks(values, 'egress')]
          const parts = type === 'aws_security_group' ? [values, ...inline] : [values]
          return !parts.every(isDescribed) && 'no description'
        },
      },
      CKV_AWS_24: {
        title: 'SSH is not open to the internet',
        check: (resource) =>
          rulesOf(resource, 'ingress').some(
            (rule) => isOpenToInternet(rule) && coversPort(rule, 22),
          ) && 'port 22 is open to the internet',
      },
      CKV_AWS_382: {
        title: 'Egress to the internet is limited to some ports',
        check: (resource) =>
          rulesOf(resource, 'egress').some(
            (rule) => isOpenToInternet(rule) && coversAllProtocols(rule),
          ) && 'egress of every protocol to the internet',
      },
    },
  ),
]
