import { ListServicesCommand, ListTasksCommand, paginateListServices } from '@aws-sdk/client-ecs'
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

describe('lists', () => {
  it('of services come in pages', async () => {
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

  it('of tasks are of one service and desired status, and never of PENDING', async () => {
    const { aws, ecs } = setUp(2, 3)
    const [task] = [...aws.service('s0').tasks]
    if (task !== undefined) aws.interruptTask(task)
    await aws.run(200)
    const list = (desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED') =>
      ecs.send(new ListTasksCommand({ cluster, serviceName: 's0', desiredStatus }))
    expect((await list()).taskArns).toHaveLength(3)
    expect((await list('STOPPED')).taskArns).toEqual([task?.arn])
    expect((await list('PENDING')).taskArns).toEqual([])
    expect((await ecs.send(new ListTasksCommand({ cluster }))).taskArns).toHaveLength(6)
    await expect(
      ecs.send(new ListTasksCommand({ cluster, serviceName: 'other' })),
    ).rejects.toMatchObject({ name: 'ServiceNotFoundException' })
  })

  it('of tasks are of one deployment', async () => {
    const { aws, ecs } = setUp(1, 2)
    const service = aws.service('s0')
    const before = service.primary.id
    aws.deploy(service, { taskDefinition: 's0:2' })
    await aws.run(25)
    const list = async (startedBy: string) =>
      (await ecs.send(new ListTasksCommand({ cluster, startedBy }))).taskArns?.length
    expect([await list(before), await list(service.primary.id), await list('x')]).toEqual([2, 2, 0])
  })

  it('of services leave out the inactive', async () => {
    const { aws, ecs } = setUp(3, 0)
    aws.deleteService(aws.service('s1'))
    await aws.run(10)
    const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster }))
    expect(serviceArns).toEqual([aws.service('s0').arn, aws.service('s2').arn])
  })

  it('of tasks come in pages of a hundred', async () => {
    const { ecs } = setUp(1, 130)
    const first = await ecs.send(new ListTasksCommand({ cluster }))
    const { nextToken } = first
    const second = await ecs.send(new ListTasksCommand({ cluster, nextToken }))
    expect([first.taskArns?.length, second.taskArns?.length]).toEqual([100, 30])
    expect(second.nextToken).toBeUndefined()
  })
})
