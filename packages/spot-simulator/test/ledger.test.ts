import { UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { EcsSimulation, Ledger, none, type Service, type Task } from '../src'
import { ecsClient, onDemand } from './ecs-support'

/** Fixed durations, so that the expected sums can be computed by hand. */
const timing = {
  scheduler: [1, 1],
  fargateProvisioning: [20, 20],
  fargatePending: [39, 39],
  stopping: [30, 30],
  deprovisioning: [0, 0],
} as const

const groupOf = ({ name }: Service) => ({
  group: name.replace('-standby', ''),
  isPrimary: !name.endsWith('-standby'),
})

function setUp(desiredCount = 4) {
  const aws = new EcsSimulation({ seed: 1, timing })
  const web = aws.createService({ name: 'web', desiredCount, startsSteady: true })
  const settings = { desiredCount: 0, strategy: onDemand, startsSteady: true }
  const standby = aws.createService({ name: 'web-standby', ...settings })
  return { aws, web, standby, ledger: new Ledger(aws, { groupOf }) }
}

describe('the ledger', () => {
  it('records only Spot and no shortfall for a steady service', async () => {
    const { aws, ledger } = setUp()
    await aws.run(1000)
    expect(ledger.group('web')).toEqual({
      desiredTaskSeconds: 4000,
      servingTaskSeconds: 4000,
      shortfallTaskSeconds: 0,
      shortfallRatio: 0,
      worstHourShortfallTaskSeconds: 0,
      longestShortfallSeconds: 0,
      onDemandTaskSeconds: 0,
      spotTaskSeconds: 4000,
      secondsByProvider: { FARGATE_SPOT: 4000 },
      relativeCost: expect.closeTo(0.32, 9),
      writes: 0,
      directionChanges: 0,
    })
  })

  it('records a surplus as paid for, and not as needed', async () => {
    const { aws, web } = setUp()
    const ledger = new Ledger(aws, { groupOf: (service) => ({ ...groupOf(service), surplus: 1 }) })
    await aws.run(100)
    aws.setDesiredCount(web, 6)
    const [task] = web.tasks
    aws.interruptTask(task as Task)
    await aws.run(100)
    // Three of four tasks are needed, then five of six, while two start for 60 s and one has its notice.
    expect(ledger.group('web')).toMatchObject({
      desiredTaskSeconds: 300 + 500,
      shortfallTaskSeconds: 60,
      longestShortfallSeconds: 60,
    })
  })

  it('counts tasks as lost only after they have served', async () => {
    const { aws, web, ledger } = setUp()
    aws.setDesiredCount(web, 6)
    await aws.run(100)
    expect(ledger.group('web').longestShortfallSeconds).toBe(60)
    expect(ledger.longestLossSeconds('web')).toBe(0)
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(120 + 50)
    expect(ledger.longestLossSeconds('web')).toBe(50)
    aws.setDesiredCount(web, 0)
    await aws.run(100)
    aws.setDesiredCount(web, 2)
    await aws.run(100)
    expect(ledger.longestLossSeconds('web')).toBe(50)
  })

  it('counts an interrupted task until it ends', async () => {
    const { aws, ledger } = setUp()
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(120)
    expect(ledger.group('web').shortfallTaskSeconds).toBe(0)
    await aws.run(100)
    expect(ledger.group('web')).toMatchObject({
      shortfallTaskSeconds: 400,
      shortfallRatio: 400 / 880,
      longestShortfallSeconds: 100,
      spotTaskSeconds: 480,
    })
  })

  it('counts a standby against the shortfall, at its price', async () => {
    const { aws, standby, ledger } = setUp()
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(100)
    // Placed at 101, RUNNING at 160: 40 seconds after the shortfall began.
    aws.setDesiredCount(standby, 4)
    await aws.run(900)
    const measures = ledger.group('web')
    expect(measures).toMatchObject({
      desiredTaskSeconds: 4000,
      servingTaskSeconds: 4 * 120 + 4 * 840,
      shortfallTaskSeconds: 160,
      longestShortfallSeconds: 40,
      spotTaskSeconds: 480,
      onDemandTaskSeconds: 4 * 899,
    })
    expect(measures.relativeCost).toBeCloseTo((480 * 0.32 + 4 * 899) / 4000, 9)
  })

  it('does not offset a shortfall with a surplus', async () => {
    const { aws, standby, ledger } = setUp()
    aws.setDesiredCount(standby, 2)
    await aws.run(200)
    expect(ledger.group('web')).toMatchObject({ servingTaskSeconds: 1080, shortfallTaskSeconds: 0 })
  })

  it('finds the worst hour on the clock, and the longest of several shortfalls', async () => {
    const { aws, web, ledger } = setUp(1)
    // A shortfall of 60 seconds with each additional task.
    aws.simulation.at(aws.now + 3570_000, () => aws.setDesiredCount(web, 2))
    aws.simulation.at(aws.now + 5000_000, () => aws.setDesiredCount(web, 3))
    await aws.run(7200)
    expect(ledger.total()).toMatchObject({
      shortfallTaskSeconds: 120,
      // 30 of the first shortfall, and all of the second.
      worstHourShortfallTaskSeconds: 90,
      longestShortfallSeconds: 60,
    })
  })

  it('adds up groups, and returns the longest shortfall of any', async () => {
    const { aws, ledger } = setUp(2)
    const api = aws.createService({ name: 'api', desiredCount: 1, strategy: onDemand })
    await aws.run(600)
    expect(ledger.groups).toEqual(['web', 'api'])
    expect(ledger.group('api')).toMatchObject({
      shortfallTaskSeconds: 60,
      longestShortfallSeconds: 60,
    })
    expect(ledger.total()).toMatchObject({
      desiredTaskSeconds: 1800,
      shortfallTaskSeconds: 60,
      longestShortfallSeconds: 60,
      secondsByProvider: { FARGATE_SPOT: 1200, FARGATE: 599 },
    })
    expect(api.servingCount).toBe(1)
    expect(() => ledger.group('x')).toThrow('no group x')
  })

  it('counts successful writes, and direction changes', async () => {
    const { aws, standby, ledger } = setUp()
    const update = (desiredCount: number, service = 'web-standby') =>
      ecsClient(aws).send(new UpdateServiceCommand({ cluster: 'main', service, desiredCount }))
    for (const count of [1, 3, 3, 2, 0, 1]) await update(count)
    await expect(update(-1)).rejects.toThrow()
    expect(ledger.service(standby)).toEqual({ writes: 6, directionChanges: 2 })
    expect(ledger.group('web')).toMatchObject({ writes: 6, directionChanges: 2 })
  })

  it('counts instances whether or not tasks use them', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const scaling = { kind: 'managed' as const }
    const group = { name: 'ec2', tasksPerInstance: 2, maxInstances: 5, initialInstances: 3 }
    aws.addAutoScalingGroup({ ...group, minInstances: 3, scaling })
    const ledger = new Ledger(aws)
    aws.addAutoScalingGroup({ ...group, name: 'later', minInstances: 3, scaling })
    await aws.run(600)
    expect(ledger.instanceSeconds('ec2')).toBe(1800)
    expect(ledger.instanceSeconds('later')).toBe(1800)
    expect(ledger.instanceSeconds('other')).toBe(0)
  })

  it('ignores services without a group', async () => {
    const { aws } = setUp()
    const ledger = new Ledger(aws, { groupOf: () => undefined })
    await aws.run(100)
    expect(ledger.total()).toMatchObject({ desiredTaskSeconds: 0, relativeCost: 0 })
  })
})
