import { stacks } from '@tideway/constructs'
import {
  addressAt,
  type Block,
  referenceAt,
  referred,
  resourceAt,
  resourcesOf,
  soleResource,
} from '@tideway/constructs/testing'
import { spotTypes } from '@tideway/ecs-spot'
import { cpuArchitecture } from '@tideway/ecs-spot/internal'
import { compute, grantsOf, groupRef, networkOutput, rulesOf, userDataOf } from './fixture'

const json = compute()
const groupAt = (name: string, stack = json) =>
  resourceAt(stack, 'aws_autoscaling_group', `capacity/${name}/group/group`)
const templateAt = (name: string) =>
  resourceAt(json, 'aws_launch_template', `capacity/${name}/instances/template`)
const providerAt = (name: string) =>
  resourceAt(json, 'aws_ecs_capacity_provider', `capacity/${name}/group/provider`)
const templateRef = (name: string, attribute: string) =>
  referenceAt(json, 'aws_launch_template', `capacity/${name}/instances/template`, attribute)

describe.each(['ec2', 'ec2-spot'])('the instances of %s', (name) => {
  const template = templateAt(name)

  it('require IMDSv2 and block metadata access from containers', () => {
    expect(template.metadata_options).toEqual({
      http_endpoint: 'enabled',
      http_tokens: 'required',
      http_put_response_hop_limit: 1,
    })
  })

  it('have an encrypted disk that is deleted with the instance', () => {
    expect(template.block_device_mappings).toEqual([
      {
        device_name: '/dev/xvda',
        ebs: {
          volume_type: 'gp3',
          volume_size: 30,
          encrypted: 'true',
          delete_on_termination: 'true',
        },
      },
    ])
  })

  const parameter = '/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id'

  it('keep the ECS image of the first deploy, as AWS may reject a parameter beside several types', () => {
    expect(cpuArchitecture).toBe('ARM64')
    const [id] = /(?<=aws_ssm_parameter\.)[\w-]+/.exec(template.image_id) ?? []
    expect(json.data?.aws_ssm_parameter?.[id ?? '']).toMatchObject({ name: parameter })
    expect(template.lifecycle.ignore_changes).toEqual(['image_id'])
    // The group follows the template, also to a version that an operator has added.
    const group = resourceAt(json, 'aws_autoscaling_group', `capacity/${name}/group/group`)
    const { version } = group.mixed_instances_policy.launch_template.launch_template_specification
    expect(version).toBe(
      referenceAt(
        json,
        'aws_launch_template',
        `capacity/${name}/instances/template`,
        'latest_version',
      ),
    )
  })

  it('differ in their image only, where each instance uses the latest one at its start', () => {
    const latest = compute({}, { instances: { imageResolved: 'at-launch' } })
    const { lifecycle: _, ...rest } = template
    expect(
      resourceAt(latest, 'aws_launch_template', `capacity/${name}/instances/template`),
    ).toEqual({
      ...rest,
      image_id: `resolve:ssm:${parameter}`,
    })
  })

  it('join the cluster after its creation, drain at a notice, and do not let tasks use their role', () => {
    const { lines, script } = userDataOf(json, `capacity/${name}/instances/template`)
    expect(lines.slice(0, 2)).toEqual(['#!/bin/bash', "cat >> /etc/ecs/ecs.config <<'END'"])
    expect(lines.at(-1)).toBe('END')
    expect(lines).toEqual(
      expect.arrayContaining([
        `ECS_CLUSTER=${referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name')}`,
        'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
        'ECS_AWSVPC_BLOCK_IMDS=true',
      ]),
    )
    expect(script).toBe('')
  })

  it('have tags, and so have their disks and network interfaces', () => {
    const tags = {
      environment: 'test',
      app: 'compute',
      owner: stacks.compute.owner,
      'cost-centre': 'tests',
      'managed-by': 'tideway',
      Name: `tideway-test-${name}`,
    }
    expect(template.tag_specifications).toEqual(
      ['instance', 'volume', 'network-interface'].map((resource_type) => ({ resource_type, tags })),
    )
  })

  it('have a security group without ingress and with HTTPS egress only', () => {
    const group = groupRef(json, 'capacity/common/security-group')
    expect(template.vpc_security_group_ids).toEqual([group])
    expect(rulesOf(json, 'ingress', group)).toEqual([])
    expect(rulesOf(json, 'egress', group)).toEqual([
      { cidr_ipv4: '0.0.0.0/0', ip_protocol: 'tcp', from_port: 443, to_port: 443 },
    ])
  })

  it('have the role of container instances, with its policy', () => {
    const profile = referred(json, template.iam_instance_profile.arn)
    const path = 'capacity/common/container-instances/container-instances'
    // A reference to the policy's role: a draining instance keeps its permissions.
    expect(profile.role).toBe(referenceAt(json, 'aws_iam_role_policy', `${path}/policy`, 'role'))
    const cluster = referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'arn')
    const name = referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name')
    const ecs = grantsOf(json, path).filter(({ Sid }) => !Sid.startsWith('SessionManager'))
    expect(ecs.map(({ Resource }) => Resource)).toEqual([
      cluster,
      `arn:aws:ecs:eu-central-1:123456789012:container-instance/${name}/*`,
      '*',
    ])
    expect(ecs[2]?.Action).toBe('ecs:DiscoverPollEndpoint')
  })
})

describe.each([
  ['ec2', 1, 10, 90],
  ['ec2-spot', 2, 20, 80],
])('the group %s', (name, min, max, target) => {
  const group = groupAt(name)
  const provider = providerAt(name)

  it('is in the private subnets, with the sizes of its settings', () => {
    expect(group.vpc_zone_identifier).toBe(networkOutput('private_subnet_ids'))
    expect([group.min_size, group.max_size]).toEqual([min, max])
  })

  it('ignores the desired capacity, which ECS manages', () => {
    expect(group.lifecycle.ignore_changes).toEqual(['desired_capacity'])
    expect(group).not.toHaveProperty('desired_capacity')
    expect(group.tag).toContainEqual({
      key: 'AmazonECSManaged',
      value: 'true',
      propagate_at_launch: true,
    })
  })

  it('belongs to its capacity provider, which has a valid name', () => {
    expect(provider.name).toBe(`tideway-test-${name}`)
    expect(provider.name).not.toMatch(/^(aws|ecs|fargate)/)
    expect(provider.auto_scaling_group_provider.auto_scaling_group_arn).toBe(
      referenceAt(json, 'aws_autoscaling_group', `capacity/${name}/group/group`, 'arn'),
    )
  })

  it('keeps headroom for a surge, and warms instances up for a minute', () => {
    expect(target).toBeLessThan(100)
    expect(provider.auto_scaling_group_provider.managed_scaling).toEqual({
      status: 'ENABLED',
      target_capacity: target,
      instance_warmup_period: 60,
      minimum_scaling_step_size: 1,
      maximum_scaling_step_size: max,
    })
    expect(group.default_instance_warmup).toBe(60)
  })

  it('protects instances with tasks from termination', () => {
    expect(provider.auto_scaling_group_provider.managed_termination_protection).toBe('ENABLED')
    // AWS requires both together.
    expect(group.protect_from_scale_in).toBe(true)
    expect(provider.auto_scaling_group_provider.managed_draining).toBe('ENABLED')
    expect(group).not.toHaveProperty('instance_refresh')
  })

  it('does not block a destroy or fail a deploy in a drought', () => {
    expect(group.force_delete).toBe(true)
    expect(group.force_delete_warm_pool).toBe(true)
    expect(group.wait_for_capacity_timeout).toBe('0')
  })
})

describe('the on-demand group', () => {
  it('has several instance types, all on demand', () => {
    const { launch_template, instances_distribution } = groupAt('ec2').mixed_instances_policy
    expect(launch_template.launch_template_specification).toEqual({
      launch_template_id: templateRef('ec2', 'id'),
      version: templateRef('ec2', 'latest_version'),
    })
    expect(launch_template.override.map(({ instance_type }: Block) => instance_type)).toEqual([
      'm7g.large',
      'm8g.large',
      'm6g.large',
      'm7gd.large',
      'r7g.large',
      'r6g.large',
    ])
    expect(instances_distribution).toEqual({
      on_demand_percentage_above_base_capacity: 100,
      on_demand_allocation_strategy: 'prioritized',
    })
  })

  it('has a warm pool of stopped instances', () => {
    const group = groupAt('ec2')
    expect(group.warm_pool).toEqual({
      pool_state: 'Stopped',
      min_size: 2,
      max_group_prepared_capacity: 2,
    })
  })

  it('has agents that do not join the cluster from the warm pool', () => {
    const { lines } = userDataOf(json, 'capacity/ec2/instances/template')
    expect(lines).toContain('ECS_WARM_POOLS_CHECK=true')
  })

  it('has no warm pool if the setting is 0', () => {
    const without = compute({}, { ec2: { warmInstances: 0 } })
    expect(groupAt('ec2', without)).not.toHaveProperty('warm_pool')
  })
})

describe('the Spot group', () => {
  const { mixed_instances_policy, ...group } = groupAt('ec2-spot')

  it('uses Spot only, with the price-capacity-optimized strategy', () => {
    expect(mixed_instances_policy.instances_distribution).toEqual({
      on_demand_base_capacity: 0,
      on_demand_percentage_above_base_capacity: 0,
      spot_allocation_strategy: 'price-capacity-optimized',
    })
    expect(group).not.toHaveProperty('launch_template')
    expect(templateAt('ec2-spot')).not.toHaveProperty('instance_type')
  })

  it('has 15 types or more, each once, all Graviton and of one size', () => {
    const { launch_template_specification, override } = mixed_instances_policy.launch_template
    expect(launch_template_specification).toEqual({
      launch_template_id: templateRef('ec2-spot', 'id'),
      version: templateRef('ec2-spot', 'latest_version'),
    })
    const types: string[] = override.map((each: { instance_type: string }) => each.instance_type)
    expect(types).toEqual(spotTypes.ARM64)
    expect(new Set(types).size).toBe(types.length)
    expect(types.length).toBeGreaterThanOrEqual(15)
    for (const type of types) expect(type).toMatch(/^([mr]\dgd?\.large|c\dg[dn]?\.xlarge)$/)
  })

  it('rebalances capacity, and has no warm pool', () => {
    expect(group.capacity_rebalance).toBe(true)
    expect(group).not.toHaveProperty('warm_pool')
  })
})

describe('the association', () => {
  const association = soleResource(json, 'aws_ecs_cluster_capacity_providers')
  const provider = (name: string) =>
    referenceAt(json, 'aws_ecs_capacity_provider', `capacity/${name}/group/provider`, 'name')

  it('associates all four kinds of capacity with the cluster', () => {
    expect(association.cluster_name).toBe(
      referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', 'name'),
    )
    expect(association.capacity_providers).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
      provider('ec2'),
      provider('ec2-spot'),
    ])
  })

  it('has an on-demand default strategy', () => {
    expect(association.default_capacity_provider_strategy).toEqual([
      { capacity_provider: 'FARGATE', weight: 1 },
    ])
  })

  it('is a separate resource, which a destroy removes before the providers', () => {
    expect(soleResource(json, 'aws_ecs_cluster')).not.toHaveProperty('capacity_providers')
    const dependsOn = (block: object, address: string) => JSON.stringify(block).includes(address)
    const address = (type: string, path: string) => addressAt(json, type, path)
    for (const name of ['ec2', 'ec2-spot']) {
      const ofGroup = `capacity/${name}/group`
      expect(
        dependsOn(association, address('aws_ecs_capacity_provider', `${ofGroup}/provider`)),
      ).toBe(true)
      expect(
        dependsOn(providerAt(name), address('aws_autoscaling_group', `${ofGroup}/group`)),
      ).toBe(true)
      expect(
        dependsOn(
          groupAt(name),
          address('aws_launch_template', `capacity/${name}/instances/template`),
        ),
      ).toBe(true)
      expect(dependsOn(templateAt(name), address('aws_ecs_cluster', 'cluster/cluster'))).toBe(true)
    }
    expect(Object.keys(resourcesOf(json, 'aws_ecs_capacity_provider'))).toHaveLength(2)
  })
})
