import {
  CapacityTrace,
  type Deregistration,
  drought,
  type EcsSimulationSettings,
  failNth,
  none,
  serverError,
} from '@tideway/spot-simulator'
import { losesAtNotice, targetSigns } from '../src/deregistration'
import { planDrain } from '../src/drain-plan'
import { defaultPolicy } from '../src/observation'
import { type Pair, pairOf } from '../src/pair'
import { TestAccount } from './test-account'

const start = 300

/** A pair behind a load balancer, which loses its Spot capacity five minutes after the start. */
function accountWith(
  tags: Readonly<Record<string, string>>,
  settings: Partial<EcsSimulationSettings> = {},
) {
  const account = new TestAccount({
    fargateSpot: drought({ fromSeconds: start, toSeconds: 9 * 3600 }),
    ...settings,
  })
  const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
  const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
  const pair = account.addPair('api', { loadBalancers, tags })
  const noticeAt = new Map<string, number>()
  const drained: { readonly address: string; readonly after: number; readonly healthy: number }[] =
    []
  const healthy = () =>
    account.loadBalancers
      .health(targetGroupArn)
      .filter(({ id, state }) => state === 'healthy' && !noticeAt.has(id)).length
  const primaryTasks = () => [...pair.primary.tasks]
  account.aws.bus.tap(() => {
    for (const { ip = '', stopCode, stoppingAt } of primaryTasks()) {
      if (stopCode === 'SpotInterruption' && stoppingAt) noticeAt.set(ip, stoppingAt)
    }
  })
  account.aws.endpoint.interceptors.push(({ operation, input }) => {
    if (operation !== 'DeregisterTargets') return
    for (const { Id } of input.Targets as { Id: string }[]) {
      const after = (account.aws.now - (noticeAt.get(Id) ?? 0)) / 1000
      drained.push({ address: Id, after, healthy: healthy() })
    }
  })
  return { account, ...pair, drained, noticeAt }
}

describe('the targets of interrupted tasks', () => {
  const rules = { ...defaultPolicy, atNotice: 'serve-until-drained' as const }
  const signsAfter = (seconds: number, ...states: readonly string[][]) =>
    targetSigns(
      states.map((found) => ({ noticeAt: 0, states: found })),
      rules,
      1000 * seconds,
    )

  it.each([
    ['one that ECS has deregistered', [['draining'], []], true, false],
    ['one that is still registered', [['draining'], ['healthy']], false, false],
    ['one that is registered in one of two groups', [['draining', 'initial']], false, false],
    ['one that fails its checks', [['healthy'], ['unhealthy']], false, true],
  ])('show %s', (_, states, isDeregisteredByEcs, failsChecks) => {
    expect(signsAfter(30, ...states)).toEqual({ isDeregisteredByEcs, failsChecks })
  })

  it.each([
    ['while ECS may still deregister them', 9],
    ['once the drain function may have deregistered them', 105],
  ])('show nothing %s', (_, seconds) => {
    expect(signsAfter(seconds, [], ['unhealthy'])).toEqual({})
  })
})

describe('a reconcile', () => {
  const noticeAt = Date.UTC(2026, 0, 5)
  /** Of a task with a notice that no event reported. ECS lists it, and it drains. */
  const planWith = (deregisteredTasks?: readonly string[], shown: object = {}) => {
    const loadBalancers = [{ targetGroupArn: 'blue', containerPort: 80 }]
    const configured = { taskDefinition: 'api:1', loadBalancers }
    const noticed = [
      {
        taskArn: 'task',
        launchType: 'FARGATE' as const,
        stoppingAt: new Date(noticeAt),
        attachments: [{ details: [{ name: 'privateIPv4Address', value: '10.0.0.1' }] }],
        ...shown,
      },
    ]
    const policy = { ...defaultPolicy, atNotice: 'serve-until-drained' as const }
    const pair = pairOf('main', 'api', { 'tideway:standbys': 'standby' }, 0) as Pair
    const primary = {
      status: 'active' as const,
      desired: 1,
      running: 2,
      interrupted: 1,
      healthy: 1,
    }
    return planDrain(
      { ...pair, policy },
      new Map([['api', { configured, serving: undefined }]]),
      { observation: { primary, standbys: [], evidence: [] }, noticed },
      { interruptedTasks: {}, deregisteredTasks },
      {
        readTargets: async () => new Map([['10.0.0.1', { state: 'draining', ports: [80] }]]),
        clock: { now: () => noticeAt + 40_000 },
        log: () => undefined,
      },
    )
  }

  it('learns from a task that it has not deregistered', async () => {
    const { signs, deregisteredTasks } = await planWith()
    expect([signs.isDeregisteredByEcs, deregisteredTasks]).toEqual([true, undefined])
  })

  it.each([
    ['that a game day has not stopped yet', { desiredStatus: 'RUNNING' }],
    ['that a game day has stopped', { desiredStatus: 'STOPPED', stopCode: 'UserInitiated' }],
  ])('leaves a task %s in its target groups, and learns nothing', async (_, shown) => {
    const { deregister, signs } = await planWith(undefined, shown)
    expect([deregister, signs]).toEqual([[], {}])
  })

  it('learns nothing from a task that it has deregistered', async () => {
    const { signs, deregisteredTasks } = await planWith(['task', 'ended'])
    expect([signs, deregisteredTasks]).toEqual([{}, ['task']])
  })
})

describe('a gap at each notice', () => {
  const rules = { ...defaultPolicy, atNotice: 'serve-until-drained' as const }

  it.each([
    ['a task leaves', { ...rules, atNotice: 'leave' as const }, false, undefined, true],
    ['a task serves until others do', rules, false, 100, false],
    ['tasks start slower than that', rules, false, 110, true],
    ['a task ends early', { ...rules, stopSeconds: 30 }, false, undefined, true],
    ['ECS deregisters it', rules, true, undefined, true],
  ])('where %s', (_, policy, isDeregisteredByEcs, startSeconds, expected) => {
    expect(losesAtNotice(policy, isDeregisteredByEcs, startSeconds)).toBe(expected)
  })
})

const serves = { 'tideway:at-notice': 'serve-until-drained' }

describe('an interrupted task', () => {
  it('that receives no requests loses none', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: start, toSeconds: 9 * 3600 }),
    })
    account.addPair('worker')
    await account.aws.run(600)
    const lines = account.logged('decided').map(({ losesAtNotice }) => losesAtNotice)
    expect(new Set(lines)).toEqual(new Set([false]))
  })

  it('that leaves at its notice is deregistered at once', async () => {
    const { account, drained } = accountWith({})
    await account.aws.run(600)
    expect(drained).toHaveLength(3)
    for (const { after } of drained) expect(after).toBeLessThan(10)
  })

  it('that serves until it is drained stays until others serve, or to the last safe moment', async () => {
    const { account, drained } = accountWith(serves)
    await account.aws.run(600)
    expect(drained.map(({ address }) => address)).toHaveLength(3)
    expect(new Set(drained.map(({ address }) => address)).size).toBe(3)
    for (const { after, healthy } of drained) {
      if (healthy < 3) expect(after).toBeGreaterThan(100)
      expect(after).toBeLessThanOrEqual(110)
    }
  })

  it('stays for no longer than its stopTimeout allows', async () => {
    const { account, drained } = accountWith(
      { ...serves, 'tideway:stop-seconds': '30' },
      { stopTimeoutSeconds: 30 },
    )
    await account.aws.run(600)
    expect(drained).toHaveLength(3)
    for (const { after } of drained) {
      expect(after).toBeGreaterThan(20)
      expect(after).toBeLessThanOrEqual(25)
    }
  })

  it('stays for less time if its requests take longer', async () => {
    const { account, drained } = accountWith({ ...serves, 'tideway:request-seconds': '60' })
    await account.aws.run(600)
    expect(drained).toHaveLength(3)
    for (const { after, healthy } of drained) {
      if (healthy < 3) expect(after).toBeGreaterThan(45)
      expect(after).toBeLessThanOrEqual(55)
    }
  })

  it.each(['DescribeTargetHealth', 'DeregisterTargets', 'SendMessageBatch', 'Publish'])(
    'is deregistered after one failed call of %s',
    async (operation) => {
      const { account, drained, noticeAt } = accountWith(serves)
      await account.aws.run(start)
      account.aws.endpoint.interceptors.push(failNth({ operation }, 1, serverError))
      await account.aws.run(300)
      expect(new Set(drained.map(({ address }) => address))).toEqual(new Set(noticeAt.keys()))
      expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
    },
  )

  it.each([{}, { ...serves, 'tideway:stop-seconds': '30' }])(
    'on an instance stays until others serve, or to the end of the instance (%j)',
    async (tags) => {
      const account = new TestAccount({ fargate: none() })
      account.aws.addAutoScalingGroup({
        name: 'ec2-spot',
        isSpot: true,
        tasksPerInstance: 1,
        maxInstances: 3,
        initialInstances: 3,
        scaling: { kind: 'managed' },
        spotInstanceDraining: true,
        capacity: drought({ fromSeconds: start, toSeconds: 9 * 3600 }),
      })
      const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
      const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
      const strategy = [{ capacityProvider: 'ec2-spot', weight: 1 }]
      account.addPair('api', { loadBalancers, strategy, tags })
      const drains = () =>
        account.aws.endpoint.calls.filter(({ operation }) => operation === 'DeregisterTargets')
      await account.aws.run(start + 95)
      expect(drains()).toEqual([])
      await account.aws.run(20)
      expect(drains()).toHaveLength(3)
    },
  )

  /** What the last decision of each of two interruptions says. */
  async function losesAtNoticeOf(deregistration: Deregistration) {
    const { account } = accountWith(serves, {
      deregistration,
      fargateSpot: new CapacityTrace(
        [0, 1200].flatMap((atSeconds) => [
          { atSeconds, capacity: 10 },
          { atSeconds: atSeconds + start, capacity: 0 },
        ]),
      ),
    })
    await account.aws.run(2400)
    const learned = account.logged('ECS deregisters interrupted tasks at their notice')
    const decided = account.logged('decided').map((line) => line.losesAtNotice)
    const contradicted = account
      .logged('decided')
      .filter(({ alerts }) => (alerts as string[]).includes('at-notice-contradicted'))
    return { learned: learned.length, first: decided[0], last: decided.at(-1), contradicted }
  }

  it('that ECS deregisters at its notice is lost at once, which is learned and logged', async () => {
    expect(await losesAtNoticeOf('at-notice')).toEqual({
      learned: 1,
      first: false,
      last: true,
      contradicted: [],
    })
  })

  it('that ECS deregisters at its end is not', async () => {
    expect(await losesAtNoticeOf('at-stop')).toEqual({
      learned: 0,
      first: false,
      last: false,
      contradicted: [],
    })
  })
})
