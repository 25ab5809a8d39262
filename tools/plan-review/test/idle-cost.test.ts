import { idleCost } from '../src/idle-cost'

const month = 730

const network = {
  resource: {
    aws_subnet: { a: { cidr_block: '10.0.0.0/24' }, b: {}, c: {} },
    aws_eip: { nat: { domain: 'vpc' } },
    aws_nat_gateway: { nat: { allocation_id: '${aws_eip.nat.id}' } },
    aws_vpc_endpoint: {
      s3: { vpc_endpoint_type: 'Gateway' },
      sqs: { vpc_endpoint_type: 'Interface', subnet_ids: ['${aws_subnet.a.id}', 'b'] },
    },
  },
  output: {
    public_subnet_ids: {
      value: ['${aws_subnet.a.id}', '${aws_subnet.b.id}', '${aws_subnet.c.id}'],
    },
  },
}

const task = (cpu: number, memory: number) => ({
  family: `f-${cpu}`,
  cpu: `${cpu}`,
  memory: `${memory}`,
  runtime_platform: { cpu_architecture: 'ARM64' },
})

const group = (type: string, onDemandPercentage: number) => ({
  min_size: 0,
  mixed_instances_policy: {
    instances_distribution: { on_demand_percentage_above_base_capacity: onDemandPercentage },
    launch_template: {
      launch_template_specification: { launch_template_id: '${aws_launch_template.it.id}' },
      override: [{ instance_type: type }, { instance_type: 'unknown.huge' }],
    },
  },
  warm_pool: { min_size: 1 },
})

const provider = (name: string, target: number) => ({
  name: `provider-${name}`,
  auto_scaling_group_provider: {
    auto_scaling_group_arn: `\${aws_autoscaling_group.${name}.arn}`,
    managed_scaling: { target_capacity: target },
  },
})

const compute = {
  data: { terraform_remote_state: { network: { config: { key: 'dev/network.tfstate' } } } },
  resource: {
    aws_lb: {
      external: {
        internal: false,
        subnets: '${data.terraform_remote_state.network.outputs.public_subnet_ids}',
      },
      internal: { internal: true, subnets: ['a', 'b'] },
    },
    aws_launch_template: { it: { block_device_mappings: [{ ebs: { volume_size: 30 } }] } },
    aws_autoscaling_group: { demand: group('m7g.large', 100), spot: group('m6g.large', 0) },
    aws_ecs_capacity_provider: { demand: provider('demand', 90), spot: provider('spot', 100) },
    aws_ecs_task_definition: { small: task(512, 1024), large: task(1024, 2048) },
    aws_ecs_service: {
      api: {
        desired_count: 3,
        task_definition: '${aws_ecs_task_definition.small.arn}',
        capacity_provider_strategy: [
          { capacity_provider: 'FARGATE', base: 1, weight: 0 },
          { capacity_provider: 'FARGATE_SPOT', weight: 1 },
        ],
      },
      worker: {
        desired_count: 4,
        task_definition: '${aws_ecs_task_definition.large.arn}',
        capacity_provider_strategy: [
          { capacity_provider: '${aws_ecs_capacity_provider.demand.name}', base: 1, weight: 1 },
          { capacity_provider: '${aws_ecs_capacity_provider.spot.name}', weight: 3 },
        ],
      },
    },
    aws_opensearch_domain: { logs: {} },
  },
}

const costOf = (...stacks: Parameters<typeof idleCost>[0][]) =>
  idleCost(Object.assign({}, ...stacks))
const partOf = (name: string, stack = 'compute') =>
  costOf({ network }, { compute }).parts.find((part) => part.name === name && part.stack === stack)

describe('the idle cost of an environment', () => {
  it('counts each public IPv4 address: of NAT gateways and, in each zone, of external load balancers', () => {
    expect(partOf('public IPv4 addresses', 'network')).toMatchObject({ monthly: 3.65 })
    expect(partOf('public IPv4 addresses')).toMatchObject({ monthly: 10.95 })
    expect(partOf('load balancers')).toMatchObject({ monthly: 32.85 })
  })

  it('counts interface endpoints in each zone, and gateway endpoints not', () => {
    expect(partOf('interface endpoints', 'network')).toMatchObject({ monthly: 14.6 })
  })

  it('counts the instances that ECS keeps for tasks, with their disks and the warm pool', () => {
    // Two workers on demand, the base and a share, fill an instance: with the headroom of 90 percent, two.
    const onDemand = 2 * (0.0816 * month + 2.4)
    // Two workers on Spot fill one.
    const spot = 0.077 * month * 0.4 + 2.4
    expect(partOf('instances of the cluster')?.monthly).toBeCloseTo(onDemand + spot + 2 * 2.4, 1)
  })

  it('counts tasks on Fargate by the strategy of their service', () => {
    const each = (0.5 * 0.03238 + 0.00356) * month
    expect(partOf('tasks on Fargate')?.monthly).toBeCloseTo(each + 2 * each * 0.32, 1)
  })

  it('counts each metric of an alarm', () => {
    const queries = [
      { id: 'all', expression: 'a / b' },
      { id: 'a', metric: [{}] },
      { id: 'b', metric: {} },
    ]
    const alarms = { one: { metric_name: 'Errors' }, ratio: { metric_query: queries } }
    const { parts } = costOf({ edge: { resource: { aws_cloudwatch_metric_alarm: alarms } } })
    expect(parts).toEqual([{ stack: 'edge', name: 'alarms', monthly: 0.3 }])
  })

  it.each([
    [{ type: 'TCP' }, 0.5],
    [{ type: 'HTTPS', measure_latency: true, request_interval: 30 }, 2.5],
    [{ type: 'HTTPS_STR_MATCH', request_interval: 10 }, 3.5],
  ])('counts the options of the health check %j', (check, monthly) => {
    const { parts } = costOf({ edge: { resource: { aws_route53_health_check: { it: check } } } })
    expect(parts).toEqual([{ stack: 'edge', name: 'health checks', monthly }])
  })

  it.each([
    ['valkey', 2 * 0.0256 * month],
    ['redis', 2 * 0.032 * month],
  ])('counts cache nodes of %s', (engine, monthly) => {
    const cache = { engine, node_type: 'cache.t4g.small', num_cache_clusters: 2 }
    const { parts } = costOf({
      data: { resource: { aws_elasticache_replication_group: { cache } } },
    })
    expect(parts[0]?.monthly).toBeCloseTo(monthly, 1)
  })

  it.each([
    [2, 2 * 2 * 0.12 * month],
    [0.5, 2 * 0.5 * 0.12 * month],
    [0, undefined],
  ])('counts Aurora instances at %d capacity units', (min_capacity, monthly) => {
    const instance = { instance_class: 'db.serverless' }
    const data = {
      resource: {
        aws_rds_cluster: { it: { serverlessv2_scaling_configuration: { min_capacity } } },
        aws_rds_cluster_instance: { one: instance, two: instance },
      },
    }
    const { parts, unpriced } = costOf({ data })
    const found = parts.find(({ name }) => name === 'Aurora instances')?.monthly
    if (monthly === undefined) expect(found).toBeUndefined()
    else expect(found).toBeCloseTo(monthly, 1)
    expect(unpriced).toEqual([])
  })

  it('lists the largest part first, and adds all up', () => {
    const { parts, monthly } = costOf({ network }, { compute })
    const amounts = parts.map((part) => part.monthly)
    expect(amounts).toEqual([...amounts].sort((one, other) => other - one))
    expect(monthly).toBeCloseTo(
      amounts.reduce((sum, amount) => sum + amount, 0),
      2,
    )
  })

  it('names what has no price', () => {
    expect(costOf({ network }, { compute }).unpriced).toEqual([
      'compute: aws_opensearch_domain.logs',
    ])
  })

  it('ends where references point to each other', () => {
    const loop = (to: string) => ({ name: `\${aws_lb.${to}.name}`, internal: true })
    expect(costOf({ loop: { resource: { aws_lb: { a: loop('b'), b: loop('a') } } } }).monthly).toBe(
      32.85,
    )
  })
})
