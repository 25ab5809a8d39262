import {
  CreateClusterCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
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
  it('returns the service and its messages, newest first', async () => {
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

  it('returns the remaining tasks of an old deployment', async () => {
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

  it('returns tags if they are included', async () => {
    const { ecs } = setUp()
    const command = { cluster, services: ['s0'], include: ['TAGS' as const] }
    const { services } = await ecs.send(new DescribeServicesCommand(command))
    expect(services?.[0]?.tags).toEqual([{ key: 'owner', value: 'team' }])
  })

  it('finds services by name and by both forms of their ARN, and returns failures for missing ones', async () => {
    const { ecs } = setUp()
    const prefix = 'arn:aws:ecs:us-east-1:123456789012:service'
    const services = ['s0', `${prefix}/main/s0`, `${prefix}/s0`, 'other']
    const output = await ecs.send(new DescribeServicesCommand({ cluster, services }))
    expect(output.services?.map(({ serviceName }) => serviceName)).toEqual(['s0', 's0', 's0'])
    expect(output.failures).toEqual([{ arn: `${prefix}/main/other`, reason: 'MISSING' }])
  })

  it('returns the task sets of a CODE_DEPLOY service', async () => {
    const { aws, ecs } = setUp(0)
    aws.loadBalancers.createTargetGroup({ name: 'blue', arn: 'blue' })
    const loadBalancers = [{ targetGroupArn: 'blue', containerName: 'app', containerPort: 80 }]
    const settings = { desiredCount: 2, loadBalancers, startsSteady: true }
    const web = aws.createService({ name: 'web', controller: 'CODE_DEPLOY', ...settings })
    aws.startGreen(web, { taskDefinition: 'web:2' })
    const output = await ecs.send(new DescribeServicesCommand({ cluster, services: ['web'] }))
    expect(output.services?.[0]).toMatchObject({
      deploymentController: { type: 'CODE_DEPLOY' },
      deployments: [],
      taskSets: [
        { status: 'PRIMARY', runningCount: 2, stabilityStatus: 'STEADY_STATE', loadBalancers },
        { status: 'ACTIVE', runningCount: 0, stabilityStatus: 'STABILIZING' },
      ],
    })
  })

  it('counts the running and pending tasks of both task sets, and the desired tasks of one', async () => {
    const { aws, ecs } = setUp(0)
    const settings = { desiredCount: 2, startsSteady: true }
    const web = aws.createService({ name: 'web', controller: 'CODE_DEPLOY', ...settings })
    aws.startGreen(web, { taskDefinition: 'web:2' })
    const describe = async () => {
      const output = await ecs.send(new DescribeServicesCommand({ cluster, services: ['web'] }))
      return output.services?.[0]
    }
    await aws.run(10)
    expect(await describe()).toMatchObject({ desiredCount: 2, runningCount: 2, pendingCount: 2 })
    await aws.run(300)
    expect(await describe()).toMatchObject({
      desiredCount: 2,
      runningCount: 4,
      pendingCount: 0,
      taskSets: [
        { status: 'PRIMARY', computedDesiredCount: 2, runningCount: 2 },
        { status: 'ACTIVE', computedDesiredCount: 2, runningCount: 2 },
      ],
    })
  })

  it('rejects eleven services, no service, and an unknown cluster', async () => {
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

  it('returns an inactive service for an hour', async () => {
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
  it('returns the placement and the deployment of a task', async () => {
    const { aws, ecs } = setUp(1, 1)
    const [task] = [...aws.service('s0').tasks]
    const tasks = [task?.arn ?? '', 'other']
    const output = await ecs.send(new DescribeTasksCommand({ cluster, tasks }))
    expect(output.tasks).toMatchObject([
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
    expect(output.failures).toMatchObject([{ reason: 'MISSING' }])
    const many = Array.from({ length: 101 }, () => 'x')
    await expect(
      ecs.send(new DescribeTasksCommand({ cluster, tasks: many })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })
})

describe('the API', () => {
  it('rejects operations and parameters that are not simulated', async () => {
    const { ecs } = setUp()
    await expect(ecs.send(new CreateClusterCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('ecs: operation CreateCluster is not simulated'),
    })
    const command = new ListServicesCommand({ cluster, launchType: 'EC2' })
    await expect(ecs.send(command)).rejects.toMatchObject({
      name: 'NotSimulated',
      message:
        'ecs ListServices: parameter launchType is not simulated; simulated: cluster, maxResults, nextToken',
    })
  })

  it('throttles calls above the rate', async () => {
    const aws = new EcsSimulation({ seed: 1, apiCallRate: { perSecond: 2, burst: 3 } })
    const list = () => ecsClient(aws).send(new ListServicesCommand({ cluster }))
    for (let call = 0; call < 3; call++) await list()
    await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' })
    await aws.run(0.5)
    await expect(list()).resolves.toBeDefined()
    await expect(list()).rejects.toMatchObject({ name: 'ThrottlingException' })
  })
})

describe('StopTask', () => {
  it('stops a task with the reason of the operator, and the service replaces it', async () => {
    const { aws, ecs } = setUp()
    const [stopped] = aws.service('s0').tasks
    const reason = 'the operator wants to see it replaced'
    const { task } = await ecs.send(new StopTaskCommand({ cluster, task: stopped?.arn, reason }))
    expect(task).toMatchObject({
      taskArn: stopped?.arn,
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: reason,
    })
    const listStopped = new ListTasksCommand({
      cluster,
      serviceName: 's0',
      desiredStatus: 'STOPPED',
    })
    expect((await ecs.send(listStopped)).taskArns).toEqual([stopped?.arn])
    await aws.run(300)
    expect((await ecs.send(listStopped)).taskArns).toEqual([stopped?.arn])
    const first = await ecs.send(
      new ListTasksCommand({ cluster, serviceName: 's0', maxResults: 1 }),
    )
    expect([first.taskArns?.length, first.nextToken]).toEqual([1, expect.any(String)])
    const { tasks } = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: [stopped?.arn ?? ''] }),
    )
    expect(tasks).toMatchObject([{ lastStatus: 'STOPPED', stopCode: 'UserInitiated' }])
    expect(aws.service('s0').servingCount).toBe(2)
  })

  it('returns a task that has stopped as it is, and has a limit for the reason', async () => {
    const { aws, ecs } = setUp()
    const [{ id } = { id: '' }] = aws.service('s0').tasks
    const stop = (reason?: string) =>
      ecs.send(new StopTaskCommand({ cluster, task: id, ...(reason && { reason }) }))
    await stop()
    await aws.run(300)
    const { task } = await stop('again')
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'Task stopped by user' })
    await expect(stop('x'.repeat(256))).rejects.toThrow('255')
    await expect(ecs.send(new StopTaskCommand({ cluster, task: 'none' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The referenced task was not found.',
    })
  })
})
