import {
  type Application,
  Bill,
  CapacityTrace,
  constantTime,
  dailyArrivals,
  EcsSimulation,
  flatArrivals,
  Random,
  recordedArrivals,
  type Service,
  type TargetGroupProps,
  type Timing,
  Traffic,
  type TrafficMeasures,
  type TrafficSettings,
  uniformMixture,
} from '../src'
import { onDemand } from './ecs-support'

/** Fixed durations: a task that is wanted at 0 is RUNNING at 60 and healthy at 90. */
const timing = {
  scheduler: [1, 1],
  fargateProvisioning: [20, 20],
  fargatePending: [39, 39],
  healthy: [30, 30],
  stopping: [30, 30],
  leaving: [1, 1],
  deprovisioning: [0, 0],
} as const

/** One place a task, no queue: a second of work for each request. */
const oneAtATime = {
  serviceTimes: constantTime(1),
  requestsAtOnce: 1,
  queueLength: 0,
}

/** So much room that nothing is refused or late. */
const roomy = { serviceTimes: constantTime(1), requestsAtOnce: 1000, queueLength: 0 }

interface Options extends TrafficSettings {
  readonly tasks?: number
  readonly perSecond?: number
  readonly application?: Application
  readonly missingNotices?: number
  readonly times?: Partial<Timing>
  readonly targetGroup?: Partial<TargetGroupProps>
}

function setUp({
  tasks = 4,
  perSecond = 4,
  application,
  missingNotices = 0,
  targetGroup,
  times,
  ...settings
}: Options = {}) {
  const aws = new EcsSimulation({
    seed: 1,
    timing: { ...timing, ...times },
    missingNotices,
    ...(application && { application }),
  })
  const targetGroupArn = aws.loadBalancers.createTargetGroup({ name: 'web', ...targetGroup })
  const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
  const web = aws.createService({
    name: 'web',
    desiredCount: tasks,
    loadBalancers,
    startsSteady: true,
  })
  const standby = aws.createService({
    name: 'web-standby',
    desiredCount: 0,
    strategy: onDemand,
    loadBalancers,
    startsSteady: true,
  })
  const traffic = new Traffic(aws, {
    groupOf: ({ name }) => ({ group: 'web', isPrimary: name === 'web' }),
    arrivalsOf: () => flatArrivals(perSecond),
    assumptions: roomy,
    ...settings,
  })
  const deregister = (task = firstOf(web)) =>
    aws.loadBalancers.deregister(targetGroupArn, task.ip ?? '', 80)
  return { aws, web, standby, traffic, deregister, measures: () => traffic.group('web') }
}

function firstOf({ tasks }: Service) {
  const [task] = tasks
  if (task === undefined) throw new Error('no task')
  return task
}

/** Interrupts one task, or all: Spot has no room for a replacement. */
function interrupt(aws: EcsSimulation, { tasks }: Service, remaining = tasks.size - 1) {
  aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(remaining))
  const task = [...tasks].find(
    ({ isInterrupted, lastStatus }) => isInterrupted || lastStatus !== 'RUNNING',
  )
  if (task === undefined) throw new Error('no task was interrupted')
  return task
}

function sumOf({ answered, late, failed }: TrafficMeasures): number {
  return answered + late + failed
}

describe('requests', () => {
  it('are answered while nothing happens', async () => {
    const { aws, measures } = setUp()
    await aws.run(1000)
    expect(measures()).toEqual({
      requests: 4000,
      answered: 4000,
      late: 0,
      refused: 0,
      unavailable: 0,
      reset: 0,
      resetBy: { left: 0, starting: 0, inFlight: 0 },
      failed: 0,
      failedPerMillion: 0,
      latePerMillion: 0,
      badSeconds: 0,
      interruptions: 0,
      unavoidableFailed: 0,
      unavoidablePerMillion: 0,
    })
  })

  it('come to services behind a load balancer only', async () => {
    const aws = new EcsSimulation({ seed: 1, timing })
    aws.createService({ name: 'worker', desiredCount: 2, startsSteady: true })
    const traffic = new Traffic(aws)
    await aws.run(100)
    expect(traffic.groups).toEqual([])
    expect(traffic.total().requests).toBe(0)
    expect(() => traffic.group('worker')).toThrow('no group worker with requests: none')
  })

  it('are refused by a task without room', async () => {
    // Erlang B with one place: offered load a, blocked a / (1 + a).
    const { aws, measures } = setUp({ tasks: 2, perSecond: 2, assumptions: oneAtATime })
    await aws.run(100)
    expect(measures().refused).toBeCloseTo(100, 6)
    expect(measures()).toMatchObject({ failedPerMillion: 500_000, badSeconds: 100 })
  })

  it('are late when they wait too long', async () => {
    // One place and one in the queue at full load: idle, busy and full are equally likely. A third is refused. The
    // third that waits is late if no request ends within 1 s: with e^-1.
    const assumptions = { ...oneAtATime, queueLength: 1, lateAfterSeconds: 1 }
    const { aws, measures } = setUp({ tasks: 1, perSecond: 1, assumptions })
    await aws.run(300)
    expect(measures().refused).toBeCloseTo(100, 6)
    expect(measures().late).toBeCloseTo(100 * Math.exp(-1), 6)
    expect(measures().answered).toBeCloseTo(200 - 100 * Math.exp(-1), 6)
  })

  it('are refused when the queue is full', async () => {
    // One place and one in the queue at twice the load: the states are as likely as 1, 2 and 4.
    const assumptions = { ...oneAtATime, queueLength: 1 }
    const { aws, measures } = setUp({ tasks: 1, perSecond: 2, assumptions })
    await aws.run(350)
    expect(measures().refused).toBeCloseTo(400, 6)
  })

  it('share one queue with least outstanding requests', async () => {
    // Two places, load 2: Erlang B gives 2/5. With a queue for each task it is a half.
    const assumptions = { ...oneAtATime, algorithm: 'least-outstanding' } as const
    const { aws, measures } = setUp({ tasks: 2, perSecond: 2, assumptions })
    await aws.run(100)
    expect(measures().refused).toBeCloseTo(80, 6)
  })

  it('arrive as the steps of the arrivals say, since the start of the measurement', async () => {
    const arrivals = recordedArrivals(
      [
        { atSeconds: 0, perSecond: 1 },
        { atSeconds: 50, perSecond: 3 },
      ],
      100,
    )
    const { aws, measures } = setUp({ arrivalsOf: () => arrivals })
    await aws.run(160)
    expect(measures().requests).toBe(50 + 150 + 50 + 30)
  })

  it('default to a share of what the desired tasks can take', async () => {
    const assumptions = { serviceTimes: constantTime(0.5), requestsAtOnce: 10, utilisation: 0.5 }
    const { aws, measures } = setUp({ arrivalsOf: () => undefined, assumptions })
    await aws.run(1)
    expect(measures().requests).toBe(40)
  })

  it('do not grow with a surplus of tasks', async () => {
    const { aws, measures } = setUp({
      arrivalsOf: () => undefined,
      groupOf: ({ name }) => ({ group: 'web', isPrimary: name === 'web', surplus: 3 }),
      assumptions: { serviceTimes: constantTime(0.5), requestsAtOnce: 10, utilisation: 0.5 },
    })
    await aws.run(1)
    expect(measures().requests).toBe(10)
  })

  it('count as bad time once where several services fail', async () => {
    const aws = new EcsSimulation({ seed: 1, timing })
    const targetGroups = ['one', 'two'].map((name) => {
      const targetGroupArn = aws.loadBalancers.createTargetGroup({ name })
      const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
      const { tasks } = aws.createService({
        name,
        desiredCount: 1,
        loadBalancers,
        startsSteady: true,
      })
      const [task] = tasks
      return () => aws.loadBalancers.deregister(targetGroupArn, task?.ip ?? '', 80)
    })
    const traffic = new Traffic(aws)
    for (const deregister of targetGroups) {
      deregister()
      await aws.run(10)
    }
    // From 5 to 20, and from 15 to 20.
    expect(traffic.groups.map((name) => traffic.group(name).badSeconds)).toEqual([15, 5])
    expect(traffic.total().badSeconds).toBe(15)
  })
})

describe('arrivals', () => {
  const mean = (arrivals: { at(seconds: number): number }) => {
    let sum = 0
    for (let minute = 0; minute < 1440; minute++) sum += arrivals.at(minute * 60)
    return sum / 1440
  }

  it('follow a daily curve between two rates', () => {
    const arrivals = dailyArrivals({ lowest: 10, highest: 30 })
    expect(mean(arrivals)).toBeCloseTo(20, 6)
    expect(arrivals.at(14 * 3600)).toBeCloseTo(30, 2)
    expect(arrivals.at(26 * 3600)).toBeCloseTo(10, 2)
  })
})

describe('service times', () => {
  it('give the requests that are still in flight', () => {
    const times = uniformMixture([
      { share: 0.5, maxSeconds: 2 },
      { share: 0.5, maxSeconds: 6 },
    ])
    expect(times.meanSeconds).toBe(2)
    expect(times.slowestSeconds).toBe(6)
    expect(times.longerThan(1)).toBeCloseTo(0.5 * 0.5 + 0.5 * (5 / 6), 9)
    expect(times.remaining(0)).toBe(2)
    // 0.5 x (6 - 2)² / 12.
    expect(times.remaining(2)).toBeCloseTo(2 / 3, 9)
    expect(times.remaining(6)).toBe(0)
    expect(() => uniformMixture([{ share: 0.5, maxSeconds: 1 }])).toThrow('must add up to 1')
  })
})

describe('a task with an interruption notice', () => {
  it('fails its share until its deregistration is seen, if its application leaves at once', async () => {
    const { aws, web, deregister, measures } = setUp({ application: 'leaves-at-once' })
    await aws.run(100)
    deregister(interrupt(aws, web))
    await aws.run(200)
    // One request a second for five seconds, and the one in flight.
    expect(measures().resetBy).toEqual({ left: 5, starting: 0, inFlight: 1 })
    expect(measures()).toMatchObject({ failed: 6, requests: 1200, interruptions: 1, badSeconds: 5 })
    expect(sumOf(measures())).toBeCloseTo(1200, 6)
  })

  it('fails its share until health checks notice that it is dead', async () => {
    const { aws, web, measures } = setUp({
      application: 'leaves-at-once',
      times: { deregistering: [60, 60] },
    })
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(200)
    expect(measures().resetBy).toEqual({ left: 20, starting: 0, inFlight: 1 })
  })

  it('fails its share until ECS deregisters it at its stop', async () => {
    const { aws, web, measures } = setUp({ application: 'leaves-at-once' })
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(200)
    // It stops after a second.
    expect(measures().resetBy).toEqual({ left: 6, starting: 0, inFlight: 1 })
  })

  it('finishes its requests, where they finish', async () => {
    const { aws, web, measures } = setUp({
      application: 'leaves-at-once',
      assumptions: { ...roomy, inFlightAtLeave: 'finish' },
    })
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(200)
    expect(measures().resetBy).toMatchObject({ left: 6, inFlight: 0 })
  })

  it('serves until SIGKILL, if its application ignores SIGTERM', async () => {
    const { aws, web, deregister, measures } = setUp({ application: 'leaves-after-30s' })
    await aws.run(100)
    const task = interrupt(aws, web)
    await aws.run(24)
    deregister(task)
    await aws.run(200)
    // No new request from 29 s on. The last ones are done at 30 s.
    expect(measures().failed).toBe(0)
  })

  it('loses its last requests, if it is deregistered too late', async () => {
    const { aws, web, deregister, measures } = setUp({
      assumptions: { ...roomy, serviceTimes: constantTime(3) },
    })
    await aws.run(100)
    const task = interrupt(aws, web)
    await aws.run(113)
    deregister(task)
    await aws.run(100)
    // Routed for 118 s of 120: requests of the last second of these have another second to go.
    expect(measures().resetBy).toEqual({ left: 0, starting: 0, inFlight: 1 })
    // A quarter of the requests of one second.
    expect(measures().badSeconds).toBe(1)
  })

  it('has few requests in flight shortly after its start', async () => {
    const { aws, web, deregister, measures } = setUp({ application: 'leaves-at-once' })
    await aws.run(0.5)
    deregister(interrupt(aws, web))
    await aws.run(100)
    expect(measures().resetBy.inFlight).toBe(0.5)
  })

  it('fails after its end, until the deregistration by ECS is seen', async () => {
    const { aws, web, measures } = setUp()
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(200)
    expect(measures().resetBy).toEqual({ left: 5, starting: 0, inFlight: 1 })
  })

  it('attracts nearly all requests when it refuses them, with least outstanding requests', async () => {
    const { aws, web, measures } = setUp({
      perSecond: 300,
      application: 'leaves-at-once',
      times: { deregistering: [60, 60] },
      assumptions: { ...roomy, algorithm: 'least-outstanding' },
    })
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(10)
    // The others have 100 requests in flight: none is idle.
    expect(measures().resetBy.left).toBeCloseTo(3000, 6)
  })
})

describe('the load balancer', () => {
  it('routes nothing to a target that is not healthy yet', async () => {
    const { aws, web, measures } = setUp({ tasks: 1, perSecond: 2, assumptions: oneAtATime })
    aws.setDesiredCount(web, 2)
    await aws.run(90)
    // a = 2: two thirds. Then a = 1 each: a half.
    expect(measures().refused).toBeCloseTo(120, 6)
    await aws.run(10)
    expect(measures().refused).toBeCloseTo(130, 6)
  })

  it('returns 503 when nobody is registered', async () => {
    const { aws, web, deregister, measures } = setUp({ tasks: 1 })
    await aws.run(100)
    deregister()
    await aws.run(15)
    expect(web.servingCount).toBe(1)
    expect(measures()).toMatchObject({ unavailable: 40, reset: 0, badSeconds: 10 })
  })

  it('routes to everybody when nobody is healthy', async () => {
    const { aws, web, standby, measures } = setUp({
      tasks: 1,
      application: 'leaves-at-once',
      times: { deregistering: [60, 60] },
    })
    aws.setDesiredCount(standby, 1)
    await aws.run(50)
    interrupt(aws, web)
    await aws.run(40)
    // Dead until noticed at 70: 80 requests and the 4 in flight. From then on both get traffic: the standby is
    // registered since 60, and answers since its first health check at 70.
    expect(measures().resetBy).toEqual({ left: 80 + 2 * 20, starting: 0, inFlight: 4 })
    await aws.run(10)
    expect(measures().failed).toBe(124)
  })

  it('sends requests to a target that has not started, when nobody is healthy', async () => {
    const { aws, web, standby, deregister, measures } = setUp({ tasks: 1 })
    aws.setDesiredCount(standby, 1)
    await aws.run(60)
    deregister(firstOf(web))
    await aws.run(30)
    // Seen at 65. The standby answers from 70 on.
    expect(measures().resetBy).toEqual({ left: 0, starting: 20, inFlight: 0 })
  })

  it('ends what is in flight at the deregistration delay', async () => {
    const { aws, deregister, measures } = setUp({
      targetGroup: { deregistrationDelaySeconds: 8 },
      assumptions: { ...roomy, serviceTimes: constantTime(10) },
    })
    await aws.run(100)
    deregister()
    await aws.run(20)
    // Routed until 5 s: of 10 s of work, the requests of the last 7 s are not done at 8 s.
    expect(measures().resetBy.inFlight).toBeCloseTo(7, 6)
  })

  it('starts a new target slowly', async () => {
    const { aws, web, traffic, measures } = setUp({
      tasks: 1,
      perSecond: 1,
      assumptions: { ...oneAtATime, slowStartSeconds: 10 },
    })
    aws.setDesiredCount(web, 2)
    await aws.run(90)
    const before = measures().refused
    await aws.run(1)
    // The first of ten steps has the weight 0.05.
    const rates = [1 / 1.05, 0.05 / 1.05]
    const refused = rates.reduce((sum, rate) => sum + (rate * rate) / (1 + rate), 0)
    expect(measures().refused - before).toBeCloseTo(refused, 9)
    await aws.run(9)
    const full = measures().refused
    await aws.run(30)
    // Half a request a second each: a third of them.
    expect(measures().refused - full).toBeCloseTo(10, 6)
    expect(traffic.total().requests).toBe(130)
  })

  it('lets a task finish that ECS stops for another reason', async () => {
    const { aws, web, measures } = setUp()
    aws.setDesiredCount(web, 2)
    await aws.run(200)
    expect(measures().failed).toBe(0)
  })

  it('follows the production target group of a blue/green service', async () => {
    const aws = new EcsSimulation({ seed: 1, timing })
    const loadBalancers = ['blue', 'green'].map((name) => ({
      targetGroupArn: aws.loadBalancers.createTargetGroup({ name }),
      containerName: 'app',
      containerPort: 80,
    }))
    const [blue, green] = loadBalancers
    if (blue === undefined || green === undefined) throw new Error('no target group')
    const api = aws.createService({
      name: 'api',
      desiredCount: 1,
      controller: 'CODE_DEPLOY',
      loadBalancers: [blue],
      startsSteady: true,
    })
    const traffic = new Traffic(aws, { assumptions: oneAtATime, arrivalsOf: () => flatArrivals(1) })
    aws.startGreen(api, { loadBalancers: [green] })
    await aws.run(100)
    expect(traffic.total().refused).toBeCloseTo(50, 6)
    aws.rerouteTraffic(api)
    aws.terminateOtherTaskSet(api)
    await aws.run(100)
    expect(traffic.total().refused).toBeCloseTo(100, 6)
    expect(traffic.total().reset).toBe(0)
  })
})

describe('the bound of failures', () => {
  const bound = {
    replacementSeconds: [130],
    assumptions: { ...oneAtATime, deregistrationSeenSeconds: 0 },
  }

  it('is zero where the replacement serves before the notice is over', async () => {
    const { aws, web, traffic } = setUp({ ...bound, replacementSeconds: [119] })
    interrupt(aws, web)
    await aws.run(300)
    expect(traffic.total()).toMatchObject({ interruptions: 1, unavoidableFailed: 0 })
  })

  it('is what the others refuse until the replacement serves', async () => {
    const { aws, web, traffic, deregister } = setUp({ ...bound, tasks: 2, perSecond: 2 })
    const task = interrupt(aws, web)
    await aws.run(119)
    deregister(task)
    await aws.run(181)
    // It serves until 119: its slowest request takes a second. For 11 s, one task refuses two thirds instead of a half.
    expect(traffic.total().unavoidableFailed).toBeCloseTo(11 * 2 * (2 / 3 - 1 / 2), 6)
    expect(traffic.interruptions('web')).toEqual([
      { at: expect.any(Number), tasks: 1, unavoidableFailed: expect.closeTo(11 / 3, 6) },
    ])
  })

  it('is everything when every task goes', async () => {
    const { aws, web, traffic } = setUp({ ...bound, tasks: 2, perSecond: 2, assumptions: roomy })
    interrupt(aws, web, 0)
    await aws.run(300)
    // Until 120, the tasks serve because nobody deregistered them. For 10 s, 2 requests a second have no task.
    expect(traffic.total().unavoidableFailed).toBeCloseTo(20, 6)
  })

  it('includes no requests that a deregistration before the notice prevents', async () => {
    const { aws, web, traffic, deregister } = setUp({
      tasks: 1,
      application: 'leaves-at-once',
      replacementSeconds: [1],
    })
    await aws.run(100)
    deregister()
    await aws.run(3)
    interrupt(aws, web)
    // Four a second for two seconds, and four in flight.
    expect(traffic.total().unavoidableFailed).toBe(12)
  })

  it('includes no requests that health checks prevent', async () => {
    const { aws, web, traffic } = setUp({
      application: 'leaves-at-once',
      replacementSeconds: [1],
      assumptions: { ...roomy, deregistrationSeenSeconds: 30 },
    })
    interrupt(aws, web)
    expect(traffic.total().unavoidableFailed).toBe(21)
  })

  it('has one queue for all with least outstanding requests', async () => {
    const { aws, web, traffic, deregister } = setUp({
      ...bound,
      tasks: 2,
      perSecond: 2,
      assumptions: { ...bound.assumptions, algorithm: 'least-outstanding' },
    })
    const task = interrupt(aws, web)
    await aws.run(119)
    deregister(task)
    await aws.run(181)
    expect(traffic.total().unavoidableFailed).toBeCloseTo(11 * 2 * (2 / 3 - 2 / 5), 6)
  })

  it('follows a shorter notice', async () => {
    const { aws, web, traffic } = setUp({
      times: { noticeSeconds: 60 },
      replacementSeconds: [90],
      tasks: 1,
      perSecond: 2,
      assumptions: { ...roomy, deregistrationSeenSeconds: 0 },
    })
    interrupt(aws, web)
    await aws.run(300)
    expect(traffic.total().unavoidableFailed).toBe(60)
  })

  it('waits for the reaction of the policy', async () => {
    const { aws, web, traffic } = setUp({
      tasks: 1,
      perSecond: 2,
      application: 'leaves-at-once',
      assumptions: { ...roomy, reactionSeconds: 3 },
    })
    interrupt(aws, web)
    expect(traffic.total().unavoidableFailed).toBe(2 * (5 + 3 + 1))
    await aws.run(300)
    // A replacement is healthy after 90 s, and 3 s of reaction.
    expect(traffic.total().unavoidableFailed).toBeCloseTo(2 * (90 + 3 + 1), 6)
  })

  it('begins at the end of a task whose notice never comes', async () => {
    const { aws, web, traffic } = setUp({
      missingNotices: 1,
      tasks: 1,
      perSecond: 2,
      replacementSeconds: [90],
    })
    await aws.run(100)
    interrupt(aws, web)
    await aws.run(300)
    // Two in flight, and two a second: to the dead target until its deregistration is seen, then to nobody.
    expect(traffic.total()).toMatchObject({ interruptions: 1, unavoidableFailed: 2 + 2 * 90 })
  })

  it('is spread over the times that a replacement may take', async () => {
    const { aws, web, traffic } = setUp({
      ...bound,
      tasks: 1,
      perSecond: 2,
      assumptions: roomy,
      replacementSeconds: [110, 130],
    })
    interrupt(aws, web)
    await aws.run(300)
    // Half of a task has all the room that is needed.
    expect(traffic.total()).toMatchObject({ interruptions: 1, unavoidableFailed: 0 })
  })

  it('includes the requests that reach an application that has left', async () => {
    const { aws, web, traffic } = setUp({ application: 'leaves-at-once', replacementSeconds: [10] })
    interrupt(aws, web)
    await aws.run(300)
    // One a second until the deregistration is seen, and one in flight.
    expect(traffic.total().unavoidableFailed).toBeCloseTo(6, 6)
  })
})

describe('autoscaling by target tracking', () => {
  /** A minute of requests for each target: 60 a task at first. */
  const scaling = {
    metric: 'requests-per-target',
    target: 60,
    minTasks: 2,
    maxTasks: 20,
  } as const

  const stepped = (perSecond: number) =>
    recordedArrivals([
      { atSeconds: 0, perSecond: 4 },
      { atSeconds: 600, perSecond },
    ])

  it('scales out in proportion after three datapoints', async () => {
    const { aws, web } = setUp({ scalingOf: () => scaling, arrivalsOf: () => stepped(10) })
    await aws.run(779)
    expect(web.desiredCount).toBe(4)
    await aws.run(1)
    expect(web.desiredCount).toBe(10)
    await aws.run(1800)
    expect(web.desiredCount).toBe(10)
  })

  it('scales in after fifteen datapoints, outside of the cooldown', async () => {
    const { aws, web } = setUp({ scalingOf: () => scaling, arrivalsOf: () => stepped(2.5) })
    await aws.run(600 + 899)
    expect(web.desiredCount).toBe(4)
    await aws.run(1)
    expect(web.desiredCount).toBe(3)
  })

  it('scales in once within a cooldown, and not just below the target', async () => {
    const arrivals = recordedArrivals([
      { atSeconds: 0, perSecond: 38 },
      { atSeconds: 3600, perSecond: 20 },
      { atSeconds: 5400, perSecond: 10 },
    ])
    const { aws, web } = setUp({
      tasks: 40,
      scalingOf: () => ({ ...scaling, maxTasks: 40, scaleInCooldownSeconds: 3600 }),
      arrivalsOf: () => arrivals,
    })
    await aws.run(3600)
    expect(web.desiredCount).toBe(40)
    await aws.run(3600)
    expect(web.desiredCount).toBe(20)
    await aws.run(1800)
    expect(web.desiredCount).toBe(10)
  })

  it('neither scales in during a release, nor below the minimum', async () => {
    const { aws, web, standby } = setUp({
      scalingOf: () => scaling,
      arrivalsOf: () => stepped(0.1),
    })
    aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(4))
    aws.simulation.after(1400, () => aws.deploy(web, { taskDefinition: 'web:2' }))
    await aws.run(1700)
    expect(web.deployments).toHaveLength(2)
    expect(web.desiredCount).toBe(4)
    aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(100))
    await aws.run(3600)
    expect(web.deployments).toHaveLength(1)
    expect(web.desiredCount).toBe(2)
    expect(standby.desiredCount).toBe(0)
  })

  it('scales out again within the cooldown only by a larger step from where it began', async () => {
    const arrivals = recordedArrivals([
      { atSeconds: 0, perSecond: 8 },
      { atSeconds: 290, perSecond: 40 },
    ])
    const { aws, web } = setUp({ tasks: 4, scalingOf: () => scaling, arrivalsOf: () => arrivals })
    await aws.run(180)
    expect(web.desiredCount).toBe(8)
    await aws.run(60)
    // Four tasks still have twice their load while the others start. That is not twice of eight.
    expect(web.desiredCount).toBe(8)
    await aws.run(120)
    expect(web.desiredCount).toBe(20)
  })

  it('measures the utilisation of the tasks of the primary', async () => {
    const assumptions = { ...roomy, requestsAtOnce: 10 }
    const { aws, web } = setUp({
      perSecond: 36,
      assumptions,
      scalingOf: () => ({ metric: 'utilisation', target: 0.6, minTasks: 1, maxTasks: 20 }),
    })
    // 9 requests a second for 10 places: Erlang B refuses 0.168 of them. 0.749 x 4 / 0.6 is 4.99.
    await aws.run(180)
    expect(web.desiredCount).toBe(5)
  })

  it('does nothing without data', async () => {
    const { aws, web, traffic } = setUp({ scalingOf: () => scaling, perSecond: 100 })
    await aws.run(1)
    aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(0))
    await aws.run(400)
    const { desiredCount } = web
    expect(desiredCount).toBeGreaterThan(4)
    await aws.run(1200)
    expect(web.desiredCount).toBe(desiredCount)
    expect(traffic.total().unavailable).toBeGreaterThan(0)
  })
})

describe('the bill', () => {
  it('has tasks by the second, a minute at least, and Spot for less', async () => {
    const { aws, standby } = setUp({ tasks: 1 })
    const bill = new Bill(aws, { fargateTaskHour: 36 })
    aws.setDesiredCount(standby, 1)
    await aws.run(11)
    // A cent a second. The standby was placed at 1 and never ran: it ends at 11 + 1.
    expect(bill.byProvider).toEqual({ FARGATE_SPOT: expect.closeTo(0.6 * 0.32, 9), FARGATE: 0.6 })
    aws.setDesiredCount(standby, 0)
    await aws.run(589)
    expect(bill.byProvider.FARGATE).toBeCloseTo(0.6, 9)
    expect(bill.byProvider.FARGATE_SPOT).toBeCloseTo(6 * 0.32, 9)
    expect(bill.total).toBeCloseTo(0.6 + 6 * 0.32, 9)
  })

  it('has instances with their empty room, and no tasks on them', async () => {
    const aws = new EcsSimulation({ seed: 1 })
    aws.addAutoScalingGroup({
      name: 'spot',
      isSpot: true,
      tasksPerInstance: 4,
      minInstances: 2,
      maxInstances: 2,
      initialInstances: 2,
      scaling: { kind: 'managed' },
    })
    const bill = new Bill(aws, { instanceHour: (provider) => (provider === 'spot' ? 36 : 0) })
    aws.createService({
      name: 'worker',
      desiredCount: 1,
      strategy: [{ capacityProvider: 'spot', weight: 1 }],
      startsSteady: true,
    })
    await aws.run(100)
    expect(bill.byProvider.spot).toBeCloseTo(2 * 0.32, 9)
    expect(bill.total).toBeCloseTo(2 * 0.32, 9)
  })
})

describe('several observers of one simulation', () => {
  const histories = Number(process.env.TIDEWAY_CASES ?? 20)

  /** Random droughts, notices, deregistrations, counts and releases. */
  async function history(seed: number, settings: Partial<Options>, reads: boolean) {
    const random = new Random(seed)
    const { aws, web, standby, traffic, deregister } = setUp({
      tasks: random.integer(1, 6),
      arrivalsOf: () => dailyArrivals({ lowest: 10, highest: 400, stepSeconds: 100 }),
      application: random.pick(['serves-until-drained', 'leaves-at-once', 'leaves-after-30s']),
      times: {
        deregistering: random.pick([
          [0, 0],
          [30, 30],
        ] as const),
      },
      targetGroup: { deregistrationDelaySeconds: random.integer(1, 120) },
      ...settings,
    })
    const other = new Traffic(aws, { assumptions: { algorithm: 'least-outstanding' } })
    for (let step = 0; step < 20; step++) {
      const tasks = [...web.tasks, ...standby.tasks].filter(({ ip }) => ip !== undefined)
      const actions = [
        () => aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(random.integer(0, 8))),
        () => aws.setDesiredCount(random.pick([web, standby]), random.integer(0, 6)),
        () => tasks.length > 0 && deregister(random.pick(tasks)),
        () => aws.deploy(web, { taskDefinition: `web:${step}` }),
      ]
      random.pick(actions)()
      await aws.run(random.integer(1, 200))
      if (reads)
        for (const { requests } of [traffic.total(), other.total()])
          expect(requests).toBeGreaterThan(0)
    }
    return [traffic.total(), other.total()] as const
  }

  const observers = [
    {},
    { assumptions: { slowStartSeconds: 30, inFlightAtLeave: 'finish' as const } },
    { assumptions: { ...oneAtATime, queueLength: 3 } },
  ]

  it('conserve requests, and bound failures, whatever happens', async () => {
    for (let seed = 1; seed <= histories; seed++) {
      const settings = observers[seed % observers.length] as Partial<Options>
      for (const measures of await history(seed, { assumptions: {}, ...settings }, false)) {
        expect(sumOf(measures) / measures.requests).toBeCloseTo(1, 9)
        for (const number of [measures.answered, measures.late, measures.refused]) {
          expect(number).toBeGreaterThanOrEqual(-1e-6)
        }
        expect(measures.unavoidableFailed).toBeLessThanOrEqual(measures.failed + 1e-6)
      }
    }
  })

  it('measure the same again, however often they are read', async () => {
    const settings = { assumptions: {} }
    const [one, two] = [await history(7, settings, false), await history(7, settings, true)]
    for (const [index, measures] of one.entries()) {
      for (const [key, value] of Object.entries(measures)) {
        if (typeof value !== 'number') continue
        expect(two[index]?.[key as 'requests']).toBeCloseTo(value, 5)
      }
    }
    expect(await history(7, settings, false)).toEqual(one)
  })
})
