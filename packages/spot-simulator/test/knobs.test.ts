import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import {
  type CapacityTrace,
  defaultTiming,
  drought,
  EcsSimulation,
  flapping,
  none,
  partialReturns,
  Random,
  startSeconds,
  type Task,
} from '../src'
import { ecsClient, record } from './ecs-support'

const stepsOf = ({ steps }: CapacityTrace) =>
  steps.map(({ atSeconds, capacity }) => [atSeconds, capacity])

describe('starts with a tail', () => {
  const drawn = (starts: { medianSeconds: number; slowShare?: number }) => {
    const random = new Random(1)
    const draws = Array.from({ length: 2000 }, () => {
      const { provisioning, pending } = startSeconds(random, { ...defaultTiming, starts })
      return provisioning + pending
    })
    return draws.sort((one, other) => one - other)
  }
  const at = (sorted: readonly number[], share: number) =>
    sorted[Math.floor(share * sorted.length)] as number

  it.each([30, 60, 120, 180])('take %i s in the median, and some much longer', (medianSeconds) => {
    const seconds = drawn({ medianSeconds })
    expect(at(seconds, 0.5) / medianSeconds).toBeCloseTo(1, 1)
    // The 99th percentile of a lognormal distribution: e to the power of 2.33 standard deviations.
    expect(at(seconds, 0.99) / medianSeconds).toBeCloseTo(Math.exp(2.33 * 0.3), 0)
    expect(seconds.every((draw) => draw > 0)).toBe(true)
  })

  it('take two minutes more in a share of the cases', () => {
    const slow = drawn({ medianSeconds: 30, slowShare: 0.05 }).filter((draw) => draw > 130)
    expect(slow.length / 2000).toBeCloseTo(0.05, 1)
    expect(slow.length).toBeGreaterThan(0)
  })

  it('delay RUNNING', async () => {
    const timing = { starts: { medianSeconds: 180, spread: 0 }, scheduler: [1, 1] as const }
    const aws = new EcsSimulation({ seed: 1, timing })
    const web = aws.createService({ name: 'web', desiredCount: 2 })
    await aws.run(180)
    expect(web.runningCount).toBe(0)
    await aws.run(1)
    expect(web.runningCount).toBe(2)
  })
})

describe('missing notices', () => {
  it('end tasks at once, without a notice', async () => {
    const aws = new EcsSimulation({ seed: 1, missingNotices: 1 })
    const web = aws.createService({ name: 'web', desiredCount: 2, startsSteady: true })
    const [task] = [...web.tasks]
    const recorded = record(aws)
    aws.interruptTask(task as Task)
    expect([web.runningCount, task?.stopCode]).toEqual([1, 'SpotInterruption'])
    expect(recorded.map(({ detail }) => detail.lastStatus)).toEqual(['DEPROVISIONING'])
  })

  it('concern the given share of tasks', async () => {
    const aws = new EcsSimulation({ seed: 1, missingNotices: 0.5 })
    const web = aws.createService({ name: 'web', desiredCount: 100, startsSteady: true })
    aws.setTrace('FARGATE_SPOT', none())
    expect(web.runningCount).toBeGreaterThan(30)
    expect(web.runningCount).toBeLessThan(70)
  })

  it('end instances without their events', async () => {
    const aws = new EcsSimulation({ seed: 1, missingNotices: 1 })
    const { group } = aws.addAutoScalingGroup({
      name: 'ec2-spot',
      isSpot: true,
      tasksPerInstance: 2,
      initialInstances: 1,
      maxInstances: 1,
      scaling: { kind: 'managed' },
      rebalanceRecommendations: 1,
    })
    const recorded = record(aws)
    aws.setTrace('ec2-spot', none())
    expect(group.instances.size).toBe(0)
    expect(recorded.map(({ type }) => type)).toEqual(['EC2 Instance Launch Unsuccessful'])
  })
})

describe('partial returns of capacity', () => {
  it('give a share first, and the rest later', () => {
    const trace = drought({ fromSeconds: 600, toSeconds: 4200 })
    const partial = partialReturns(trace, { share: 0.5, full: 12, forSeconds: 900 })
    expect(stepsOf(partial)).toEqual([
      [0, 12],
      [600, 0],
      [4200, 6],
      [5100, 12],
    ])
  })

  it('are cut short by the next drop, and repeat with the trace', () => {
    const trace = flapping({ upSeconds: 300, downSeconds: 900 })
    const partial = partialReturns(trace, { share: 0.5, full: 12, forSeconds: 900 })
    expect(stepsOf(partial)).toEqual([
      [0, 12],
      [300, 0],
    ])
    expect(partial.repeatEverySeconds).toBe(1200)
  })
})

describe('reads that lag', () => {
  function setUp() {
    const aws = new EcsSimulation({ seed: 1, readLagSeconds: 10 })
    const web = aws.createService({ name: 'web', desiredCount: 2, startsSteady: true })
    const ecs = ecsClient(aws)
    const describe = async () => {
      const command = new DescribeServicesCommand({ cluster: 'main', services: ['web'] })
      const { services: [service] = [] } = await ecs.send(command)
      return service
    }
    return { aws, web, ecs, describe }
  }

  it('return a service as it was', async () => {
    const { aws, web, describe } = setUp()
    await aws.run(20)
    aws.setDesiredCount(web, 5)
    await aws.run(9)
    expect(await describe()).toMatchObject({ desiredCount: 2, runningCount: 2 })
    await aws.run(2)
    expect(await describe()).toMatchObject({ desiredCount: 5, runningCount: 2, pendingCount: 0 })
    await aws.run(10)
    expect(await describe()).toMatchObject({ desiredCount: 5, pendingCount: 3 })
    expect(await describe()).not.toHaveProperty('tags')
  })

  it('return a task as it was, and miss one that is new', async () => {
    const { aws, web, ecs } = setUp()
    await aws.run(20)
    const [task] = [...web.tasks]
    aws.interruptTask(task as Task)
    await aws.run(9)
    const describe = async () => {
      const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: 'main' }))
      const tasks = [...(taskArns ?? []), task?.arn ?? '']
      return ecs.send(new DescribeTasksCommand({ cluster: 'main', tasks }))
    }
    const early = await describe()
    expect(early.tasks?.map(({ desiredStatus }) => desiredStatus)).toEqual(['RUNNING', 'RUNNING'])
    expect(early.failures?.map(({ reason }) => reason)).toEqual(['MISSING'])
    await aws.run(10)
    const late = await describe()
    expect(late.tasks?.map(({ desiredStatus }) => desiredStatus)).toEqual([
      'RUNNING',
      'RUNNING',
      'STOPPED',
    ])
  })

  it('do not affect what UpdateService returns', async () => {
    const { aws, ecs } = setUp()
    await aws.run(20)
    const command = { cluster: 'main', service: 'web', desiredCount: 4 }
    const { service } = await ecs.send(new UpdateServiceCommand(command))
    expect(service?.desiredCount).toBe(4)
  })
})

describe('the backoff of placements', () => {
  async function inLongDrought() {
    const aws = new EcsSimulation({ seed: 1 })
    const web = aws.createService({ name: 'web', desiredCount: 2, startsSteady: true })
    aws.setTrace('FARGATE_SPOT', drought({ fromSeconds: 0, toSeconds: 20_000 }))
    await aws.run(20_000)
    const update = (input: { desiredCount?: number; forceNewDeployment?: boolean }) =>
      ecsClient(aws).send(new UpdateServiceCommand({ cluster: 'main', service: 'web', ...input }))
    return { aws, web, update }
  }

  it('ends with a forced deployment', async () => {
    const { aws, web, update } = await inLongDrought()
    await update({ forceNewDeployment: true })
    await aws.run(65)
    expect(web.runningCount).toBe(2)
  })

  it('does not end with a new desired count', async () => {
    const { aws, web, update } = await inLongDrought()
    await update({ desiredCount: 3 })
    await aws.run(65)
    expect(web.runningCount).toBe(0)
  })
})
