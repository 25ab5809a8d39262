import { type AutoScalingGroupSettings, EcsSimulation } from '../src'
import { watch } from './ecs-support'

const group = { name: 'ec2', tasksPerInstance: 4, maxInstances: 10, initialInstances: 2 }
const strategy = [{ capacityProvider: 'ec2', weight: 1 }]

function setUp(settings: Omit<AutoScalingGroupSettings, keyof typeof group>, desiredCount: number) {
  const aws = new EcsSimulation({ seed: 1 })
  const provider = aws.addAutoScalingGroup({ ...group, ...settings })
  const web = aws.createService({ name: 'web', desiredCount, strategy, startsSteady: true })
  return { aws, web, provider }
}

/** The usual set-up before capacity providers: CPU alarms without regard to tasks. */
const byCpu = (cpuPercentOfTask: () => number) => ({
  scaling: { kind: 'cpu' as const, cpuPercentOfTask },
  terminationProtection: false,
  managedDraining: false,
})
const withHeadroom = { scaling: { kind: 'managed' as const, targetCapacityPercent: 50 } }

describe('a surge', () => {
  const surge = async (settings: Parameters<typeof setUp>[0], during: () => void = () => {}) => {
    const { aws, web } = setUp(settings, 8)
    await aws.run(900)
    during()
    aws.setDesiredCount(web, 24)
    let enoughAfter = Number.POSITIVE_INFINITY
    let soon = 0
    await watch(aws, 3600, () => {
      const seconds = Math.round((aws.now - Date.UTC(2026, 0, 5)) / 1000 - 900)
      if (seconds === 60) soon = web.servingCount
      if (web.servingCount === 24) enoughAfter = Math.min(enoughAfter, seconds)
    })
    return { soon, enoughAfter }
  }

  it('waits for CPU alarms, one instance at a time', async () => {
    let cpuPercent = 15
    const settings = byCpu(() => cpuPercent)
    const { soon, enoughAfter } = await surge(settings, () => {
      cpuPercent = 25
    })
    expect(soon).toBe(8)
    expect(enoughAfter).toBeGreaterThan(900)
  })

  it('places tasks at once in the headroom, and the rest as fast as instances start', async () => {
    const { soon, enoughAfter } = await surge(withHeadroom)
    expect(soon).toBe(16)
    expect(enoughAfter).toBeLessThan(300)
  })

  it('places no task at once without headroom', async () => {
    const { soon, enoughAfter } = await surge({ scaling: { kind: 'managed' } })
    expect(soon).toBe(8)
    expect(enoughAfter).toBeLessThan(360)
  })
})

describe('scale-in', () => {
  const fewest = async (settings: Parameters<typeof setUp>[0]) => {
    const { aws, web, provider } = setUp(settings, 5)
    let serving = 5
    await watch(aws, 3600, () => {
      serving = Math.min(serving, web.servingCount)
    })
    return { serving, instances: provider.group.instances.size }
  }

  it('ends tasks with CPU scaling', async () => {
    const { serving } = await fewest(byCpu(() => 5))
    expect(serving).toBeLessThan(5)
  })

  it('moves tasks first with managed draining', async () => {
    const scaling = { kind: 'managed' as const }
    const settings = { initialInstances: 6, scaling, terminationProtection: false }
    expect(await fewest(settings)).toEqual({ serving: 5, instances: 2 })
    // The same without draining.
    expect((await fewest({ ...settings, managedDraining: false })).serving).toBeLessThan(5)
  })

  it('keeps instances with tasks with termination protection', async () => {
    const settings = { initialInstances: 6, ...withHeadroom, managedDraining: false }
    const { serving, instances } = await fewest(settings)
    // Two in use, and two for headroom.
    expect({ serving, instances }).toEqual({ serving: 5, instances: 4 })
  })

  it('terminates a protected instance after its last task', async () => {
    const { aws, web, provider } = setUp({ ...byCpu(() => 5), terminationProtection: true }, 5)
    await aws.run(3600)
    expect([provider.group.desiredInstances, provider.group.instances.size]).toEqual([0, 2])
    aws.setDesiredCount(web, 0)
    await aws.run(60)
    expect(provider.group.instances.size).toBe(0)
  })

  it('starts after fifteen minutes of low reservation, in steps', async () => {
    const scaling = { kind: 'managed' as const, maximumStep: 2 }
    const settings = { initialInstances: 8, scaling }
    const { aws, provider } = setUp(settings, 4)
    const seen: number[] = []
    await watch(aws, 3600, () => {
      const { size } = provider.group.instances
      if (seen.at(-1) !== size) seen.push(size)
      // The warm-up of 5 minutes, and 15 datapoints.
      if (aws.now < Date.UTC(2026, 0, 5, 0, 19)) expect(size).toBe(8)
    })
    expect(seen).toEqual([8, 6, 4, 2, 1])
  })

  it('stops at the minimum number of instances', async () => {
    const { aws, web, provider } = setUp({ ...withHeadroom, minInstances: 1 }, 5)
    aws.setDesiredCount(web, 0)
    await aws.run(2 * 3600)
    expect(provider.group.instances.size).toBe(1)
  })
})
