import { allOnDemand } from '../src/policies/all-on-demand'
import { ecsOnly } from '../src/policies/ecs-only'
import { flip } from '../src/policies/flip'
import { oracle } from '../src/policies/oracle'
import { seed } from '../src/policies/seed'
import { droughtScenario, droughtStartSeconds, hour, startPolicy } from './support'

describe('ecs-only', () => {
  it('has no tasks in a drought, and all of them after it', async () => {
    const { account, writes, primary, standby } = await startPolicy(ecsOnly, droughtScenario(1, 3))
    await account.aws.run(hour)
    expect([primary.servingCount, standby.desiredCount]).toEqual([0, 0])
    await account.aws.run(2 * hour)
    expect(primary.servingCount).toBe(3)
    expect(writes).toEqual([])
  })
})

describe('all-on-demand', () => {
  it('is not affected by a drought', async () => {
    const { account, primary } = await startPolicy(allOnDemand, droughtScenario(1, 3))
    await account.aws.run(hour)
    expect(primary.servingCount).toBe(3)
    expect([...primary.tasks].map(({ provider }) => provider.name)).toEqual(
      Array(3).fill('FARGATE'),
    )
    expect(account.capacity.total()).toMatchObject({ relativeCost: 1, shortfallRatio: 0 })
  })
})

describe('seed', () => {
  it('counts tasks as running until their notice ends, and only then covers them', async () => {
    const { account, standby } = await startPolicy(seed, droughtScenario(1, 3))
    await account.aws.run(droughtStartSeconds + 100)
    expect(standby.desiredCount).toBe(0)
    await account.aws.run(400)
    expect(standby.desiredCount).toBe(3)
    expect(account.capacity.total().longestShortfallSeconds).toBeGreaterThan(0)
  })

  it('fails back at RUNNING events of Spot tasks, and ignores later ones', async () => {
    const { account, writes, primary, standby } = await startPolicy(seed, droughtScenario(1, 4))
    await account.aws.run(3 * hour)
    expect([primary.servingCount, standby.desiredCount]).toEqual([3, 0])
    const before = writes.length
    account.aws.setDesiredCount(primary, 4)
    await account.aws.run(600)
    expect(primary.servingCount).toBe(4)
    expect(writes).toHaveLength(before)
  })
})

describe('flip', () => {
  it('moves the whole service at once, and retries Spot after 3 h, 6 h and 12 h', async () => {
    const { account, writes } = await startPolicy(flip, droughtScenario(23, 26))
    await account.aws.run(24 * hour)
    expect(writes.map(({ input }) => input.forceNewDeployment)).toEqual(Array(7).fill(true))
    const [first, ...others] = writes.map(({ atSeconds }) => atSeconds)
    expect(first).toBeLessThan(droughtStartSeconds + 10)
    const waits = others.map((at, index) =>
      Math.round((at - (writes[index]?.atSeconds ?? 0)) / hour),
    )
    expect(waits).toEqual([3, 0, 6, 0, 12, 0])
    expect(account.capacity.total().shortfallRatio).toBe(0)
  })

  it('stays on demand for 3 h although Spot is back, and then moves to Spot', async () => {
    const { account, primary } = await startPolicy(flip, droughtScenario(0.5, 6))
    const providers = () => new Set([...primary.tasks].map(({ provider }) => provider.name))
    await account.aws.run(3 * hour)
    expect(providers()).toEqual(new Set(['FARGATE']))
    await account.aws.run(hour)
    expect(providers()).toEqual(new Set(['FARGATE_SPOT']))
  })
})

describe('oracle', () => {
  it('starts the standby as late as possible, and stops it when Spot serves', async () => {
    const { account, writes, primary, standby } = await startPolicy(oracle, droughtScenario(1, 3))
    await account.aws.run(3 * hour)
    expect(writes[0]?.atSeconds).toBeGreaterThan(droughtStartSeconds + 15)
    expect(account.capacity.total().shortfallRatio).toBe(0)
    expect([primary.servingCount, standby.desiredCount]).toEqual([3, 0])
    expect(account.capacity.total().onDemandTaskSeconds).toBeLessThan(3 * 1.5 * hour)
  })
})
