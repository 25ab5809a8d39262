import { mustBeOff, mustBeReferencedBy } from '../checks'
import { type Check, controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
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

function isDefaultRoute(values: Values): boolean {
  return (
    values.destination_cidr_block === '0.0.0.0/0' || values.destination_ipv6_cidr_block === '::/0'
  )
}

/** Where a security group is attached, by type. Rules do not count. */
const groupAttributes: Attributes = {
  aws_lb: ['security_groups'],
  aws_alb: ['security_groups'],
  aws_ecs_service: ['network_configuration'],
  aws_elasticache_replication_group: ['security_group_ids'],
  aws_instance: ['vpc_security_group_ids'],
  aws_lambda_function: ['vpc_config'],
  aws_launch_template: ['vpc_security_group_ids', 'network_interfaces'],
  aws_network_interface: ['security_groups'],
  aws_rds_cluster: ['vpc_security_group_ids'],
  aws_sfn_state_machine: ['definition'],
  aws_vpc_endpoint: ['security_group_ids'],
}

type Attributes = Readonly<Record<string, readonly string[]>>

function isOrphan(resource: Resource, platform: Platform, attributes: Attributes): boolean {
  return Object.entries(attributes).every(([type, names]) =>
    names.every((name) => platform.referrers(resource, type, name).length === 0),
  )
}

/** Interface endpoints of a service in a VPC. */
function mustHaveEndpoint(service: string): Check {
  return (vpc, platform) =>
    !platform
      .referrers(vpc, 'aws_vpc_endpoint', 'vpc_id')
      .some(({ values }) => String(values.service_name).endsWith(`.${service}`)) &&
    `no endpoint for ${service}`
}

export const networkControls = [
  ...controlsFor(['aws_vpc'], {
    'FSBP EC2.55': {
      title: 'VPCs have an endpoint for the API of ECR',
      check: mustHaveEndpoint('ecr.api'),
    },
    'FSBP EC2.56': {
      title: 'VPCs have an endpoint for the images of ECR',
      check: mustHaveEndpoint('ecr.dkr'),
    },
    'FSBP EC2.57': {
      title: 'VPCs have an endpoint for Systems Manager',
      check: mustHaveEndpoint('ssm'),
    },
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
      'FSBP EC2.18': {
        title: 'Only HTTP and HTTPS are open to the internet',
        check: (resource) =>
          rulesOf(resource, 'ingress').some(
            (rule) =>
              isOpenToInternet(rule) &&
              (coversAllProtocols(rule) ||
                Number(rule.from_port) !== Number(rule.to_port) ||
                ![80, 443].includes(Number(rule.from_port))),
          ) && 'a port other than 80 and 443 is open to the internet',
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
  ...controlsFor(['aws_subnet'], {
    CKV_AWS_130: {
      title: 'Subnets do not assign public addresses',
      check: mustBeOff('map_public_ip_on_launch'),
    },
  }),
  ...controlsFor(['aws_eip'], {
    CKV2_AWS_19: {
      title: 'Elastic addresses are in use',
      check: (address, platform) =>
        isOrphan(address, platform, {
          aws_nat_gateway: ['allocation_id', 'secondary_allocation_ids'],
          aws_eip_association: ['allocation_id'],
          aws_lb: ['subnet_mapping'],
        }) &&
        !isSet(address.values.instance) &&
        !isSet(address.values.network_interface) &&
        'nothing uses it',
    },
  }),
  ...controlsFor(['aws_security_group'], {
    CKV2_AWS_5: {
      title: 'Security groups are in use',
      check: (group, platform) => isOrphan(group, platform, groupAttributes) && 'nothing uses it',
    },
  }),
  ...controlsFor(['aws_route'], {
    CKV2_AWS_35: {
      title: 'Default routes lead to a gateway',
      check: ({ values }) =>
        isDefaultRoute(values) &&
        !['gateway_id', 'nat_gateway_id', 'egress_only_gateway_id', 'transit_gateway_id'].some(
          (name) => isSet(values[name]),
        ) &&
        'leads to an instance, an interface or a peering',
    },
    CKV2_AWS_44: {
      title: 'Routes to peered networks are limited',
      check: ({ values }) =>
        isDefaultRoute(values) && isSet(values.vpc_peering_connection_id) && 'leads to a peering',
    },
  }),
]
