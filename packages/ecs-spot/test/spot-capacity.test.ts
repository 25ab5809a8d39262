import {
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  soleResource,
} from '@tideway/constructs/testing'
import { SpotCapacity, type SpotCapacityProps, SpotService } from '../src'
import { shopCluster, shopContext, shopStack } from './shop'

const props: SpotCapacityProps = {
  ...shopContext,
  defaultTags: { Team: 'platform' },
  cluster: shopCluster,
  vpcId: 'vpc-1',
  subnetIds: ['subnet-1'],
  ec2: { minInstances: 0, maxInstances: 4, targetCapacityPercent: 100, warmInstances: 0 },
  ec2Spot: { minInstances: 1, maxInstances: 8, targetCapacityPercent: 90 },
  instances: { imageResolved: 'at-launch' },
}

const capacityWith = (changes: Partial<SpotCapacityProps> = {}) =>
  shopStack((stack) => new SpotCapacity(stack, 'capacity', { ...props, ...changes }))

const typesOf = (json: ReturnType<typeof capacityWith>, name: string): string[] =>
  resourceAt(
    json,
    'aws_autoscaling_group',
    `${name}/group/group`,
  ).mixed_instances_policy.launch_template.override.map((each: Block) => each.instance_type)

const imagesOf = (json: ReturnType<typeof capacityWith>) =>
  Object.values(resourcesOf(json, 'aws_launch_template')).map(({ image_id }) => image_id)

describe('the capacity of a cluster of another team', () => {
  const json = capacityWith()

  it('has names and tags of that team, and roles without a boundary', () => {
    const names = Object.values(json.resource ?? {}).flatMap((blocks) =>
      Object.values(blocks).flatMap(({ name }) => (name?.startsWith('${') ? [] : (name ?? []))),
    )
    expect([...new Set(names)].sort()).toEqual([
      'container-instances', // the policy in its role
      'shop-container-instances',
      'shop-ec2',
      'shop-ec2-spot',
    ])
    for (const { tag } of Object.values(resourcesOf(json, 'aws_autoscaling_group'))) {
      expect(tag).toContainEqual({ key: 'Team', value: 'platform', propagate_at_launch: false })
    }
    expect(JSON.stringify(json.resource)).not.toMatch(/tideway|permissions_boundary/)
  })

  it('joins the cluster', () => {
    expect(soleResource(json, 'aws_ecs_cluster_capacity_providers').cluster_name).toBe('shop')
    for (const { user_data } of Object.values(resourcesOf(json, 'aws_launch_template'))) {
      expect(user_data).toContain('join("=", ["ECS_CLUSTER", "shop"])')
    }
  })

  it('keeps the providers that the cluster has besides', () => {
    const kept = capacityWith({ otherProviderNames: ['gpu'] })
    const association = soleResource(kept, 'aws_ecs_cluster_capacity_providers')
    expect(association.capacity_providers).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
      ...['ec2', 'ec2-spot'].map((name) =>
        referenceAt(kept, 'aws_ecs_capacity_provider', `${name}/group/provider`, 'name'),
      ),
      'gpu',
    ])
  })

  it('is on Graviton, as its images are', () => {
    expect(imagesOf(json)).toEqual(Array(2).fill(imageOf('arm64/')))
    expect([...typesOf(json, 'ec2'), ...typesOf(json, 'ec2-spot')].filter(isIntelOrAmd)).toEqual([])
  })

  it('can be x86, with its images and instance types', () => {
    const x86 = capacityWith({ architecture: 'X86_64' })
    expect(imagesOf(x86)).toEqual(Array(2).fill(imageOf('')))
    for (const [name, least] of [
      ['ec2', 6],
      ['ec2-spot', 15],
    ] as const) {
      const types = typesOf(x86, name)
      expect(types.filter((type) => !isIntelOrAmd(type))).toEqual([])
      expect(new Set(types).size).toBe(types.length)
      expect(types.length).toBeGreaterThanOrEqual(least)
    }
  })

  it('can have instance types of its own', () => {
    const own = capacityWith({
      architecture: 'X86_64',
      onDemandTypes: ['m7i-flex.xlarge', 'g4dn.xlarge'],
      spotTypes: ['c5.2xlarge', 'c6a.2xlarge'],
    })
    expect(typesOf(own, 'ec2')).toEqual(['m7i-flex.xlarge', 'g4dn.xlarge'])
    expect(typesOf(own, 'ec2-spot')).toEqual(['c5.2xlarge', 'c6a.2xlarge'])
  })

  it.each<[string, Partial<SpotCapacityProps>, string]>([
    [
      'two architectures',
      { onDemandTypes: ['m7g.large', 'm7i.large'] },
      'shop/capacity.onDemandTypes: must have the architecture of the image, ARM64',
    ],
    [
      'Graviton for x86',
      { architecture: 'X86_64', spotTypes: ['im4gn.large'] },
      'shop/capacity.spotTypes: must have the architecture of the image, X86_64',
    ],
    ['no types', { spotTypes: [] }, 'shop/capacity.spotTypes: must name an instance type'],
    ['a reserved name', { prefix: 'ecs-shop' }, 'must not begin with "aws", "ecs"'],
  ])('refuses %s', (_, changes, message) => {
    expect(() => capacityWith(changes)).toThrow(message)
  })
})

it('carries services, which are removed before it', () => {
  const json = shopStack((stack) => {
    const capacity = new SpotCapacity(stack, 'capacity', props)
    const { ec2, 'ec2-spot': spot } = capacity.providerNames
    new SpotService(stack, 'worker', {
      ...shopContext,
      name: 'worker',
      cluster: shopCluster,
      taskDefinition: 'worker:1',
      taskSize: { cpu: 256, memoryMiB: 512, architecture: 'ARM64' },
      desiredCount: 2,
      capacity: [{ capacityProvider: spot, weight: 1 }],
      standbys: [{ name: 'ec2', capacityProvider: ec2 }],
      dependsOn: [capacity.association],
    })
  })
  const strategyOf = (path: string) => {
    const service = resourceAt(json, 'aws_ecs_service', path)
    expect(service.depends_on[0]).toMatch(/^aws_ecs_cluster_capacity_providers\./)
    return service.capacity_provider_strategy
  }
  const provider = (name: string) =>
    referenceAt(json, 'aws_ecs_capacity_provider', `${name}/group/provider`, 'name')
  expect(strategyOf('worker/service')).toEqual([
    { capacity_provider: provider('ec2-spot'), weight: 1 },
  ])
  expect(strategyOf('worker/standby-ec2')).toEqual([
    { capacity_provider: provider('ec2'), weight: 1 },
  ])
})

function imageOf(part: string): string {
  return `resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/${part}recommended/image_id`
}

/** Their families end in letters for Intel and AMD, or in none. */
function isIntelOrAmd(type: string): boolean {
  return /^[mrc]\d(a|d|i|id|n)?\./.test(type)
}
