import {
  CreateClusterCommand,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-ecs'
import { EcsSimulation } from '../src'
import { ecsClient } from './ecs-support'

const cluster = 'main'

function setUp(services = 1, desiredCount = 2) {
  const aws = new EcsSimulation({ seed: 1 })
  for (let index = 0; index < services; index++) {
    const tags = { owner: 'team' }
    aws.createService({ name: `s${index}`, desiredCount, tags, startsSteady: true })
  }
  return { aws, ecs: ecsClient(aws) }
}

describe('DescribeServices', () => {
  it('shows what the service is, and its messages, newest first', async () => {
    const { aws, ecs } = setUp()
    aws.setDesiredCount(aws.service('s0'), 3)
    await aws.run(300)
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: ['s0'] }))
    expect(services).toMatchObject([
      {
        serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/main/s0',
        status: 'ACTIVE',
        desiredCount: 3,
        runningCount: 3,
        pendingCount: 0,
        taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/s0:1',
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', base: 0, weight: 1 }],
        createdAt: new Date(Date.UTC(2026, 0, 5)),
        deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED', runningCount: 3 }],
      },
    ])
    expect(services?.[0]?.events?.map(({ message }) => message)).toEqual([
      '(service s0) has reached a steady state.',
      expect.stringMatching(/^\(service s0\) has started 1 tasks: \(task [0-9a-f]{32}\)\.$/),
    ])
    expect(services?.[0]).not.toHaveProperty('tags')
    expect(services?.[0]).not.toHaveProperty('taskSets')
  })

  it('shows an old deployment shrink', async () => {
    const { aws, ecs } = setUp(0)
    const percents = { minimumHealthyPercent: 50, maximumPercent: 100 }
    const settings = { desiredCount: 4, startsSteady: true, ...percents }
    aws.deploy(aws.createService({ name: 'web', ...settings }), { taskDefinition: 'web:2' })
    await aws.run(5)
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: ['web'] }))
    expect(services?.[0]?.deployments).toMatchObject([
      { status: 'PRIMARY', desiredCount: 4, rolloutState: 'IN_PROGRESS' },
      { status: 'ACTIVE', desiredCount: 2, rolloutState: 'COMPLETED' },
    ])
  })

  it('shows tags where they are asked for', async () => {
    const { ecs } = setUp()
    const command = { cluster, services: ['s0'], include: ['TAGS' as const] }
    const { services } = await ecs.send(new DescribeServicesCommand(command))
    expect(services?.[0]?.tags).toEqual([{ key: 'owner', value: 'team' }])
  })

  it('finds services by name and by both forms of their ARN, and reports the missing', async () => {
    const { ecs } = setUp()
    const prefix = 'arn:aws:ecs:us-east-1:123456789012:service'
    const services = ['s0', `${prefix}/main/s0`, `${prefix}/s0`, 'other']
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services }))
    expect(answer.services?.map(({ serviceName }) => serviceName)).toEqual(['s0', 's0', 's0'])
    expect(answer.failures).toEqual([{ arn: `${prefix}/main/other`, reason: 'MISSING' }])
  })

  it('shows task sets of a CODE_DEPLOY service', async () => {
    const { aws, ecs } = setUp(0)
    aws.loadBalancers.createTargetGroup({ name: 'blue', arn: 'blue' })
    const loadBalancers = [{ targetGroupArn: 'blue', containerName: 'app', containerPort: 80 }]
    const settings = { desiredCount: 2, loadBalancers, startsSteady: true }
    const web = aws.createService({ name: 'web', controller: 'CODE_DEPLOY', ...settings })
    aws.startGreen(web, { taskDefinition: 'web:2' })
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: ['web'] }))
    expect(answer.services?.[0]).toMatchObject({
      deploymentController: { type: 'CODE_DEPLOY' },
      deployments: [],
      taskSets: [
        { status: 'PRIMARY', runningCount: 2, stabilityStatus: 'STEADY_STATE', loadBalancers },
        { status: 'ACTIVE', runningCount: 0, stabilityStatus: 'STABILIZING' },
      ],
    })
  })

  it('refuses eleven services, none, and another cluster', async () => {
    const { ecs } = setUp()
    const eleven = Array.from({ length: 11 }, (_, index) => `s${index}`)
    const describe = (input: { cluster?: string; services: string[] }) =>
      ecs.send(new DescribeServicesCommand(input))
    await expect(describe({ cluster, services: eleven })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await expect(describe({ cluster, services: [] })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    })
    await expect(describe({ services: ['s0'] })).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
    })
  })

  it('forgets an inactive service after an hour', async () => {
    const { aws, ecs } = setUp()
    aws.deleteService(aws.service('s0'))
    await aws.run(600)
    const describe = () => ecs.send(new DescribeServicesCommand({ cluster, services: ['s0'] }))
    expect((await describe()).services?.[0]?.status).toBe('INACTIVE')
    await aws.run(3600)
    expect((await describe()).failures?.[0]?.reason).toBe('MISSING')
  })
})

describe('DescribeTasks', () => {
  it('shows where each runs, and who started it', async () => {
    const { aws, ecs } = setUp(1, 1)
    const [task] = [...aws.service('s0').tasks]
    const tasks = [task?.arn ?? '', 'other']
    const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks }))
    expect(answer.tasks).toMatchObject([
      {
        taskArn: task?.arn,
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        capacityProviderName: 'FARGATE_SPOT',
        group: 'service:s0',
        startedBy: task?.deployment.id,
        version: 1,
        startedAt: new Date(aws.now),
        attachments: [{ details: [{ name: 'privateIPv4Address', value: task?.ip }] }],
      },
    ])
    expect(answer.failures).toMatchObject([{ reason: 'MISSING' }])
    const many = Array.from({ length: 101 }, () => 'x')
    await expect(
      ecs.send(new DescribeTasksCommand({ cluster, tasks: many })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })
})

describe('the rest', () => {
  it('tags are listed, added and taken away', async () => {
    const { aws, ecs } = setUp()
    const resourceArn = aws.service('s0').arn
    await ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'a', value: 'b' }] }))
    await ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ['owner'] }))
    const { tags } = await ecs.send(new ListTagsForResourceCommand({ resourceArn }))
    expect(tags).toEqual([{ key: 'a', value: 'b' }])
    await expect(
      ecs.send(new ListTagsForResourceCommand({ resourceArn: `${resourceArn}x` })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  it('clusters and capacity providers are described', async () => {
    const { aws, ecs } = setUp(2, 3)
    const scaling = { kind: 'managed' as const }
    aws.addAutoScalingGroup({ name: 'spot-group', tasksPerInstance: 1, maxInstances: 1, scaling })
    const clusters = await ecs.send(new DescribeClustersCommand({ clusters: ['main', 'x'] }))
    expect(clusters.clusters).toMatchObject([{ activeServicesCount: 2, runningTasksCount: 6 }])
    expect(clusters.failures).toMatchObject([{ reason: 'MISSING' }])
    const providers = await ecs.send(new DescribeCapacityProvidersCommand({}))
    expect(providers.capacityProviders?.map(({ name }) => name)).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
      'spot-group',
    ])
  })

  it('what is not modelled is refused', async () => {
    const { ecs } = setUp()
    await expect(ecs.send(new CreateClusterCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
  })

  it('calls above the rate are refused, until time has passed', async () => {
    const aws = new EcsSimulation({ seed: 1, apiCallRate: { perSecond: 2, burst: 3 } })
    const list = () => ecsClient(aws).send(new ListServicesCommand({ cluster }))
    for (let call = 0; call < 3; call++) await list()
    await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' })
    await aws.run(0.5)
    await expect(list()).resolves.toBeDefined()
    await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' })
  })
})
