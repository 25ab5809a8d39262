import { AwsProvider } from '@cdktf/provider-aws/lib/provider'
import {
  addressAt,
  type Block,
  referenceAt,
  resourceAt,
  resourcesOf,
  type Synthesized,
  statementsOf,
  synthesized,
  testApp,
} from '@tideway/constructs/testing'
import { TerraformStack } from 'cdktf'
import { operatorTags, type ServiceDescription, SpotFailover, type SpotFailoverProps } from '../src'

const account = '210987654321'
const region = 'eu-south-2'
const groupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:${region}:${account}:targetgroup/${name}/0123456789abcdef`
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`

function primary(name: string, rest: Partial<ServiceDescription> = {}): ServiceDescription {
  return {
    cluster: 'Shop_2',
    name,
    arn: `arn:aws:ecs:${region}:${account}:service/Shop_2/${name}`,
    controller: 'ECS',
    taskDefinition: `arn:aws:ecs:${region}:${account}:task-definition/${name}:3`,
    strategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1, isSpot: true }],
    standbyProvider: 'FARGATE',
    standbys: [],
    platformVersion: '1.4.0',
    network: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: true },
    loadBalancers: [],
    targetGroupArns: [],
    registries: [],
    placementConstraints: [],
    placementStrategy: [],
    propagateTags: 'TASK_DEFINITION',
    enableExecuteCommand: true,
    enableManagedTags: false,
    roleArns: [roleArn(name)],
    task: {
      cpu: 1024,
      memoryMiB: 2048,
      architecture: 'X86_64',
      ephemeralStorageGiB: 20,
      stopSeconds: 120,
    },
    ...rest,
  }
}

/** The shortest use, outside this repository. */
function attached(
  primaries: readonly ServiceDescription[],
  props: Partial<SpotFailoverProps> = {},
) {
  const stack = new TerraformStack(testApp(), 'their-stack')
  new AwsProvider(stack, 'aws', { region })
  new SpotFailover(stack, 'failover', { cluster: 'Shop_2', account, region, primaries, ...props })
  return synthesized(stack)
}

const Checkout = primary('Checkout_API', {
  loadBalancers: [{ targetGroupArn: groupArn('blue'), containerName: 'api', containerPort: 8080 }],
  targetGroupArns: [groupArn('blue'), groupArn('green')],
  healthCheckGraceSeconds: 45,
  registries: [{ registryArn: 'arn:registry', containerName: 'api', containerPort: 8080 }],
  connectNamespace: 'internal',
  roleArns: [roleArn('pulls'), roleArn('checkout')],
})
const jobs = primary('jobs', {
  roleArns: [roleArn('pulls')],
  task: { ...primary('').task, stopSeconds: 30 },
})
const json = attached([Checkout, jobs])

/** Values of the tags that the stack sets on a service that it has not created. */
function tagsOn(service: ServiceDescription, of: Synthesized = json): Record<string, string> {
  return Object.fromEntries(
    Object.values(resourcesOf(of, 'aws_ecs_tag'))
      .filter(({ resource_arn }) => resource_arn === service.arn)
      .map(({ key, value }) => [key, value]),
  )
}

function standbyNames(of: Synthesized): string[] {
  return Object.values(resourcesOf(of, 'aws_ecs_service')).map(({ name }) => name)
}

function statement(sid: string, of: Synthesized = json): Block[] {
  return Object.values(resourcesOf(of, 'aws_iam_role_policy'))
    .flatMap(({ policy }) => statementsOf(policy))
    .filter(({ Sid }) => Sid === sid)
}

describe('the standby of a service that others made', () => {
  it('is like its primary, on demand and without tasks', () => {
    expect(resourceAt(json, 'aws_ecs_service', 'primaries/Checkout_API-standby')).toMatchObject({
      name: 'Checkout_API-standby',
      cluster: `arn:aws:ecs:${region}:${account}:cluster/Shop_2`,
      task_definition: Checkout.taskDefinition,
      desired_count: 0,
      capacity_provider_strategy: [{ capacity_provider: 'FARGATE', weight: 1 }],
      platform_version: '1.4.0',
      network_configuration: {
        subnets: ['subnet-1'],
        security_groups: ['sg-1'],
        assign_public_ip: true,
      },
      load_balancer: [
        { target_group_arn: groupArn('blue'), container_name: 'api', container_port: 8080 },
      ],
      health_check_grace_period_seconds: 45,
      service_registries: {
        registry_arn: 'arn:registry',
        container_name: 'api',
        container_port: 8080,
      },
      service_connect_configuration: { enabled: true, namespace: 'internal' },
      propagate_tags: 'TASK_DEFINITION',
      enable_execute_command: true,
      enable_ecs_managed_tags: false,
      tags: {
        'tideway:standby-of': 'Checkout_API',
        // 0.04048 + 2 * 0.004445
        'tideway:task-price': '0.049370',
        'tideway:created-by': 'ecs-spot',
      },
      lifecycle: { ignore_changes: ['desired_count', 'task_definition', 'load_balancer'] },
    })
  })

  it('has on instances what Fargate does not have', () => {
    const placed = {
      placementConstraints: [{ type: 'distinctInstance' }],
      placementStrategy: [{ type: 'binpack', field: 'cpu' }],
    }
    const standbyOn = (standbyProvider: string) =>
      Object.values(
        resourcesOf(attached([primary('jobs', { ...placed, standbyProvider })]), 'aws_ecs_service'),
      )[0]
    expect(standbyOn('steady')).toMatchObject({
      placement_constraints: [{ type: 'distinctInstance' }],
      ordered_placement_strategy: [{ type: 'binpack', field: 'cpu' }],
      availability_zone_rebalancing: 'DISABLED',
    })
    expect(standbyOn('steady')).not.toHaveProperty('platform_version')
    expect(standbyOn('FARGATE')).toMatchObject({ availability_zone_rebalancing: 'ENABLED' })
    expect(standbyOn('FARGATE')).not.toHaveProperty('placement_constraints')
  })

  it('is found by tags of the primary, which only exist while the standby does', () => {
    expect(tagsOn(Checkout)).toEqual({ 'tideway:standbys': 'Checkout_API-standby' })
    expect(tagsOn(jobs)).toEqual({
      'tideway:standbys': 'jobs-standby',
      'tideway:defined-stop-seconds': '30',
    })
    expect(resourceAt(json, 'aws_ecs_tag', 'primaries/jobs-standbys').depends_on).toEqual([
      addressAt(json, 'aws_ecs_service', 'primaries/jobs-standby'),
    ])
  })

  it('is not created where one is adopted', () => {
    const adopting = primary('web', { standbys: ['web-b', 'web-a'], standbyProvider: '' })
    const of = attached([adopting, jobs])
    expect(standbyNames(of)).toEqual(['jobs-standby'])
    expect(tagsOn(adopting, of)).toEqual({ 'tideway:standbys': 'web-b web-a' })
  })

  it('can have another name, and preferences of the owner', () => {
    const of = attached([jobs], {
      standbySuffix: '-od',
      preferences: {
        jobs: {
          atNotice: 'serve-until-drained',
          prefer: 'cost',
          slowestRequestSeconds: 9,
          stopSeconds: 7,
          maxCoverDollarsPerHour: 2.5,
        },
      },
    })
    expect(standbyNames(of)).toEqual(['jobs-od'])
    expect(tagsOn(jobs, of)).toEqual({
      'tideway:standbys': 'jobs-od',
      'tideway:at-notice': 'serve-until-drained',
      'tideway:prefer': 'cost',
      'tideway:request-seconds': '9',
      'tideway:defined-stop-seconds': '7',
      'tideway:max-cover-price': '2.5',
    })
  })
})

describe('the roles of an attached failover', () => {
  it('pass exactly the roles of the descriptions, and deregister from exactly their target groups', () => {
    expect(statement('HandRolesToTasks').map(({ Resource }) => Resource)).toEqual([
      [roleArn('checkout'), roleArn('pulls')],
    ])
    const groups = [groupArn('blue'), groupArn('green')]
    expect(statement('TakeOut').map(({ Resource }) => Resource)).toEqual([groups, groups])
  })

  it('have no statement without resources', () => {
    const of = attached([primary('jobs', { roleArns: [] })])
    const all = Object.values(resourcesOf(of, 'aws_iam_role_policy')).flatMap(({ policy }) =>
      statementsOf(policy),
    )
    expect(all.filter(({ Resource }) => Resource.length === 0)).toEqual([])
    expect([statement('HandRolesToTasks', of), statement('TakeOut', of)]).toEqual([[], []])
    expect(statement('ChangeStandbysOnly', of)).toHaveLength(1)
  })

  it('take patterns for more services than a policy can name', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      primary(`shop-${index}`, { targetGroupArns: [groupArn(`shop-${index}`)] }),
    )
    expect(() => attached(many)).toThrow(
      /ARNs of roles and target groups in a policy\): must have 6500 bytes at most; got \d+\. Set taskRoleArns/,
    )
    const of = attached(many, { taskRoleArns: [roleArn('shop-*')], targetGroupNames: ['shop-*'] })
    expect(statement('HandRolesToTasks', of).map(({ Resource }) => Resource)).toEqual([
      [roleArn('shop-*')],
    ])
  })
})

describe('an attached failover', () => {
  it('has a topic and a key of its own, which alarms and logs may use', () => {
    const topic = resourceAt(json, 'aws_sns_topic', 'failover/failover-alarms/topic')
    const key = referenceAt(json, 'aws_kms_key', 'failover/key/key', 'arn')
    expect(topic).toMatchObject({ name: 'shop-2-failover-alarms', kms_master_key_id: key })
    expect(Object.keys(resourcesOf(json, 'aws_kms_key'))).toHaveLength(1)
    const principals = statementsOf(resourceAt(json, 'aws_kms_key', 'failover/key/key').policy)
      .map(({ Principal }) => Principal.Service)
      .filter((service) => service !== undefined)
    expect(principals).toEqual([
      'events.amazonaws.com',
      `logs.${region}.amazonaws.com`,
      'cloudwatch.amazonaws.com',
    ])
    const logs = Object.values(resourcesOf(json, 'aws_cloudwatch_log_group'))
    expect(logs.map(({ kms_key_id }) => kms_key_id)).toEqual([key, key])
    const mailed = attached([jobs], { alarmEmails: ['oncall@shop.example'] })
    expect(Object.values(resourcesOf(mailed, 'aws_sns_topic_subscription'))).toMatchObject([
      { protocol: 'email', endpoint: 'oncall@shop.example' },
    ])
  })

  it('uses a topic and keys that are given', () => {
    const given = { topicArn: 'arn:topic', topicKeyArn: 'arn:topic-key', logKeyArn: 'arn:log-key' }
    const of = attached([jobs], given)
    expect(resourcesOf(of, 'aws_sns_topic')).toEqual({})
    expect(statement('UseKey', of).map(({ Resource }) => Resource.slice(1))).toEqual([
      ['arn:log-key', 'arn:topic-key'],
      ['arn:log-key', 'arn:topic-key'],
    ])
    const alarms = Object.values(resourcesOf(of, 'aws_cloudwatch_metric_alarm'))
    expect(new Set(alarms.flatMap(({ alarm_actions }) => alarm_actions))).toEqual(
      new Set(['arn:topic']),
    )
  })

  it('has alarms of each service, whatever its name', () => {
    const of = (service: string) =>
      Object.values(resourcesOf(json, 'aws_cloudwatch_metric_alarm'))
        .filter(({ dimensions }) => dimensions?.Service === service)
        .map(({ alarm_name }) => alarm_name)
    expect(of('Checkout_API')).toEqual([
      'shop-2-failover-Checkout_API-uncovered',
      'shop-2-failover-Checkout_API-long-on-demand',
    ])
    expect(of('jobs')).toHaveLength(2)
  })

  it('takes the Spot providers and their groups from the strategies', () => {
    const variablesOf = (of: Synthesized) =>
      Object.values(resourcesOf(of, 'aws_lambda_function')).map(
        ({ environment }) => environment.variables,
      )
    const rulesOf = (of: Synthesized) =>
      Object.values(resourcesOf(of, 'aws_cloudwatch_event_rule')).map(({ name }) => name)
    expect(variablesOf(json)[0]).toMatchObject({
      CLUSTERS: 'Shop_2',
      SPOT_PROVIDERS: 'FARGATE_SPOT',
    })
    expect(variablesOf(json)[0]).not.toHaveProperty('SPOT_GROUPS')
    expect(rulesOf(json)).not.toContain('shop-2-failover-launch-failure')
    const item = { base: 0, weight: 1, isSpot: true }
    const onGroups = attached([
      jobs,
      primary('batch', {
        strategy: [
          { ...item, capacityProvider: 'cheap', autoScalingGroup: 'cheap-asg' },
          { ...item, capacityProvider: 'steady', autoScalingGroup: 'steady-asg', isSpot: false },
        ],
      }),
    ])
    expect(variablesOf(onGroups)[0]).toMatchObject({
      SPOT_PROVIDERS: 'FARGATE_SPOT cheap',
      SPOT_GROUPS: 'cheap-asg=cheap',
    })
    expect(rulesOf(onGroups)).toContain('shop-2-failover-launch-failure')
  })

  it('shows all services of the cluster on its dashboard, however many there are', () => {
    const [dashboard] = Object.values(resourcesOf(json, 'aws_cloudwatch_dashboard'))
    const { widgets } = JSON.parse(dashboard?.dashboard_body)
    const search = (metric: string) => [
      [
        {
          expression: `SEARCH('{Tideway/Failover,Cluster,Service} Cluster="Shop_2" MetricName="${metric}"', 'Maximum', 60)`,
        },
      ],
    ]
    const metricsOf = (title: RegExp) =>
      widgets.find(({ properties }: Block) => title.test(properties.title)).properties.metrics
    expect(metricsOf(/^Is anybody short/)).toEqual(search('Uncovered'))
    expect(metricsOf(/^Who is covered/)).toEqual(search('StandbyTasks'))
    expect(metricsOf(/^Tasks that Spot does not run/)).toEqual(search('Shortfall'))
  })
})

describe('a description is rejected', () => {
  it.each<[what: string, primaries: unknown, message: RegExp]>([
    ['that is no list', { web: 1 }, /^primaries: must be a list of descriptions/],
    ['that is none', ['web'], /^primaries\[0\]: must be a description; got "web"/],
    [
      'that lacks fields',
      [{ ...jobs, roleArns: undefined, name: '' }],
      /primaries\[0\]\.name: must be a text; got ""\.[\s\S]*primaries\[0\]\.roleArns: must be a list; got nothing/,
    ],
    [
      'of another cluster',
      [{ ...jobs, arn: jobs.arn.replace('Shop_2', 'Shop_3') }],
      /primaries\[0\] \(jobs\)\.arn: must be in the cluster, region and account .*Shop_2\/jobs; got .*Shop_3/,
    ],
    [
      'of another account',
      [{ ...jobs, arn: jobs.arn.replace(account, '999999999999') }],
      /must be in the cluster, region and account/,
    ],
    [
      'without Spot',
      [{ ...jobs, strategy: [{ ...jobs.strategy[0], isSpot: false }] }],
      /strategy: must have a Spot provider/,
    ],
    [
      'with a standby on Spot',
      [{ ...jobs, standbyProvider: 'FARGATE_SPOT' }],
      /must be a capacity provider on demand, so none of FARGATE_SPOT/,
    ],
    [
      'without a standby',
      [{ ...jobs, standbyProvider: '' }],
      /standbyProvider: must be .*; got ""/,
    ],
    [
      'twice',
      [jobs, jobs],
      /must name each service once, as a primary or as a standby; got "jobs"/,
    ],
    [
      'with the name of a standby',
      [jobs, primary('jobs-standby')],
      /must name each service once.*got "jobs-standby"/,
    ],
  ])('%s', (_, primaries, message) => {
    expect(() => attached(primaries as ServiceDescription[])).toThrow(message)
  })

  it('with preferences for none of them, or with some that the controller ignores', () => {
    expect(() => attached([jobs], { preferences: { job: { prefer: 'cost' } } })).toThrow(
      'preferences.job: must be for one of the primaries: jobs; got "job"',
    )
    expect(() => attached([jobs], { preferences: { jobs: { stopSeconds: 1 } } })).toThrow(
      /^preferences\.jobs: must have whole slowestRequestSeconds/,
    )
  })
})

describe('a failover in a stack without a deployment context', () => {
  it('needs an account and a region, and a name that fits', () => {
    const stack = new TerraformStack(testApp(), 'their-stack')
    expect(() => new SpotFailover(stack, 'failover', { cluster: 'shop' })).toThrow(
      /failover\.account: must be given.*\n.*failover\.region: must be given/,
    )
    expect(() => attached([], { cluster: 'a'.repeat(38) })).toThrow(
      /failover\.prefix: must have 37 characters at most/,
    )
    expect(() => attached([], { cluster: 'a'.repeat(200), prefix: 'shop' })).not.toThrow()
    for (const runbooks of ['', 'docs/operations', 'https://wiki.example.com/']) {
      expect(() => attached([], { runbooks })).toThrow(
        `failover.runbooks: must be the address of a folder, of 500 characters at most, without a slash at the end; got "${runbooks}"`,
      )
    }
  })
})

describe('the tags of an operator on a primary', () => {
  it('stay: only single tags of it are managed, and none of them is an operator’s', () => {
    const json = attached([Checkout], { preferences: { [Checkout.name]: { stopSeconds: 30 } } })
    const keys = Object.values(resourcesOf(json, 'aws_ecs_tag')).map(({ key }) => key)
    expect(keys).toContain('tideway:defined-stop-seconds')
    expect(keys.filter((key) => operatorTags.includes(key))).toEqual([])
    const services = Object.values(resourcesOf(json, 'aws_ecs_service'))
    expect(services.map(({ name }) => name)).toEqual([`${Checkout.name}-standby`])
    expect(Object.keys(resourcesOf(json, 'aws_ecs_cluster'))).toEqual([])
  })
})
