import { hasSecret } from '@tideway/constructs/secrets'
import { mustBeOn } from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { block, blocks, isOn, isSet, listOf, valueAt } from '../values'

/** The number of availability zones of a group, or of its subnets if their zones are unknown. */
function zonesOf({ stack, values }: Resource, platform: Platform): number {
  const zones = listOf(values.availability_zones)
  if (zones.length > 0) return zones.length
  const subnets = platform
    .referenced(stack, values.vpc_zone_identifier)
    .filter(({ type }) => type === 'aws_subnet')
  if (subnets.length === 0) return listOf(values.vpc_zone_identifier).length
  return new Set(subnets.map((subnet) => subnet.values.availability_zone ?? subnet.id)).size
}

/** Instance types times zones: EC2 has separate Spot capacity for each combination. */
function poolsOf(group: Resource, platform: Platform): number {
  const overrides = blocks(
    block(group.values, 'mixed_instances_policy.launch_template'),
    'override',
  )
  // EC2 selects every type that fits the requirements.
  if (overrides.some((override) => block(override, 'instance_requirements') !== undefined))
    return Number.POSITIVE_INFINITY
  const types = new Set(overrides.map(({ instance_type }) => String(instance_type)))
  return types.size < 2 ? types.size : types.size * zonesOf(group, platform)
}

export const instanceControls = [
  ...controlsFor(['aws_launch_template'], {
    CKV_AWS_79: {
      title: 'Instances require IMDSv2',
      check: ({ values }) =>
        valueAt(values, 'metadata_options.http_endpoint') !== 'disabled' &&
        valueAt(values, 'metadata_options.http_tokens') !== 'required' &&
        'http_tokens is not required',
    },
    CKV_AWS_88: {
      title: 'Instances have no public address',
      check: ({ values }) =>
        blocks(values, 'network_interfaces').some((each) =>
          isOn(each.associate_public_ip_address),
        ) && 'associate_public_ip_address is on',
    },
    'FSBP EC2.181': {
      title: 'Volumes of instances are encrypted',
      check: ({ values }) => {
        const volumes = blocks(values, 'block_device_mappings').flatMap((each) =>
          blocks(each, 'ebs'),
        )
        return (
          (volumes.length === 0 || !volumes.every(({ encrypted }) => isOn(encrypted))) &&
          'a volume is not encrypted'
        )
      },
    },
    CKV_AWS_46: {
      title: 'User data has no secrets',
      check: ({ values: { user_data: data } }) =>
        (hasSecret(data) || hasSecret(Buffer.from(String(data), 'base64').toString())) &&
        'a key in user_data',
    },
    'AwsSolutions-EC28': {
      title: 'Instances have detailed monitoring',
      check: mustBeOn('monitoring.enabled'),
    },
    CKV_AWS_341: {
      title: 'Containers cannot reach the instance metadata',
      check: ({ values }) => {
        const hops = valueAt(values, 'metadata_options.http_put_response_hop_limit') ?? 1
        return Number(hops) > 1 && `http_put_response_hop_limit is ${hops}`
      },
    },
  }),
  ...controlsFor(['aws_autoscaling_group'], {
    'FSBP AutoScaling.2': {
      title: 'Auto Scaling groups span several zones',
      check: (group, platform) => zonesOf(group, platform) < 2 && 'one zone',
    },
    'FSBP AutoScaling.6': {
      title: 'Auto Scaling groups use several instance types and zones: at least 6 pools',
      check: (group, platform) => {
        const pools = poolsOf(group, platform)
        return pools < 6 && `${pools} pools`
      },
    },
    'FSBP AutoScaling.1': {
      title: 'Auto Scaling groups behind load balancers use their health checks',
      check: ({ values }) =>
        (isSet(values.target_group_arns) || isSet(values.load_balancers)) &&
        values.health_check_type !== 'ELB' &&
        'health_check_type is not ELB',
    },
    CKV_AWS_153: {
      title: 'Auto Scaling groups have tags',
      check: ({ values }) =>
        blocks(values, 'tag').length + listOf(values.tags).length === 0 && 'no tag',
    },
    CKV_AWS_315: {
      title: 'Auto Scaling groups use launch templates',
      check: ({ values }) =>
        block(values, 'launch_template') === undefined &&
        block(values, 'mixed_instances_policy') === undefined &&
        'no launch template',
    },
  }),
]
