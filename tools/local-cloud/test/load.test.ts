import { EcsSimulation, type Programs, type Service } from '@tideway/spot-simulator'
import { flowsOf, requestOf } from '../src/load/flows'
import { Load } from '../src/load/load'
import { SimulatedTargets } from '../src/load/simulated-targets'
import type { PathRequest } from '../src/path/request'
import type { Finished, Routed } from '../src/path/routed'
import type { TaskReply } from '../src/tasks/program'
import { newApplication, StandIns } from '../src/tasks/stand-in'
import { apiGroup, site, TestPath } from './deployed-path'

const request: PathRequest = {
  scheme: 'https',
  host: 'example.com',
  method: 'GET',
  path: '/',
  headers: {},
  clientIp: '198.18.0.1',
}

interface SetUp {
  readonly tags?: Readonly<Record<string, string>>
  readonly application?: Partial<ReturnType<typeof newApplication>>
  readonly desiredCount?: number
}

/** A service on Spot behind one target group, with stand-ins, and requests by turns. */
function setUp({ tags = {}, application = {}, desiredCount = 2 }: SetUp = {}) {
  let standIns: StandIns
  const programs: Programs = {
    startsTask: (task) => void standIns.start(task),
    checksTargets: (task) => {
      const reply = standIns.programOf(task)?.handle(8080, check, 1)
      return reply?.kind === 'response' ? undefined : { reason: 'failed', description: 'failed' }
    },
  }
  const aws = new EcsSimulation({ seed: 1, ...programs })
  standIns = new StandIns({
    aws,
    application: { ...newApplication(), ...application },
    exit: (task, exitCode) => aws.exit(task, exitCode),
  })
  aws.observe({
    signal: (task, name) => standIns.programOf(task)?.signal(name),
    ended: (task) => standIns.ended(task),
  })
  const targetGroupArn = aws.loadBalancers.createTargetGroup({ name: 'web' })
  const targets = new SimulatedTargets(aws)
  const service = aws.createService({
    name: 'web',
    desiredCount,
    loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    tags,
    startsSteady: true,
  })
  let turn = 0
  const route = (): Routed => {
    const healthy = targets.targets(targetGroupArn).filter(({ state }) => state === 'healthy')
    const by = { rule: 'web:443/1', targetGroup: 'web' }
    const target = healthy[turn++ % Math.max(1, healthy.length)]
    if (target === undefined) {
      return { kind: 'answer', by, response: responseOf(503), seconds: 0 }
    }
    return { kind: 'target', by, targetGroupArn, target, request, finish }
  }
  const load = new Load({
    aws,
    route,
    targets,
    programs: standIns,
    flows: [{ service: 'web', request, isBelow: false, share: 1 }],
    usualRate: 200,
  })
  return { aws, service, load, standIns }
}

const check: PathRequest = { ...request, headers: { 'user-agent': 'ELB-HealthChecker/2.0' } }
const responseOf = (status: number) => ({ status, headers: {}, body: Buffer.alloc(0) })

function finish(reply: TaskReply): Finished {
  return reply.kind === 'response'
    ? { response: reply.response, seconds: reply.seconds }
    : { response: responseOf(502), seconds: 0 }
}

function interruptAll(aws: EcsSimulation, { tasks }: Service): void {
  for (const task of [...tasks]) aws.interruptTask(task)
}

describe('the load', () => {
  test('is an open loop of its rate', async () => {
    const { aws, load } = setUp()
    load.requestsPerSecond = 200
    await aws.run(100)
    const { requests, failed } = load.counts.total()
    // Poisson: 20,000 with a standard deviation of 141.
    expect(requests).toBeGreaterThan(19_300)
    expect(requests).toBeLessThan(20_500)
    expect(failed).toBe(0)
    expect(load.counts.samples.all).toHaveLength(10)
  })

  test('is the same for the same seed', async () => {
    const counts = async () => {
      const { aws, service, load } = setUp({ tags: { 'tideway:at-notice': 'leave' } })
      load.requestsPerSecond = 50
      aws.simulation.after(20, () => interruptAll(aws, service))
      await aws.run(120)
      return [load.counts.total(), load.counts.failures, load.counts.samples.all]
    }
    expect(await counts()).toEqual(await counts())
  })

  test('counts as many requests where each one stands for several', async () => {
    const { aws, load, standIns, service } = setUp()
    load.setSpeed(300)
    load.requestsPerSecond = 200
    expect(load.requestsPerSample).toBe(15)
    await aws.run(200)
    expect(load.counts.total().requests / 40_000).toBeCloseTo(1, 1)
    // The tasks work as long as without: each request takes 0.124 s.
    const busy = [...service.tasks].map((task) => standIns.programOf(task)?.busySeconds ?? 0)
    expect(busy.reduce((sum, each) => sum + each) / (40_000 * 0.124)).toBeCloseTo(1, 1)
  })

  test('keeps the time in a queue apart from the work, which is the CPU of a task', () => {
    const { service, standIns } = setUp({ application: { limitOf: () => 1 } })
    const [task] = service.tasks
    if (task === undefined) throw new Error('there is no task')
    const program = standIns.programOf(task)
    const replies = Array.from({ length: 10 }, () => program?.handle(8080, request, 1))
    const sum = (of: 'seconds' | 'workSeconds') =>
      replies.reduce(
        (total, reply) => total + (reply?.kind === 'response' ? (reply[of] ?? 0) : 0),
        0,
      )
    expect(sum('workSeconds')).toBeCloseTo(program?.busySeconds ?? 0, 9)
    // One works while nine wait.
    expect(sum('seconds')).toBeGreaterThan(3 * sum('workSeconds'))
  })

  test('ends with a rate of 0, and follows a new one', async () => {
    const { aws, load } = setUp()
    load.requestsPerSecond = 100
    load.requestsPerSecond = 0
    await aws.run(60)
    expect(load.counts.total().requests).toBe(0)
    load.requestsPerSecond = 10
    await aws.run(60)
    expect(load.counts.total().requests).toBeGreaterThan(400)
  })

  test('does not change what the simulation draws', async () => {
    const tasksOf = async (rate: number) => {
      const { aws, service, load } = setUp({ application: { atSigterm: 'leaves-after-30s' } })
      load.requestsPerSecond = rate
      aws.simulation.after(5, () => interruptAll(aws, service))
      await aws.run(300)
      return [...service.tasks].map(({ id, startedAt }) => [id, startedAt])
    }
    expect(await tasksOf(30)).toEqual(await tasksOf(0))
  })
})

describe('a stand-in', () => {
  const drain = { 'tideway:at-notice': 'serve-until-drained' }

  test('that leaves at SIGTERM resets what is in flight', async () => {
    const { aws, service, load } = setUp({ tags: { 'tideway:at-notice': 'leave' } })
    load.requestsPerSecond = 200
    aws.simulation.after(60, () => interruptAll(aws, service))
    await aws.run(61)
    expect([...service.tasks].filter(({ isAccepting }) => isAccepting)).toEqual([])
    expect(load.counts.failures.map(({ cause }) => cause)).toEqual(
      expect.arrayContaining([
        '502 from web: the connection was reset',
        '503 from web: the path answers it',
      ]),
    )
  })

  test('that serves until it is drained answers all until its SIGKILL', async () => {
    const { aws, service, load } = setUp({ tags: drain })
    load.requestsPerSecond = 30
    aws.simulation.after(60, () => interruptAll(aws, service))
    await aws.run(60 + 119)
    expect(load.counts.total().failed).toBe(0)
  })

  test('that serves until it is drained exits 15 s after its last request', async () => {
    const { aws, service, load } = setUp({ tags: drain })
    load.requestsPerSecond = 30
    const [first] = [...service.tasks]
    aws.simulation.after(60, () => aws.setDesiredCount(service, 1))
    await aws.run(500)
    const stopped = [...aws.tasks.values()].filter(({ stoppedAt }) => stoppedAt !== undefined)
    expect(stopped).toHaveLength(1)
    expect(first).toBeDefined()
    expect(stopped[0]).toMatchObject({ exitCode: 0 })
  })

  test('that ignores SIGTERM ends after 30 s', async () => {
    const { aws, service } = setUp({ application: { atSigterm: 'leaves-after-30s' } })
    interruptAll(aws, service)
    const interrupted = [...service.tasks]
    await aws.run(29)
    expect(interrupted.map(({ isAccepting }) => isAccepting)).toEqual([true, true])
    await aws.run(2)
    expect(interrupted.map(({ isAccepting }) => isAccepting)).toEqual([false, false])
    expect(interrupted.map(({ exitCode }) => exitCode)).toEqual([137, 137])
  })

  test('refuses more than its workers and its queue hold', async () => {
    const { aws, load } = setUp({ desiredCount: 1 })
    // It manages 258 a second.
    load.requestsPerSecond = 500
    await aws.run(60)
    const { requests, failed } = load.counts.total()
    expect(failed / requests).toBeGreaterThan(0.4)
    expect(failed / requests).toBeLessThan(0.56)
    expect(load.counts.failures[0]?.cause).toBe('503 from web: the task answered 503')
  })

  test('is slow, and its requests are counted as slow', async () => {
    const { aws, load } = setUp({ application: { slowness: 20 } })
    load.requestsPerSecond = 10
    await aws.run(120)
    const { requests, slow } = load.counts.total()
    // Three quarters of those to 4 s, and almost all of the others.
    expect(slow / requests).toBeGreaterThan(0.6)
    expect(slow / requests).toBeLessThan(0.9)
  })

  test('of a broken revision answers 500, and passes its health checks', async () => {
    const { aws, service, load } = setUp({
      application: { brokenFrom: new Map([['web', 2]]) },
    })
    load.requestsPerSecond = 50
    await aws.run(30)
    expect(load.counts.total().failed).toBe(0)
    aws.deploy(service, { taskDefinition: 'web:2' })
    await aws.run(900)
    expect(service.servingCount).toBe(2)
    expect(load.counts.failures.map(({ cause }) => cause)).toEqual([
      '500 from web: the task answered 500',
    ])
  })
})

/** A service behind the site. */
function siteOf(desiredCount: number) {
  const { path, now } = new TestPath()
  const aws = new EcsSimulation({ seed: 1 })
  aws.loadBalancers.createTargetGroup({ name: 'api', arn: apiGroup })
  const service = aws.createService({
    name: 'api',
    desiredCount,
    loadBalancers: [{ targetGroupArn: apiGroup, containerName: 'app', containerPort: 8080 }],
  })
  const route = path.route.bind(path)
  const props = { deployed: path.deployed, route, now, primaries: [service], pairOf: () => 'api' }
  return { route, now, props }
}

test('viewers of a site ask for many paths, without the header that CloudFront adds, and find no error of a probe', () => {
  const { route, now, props } = siteOf(1)
  const { flows } = flowsOf({ ...newApplication(), ...props })
  expect(flows).toEqual([
    {
      service: 'api',
      request: expect.objectContaining({ host: site, path: '/', headers: { host: site } }),
      isBelow: true,
      share: 1,
    },
  ])
  const [flow] = flows
  if (flow === undefined) throw new Error('there is no flow')
  expect(requestOf(flow, 7).path).toBe('/7')
  expect(requestOf({ ...flow, request: { ...request, path: '/a/?x=1' } }, 7).path).toBe('/a/7?x=1')
  expect(route(requestOf(flow, 0), now).kind).toBe('target')
})

test('the usual load is below the target of autoscaling for requests', () => {
  const { props } = siteOf(3)
  for (const requestsPerMinute of [100, 500, 1000, 3000]) {
    const { usualRate } = flowsOf({ ...newApplication(() => requestsPerMinute), ...props })
    const share = (60 * usualRate) / 3 / requestsPerMinute
    expect(share).toBeGreaterThan(0.3)
    expect(share).toBeLessThan(1)
  }
})
