import {
  DescribeClustersCommand,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTasksCommand,
  paginateListServices,
} from '@aws-sdk/client-ecs'
import { EcsSimulation } from '../src'
import { ecsClient } from './ecs-support'

const cluster = 'main'

function setUp(services: number, desiredCount: number) {
  const aws = new EcsSimulation({ seed: 1 })
  for (let index = 0; index < services; index++) {
    aws.createService({ name: `s${index}`, desiredCount, startsSteady: true })
  }
  return { aws, ecs: ecsClient(aws) }
}

describe('DescribeClusters', () => {
  it('returns the clusters that exist, with tags where they are included', async () => {
    const { aws, ecs } = setUp(0, 0)
    aws.setClusterTags(cluster, { team: 'shop' })
    const clusters = [cluster, 'other']
    const described = await ecs.send(new DescribeClustersCommand({ clusters, include: ['TAGS'] }))
    expect(described).toMatchObject({
      clusters: [
        { clusterName: cluster, status: 'ACTIVE', tags: [{ key: 'team', value: 'shop' }] },
      ],
      failures: [{ arn: aws.arns.cluster('other'), reason: 'MISSING' }],
    })
    const without = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }))
    expect(without.clusters?.[0]).not.toHaveProperty('tags')
  })
})

describe('ListServices', () => {
  it('returns pages', async () => {
    const { ecs } = setUp(250, 0)
    const pages: number[] = []
    const names = new Set<string>()
    for await (const { serviceArns = [] } of paginateListServices(
      { client: ecs, pageSize: 100 },
      { cluster },
    )) {
      pages.push(serviceArns.length)
      for (const arn of serviceArns) names.add(arn)
    }
    expect(pages).toEqual([100, 100, 50])
    expect(names.size).toBe(250)
    const first = await ecs.send(new ListServicesCommand({ cluster }))
    expect(first.serviceArns).toHaveLength(10)
    await expect(
      ecs.send(new ListServicesCommand({ cluster, maxResults: 101 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await expect(
      ecs.send(new ListServicesCommand({ cluster, nextToken: 'x' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  it('leaves out inactive services', async () => {
    const { aws, ecs } = setUp(3, 0)
    aws.deleteService(aws.service('s1'))
    await aws.run(10)
    const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster }))
    expect(serviceArns).toEqual([aws.service('s0').arn, aws.service('s2').arn])
  })
})

describe('ListTasks', () => {
  it('returns the tasks of one service that should run', async () => {
    const { aws, ecs } = setUp(2, 3)
    const [task] = [...aws.service('s0').tasks]
    if (task !== undefined) aws.interruptTask(task)
    await aws.run(60)
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName: 's0' }))
    expect(taskArns).toHaveLength(3)
    expect(taskArns).not.toContain(task?.arn)
    expect((await ecs.send(new ListTasksCommand({ cluster }))).taskArns).toHaveLength(6)
    await expect(
      ecs.send(new ListTasksCommand({ cluster, serviceName: 'other' })),
    ).rejects.toMatchObject({ name: 'ServiceNotFoundException' })
  })

  it('returns the tasks of one container instance', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const scaling = { kind: 'managed' as const }
    const group = { name: 'ec2', tasksPerInstance: 2, maxInstances: 3, initialInstances: 2 }
    aws.addAutoScalingGroup({ ...group, scaling })
    const strategy = [{ capacityProvider: 'ec2', weight: 1 }]
    const settings = { name: 'web', desiredCount: 3, strategy, startsSteady: true }
    const tasks = [...aws.createService(settings).tasks]
    const ecs = ecsClient(aws)
    const instanceId = tasks[2]?.host?.instanceId
    const filter = `ec2InstanceId == ${instanceId}`
    const { containerInstanceArns = [] } = await ecs.send(
      new ListContainerInstancesCommand({ cluster, filter }),
    )
    expect(containerInstanceArns).toEqual([tasks[2]?.host?.containerInstanceArn])
    for (const containerInstance of [
      containerInstanceArns[0],
      containerInstanceArns[0]?.split('/').at(-1),
    ]) {
      const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, containerInstance }))
      expect(taskArns).toEqual([tasks[2]?.arn])
    }
    const all = await ecs.send(new ListContainerInstancesCommand({ cluster }))
    expect(all.containerInstanceArns).toHaveLength(2)
    await expect(
      ecs.send(new ListContainerInstancesCommand({ cluster, filter: 'other' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' })
  })

  it('returns pages of a hundred', async () => {
    const { ecs } = setUp(1, 130)
    const first = await ecs.send(new ListTasksCommand({ cluster }))
    const { nextToken } = first
    const second = await ecs.send(new ListTasksCommand({ cluster, nextToken }))
    expect([first.taskArns?.length, second.taskArns?.length]).toEqual([100, 30])
    expect(second.nextToken).toBeUndefined()
  })
})
