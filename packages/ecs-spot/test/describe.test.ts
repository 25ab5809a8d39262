import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Service } from '@aws-sdk/client-ecs'
import { describeServices, type Selection } from '../src/describe'
import { run } from '../src/describe/command'
import {
  accountId,
  clientOf,
  type DescribedCluster,
  ecsArn,
  fargateCluster,
  shop,
  spotService,
  tagged,
  webTask,
} from './described-cluster'

const described = (found: DescribedCluster, selection: Partial<Selection> = {}) =>
  describeServices(clientOf(found), { cluster: 'shop', ...selection })

const groupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:eu-west-1:${accountId}:targetgroup/${name}/0123456789abcdef`

/** The reasons why a service is refused. */
async function reasons(service: Partial<Service>, rest: DescribedCluster = {}) {
  const { refused, services } = await described(fargateCluster([spotService('web', service)], rest))
  expect(refused.map((one) => one.service)).toEqual(refused.map(() => 'web'))
  expect(services).toHaveLength(refused.length === 0 ? 1 : 0)
  return refused.map(({ reason }) => reason)
}

describe('a description', () => {
  it('has everything that a standby needs', async () => {
    const service = spotService('web', {
      loadBalancers: [
        { targetGroupArn: groupArn('web'), containerName: 'web', containerPort: 8080 },
      ],
      healthCheckGracePeriodSeconds: 60,
      serviceRegistries: [{ registryArn: 'arn:registry' }],
      enableExecuteCommand: true,
      enableECSManagedTags: true,
      propagateTags: 'SERVICE',
    })
    const { services, refused } = await described(fargateCluster([service]))
    expect(refused).toEqual([])
    expect(services).toEqual([
      {
        cluster: 'shop',
        name: 'web',
        arn: ecsArn('service/shop/web'),
        controller: 'ECS',
        taskDefinition: 'web:7',
        strategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1, isSpot: true }],
        standbyProvider: 'FARGATE',
        standbys: [],
        platformVersion: 'LATEST',
        network: {
          subnets: ['subnet-1', 'subnet-2'],
          securityGroups: ['sg-1'],
          assignPublicIp: false,
        },
        loadBalancers: [
          { targetGroupArn: groupArn('web'), containerName: 'web', containerPort: 8080 },
        ],
        targetGroupArns: [groupArn('web')],
        healthCheckGraceSeconds: 60,
        registries: [{ registryArn: 'arn:registry' }],
        placementConstraints: [],
        placementStrategy: [],
        propagateTags: 'SERVICE',
        enableExecuteCommand: true,
        enableManagedTags: true,
        roleArns: [webTask.taskRoleArn, webTask.executionRoleArn],
        task: {
          cpu: 512,
          memoryMiB: 1024,
          architecture: 'ARM64',
          ephemeralStorageGiB: 20,
          stopSeconds: 90,
        },
      },
    ])
  })

  it('has the on-demand provider of a strategy, and the group behind a Spot provider', async () => {
    const found = {
      cluster: { ...shop, capacityProviders: ['steady', 'cheap'] },
      providers: ['steady', 'cheap'].map((name) => ({
        name,
        autoScalingGroupProvider: {
          autoScalingGroupArn: `arn:aws:autoscaling:eu-west-1:${accountId}:autoScalingGroup:1:autoScalingGroupName/${name}-asg`,
        },
      })),
      services: [
        spotService('batch', {
          capacityProviderStrategy: [
            { capacityProvider: 'steady', base: 1, weight: 1 },
            { capacityProvider: 'cheap', weight: 4 },
          ],
        }),
      ],
      tasks: {
        'web:7': {
          compatibilities: ['EC2' as const],
          containerDefinitions: [
            { cpu: 256, memory: 512, stopTimeout: 600 },
            { cpu: 128, memoryReservation: 64, essential: false, stopTimeout: 5 },
          ],
        },
      },
    }
    const { services } = await described(found, { spotProviders: ['cheap'] })
    expect(services).toMatchObject([
      {
        standbyProvider: 'steady',
        strategy: [
          { capacityProvider: 'steady', isSpot: false, autoScalingGroup: 'steady-asg' },
          { capacityProvider: 'cheap', isSpot: true, autoScalingGroup: 'cheap-asg' },
        ],
        roleArns: [],
        // A notice gives two minutes, whatever the task definition says.
        task: { cpu: 384, memoryMiB: 576, architecture: 'X86_64', stopSeconds: 120 },
      },
    ])
  })

  it('is that of the task set that serves, where CodeDeploy releases', async () => {
    const loadBalancer = (name: string) => ({
      targetGroupArn: groupArn(name),
      containerName: 'web',
      containerPort: 80,
    })
    const service = spotService('web', {
      deploymentController: { type: 'CODE_DEPLOY' },
      taskDefinition: 'web:1',
      capacityProviderStrategy: [],
      loadBalancers: [loadBalancer('blue')],
      taskSets: [
        {
          status: 'PRIMARY',
          taskDefinition: 'web:7',
          capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
          loadBalancers: [loadBalancer('green')],
        },
      ],
    })
    const { services } = await described(fargateCluster([service]))
    expect(services).toMatchObject([
      {
        taskDefinition: 'web:7',
        strategy: [{ capacityProvider: 'FARGATE_SPOT' }],
        loadBalancers: [{ targetGroupArn: groupArn('green') }],
        targetGroupArns: [groupArn('blue'), groupArn('green')],
      },
    ])
  })

  it('names tagged standbys in the order of the primary, except those that SpotFailover created', async () => {
    const of = (primary: string, more = {}) => tagged({ 'tideway:standby-of': primary, ...more })
    const services = [
      spotService('web', tagged({ 'tideway:standbys': 'web-b web-a' })),
      spotService('web-a', of('web')),
      spotService('web-b', of('web')),
      spotService('web-gone', { ...of('web'), status: 'DRAINING' }),
      spotService('jobs'),
      spotService('jobs-standby', of('jobs', { 'tideway:created-by': 'ecs-spot' })),
    ]
    const found = await described(fargateCluster(services))
    expect(found.services.map(({ name, standbys }) => [name, standbys])).toEqual([
      ['jobs', []],
      ['web', ['web-b', 'web-a']],
    ])
  })
})

describe('the services of a selection', () => {
  const many = Array.from({ length: 23 }, (_, index) =>
    spotService(`s${`${index}`.padStart(2, '0')}`, tagged({ team: index % 2 ? 'odd' : 'even' })),
  )
  const names = async (selection: Partial<Selection>) =>
    (await described(fargateCluster(many, { pageSize: 7 }), selection)).services.map(
      ({ name }) => name,
    )

  it('are all of the cluster, on whichever page', async () => {
    expect(await names({})).toEqual(many.map(({ serviceName }) => serviceName))
  })

  it('are those of a list, and those with a tag', async () => {
    expect(await names({ services: ['s21', 's03'] })).toEqual(['s03', 's21'])
    expect(await names({ tag: { key: 'team', value: 'odd' } })).toHaveLength(11)
    expect(await names({ services: ['s20'], tag: { key: 'team', value: 'odd' } })).toEqual([])
  })

  it('must exist', async () => {
    const { refused } = await described(fargateCluster(many), { services: ['s03', 'typo'] })
    expect(refused).toEqual([
      { service: 'typo', reason: expect.stringContaining('has no service of this name') },
    ])
  })

  it('are no standbys, except those of a list', async () => {
    const standby = spotService('s01-standby', tagged({ 'tideway:standby-of': 's01' }))
    const found = fargateCluster([...many, standby])
    expect(await described(found)).toMatchObject({ services: many.map(() => ({})), refused: [] })
    expect(await described(found, { services: ['s01-standby'] })).toEqual({
      services: [],
      refused: [
        { service: 's01-standby', reason: 'it is the standby of s01. Select s01 instead.' },
      ],
    })
  })

  it('refuse no service that is not selected', async () => {
    const daemon = spotService('agent', { schedulingStrategy: 'DAEMON' })
    const { services, refused } = await described(fargateCluster([...many, daemon]), {
      services: ['s01'],
    })
    expect([services.length, refused]).toEqual([1, []])
  })
})

describe('a service that can have no standby is refused', () => {
  it.each<[what: string, service: Partial<Service>, reason: RegExp]>([
    ['a daemon', { schedulingStrategy: 'DAEMON' }, /^it is a DAEMON/],
    ['task sets', { deploymentController: { type: 'EXTERNAL' } }, /EXTERNAL/],
    ['blue/green by ECS', { deploymentConfiguration: { strategy: 'BLUE_GREEN' } }, /BLUE_GREEN/],
    [
      'a second target group that is unknown',
      { deploymentController: { type: 'CODE_DEPLOY' } },
      /Add --target-group web=ARN/,
    ],
    ['a launch type', { capacityProviderStrategy: [], launchType: 'FARGATE' }, /type FARGATE/],
    [
      'no Spot provider',
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] },
      /no Spot provider: FARGATE\. .*--spot-provider/,
    ],
    ['a deleted one', { status: 'INACTIVE' }, /^it is INACTIVE/],
    ['one in deletion', { status: 'DRAINING' }, /^it is DRAINING/],
    [
      'a name of Service Connect',
      {
        deployments: [
          {
            status: 'PRIMARY',
            serviceConnectConfiguration: { enabled: true, services: [{ portName: 'http' }] },
          },
        ],
      },
      /Service Connect/,
    ],
    [
      'volumes',
      { deployments: [{ status: 'PRIMARY', volumeConfigurations: [{ name: 'data' }] }] },
      /volumes/,
    ],
    [
      'a Classic Load Balancer',
      { loadBalancers: [{ loadBalancerName: 'old', containerName: 'web' }] },
      /Classic Load Balancer/,
    ],
    ['an old ARN', { serviceArn: ecsArn('service/web') }, /long ARN format/],
  ])('%s', async (_, service, reason) => {
    expect(await reasons(service)).toEqual([expect.stringMatching(reason)])
  })

  it('for a provider that the cluster lacks', async () => {
    const cluster = { ...shop, capacityProviders: ['FARGATE_SPOT'] }
    expect(await reasons({}, { cluster })).toEqual([expect.stringContaining('Add FARGATE')])
  })

  it('for a standby provider that its tasks cannot run on, that is on Spot, or that is unknown', async () => {
    const found = fargateCluster([spotService('web')], {
      cluster: { ...shop, capacityProviders: ['FARGATE', 'FARGATE_SPOT', 'group'] },
      tasks: { 'web:7': { ...webTask, compatibilities: ['FARGATE'] } },
    })
    const refusals: string[] = []
    for (const standbyProvider of ['group', 'FARGATE_SPOT', 'typo']) {
      const { refused } = await described(found, { standbyProvider })
      refusals.push(...refused.map(({ reason }) => reason))
    }
    expect(refusals).toEqual([
      expect.stringContaining('compatible with FARGATE.'),
      expect.stringContaining('on Spot too'),
      expect.stringContaining('no capacity provider typo'),
    ])
  })

  it('with all of its reasons', async () => {
    expect(
      await reasons({
        launchType: 'EC2',
        capacityProviderStrategy: [],
        deploymentController: { type: 'EXTERNAL' },
      }),
    ).toHaveLength(2)
  })

  it('unless a client of Service Connect only calls others', async () => {
    const serviceConnectConfiguration = { enabled: true, namespace: 'internal' }
    expect(
      await reasons({ deployments: [{ status: 'PRIMARY', serviceConnectConfiguration }] }),
    ).toEqual([])
  })
})

describe('the command', () => {
  const file = join(tmpdir(), `ecs-spot-describe-${process.pid}.json`)
  const found = fargateCluster([
    spotService('web'),
    spotService('agent', { launchType: 'EC2', capacityProviderStrategy: [] }),
  ])
  const command = (line: string, cluster: DescribedCluster = found) =>
    run(line.split(' '), () => clientOf(cluster))
  afterEach(() => rmSync(file, { force: true }))

  it('prints the file, or writes it, and names what it refuses', async () => {
    const printed = await command('describe --cluster shop')
    expect(JSON.parse(printed.output)).toMatchObject([{ name: 'web' }])
    expect(printed).toMatchObject({ code: 2, messages: expect.stringMatching(/^refused agent: /) })
    const { output, messages, code } = await command(
      `describe --cluster shop --service web --out ${file}`,
    )
    expect({ output, messages, code }).toEqual({
      output: '',
      messages: `${file}: 1 described, 0 refused\n`,
      code: 0,
    })
    expect(readFileSync(file, 'utf8')).toBe(printed.output)
  })

  it.each([
    ['describe', /^--cluster: must name a cluster/],
    ['describe --cluster shop --tag team', /^--tag: must have the form KEY=VALUE; got "team"/],
    ['describe --cluster shop --target-group arn', /^--target-group: must have the form/],
    ['describe --cluster shop --verbose', /--verbose/],
    ['delete --cluster shop', /^the command must be "describe"; got "delete"/],
    ['describe --cluster nowhere', /got "nowhere", which does not exist here\. Set AWS_REGION/],
  ])('rejects %s', async (line, message) => {
    expect(await command(line)).toEqual({
      output: '',
      messages: expect.stringMatching(message),
      code: 1,
    })
  })

  it.each([
    ['ListServices', 'ClusterNotFoundException', /another region/],
    ['DescribeServices', 'AccessDeniedException', /The role needs .*DescribeTaskDefinition/],
    ['DescribeTaskDefinition', 'ThrottlingException', /Run the command again/],
    ['DescribeClusters', 'UnrecognizedClientException', /does not accept these credentials/],
    ['DescribeClusters', 'ExpiredTokenException', /Sign in/],
    ['DescribeClusters', 'CredentialsProviderError', /Sign in/],
  ])('explains what to do when %s fails with %s', async (operation, name, fix) => {
    const error = Object.assign(new Error('User: arn is not allowed'), { name })
    const outcome = await command('describe --cluster shop', {
      ...found,
      errors: { [operation]: error },
    })
    expect(outcome).toMatchObject({ output: '', code: 1 })
    expect(outcome.messages).toMatch(/^User: arn is not allowed\. /)
    expect(outcome.messages).toMatch(fix)
  })

  it('explains a missing region, and an endpoint that cannot be reached', async () => {
    const messages: string[] = []
    for (const error of [
      new Error('Region is missing'),
      Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
    ]) {
      const { messages: text } = await command('describe --cluster shop', {
        ...found,
        errors: { DescribeClusters: error },
      })
      messages.push(text)
    }
    expect(messages).toEqual([
      'Region is missing. Set AWS_REGION to the region of the cluster.\n',
      'ECONNREFUSED. ECS cannot be reached there: check AWS_REGION, AWS_ENDPOINT_URL and the network.\n',
    ])
  })
})
