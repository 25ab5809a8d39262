import {
  type AutoScalingGroupSettings,
  CapacityTrace,
  EcsSimulation,
  none,
  unlimited,
} from '../src'
import { actions, record, texts, watch } from './ecs-support'

const strategy = [{ capacityProvider: 'ec2-spot', weight: 1 }]

function setUp(settings: Partial<AutoScalingGroupSettings> = {}) {
  const aws = new EcsSimulation({ seed: 1 })
  const provider = aws.addAutoScalingGroup({
    name: 'ec2-spot',
    isSpot: true,
    tasksPerInstance: 2,
    initialInstances: 3,
    maxInstances: 10,
    scaling: { kind: 'managed' },
    rebalanceRecommendations: 1,
    ...settings,
  })
  const settingsOfWeb = { desiredCount: 6, strategy, startsSteady: true }
  const web = aws.createService({ name: 'web', ...settingsOfWeb })
  return { aws, web, provider, recorded: record(aws) }
}

describe('an interrupted Spot instance', () => {
  it('ends its tasks after two minutes, without a notice to ECS', async () => {
    const { aws, web, recorded } = setUp()
    const [task] = [...web.tasks]
    if (task === undefined) throw new Error('the service has no task')
    const instanceId = task.host?.instanceId
    aws.interruptTask(task)
    await aws.run(119)
    expect(recorded.map(({ type }) => type)).toEqual([
      'EC2 Instance Rebalance Recommendation',
      'EC2 Spot Instance Interruption Warning',
    ])
    expect(recorded[1]?.event).toMatchObject({
      source: 'aws.ec2',
      resources: [`arn:aws:ec2:us-east-1a:instance/${instanceId}`],
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    })
    expect(web.servingCount).toBe(6)
    await aws.run(1)
    expect(web.servingCount).toBe(4)
    expect(task).toMatchObject({
      stopCode: 'TerminationNotice',
      stoppedReason: `Host EC2 (instance ${instanceId}) terminated.`,
    })
    await aws.run(600)
    expect(web.servingCount).toBe(6)
  })

  it('is replaced', async () => {
    const { aws, web } = setUp({ capacity: CapacityTrace.constant(3) })
    const [task] = [...web.tasks]
    if (task !== undefined) aws.interruptTask(task)
    await aws.run(900)
    expect(web.servingCount).toBe(6)
  })

  it('moves its tasks in time with Spot draining and headroom', async () => {
    const { aws, web } = setUp({ spotInstanceDraining: true, initialInstances: 4 })
    const [task] = [...web.tasks]
    if (task !== undefined) aws.interruptTask(task)
    await watch(aws, 900, () => expect(web.servingCount).toBeGreaterThanOrEqual(6))
    expect(web.servingCount).toBe(6)
    expect(task?.stopCode).toBe('ServiceSchedulerInitiated')
  })

  it('gets no tasks if the notice comes in its launch', async () => {
    const { aws, web, provider } = setUp({ spotInstanceDraining: true })
    aws.setDesiredCount(web, 8)
    await aws.run(80)
    expect(provider.group.instances.size).toBe(4)
    aws.setTrace('ec2-spot', none())
    await aws.run(119)
    expect(provider.group.active).toEqual([])
    expect(provider.waitingTasks).toBe(8)
  })

  it('cannot move its tasks with 100 and 100 percent', async () => {
    const { aws, provider } = setUp({ spotInstanceDraining: true, initialInstances: 6 })
    const percents = { minimumHealthyPercent: 100, maximumPercent: 100 }
    const settings = { desiredCount: 4, strategy, startsSteady: true, ...percents }
    const api = aws.createService({ name: 'api', ...settings })
    const [task] = [...api.tasks]
    if (task !== undefined) aws.interruptTask(task)
    await aws.run(121)
    expect(provider.waitingTasks).toBe(0)
    expect(task?.stopCode).toBe('TerminationNotice')
    expect(api.servingCount).toBe(2)
  })
})

describe('a Spot drought of instances', () => {
  it('keeps tasks waiting for long before a placement failure', async () => {
    const { aws, web, recorded } = setUp({ scarceResource: 'MEMORY' })
    aws.setTrace('ec2-spot', none())
    await aws.run(125)
    expect(web.servingCount).toBe(0)
    await aws.run(595)
    expect(web.pendingCount).toBe(6)
    expect([...web.tasks].map(({ lastStatus }) => lastStatus)).toEqual(
      Array(6).fill('PROVISIONING'),
    )
    expect(actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE')).toEqual([])
    await aws.run(1300)
    const [failure] = actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE')
    expect(failure?.detail).toMatchObject({ reason: 'RESOURCE:MEMORY', containerInstanceArns: [] })
    expect(failure?.detail).not.toHaveProperty('capacityProviderArns')
    const isReported = texts(web).some((text) => text.includes('no container instance met all'))
    expect(isReported).toBe(true)
  })

  it('publishes an Auto Scaling event for each failed launch', async () => {
    const { aws, recorded } = setUp()
    aws.setTrace('ec2-spot', none())
    await aws.run(1200)
    const failed = recorded.filter(({ type }) => type === 'EC2 Instance Launch Unsuccessful')
    expect(failed.length).toBeGreaterThan(5)
    expect(failed[0]?.event).toMatchObject({
      source: 'aws.autoscaling',
      detail: {
        AutoScalingGroupName: 'ec2-spot',
        StatusMessage: expect.stringContaining('UnfulfillableCapacity'),
      },
    })
  })

  it('ends with instances for the waiting tasks', async () => {
    const { aws, web } = setUp()
    aws.setTrace('ec2-spot', none())
    await aws.run(400)
    const waiting = [...web.tasks]
    aws.setTrace('ec2-spot', unlimited())
    await aws.run(400)
    expect(web.servingCount).toBe(6)
    expect([...web.tasks]).toEqual(waiting)
  })

  it('keeps the tasks on the remaining instances', async () => {
    const { aws, web, provider } = setUp()
    aws.setTrace('ec2-spot', CapacityTrace.constant(2))
    await aws.run(600)
    expect([provider.group.instances.size, web.servingCount]).toEqual([2, 4])
    expect(provider.waitingTasks).toBe(2)
  })

  it('ends for a service that is scaled to 0', async () => {
    const { aws, web, provider } = setUp()
    aws.setTrace('ec2-spot', none())
    await aws.run(300)
    aws.setDesiredCount(web, 0)
    await aws.run(60)
    expect([web.tasks.size, provider.waitingTasks]).toEqual([0, 0])
  })
})

describe('names of capacity providers', () => {
  it.each(['aws-spot', 'ecs1', 'Fargate-mine', 'ec2-spot'])('%s is rejected', (name) => {
    const { aws } = setUp()
    const scaling = { kind: 'managed' as const }
    expect(() =>
      aws.addAutoScalingGroup({ name, tasksPerInstance: 1, maxInstances: 1, scaling }),
    ).toThrow(name)
  })
})
