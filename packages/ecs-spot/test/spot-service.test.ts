import { EcsCluster } from '@cdktf/provider-aws/lib/ecs-cluster'
import {
  addressAt,
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  soleResource,
  statementsOf,
} from '@tideway/constructs/testing'
import { operatorTags, SpotService, type SpotServiceProps, setContext, targetGroup } from '../src'
import { arnOf, shopCluster, shopContext, shopStack, stackContext } from './shop'

const checkout: SpotServiceProps = {
  ...shopContext,
  name: 'checkout',
  cluster: shopCluster,
  taskDefinition: arnOf('ecs', 'task-definition/checkout:7'),
  taskSize: { cpu: 1024, memoryMiB: 2048, architecture: 'X86_64' },
  desiredCount: 6,
  capacity: [
    { capacityProvider: 'FARGATE', base: 1, weight: 0 },
    { capacityProvider: 'FARGATE_SPOT', weight: 1 },
  ],
  standbys: [{ name: 'fargate', capacityProvider: 'FARGATE' }],
  networkConfiguration: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
}

const target = (group: string) => ({
  targetGroupArn: arnOf('elasticloadbalancing', `targetgroup/${group}/1`),
  containerName: 'web',
  containerPort: 3000,
})

const codeDeploy = {
  controller: 'CODE_DEPLOY',
  targetGroupNames: ['checkout-1', 'checkout-2'],
  listenerArn: arnOf('elasticloadbalancing', 'listener/app/shop/1/2'),
  ruleArns: [arnOf('elasticloadbalancing', 'listener-rule/app/shop/1/2/3')],
  roleArns: ['arn:aws:iam::123456789012:role/checkout'],
} as const satisfies SpotServiceProps['release']

const blueGreen = { release: codeDeploy, loadBalancer: [target('checkout-1')] }

const spotService = (changes: Partial<SpotServiceProps> = {}) =>
  shopStack((stack) => new SpotService(stack, 'checkout', { ...checkout, ...changes }))

const servicesIn = (json: ReturnType<typeof spotService>): Record<string, Block> =>
  Object.fromEntries(
    Object.values(resourcesOf(json, 'aws_ecs_service')).map(({ '//': _, ...block }) => [
      block.name,
      block,
    ]),
  )

describe('a service with a standby, in a stack of another team', () => {
  const json = spotService()
  const common = {
    cluster: shopCluster.arn,
    task_definition: checkout.taskDefinition,
    network_configuration: { subnets: ['subnet-1', 'subnet-2'], security_groups: ['sg-1'] },
    enable_ecs_managed_tags: true,
    propagate_tags: 'SERVICE',
    deployment_controller: { type: 'ECS' },
    deployment_minimum_healthy_percent: 100,
    deployment_maximum_percent: 200,
    deployment_circuit_breaker: { enable: true, rollback: true },
    availability_zone_rebalancing: 'ENABLED',
  }

  it('has a primary on Spot that names its standby', () => {
    expect(servicesIn(json)['shop-checkout']).toEqual({
      ...common,
      name: 'shop-checkout',
      desired_count: 6,
      capacity_provider_strategy: [
        { capacity_provider: 'FARGATE', base: 1, weight: 0 },
        { capacity_provider: 'FARGATE_SPOT', weight: 1 },
      ],
      force_new_deployment: true,
      tags: { 'tideway:standbys': 'shop-checkout-standby-fargate' },
      lifecycle: { ignore_changes: ['desired_count'] },
    })
  })

  it('has a standby without tasks that the controller scales and moves', () => {
    expect(servicesIn(json)['shop-checkout-standby-fargate']).toEqual({
      ...common,
      name: 'shop-checkout-standby-fargate',
      desired_count: 0,
      capacity_provider_strategy: [{ capacity_provider: 'FARGATE', weight: 1 }],
      tags: { 'tideway:standby-of': 'shop-checkout', 'tideway:task-price': '0.049370' },
      lifecycle: { ignore_changes: ['desired_count', 'task_definition', 'load_balancer'] },
      depends_on: [addressAt(json, 'aws_ecs_service', 'checkout/service')],
    })
  })

  it('consists of these two services', () => {
    expect(Object.keys(json.resource ?? {})).toEqual(['aws_ecs_service'])
    expect(Object.keys(servicesIn(json))).toHaveLength(2)
  })

  it('takes the context of its stack', () => {
    const inherited = shopStack((stack) => {
      setContext(stack, { ...stackContext, ...shopContext, prefix: 'store' })
      const { account: _, region: __, ...props } = checkout
      new SpotService(stack, 'checkout', props)
    })
    expect(Object.keys(servicesIn(inherited))).toEqual([
      'store-checkout',
      'store-checkout-standby-fargate',
    ])
  })

  it('cannot be without an account or a region', () => {
    expect(() => spotService({ account: undefined, region: undefined })).toThrow(
      /shop\/checkout.account: must be given.*\n.*shop\/checkout.region: must be given/,
    )
  })
})

describe('a service in a cluster of the same stack', () => {
  const inNewCluster = (prefix?: string) =>
    shopStack((stack) => {
      const { name, arn } = new EcsCluster(stack, 'cluster', { name: 'shop' })
      new SpotService(stack, 'checkout', { ...checkout, cluster: { name, arn }, prefix })
    })

  it('has names with its prefix', () => {
    const services = servicesIn(inNewCluster('store'))
    expect(Object.keys(services)[0]).toBe('store-checkout')
    expect(services['store-checkout']?.cluster).toBe('${aws_ecs_cluster.cluster.arn}')
  })

  it('needs one, as the name of the cluster is not known yet', () => {
    expect(() => inNewCluster()).toThrow('shop/checkout.prefix: must be given')
  })
})

describe('a service that sets everything', () => {
  const json = spotService({
    capacity: [{ capacityProvider: 'web-spot', weight: 1 }],
    standbys: [
      { name: 'instances', capacityProvider: 'web' },
      { name: 'fargate', capacityProvider: 'FARGATE' },
    ],
    loadBalancer: [target('web'), target('admin')],
    healthCheckGracePeriodSeconds: 90,
    serviceRegistries: { registryArn: arnOf('servicediscovery', 'service/srv-1') },
    enableExecuteCommand: true,
    enableEcsManagedTags: false,
    propagateTags: 'TASK_DEFINITION',
    orderedPlacementStrategy: [{ type: 'spread', field: 'instanceId' }],
    platformVersion: '1.4.0',
    release: { controller: 'ECS', minHealthyPercent: 50, maxPercent: 150 },
    preferences: {
      atNotice: 'serve-until-drained',
      prefer: 'availability',
      slowestRequestSeconds: 20,
      stopSeconds: 100,
      maxCoverDollarsPerHour: 2.5,
    },
    tags: { Team: 'checkout' },
  })
  const { 'shop-checkout': primary = {}, ...standbys } = servicesIn(json)

  it('has it on the primary and on each standby', () => {
    const shared = {
      load_balancer: ['web', 'admin'].map((group) => ({
        target_group_arn: arnOf('elasticloadbalancing', `targetgroup/${group}/1`),
        container_name: 'web',
        container_port: 3000,
      })),
      health_check_grace_period_seconds: 90,
      service_registries: { registry_arn: arnOf('servicediscovery', 'service/srv-1') },
      enable_execute_command: true,
      enable_ecs_managed_tags: false,
      propagate_tags: 'TASK_DEFINITION',
    }
    for (const service of [primary, ...Object.values(standbys)]) {
      expect(service).toMatchObject(shared)
      expect(service.tags.Team).toBe('checkout')
    }
  })

  it('has on instances what ECS places there, and on Fargate its platform version', () => {
    const placed = {
      ordered_placement_strategy: [{ type: 'spread', field: 'instanceId' }],
      availability_zone_rebalancing: 'DISABLED',
    }
    const placementOf = (service: Block = {}) =>
      Object.fromEntries(
        Object.entries(service).filter(([name]) => /plac|platform|zone/.test(name)),
      )
    expect(placementOf(primary)).toEqual(placed)
    expect(placementOf(standbys['shop-checkout-standby-instances'])).toEqual(placed)
    expect(placementOf(standbys['shop-checkout-standby-fargate'])).toEqual({
      platform_version: '1.4.0',
      availability_zone_rebalancing: 'ENABLED',
    })
  })

  it('keeps the standbys in their order, each on its own capacity', () => {
    expect(primary.tags['tideway:standbys']).toBe(
      'shop-checkout-standby-instances shop-checkout-standby-fargate',
    )
    expect(
      Object.values(standbys).map(({ name, capacity_provider_strategy: [share] }) => [
        name,
        share.capacity_provider,
      ]),
    ).toEqual([
      ['shop-checkout-standby-instances', 'web'],
      ['shop-checkout-standby-fargate', 'FARGATE'],
    ])
  })

  it('has its preferences as tags of the primary, and of no standby', () => {
    expect(primary.tags).toMatchObject({
      'tideway:at-notice': 'serve-until-drained',
      'tideway:prefer': 'availability',
      'tideway:request-seconds': '20',
      'tideway:defined-stop-seconds': '100',
      'tideway:max-cover-price': '2.5',
    })
    for (const { tags } of Object.values(standbys)) {
      expect(Object.keys(tags).sort()).toEqual(['Team', 'tideway:standby-of', 'tideway:task-price'])
    }
  })

  it('releases the primary within its bounds, and the standbys one for one', () => {
    const boundsOf = (service: Block) => [
      service.deployment_minimum_healthy_percent,
      service.deployment_maximum_percent,
    ]
    expect(boundsOf(primary)).toEqual([50, 150])
    expect(Object.values(standbys).map(boundsOf)).toEqual([
      [100, 200],
      [100, 200],
    ])
  })
})

it('can have no standby, and then has no tags of the failover', () => {
  const json = spotService({ standbys: undefined, preferences: { prefer: 'cost' } })
  expect(soleResource(json, 'aws_ecs_service')).not.toHaveProperty('tags')
})

describe('a service that CodeDeploy releases', () => {
  const json = spotService(blueGreen)
  const services = servicesIn(json)
  const group = soleResource(json, 'aws_codedeploy_deployment_group')

  it('leaves to CodeDeploy what a release changes', () => {
    const primary = services['shop-checkout']
    expect(primary?.deployment_controller).toEqual({ type: 'CODE_DEPLOY' })
    expect(primary).not.toHaveProperty('deployment_circuit_breaker')
    expect(primary).not.toHaveProperty('force_new_deployment')
    expect(primary?.lifecycle.ignore_changes).toEqual([
      'desired_count',
      'task_definition',
      'load_balancer',
      'capacity_provider_strategy',
      'service_registries',
    ])
  })

  it('has a standby that ECS itself releases, as the controller moves it', () => {
    const standby = services['shop-checkout-standby-fargate']
    expect(standby?.deployment_controller).toEqual({ type: 'ECS' })
    expect(standby?.lifecycle.ignore_changes).toEqual([
      'desired_count',
      'task_definition',
      'load_balancer',
      'service_registries',
    ])
  })

  it('moves the traffic between the two target groups', () => {
    expect(group.load_balancer_info.target_group_pair_info).toEqual({
      prod_traffic_route: { listener_arns: [codeDeploy.listenerArn] },
      target_group: [{ name: 'checkout-1' }, { name: 'checkout-2' }],
    })
    expect(group.ecs_service).toEqual({
      cluster_name: 'shop',
      service_name: referenceAt(json, 'aws_ecs_service', 'checkout/service', 'name'),
    })
  })

  it('moves a tenth of it for five minutes, and keeps the old tasks for fifteen', () => {
    const config = soleResource(json, 'aws_codedeploy_deployment_config')
    expect(config.traffic_routing_config.time_based_canary).toEqual({
      percentage: 10,
      interval: 5,
    })
    expect(oldTasksOf(group)).toBe(15)
  })

  it('lets CodeDeploy change this service and these rules, and pass these roles', () => {
    const policy = soleResource(json, 'aws_iam_role_policy')
    const resources = Object.fromEntries(
      statementsOf(policy.policy).map(({ Sid, Resource }) => [Sid, Resource]),
    )
    expect(resources).toEqual({
      ReleaseService: [
        referenceAt(json, 'aws_ecs_service', 'checkout/service'),
        `${arnOf('ecs', 'task-set/shop')}/${referenceAt(json, 'aws_ecs_service', 'checkout/service', 'name')}/*`,
      ],
      SeeLoadBalancers: '*',
      MoveTraffic: [codeDeploy.listenerArn, ...codeDeploy.ruleArns],
      SeeAlarms: arnOf('cloudwatch', 'alarm:*'),
      HandRolesToTasks: codeDeploy.roleArns,
    })
    expect(soleResource(json, 'aws_iam_role')).not.toHaveProperty('permissions_boundary')
  })

  it('can have a canary, alarms and hooks of its own', () => {
    const changed = spotService({
      ...blueGreen,
      release: {
        ...codeDeploy,
        canary: { percent: 25, minutes: 2 },
        oldTasksMinutes: 60,
        alarmNames: ['checkout-errors'],
        hookArns: [arnOf('lambda', 'function:check')],
      },
    })
    const config = soleResource(changed, 'aws_codedeploy_deployment_config')
    expect(config.traffic_routing_config.time_based_canary).toEqual({
      percentage: 25,
      interval: 2,
    })
    const changedGroup = soleResource(changed, 'aws_codedeploy_deployment_group')
    expect(oldTasksOf(changedGroup)).toBe(60)
    expect(changedGroup.alarm_configuration).toEqual({ enabled: true, alarms: ['checkout-errors'] })
    const { policy } = soleResource(changed, 'aws_iam_role_policy')
    expect(statementsOf(policy)).toContainEqual({
      Sid: 'InvokeHooks',
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: [arnOf('lambda', 'function:check')],
    })
  })

  function oldTasksOf({ blue_green_deployment_config: config }: Block): number {
    return config.terminate_blue_instances_on_deployment_success.termination_wait_time_in_minutes
  }
})

describe('a service is refused', () => {
  const spot = { capacityProvider: 'FARGATE_SPOT', weight: 1 }
  const long = 'a'.repeat(100)
  it.each<[string, Partial<SpotServiceProps>, string]>([
    ['without capacity', { capacity: [] }, 'checkout.capacity: must name a kind of capacity'],
    [
      'on Fargate and on instances',
      { capacity: [spot, { capacityProvider: 'web', weight: 1 }] },
      'must be all Fargate or all EC2',
    ],
    ['with a provider twice', { capacity: [spot, spot] }, 'must name each kind once'],
    [
      'with two bases',
      {
        capacity: [
          { ...spot, base: 1 },
          { capacityProvider: 'FARGATE', base: 2, weight: 1 },
        ],
      },
      'must have one base at most',
    ],
    ['with weights of 0 only', { capacity: [{ ...spot, weight: 0 }] }, 'a weight above 0'],
    ['with a weight above 1000', { capacity: [{ ...spot, weight: 1001 }] }, 'from 0 to 1000'],
    ['with half a task as base', { capacity: [{ ...spot, base: 0.5 }] }, 'from 0 to 100000'],
    [
      'with a standby on Spot',
      { standbys: [{ name: 'spot', capacityProvider: 'FARGATE_SPOT' }] },
      'checkout.standbys: must be on demand',
    ],
    [
      'with two standbys of one name',
      {
        standbys: [
          { name: 'it', capacityProvider: 'FARGATE' },
          { name: 'it', capacityProvider: 'web' },
        ],
      },
      'must have different names',
    ],
    [
      'with more standbys than a tag names',
      {
        name: long,
        standbys: ['web', 'FARGATE'].map((capacityProvider, index) => ({
          name: `b${index}${'c'.repeat(20)}`,
          capacityProvider,
        })),
      },
      'checkout.standbyNames: must have 256 characters together',
    ],
    ['with a name that no service can have', { name: `${long}${long}${long}` }, 'have 255'],
    ['with a stop before any', { preferences: { stopSeconds: 1 } }, 'stopSeconds from 2'],
    [
      'with a request longer than a notice',
      { preferences: { slowestRequestSeconds: 121 } },
      'slowestRequestSeconds from 0 to 120',
    ],
    [
      'with a price that no tag holds',
      { preferences: { maxCoverDollarsPerHour: 1e-7 } },
      'from 0.001 to 1000000',
    ],
    [
      'blue/green on instances',
      { ...blueGreen, capacity: [{ capacityProvider: 'web-spot', weight: 1 }] },
      'must be Fargate for blue/green',
    ],
    [
      'blue/green without a target group',
      { release: codeDeploy },
      'checkout.loadBalancer: must have the first target group alone',
    ],
    [
      'blue/green in both target groups',
      { ...blueGreen, loadBalancer: [target('checkout-1'), target('checkout-2')] },
      'must have the first target group alone',
    ],
  ])('%s', (_, changes, message) => {
    expect(() => spotService(changes)).toThrow(message)
  })
})

describe('a target group', () => {
  const json = shopStack((stack) => {
    setContext(stack, { ...stackContext, ...shopContext })
    const props = { vpcId: 'vpc-1', healthCheck: { path: '/ready' } }
    targetGroup(stack, 'plain', { ...props, name: 'web' })
    targetGroup(stack, 'own', {
      name: 'grpc',
      vpcId: 'vpc-1',
      protocol: 'grpc',
      deregistrationSeconds: 20,
      slowStartSeconds: 40,
      healthCheck: {
        path: '/${it}',
        codes: '0-3',
        intervalSeconds: 20,
        timeoutSeconds: 8,
        healthyThreshold: 3,
        unhealthyThreshold: 4,
      },
      stickiness: { seconds: 60, cookie: 'SESSION' },
    })
  })

  it('loses its targets within a notice, and finds out in twenty seconds whether they serve', () => {
    const { '//': _, ...group } = resourceAt(json, 'aws_lb_target_group', 'plain')
    expect(group).toEqual({
      name: 'shop-web',
      vpc_id: 'vpc-1',
      target_type: 'ip',
      port: 8080,
      protocol: 'HTTP',
      deregistration_delay: '60',
      health_check: {
        path: '/ready',
        matcher: '200',
        interval: 10,
        timeout: 5,
        healthy_threshold: 2,
        unhealthy_threshold: 2,
      },
    })
  })

  it('can have its own settings', () => {
    expect(resourceAt(json, 'aws_lb_target_group', 'own')).toMatchObject({
      name: 'shop-grpc',
      protocol_version: 'GRPC',
      deregistration_delay: '20',
      slow_start: 40,
      health_check: {
        path: '/$${it}',
        matcher: '0-3',
        interval: 20,
        timeout: 8,
        healthy_threshold: 3,
        unhealthy_threshold: 4,
      },
      stickiness: { type: 'app_cookie', cookie_duration: 60, cookie_name: 'SESSION' },
    })
  })
})

describe('the tags of an operator', () => {
  it('are none of those that a deploy sets, which a provider that ignores them would not set', () => {
    const { preferences, ...others } = checkout
    const json = spotService({
      ...others,
      preferences: {
        ...preferences,
        atNotice: 'leave',
        prefer: 'cost',
        slowestRequestSeconds: 1,
        stopSeconds: 30,
        maxCoverDollarsPerHour: 1,
      },
    })
    const keys = Object.values(servicesIn(json)).flatMap(({ tags }) => Object.keys(tags))
    expect(keys).toEqual(expect.arrayContaining(['tideway:standbys', 'tideway:standby-of']))
    expect(keys.filter((key) => operatorTags.includes(key))).toEqual([])
    expect(operatorTags).toEqual(
      expect.arrayContaining(['tideway:hold', 'tideway:force', 'tideway:dry-run']),
    )
  })
})
