import fc from 'fast-check'
import { EcsSimulation, none, type StrategyItem, split } from '../src'
import { countsByProvider, onSpot, record, texts } from './ecs-support'

const weights = fc
  .array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 6 })
  .filter((list) => list.some((weight) => weight > 0))

const strategyOf = (list: readonly number[], base = 0): StrategyItem[] =>
  list.map((weight, index) => ({
    capacityProvider: `p${index}`,
    weight,
    base: index === 0 ? base : 0,
  }))

describe('a strategy', () => {
  it('places all tasks, with each provider within one task of its share', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 120 }), (list, count) => {
        const counts = [...split(strategyOf(list), count).values()]
        const total = list.reduce((sum, weight) => sum + weight, 0)
        expect(counts.reduce((sum, placed) => sum + placed, 0)).toBe(count)
        for (const [index, weight] of list.entries()) {
          const share = (weight * count) / total
          expect(Math.abs((counts[index] ?? 0) - share)).toBeLessThan(1)
        }
      }),
    )
  })

  it('never removes a task from a provider when the count grows', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 60 }), (list, count) => {
        const before = split(strategyOf(list), count)
        for (const [name, placed] of split(strategyOf(list), count + 1)) {
          expect(placed).toBeGreaterThanOrEqual(before.get(name) ?? 0)
        }
      }),
    )
  })

  it('fills the base first, then splits the rest by weight', () => {
    const placed = (count: number) => [...split(strategyOf([1, 3], 2), count).values()]
    expect([1, 2, 6, 10].map(placed)).toEqual([
      [1, 0],
      [2, 0],
      [3, 3],
      [4, 6],
    ])
  })

  it('places only the base on a provider with weight 0', () => {
    expect([...split(strategyOf([0, 1], 1), 5).values()]).toEqual([1, 4])
  })
})

describe('placement', () => {
  const both = [
    { capacityProvider: 'FARGATE', base: 1, weight: 1 },
    { capacityProvider: 'FARGATE_SPOT', weight: 3 },
  ]

  it('follows the strategy at the start and when the count changes', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const web = aws.createService({ name: 'web', desiredCount: 5, strategy: both })
    await aws.run(300)
    expect(countsByProvider(web)).toEqual({ FARGATE: 2, FARGATE_SPOT: 3 })
    aws.setDesiredCount(web, 9)
    await aws.run(300)
    expect(countsByProvider(web)).toEqual({ FARGATE: 3, FARGATE_SPOT: 6 })
    aws.setDesiredCount(web, 2)
    await aws.run(300)
    expect(countsByProvider(web)).toEqual({ FARGATE: 1, FARGATE_SPOT: 1 })
    expect(web.runningCount).toBe(2)
  })

  it('does not move tasks to another provider when one is short', async () => {
    const aws = new EcsSimulation({ seed: 1, fargateSpot: none() })
    const web = aws.createService({ name: 'web', desiredCount: 5, strategy: both })
    await aws.run(3600)
    expect(countsByProvider(web)).toEqual({ FARGATE: 2 })
    expect(web.servingCount).toBe(2)
  })

  it('stops tasks that have not started first, then the newest', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const web = aws.createService({ name: 'web', desiredCount: 2, strategy: onSpot })
    await aws.run(300)
    const oldest = [...web.tasks]
    aws.setDesiredCount(web, 4)
    await aws.run(300)
    const running = [...web.tasks]
    aws.setDesiredCount(web, 6)
    await aws.run(5)
    aws.setDesiredCount(web, 4)
    await aws.run(60)
    expect([...web.tasks]).toEqual(running)
    aws.setDesiredCount(web, 2)
    await aws.run(60)
    expect([...web.tasks]).toEqual(oldest)
  })

  it.each([
    [{ desiredCount: 1.5 }, 'whole number'],
    [{ strategy: [{ capacityProvider: 'x', weight: 1 }] }, "'x' was not found"],
    [{ cluster: 'x' }, 'no cluster x'],
  ])('rejects a service with %j', (settings, message) => {
    const aws = new EcsSimulation({ seed: 1 })
    const web = { name: 'web', desiredCount: 1 }
    expect(() => aws.createService({ ...web, ...settings })).toThrow(message)
    const service = aws.createService(web)
    expect(() => aws.createService(web)).toThrow('already has a service web')
    expect(() => aws.setDesiredCount(service, -1)).toThrow('whole number')
  })

  it('publishes each state of a task, and the steady state of the service', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    const recorded = record(aws)
    const web = aws.createService({ name: 'web', desiredCount: 1, strategy: onSpot })
    await aws.run(300)
    const states = recorded.filter(({ type }) => type === 'ECS Task State Change')
    expect(states.map(({ detail }) => [detail.lastStatus, detail.version])).toEqual([
      ['PROVISIONING', 1],
      ['PENDING', 2],
      ['RUNNING', 3],
    ])
    const [task] = [...web.tasks]
    expect(states.at(-1)?.detail).toMatchObject({
      capacityProviderName: 'FARGATE_SPOT',
      desiredStatus: 'RUNNING',
      group: 'service:web',
      startedBy: web.primary.id,
      taskArn: task?.arn,
      attachments: [{ type: 'eni', details: [{ name: 'privateIPv4Address', value: task?.ip }] }],
    })
    expect(texts(web)[0]).toBe('(service web) has reached a steady state.')
    const names = recorded.map(({ detail }) => detail.eventName).filter(Boolean)
    expect(names).toEqual([
      'SERVICE_DEPLOYMENT_IN_PROGRESS',
      'SERVICE_DEPLOYMENT_COMPLETED',
      'SERVICE_STEADY_STATE',
      'CAPACITY_PROVIDER_STEADY_STATE',
    ])
  })

  it('repeats the steady state event every six hours', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    aws.createService({ name: 'web', desiredCount: 1, startsSteady: true })
    const recorded = record(aws)
    await aws.run(12 * 3600)
    const steady = recorded.filter(({ detail }) => detail.eventName === 'SERVICE_STEADY_STATE')
    const [first, second] = steady.map(({ at }) => at)
    expect(steady).toHaveLength(2)
    expect((second ?? 0) - (first ?? 0)).toBeCloseTo(6 * 3600, 6)
  })

  it('starts tasks within the launch rate of Fargate', async () => {
    const aws = new EcsSimulation({ seed: 1, fargateLaunches: { perSecond: 1, burst: 10 } })
    const web = aws.createService({ name: 'web', desiredCount: 70 })
    await aws.run(60)
    expect(web.runningCount).toBeLessThan(60)
    await aws.run(100)
    expect(web.runningCount).toBe(70)
  })
})
