import { CapacityTrace, drought, EcsSimulation, none, unlimited } from '../src'
import { actions, countsByProvider, onDemand, record, texts, watch } from './ecs-support'

const unable =
  '(service web) was unable to place a task. Reason: Capacity is unavailable at this time.'

describe('an interruption', () => {
  const steadyWeb = (settings = {}) => {
    const aws = new EcsSimulation({ seed: 4, ...settings })
    const web = aws.createService({ name: 'web', desiredCount: 6, startsSteady: true })
    return { aws, web, recorded: record(aws) }
  }

  it('starts a notice of 120 seconds, in which the task keeps running', async () => {
    const { aws, web, recorded } = steadyWeb()
    const [task] = [...web.tasks]
    if (task === undefined) throw new Error('the service has no task')
    aws.interruptTask(task)
    await aws.run(119)
    expect([task.lastStatus, task.desiredStatus]).toEqual(['RUNNING', 'STOPPED'])
    await aws.run(60)
    const changes = recorded.filter(({ detail }) => detail.taskArn === task.arn)
    expect(changes.map(({ at, detail }) => [at, detail.lastStatus, detail.version])).toEqual([
      [0, 'RUNNING', 2],
      [120, 'DEPROVISIONING', 3],
      [expect.any(Number), 'STOPPED', 4],
    ])
    for (const { detail } of changes) {
      expect(detail).toMatchObject({
        desiredStatus: 'STOPPED',
        stopCode: 'SpotInterruption',
        stoppedReason: 'Your Spot Task was interrupted.',
      })
    }
  })

  it('replaces the task at once if Spot has capacity', async () => {
    const { aws, web } = steadyWeb()
    const [task] = [...web.tasks]
    if (task !== undefined) aws.interruptTask(task)
    await aws.run(119)
    expect([web.runningCount, web.servingCount]).toEqual([7, 7])
    await aws.run(60)
    expect([web.runningCount, web.servingCount]).toEqual([6, 6])
  })

  it('is retried at once when the backoff ends', async () => {
    const placedAfter = async (endsBackoff: boolean) => {
      const fargateSpot = drought({ fromSeconds: 10, toSeconds: 1000 })
      const { aws, web } = steadyWeb({ fargateSpot })
      await aws.run(1000)
      if (endsBackoff) aws.endBackoff(web)
      // The scheduler reacts within 3 s.
      await aws.run(3)
      return web.pendingCount
    }
    expect(await placedAfter(false)).toBe(0)
    expect(await placedAfter(true)).toBe(6)
  })

  it('interrupts as many tasks as the trace drops by, chosen by the seed', async () => {
    const interruptedIndexes = async (seed: number) => {
      const { aws, web } = steadyWeb({ seed, fargateSpot: new CapacityTrace(steps) })
      const tasks = [...web.tasks]
      await aws.run(60)
      return tasks.flatMap((task, index) => (task.isInterrupted ? [index] : []))
    }
    const steps = [
      { atSeconds: 0, capacity: 10 },
      { atSeconds: 30, capacity: 4 },
    ]
    expect(await interruptedIndexes(1)).toHaveLength(2)
    expect(await interruptedIndexes(1)).toEqual(await interruptedIndexes(1))
    const all = await Promise.all([1, 2, 3, 4, 5].map(interruptedIndexes))
    expect(new Set(all.map(String)).size).toBeGreaterThan(1)
  })

  it('spreads the notices over the configured time', async () => {
    const { aws, recorded } = steadyWeb({ noticeSpreadSeconds: 100 })
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(100)
    const notices = recorded.filter(
      ({ detail }) => detail.lastStatus === 'RUNNING' && detail.desiredStatus === 'STOPPED',
    )
    expect(notices).toHaveLength(6)
    expect(new Set(notices.map(({ at }) => at)).size).toBe(6)
  })

  it('rejects on-demand tasks', () => {
    const aws = new EcsSimulation({ seed: 1 })
    const settings = { desiredCount: 1, strategy: onDemand, startsSteady: true }
    const [task] = [...aws.createService({ name: 'web', ...settings }).tasks]
    expect(() => task && aws.interruptTask(task)).toThrow('is not on Spot')
  })
})

describe('a drought', () => {
  it('keeps the tasks that the trace allows, and retries with backoff', async () => {
    const trace = drought({ fromSeconds: 600, toSeconds: 6 * 3600, remaining: 2 })
    const aws = new EcsSimulation({ seed: 2, fargateSpot: trace })
    const recorded = record(aws)
    const web = aws.createService({ name: 'web', desiredCount: 5 })
    await aws.run(5 * 3600)
    expect(countsByProvider(web)).toEqual({ FARGATE_SPOT: 2 })
    expect(texts(web)[0]).toContain(unable)
    const failures = actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE')
    expect(failures[0]?.event.resources).toEqual([web.arn])
    expect(failures[0]?.detail).toMatchObject({
      eventType: 'WARN',
      reason: 'RESOURCE:FARGATE',
      capacityProviderArns: ['arn:aws:ecs:us-east-1:123456789012:capacity-provider/FARGATE_SPOT'],
    })
    const gaps = failures.slice(1).map(({ at }, index) => at - (failures[index]?.at ?? 0))
    expect(gaps[0]).toBeLessThan(30)
    expect(gaps[3]).toBeGreaterThan(90)
    // 27 minutes, and the delay of the scheduler.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1623)
    expect(gaps.at(-1)).toBeGreaterThan(1600)
  })

  it('ends with the services at full strength', async () => {
    const aws = new EcsSimulation({ seed: 2 })
    const web = aws.createService({ name: 'web', desiredCount: 4, startsSteady: true })
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(3600)
    expect([web.servingCount, web.isSteady]).toEqual([0, false])
    aws.setTrace('FARGATE_SPOT', unlimited())
    await aws.run(1200)
    expect([web.servingCount, web.isSteady]).toEqual([4, true])
    expect(texts(web)[0]).toContain('steady state')
  })

  it('keeps the last hundred messages of a service', async () => {
    const aws = new EcsSimulation({ seed: 2, fargateSpot: none() })
    const web = aws.createService({ name: 'web', desiredCount: 1 })
    await aws.run(48 * 3600)
    expect(web.messages).toHaveLength(100)
    const times = web.messages.map(({ createdAt }) => createdAt)
    expect(times).toEqual([...times].sort((one, other) => other - one))
    expect(times[0]).toBeGreaterThan(aws.now - 1000_000)
  })

  it('resets the backoff when capacity returns', async () => {
    const aws = new EcsSimulation({ seed: 2 })
    const recorded = record(aws)
    aws.createService({ name: 'web', desiredCount: 2, startsSteady: true })
    aws.setTrace('FARGATE_SPOT', none())
    await aws.run(2 * 3600)
    aws.setTrace('FARGATE_SPOT', unlimited())
    await aws.run(1800)
    aws.setTrace('FARGATE_SPOT', none())
    const before = actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE').length
    await aws.run(60)
    expect(actions(recorded, 'SERVICE_TASK_PLACEMENT_FAILURE').length - before).toBe(3)
  })

  it('of on-demand capacity interrupts no task, but starts none', async () => {
    const aws = new EcsSimulation({ seed: 2 })
    const settings = { desiredCount: 2, strategy: onDemand, startsSteady: true }
    const web = aws.createService({ name: 'web', ...settings })
    aws.setTrace('FARGATE', none())
    aws.setDesiredCount(web, 4)
    await aws.run(600)
    expect(web.servingCount).toBe(2)
    expect(texts(web)[0]).toContain(unable)
  })

  it('never has more tasks than capacity, except interrupted ones', async () => {
    const capacity = [8, 3, 6, 0, 5, 1, 8]
    const trace = new CapacityTrace(
      capacity.map((places, index) => ({ atSeconds: index * 300, capacity: places })),
    )
    const aws = new EcsSimulation({ seed: 3, fargateSpot: trace })
    const web = aws.createService({ name: 'web', desiredCount: 8 })
    await watch(aws, 2000, () => {
      const second = (aws.now - Date.UTC(2026, 0, 5)) / 1000
      const held = [...web.tasks].filter((task) => !task.isReleased && !task.isInterrupted)
      expect(held.length).toBeLessThanOrEqual(trace.at(second))
    })
    expect(web.tasks.size).toBeGreaterThan(0)
  })
})

describe('a broken zone', () => {
  const zones = { a: unlimited(), b: unlimited(), c: unlimited() }

  it('loses its tasks to the other zones', async () => {
    const aws = new EcsSimulation({ seed: 1, fargateSpot: zones, fargate: zones })
    const web = aws.createService({ name: 'web', desiredCount: 6, startsSteady: true })
    const strategy = onDemand
    const api = aws.createService({ name: 'api', desiredCount: 6, strategy, startsSteady: true })
    aws.breakZone('b', 3600)
    // On-demand tasks end at once, Spot tasks after their notice.
    expect([api.servingCount, web.servingCount]).toEqual([4, 6])
    await aws.run(600)
    for (const service of [web, api]) {
      expect(service.servingCount).toBe(6)
      expect([...service.tasks].map(({ zone }) => zone)).not.toContain('b')
    }
    await aws.run(3600)
    aws.setDesiredCount(web, 9)
    await aws.run(300)
    expect([...web.tasks].map(({ zone }) => zone)).toContain('b')
  })

  it('recovers at the end of the last of several outages', async () => {
    const aws = new EcsSimulation({ seed: 1, fargateSpot: zones })
    aws.breakZone('a', 100)
    aws.breakZone('a', 1000)
    aws.breakZone('b', 2000)
    aws.breakZone('c', 2000)
    const web = aws.createService({ name: 'web', desiredCount: 1 })
    await aws.run(900)
    expect(web.runningCount).toBe(0)
    await aws.run(1000)
    expect([...web.tasks].map(({ zone }) => zone)).toEqual(['a'])
  })

  it('has its own trace', () => {
    const aws = new EcsSimulation({ seed: 1, fargateSpot: zones })
    expect(() => aws.setTrace('FARGATE_SPOT', none())).toThrow('zone is required: one of a, b, c')
    expect(() => aws.setTrace('FARGATE_SPOT', none(), 'b')).not.toThrow()
  })
})
