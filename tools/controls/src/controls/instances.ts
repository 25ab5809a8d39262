import type { Control } from '../control'
import type { Platform, Resource } from '../platform'
import { block, blocks, listOf, texts } from '../values'

/** The zones of a group, as far as its subnets are known. */
function zonesOf({ stack, values }: Resource, platform: Platform): number {
  if (listOf(values.availability_zones).length > 0) return listOf(values.availability_zones).length
  const subnets = platform
    .referred(stack, values.vpc_zone_identifier)
    .filter(({ type }) => type === 'aws_subnet')
  if (subnets.length === 0) return texts(values.vpc_zone_identifier).length
  return new Set(subnets.map((subnet) => subnet.values.availability_zone ?? subnet.id)).size
}

/** Spot pools: instance types times zones. Each can run out of capacity independently. */
function poolsOf(group: Resource, platform: Platform): number {
  const template = block(group.values, 'mixed_instances_policy', 'launch_template')
  const overrides = blocks(template, 'override')
  // With requirements instead of types, AWS uses every type that matches.
  if (overrides.some((override) => block(override, 'instance_requirements') !== undefined))
    return Number.POSITIVE_INFINITY
  const types = new Set(overrides.map(({ instance_type }) => String(instance_type)))
  return types.size < 2 ? types.size : types.size * zonesOf(group, platform)
}

const template = ['aws_launch_template']
const group = ['aws_autoscaling_group']

export const instanceControls: readonly Control[] = [
  {
    id: 'CKV_AWS_79',
    requires: 'Instances require IMDSv2',
    types: template,
    fault: ({ values }) => {
      const options = block(values, 'metadata_options')
      return (
        options?.http_endpoint !== 'disabled' &&
        options?.http_tokens !== 'required' &&
        'http_tokens is not required'
      )
    },
  },
  {
    id: 'CKV_AWS_341',
    requires: 'Containers cannot reach instance metadata',
    types: template,
    fault: ({ values }) => {
      const hops = block(values, 'metadata_options')?.http_put_response_hop_limit ?? 1
      return Number(hops) > 1 && `http_put_response_hop_limit is ${hops}`
    },
  },
  {
    id: 'FSBP AutoScaling.2',
    requires: 'Auto Scaling groups span several zones',
    types: group,
    fault: (resource, platform) => zonesOf(resource, platform) < 2 && 'one zone',
  },
  {
    id: 'FSBP AutoScaling.6',
    requires: 'Auto Scaling groups use at least six Spot pools',
    types: group,
    fault: (resource, platform) => {
      const pools = poolsOf(resource, platform)
      return pools < 6 && `${pools} pools`
    },
  },
  {
    id: 'CKV_AWS_315',
    requires: 'Auto Scaling groups use launch templates',
    types: group,
    fault: ({ values }) =>
      block(values, 'launch_template') === undefined &&
      block(values, 'mixed_instances_policy') === undefined &&
      'no launch template',
  },
]
