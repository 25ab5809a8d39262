import {
  type AwsEvent,
  CapacityTrace,
  drought,
  flapping,
  none,
  type Service,
  type ServiceSettings,
  type Task,
} from '@tideway/spot-simulator'
import { SdkAccount, TestAccount } from './test-account'

const hour = 3600

describe('a drought', () => {
  it('is covered before tasks are missing, and fails back when it is over', async () => {
    const account = new SdkAccount({ fargateSpot: drought({ fromSeconds: 600, toSeconds: hour }) })
    const { primary, standby } = account.addPair('api')
    const ledger = account.ledger()
    await account.aws.run(0.5 * hour)
    expect(standby.desiredCount).toBe(3)
    expect(standby.servingCount).toBe(3)
    await account.aws.run(1.5 * hour)
    expect(primary.servingCount).toBe(3)
    expect(standby.desiredCount).toBe(0)
    expect(ledger.group('api').longestShortfallSeconds).toBe(0)
    expect(ledger.group('api').shortfallTaskSeconds).toBe(0)
  })

  it('of some tasks is covered by as many', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: hour, remaining: 2 }),
    })
    const { standby } = account.addPair('api')
    await account.aws.run(1200)
    expect(standby.desiredCount).toBe(1)
    await account.aws.run(1.5 * hour)
    expect(standby.desiredCount).toBe(0)
  })

  it('is detected even if every event is lost', async () => {
    const account = new SdkAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }),
      events: { losses: 1 },
    })
    const { standby } = account.addPair('api')
    // Only the sweep finds it, once a minute.
    await account.aws.run(750)
    expect(standby.desiredCount).toBe(3)
  })

  it('that comes and goes does not make the standby flap where its owner chooses a long window', async () => {
    const account = new TestAccount({ fargateSpot: flapping({ upSeconds: 240, downSeconds: 240 }) })
    const { standby } = account.addPair('api', { tags: { 'tideway:dwell-seconds': '60' } })
    const ledger = account.ledger()
    await account.aws.run(3 * hour)
    // Spot changes 45 times in three hours. The window grows to more than its four minutes, and shrinks in calm.
    expect(ledger.service(standby).directionChanges).toBeLessThanOrEqual(22)
    expect(ledger.group('api').shortfallRatio).toBeLessThan(0.02)
  })
})

describe('a drought of EC2 Spot', () => {
  function accountWithGroups(remaining: number, isSilent = false) {
    const account = new TestAccount()
    for (const [name, isSpot] of [
      ['ec2-spot', true],
      ['ec2', false],
    ] as const) {
      account.aws.addAutoScalingGroup({
        name,
        isSpot,
        tasksPerInstance: 1,
        maxInstances: 20,
        initialInstances: isSpot ? 4 : 0,
        scaling: { kind: 'managed', targetCapacityPercent: 80 },
        // Without draining, ECS sends no event before the tasks stop.
        managedDraining: !isSilent,
        spotInstanceDraining: !isSilent,
        ...(isSpot && {
          capacity: drought({ fromSeconds: 900, toSeconds: hour, remaining }),
        }),
      })
    }
    const pair = account.addPair('web', { strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }] })
    return { account, ...pair }
  }

  it.each([false, true])(
    'is covered, and fails back (without events from ECS: %s)',
    async (isSilent) => {
      const { account, primary, standby } = accountWithGroups(0, isSilent)
      const ledger = account.ledger()
      await account.aws.run(0.75 * hour)
      expect(standby.servingCount).toBe(3)
      await account.aws.run(1.25 * hour)
      expect(primary.servingCount).toBe(3)
      expect(standby.desiredCount).toBe(0)
      expect(ledger.group('web').longestShortfallSeconds).toBe(0)
      expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
    },
  )

  it('is detected in minutes while a task waits for an instance without an event', async () => {
    const { account, primary, standby } = accountWithGroups(4)
    await account.aws.run(1200)
    account.aws.setDesiredCount(primary, 8)
    await account.aws.run(300)
    expect(standby.servingCount).toBe(4)
  })

  it('does not cover a service on Fargate Spot that lacks tasks for another reason', async () => {
    const { account, standby } = accountWithGroups(0)
    account.aws.defineRevision('api:2', { startFailure: 'CannotPullContainerError' })
    const api = account.addPair('api', { taskDefinition: 'api:2', startsSteady: false })
    await account.aws.run(1800)
    expect(standby.servingCount).toBe(3)
    expect(api.standby.desiredCount).toBe(0)
  })

  it('counts every task of an interrupted instance, on every page of the list', async () => {
    const account = new SdkAccount()
    account.aws.addAutoScalingGroup({
      name: 'ec2-spot',
      isSpot: true,
      tasksPerInstance: 120,
      maxInstances: 1,
      initialInstances: 1,
      scaling: { kind: 'managed' },
    })
    const strategy = [{ capacityProvider: 'ec2-spot', weight: 1 }]
    account.aws.createService({ name: 'many', desiredCount: 110, strategy, startsSteady: true })
    const { primary, standby } = account.addPair('api', { strategy })
    const [instanceId] = [...primary.tasks].map(({ host }) => host?.instanceId)
    await account.controller.invoke({
      source: 'aws.ec2',
      'detail-type': 'EC2 Spot Instance Interruption Warning',
      time: new Date(account.aws.simulation.now).toISOString(),
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    })
    expect(standby.desiredCount).toBe(3)
  })
})

describe('no drought', () => {
  it('changes nothing: scaling, releases, crash loops', async () => {
    const account = new TestAccount()
    const { primary } = account.addPair('api')
    await account.aws.run(300)
    account.aws.setDesiredCount(primary, 8)
    await account.aws.run(600)
    account.aws.deploy(primary, { taskDefinition: 'api:2' })
    await account.aws.run(1200)
    account.aws.defineRevision('api:3', { startFailure: 'CannotPullContainerError: no such image' })
    account.aws.deploy(primary, { taskDefinition: 'api:3' })
    await account.aws.run(0.5 * hour)
    expect(account.writes.filter(({ input }) => input.desiredCount !== undefined)).toEqual([])
  })

  it('changes no service without the standby tag, whatever a primary names', async () => {
    const account = new SdkAccount({ fargateSpot: none() })
    account.aws.createService({
      name: 'untagged',
      desiredCount: 1,
      strategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      startsSteady: true,
    })
    account.aws.createService({
      name: 'api',
      desiredCount: 3,
      tags: { 'tideway:standbys': 'untagged' },
    })
    await account.aws.run(900)
    expect(account.writes).toEqual([])
    const reasons = account.logged('unpaired').map(({ reason }) => reason)
    expect(reasons).toContain('untagged does not carry tideway:standby-of')
  })
})

describe('the standby', () => {
  it('follows the release that serves, with and without tasks', async () => {
    const account = new TestAccount()
    const { primary, standby } = account.addPair('api')
    await account.aws.run(60)
    account.aws.deploy(primary, { taskDefinition: 'api:2' })
    await account.aws.run(1200)
    expect(account.writes.map(({ input }) => input)).toEqual([
      { cluster: 'main', service: standby.name, taskDefinition: expect.stringMatching(/api:2$/) },
    ])
  })
})

describe('a blue/green service', () => {
  function accountWithColours(fargateSpot?: CapacityTrace) {
    const account = new TestAccount(fargateSpot && { fargateSpot })
    const colour = (name: string) => [
      {
        targetGroupArn: account.loadBalancers.createTargetGroup({
          name,
          targetType: 'ip',
          port: 80,
        }),
        containerName: 'app',
        containerPort: 80,
      },
    ]
    const [blue, green] = [colour('blue'), colour('green')]
    const pair = account.addPair('shop', { controller: 'CODE_DEPLOY', loadBalancers: blue })
    const release = () =>
      account.aws.startGreen(pair.primary, { taskDefinition: 'shop:2', loadBalancers: green })
    return { account, blue, green, release, ...pair }
  }

  /** Takes all tasks of one task set, and leaves no capacity for others. */
  function interrupt({ aws }: TestAccount, { tasks }: Service, revision: string) {
    const ofSet = ({ deployment }: Task) => deployment.release.taskDefinition.endsWith(revision)
    const [lost, kept] = [[...tasks].filter(ofSet), [...tasks].filter((task) => !ofSet(task))]
    for (const task of lost) aws.interruptTask(task)
    aws.setTrace('FARGATE_SPOT', CapacityTrace.constant(kept.length))
  }

  it('is covered after the colours swap, although the old one was at full strength until then', async () => {
    const { account, primary, standby, release } = accountWithColours()
    await account.aws.run(60)
    release()
    await account.aws.run(240)
    interrupt(account, primary, ':2')
    // ECS tries in vain to replace the green tasks, and then waits for minutes.
    await account.aws.run(600)
    expect([primary.runningCount, standby.desiredCount]).toEqual([3, 0])
    account.aws.rerouteTraffic(primary)
    account.aws.terminateOtherTaskSet(primary)
    await account.aws.run(60)
    account.aws.setTrace('FARGATE_SPOT', none())
    await account.aws.run(120)
    expect(standby.desiredCount).toBe(3)
  })

  it('keeps its standby in the serving target group when the colours swap in a drought', async () => {
    const { account, primary, standby, release, blue, green } = accountWithColours(
      drought({ fromSeconds: 600, toSeconds: 9 * hour, remaining: 1 }),
    )
    await account.aws.run(1200)
    expect(standby.servingCount).toBe(2)
    release()
    await account.aws.run(300)
    expect(standby.primary.release.loadBalancers).toEqual(blue)
    account.aws.rerouteTraffic(primary)
    await account.aws.run(600)
    expect(standby.primary.release).toMatchObject({ loadBalancers: green })
    expect(standby.primary.release.taskDefinition).toMatch(/shop:2$/)
    expect(standby.servingCount).toBeGreaterThanOrEqual(2)
  })

  it.each([
    ['before the colours swap', false, 'shop:1'],
    ['in the termination wait', true, 'shop:2'],
  ])('has lost tasks of the serving task set covered %s', async (_, isSwapped, serving) => {
    const { account, primary, standby, release } = accountWithColours()
    release()
    await account.aws.run(300)
    if (isSwapped) account.aws.rerouteTraffic(primary)
    await account.aws.run(60)
    expect(primary.runningCount).toBe(6)
    interrupt(account, primary, serving)
    await account.aws.run(15)
    expect(standby.desiredCount).toBe(3)
    // The tasks of the other set are healthy, but serve nobody. They do not allow a failback.
    await account.aws.run(1200)
    expect(standby.desiredCount).toBe(3)
    expect(standby.primary.release.taskDefinition).toMatch(new RegExp(`${serving}$`))
  })

  it.each([
    ['the new task set', false, 'shop:2'],
    ['the old task set in the termination wait', true, 'shop:1'],
  ])('needs no cover for lost tasks of %s', async (_, isSwapped, other) => {
    const { account, primary, standby, release } = accountWithColours()
    release()
    await account.aws.run(300)
    if (isSwapped) account.aws.rerouteTraffic(primary)
    await account.aws.run(60)
    interrupt(account, primary, other)
    await account.aws.run(300)
    expect(primary.runningCount).toBe(3)
    expect(standby.desiredCount).toBe(0)
    expect(account.writes.filter(({ input }) => input.desiredCount !== undefined)).toEqual([])
  })
})

describe('an operator', () => {
  it('holds and forces by tags, which every reconcile reads', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour }),
    })
    const held = account.addPair('held', { tags: { 'tideway:hold': 'true' } })
    const forced = account.addPair('forced', { tags: { 'tideway:force': '2' } })
    const dry = account.addPair('dry', { tags: { 'tideway:dry-run': 'yes' } })
    await account.aws.run(1200)
    expect([
      held.standby.desiredCount,
      forced.standby.desiredCount,
      dry.standby.desiredCount,
    ]).toEqual([0, 2, 0])
    expect(account.logged('would change standby').length).toBeGreaterThan(0)
  })

  it('holds all pairs of a cluster by one tag, and sees their alerts', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour }),
    })
    const pairs = ['api', 'web'].map((name) => account.addPair(name))
    const counts = () => pairs.map(({ standby }) => standby.desiredCount)
    account.aws.setClusterTags('main', { 'tideway:hold': 'true' })
    await account.aws.run(1200)
    expect(counts()).toEqual([0, 0])
    expect(account.writes).toEqual([])
    const subjects = account.controller.sns.messages.map(({ subject }) => subject)
    expect(subjects).toContain('api: uncovered begins')
    account.aws.setClusterTags('main', {})
    await account.aws.run(90)
    expect(counts()).toEqual([3, 3])
    // The sweep reads the tags at most once in ten seconds, however many pairs there are.
    const reads = account.aws.endpoint.calls.filter(
      ({ operation }) => operation === 'DescribeClusters',
    )
    expect(reads.length).toBeLessThan(1290 / 10)
  })

  it('keeps its hold on a cluster while the tags cannot be read', async () => {
    const account = new SdkAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour }),
    })
    const { standby } = account.addPair('api')
    account.aws.setClusterTags('main', { 'tideway:hold': 'true' })
    await account.aws.run(300)
    account.aws.endpoint.interceptors.push(({ operation }) => {
      if (operation === 'DescribeClusters') throw new Error('rejected')
    })
    await account.aws.run(900)
    expect(standby.desiredCount).toBe(0)
    expect(account.logged('failed, will be retried')).toEqual([])
  })
})

describe('notices without a group', () => {
  const withoutGroup = (event: AwsEvent): AwsEvent => {
    const { group: _, attachments: __, ...detail } = event.detail
    return { ...event, detail }
  }

  it('lead to the services of their tasks, and drain their targets', async () => {
    const account = new SdkAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour }),
    })
    const group = account.loadBalancers.createTargetGroup({
      name: 'api',
      targetType: 'ip',
      port: 80,
    })
    const loadBalancers = [{ targetGroupArn: group, containerName: 'app', containerPort: 80 }]
    const { primary, standby } = account.addPair('api', { loadBalancers })
    for (const name of ['reconcile', 'drain'] as const) {
      const queue = account.controller.queue(name)
      const send = queue.send.bind(queue)
      queue.send = (body, ...rest) => {
        const event = JSON.parse(body)
        const isNotice = event.detail?.stopCode === 'SpotInterruption'
        return send(isNotice ? JSON.stringify(withoutGroup(event)) : body, ...rest)
      }
    }
    await account.aws.run(610)
    expect(primary.runningCount).toBe(3)
    expect(standby.desiredCount).toBe(3)
    expect(account.logged('deregistered')).toHaveLength(3)
  })

  it('of tasks without a service are ignored, with a reason', async () => {
    const account = new TestAccount()
    account.addPair('api')
    await account.controller.invoke({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      detail: {
        clusterArn: account.aws.arns.cluster('main'),
        taskArn: account.aws.arns.task('main', 'of-no-service'),
        stopCode: 'SpotInterruption',
      },
    })
    expect(account.logged('ignored')).toMatchObject([{ reason: 'the task belongs to no service' }])
    expect(account.writes).toEqual([])
  })
})

describe('a service that declares to serve until drained', () => {
  const contradicted = 'at-notice-contradicted'
  const serves = { tags: { 'tideway:at-notice': 'serve-until-drained' } }

  function interruptTwice(settings: Partial<ServiceSettings>) {
    const steps = [0, 1800].flatMap((atSeconds) => [
      { atSeconds: atSeconds + 600, capacity: 0 },
      { atSeconds: atSeconds + 900, capacity: 10 },
    ])
    const fargateSpot = new CapacityTrace([{ atSeconds: 0, capacity: 10 }, ...steps])
    const account = new TestAccount({ fargateSpot })
    const targetGroupArn = account.loadBalancers.createTargetGroup({ name: 'api', port: 80 })
    const loadBalancers = [{ targetGroupArn, containerName: 'app', containerPort: 80 }]
    const pair = account.addPair('api', { loadBalancers, ...settings })
    const alerts = () =>
      account.controller.sns.messages
        .map(({ subject }) => subject)
        .filter((subject) => subject?.includes(contradicted))
    return { account, alerts, ...pair }
  }

  it('is reported once if its tasks end early', async () => {
    const { account, alerts } = interruptTwice({ ...serves, application: 'leaves-after-30s' })
    await account.aws.run(900)
    expect(alerts()).toEqual([`api: ${contradicted} begins`])
    const lines = account.logged('decided').map((line) => line.alerts)
    expect(lines).toContainEqual(expect.arrayContaining([contradicted]))
    await account.aws.run(hour)
    expect(alerts()).toHaveLength(1)
  })

  it('is not reported any more once its tasks run longer', async () => {
    const { account, alerts, primary } = interruptTwice({
      ...serves,
      application: 'leaves-after-30s',
    })
    await account.aws.run(1200)
    Object.assign(primary.taskEnd, { application: 'serves-until-drained', stopTimeoutSeconds: 120 })
    await account.aws.run(hour)
    expect(alerts()).toEqual([`api: ${contradicted} begins`, `api: ${contradicted} is over`])
  })

  it.each<[string, Partial<ServiceSettings>]>([
    ['its tasks serve for the whole notice', serves],
    ['it declares nothing', { application: 'leaves-at-once' }],
    ['no requests reach it', { ...serves, application: 'leaves-after-30s', loadBalancers: [] }],
    [
      'others have taken their place, so that they were drained before',
      {
        tags: { ...serves.tags, 'tideway:force': '3' },
        application: 'leaves-after-30s',
      },
    ],
  ])('is not reported if %s', async (_, settings) => {
    const { account, alerts } = interruptTwice(settings)
    await account.aws.run(1200)
    expect(alerts()).toEqual([])
  })
})

describe('unrecognised messages', () => {
  it('are ignored with a reason, and do not delay the others', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 10, toSeconds: 9 * hour }),
    })
    const { standby } = account.addPair('api')
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '{"detail-type":"Other"}',
      '{"detail-type":"ECS Service Action"}',
    ]) {
      account.controller.queue('reconcile').send(body)
    }
    await account.aws.run(600)
    expect(standby.desiredCount).toBe(3)
    expect(account.logged('ignored').length).toBeGreaterThanOrEqual(6)
    expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
  })
})

describe('a flood of events', () => {
  it('causes few API calls: one reconcile observes the result of many events', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }),
    })
    const pairs = Array.from({ length: 100 }, (_, index) => account.addPair(`service-${index}`))
    await account.aws.run(600)
    const before = account.aws.endpoint.calls.length
    await account.aws.run(60)
    for (const { standby } of pairs) expect(standby.desiredCount).toBe(3)
    const calls = account.aws.endpoint.calls
      .slice(before)
      .filter(({ service }) => service === 'ecs')
    const raises = calls.filter(({ operation }) => operation === 'UpdateService').length
    // Each pair receives three notices within a minute. After the first one, the list of tasks contains none of the
    // three, so the standby is raised once.
    expect(raises).toBeLessThanOrEqual(1.1 * 100)
    // Up to ten messages share a reconcile of two calls. The sweep and the drain handler call ECS as well.
    expect(calls.length - raises).toBeLessThanOrEqual(7 * 100)
  })

  it('that is delivered again causes no further reconcile', async () => {
    const account = new TestAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }),
    })
    account.addPair('api')
    const published: object[] = []
    account.aws.bus.tap((event) => void published.push(event))
    // Ten seconds after a sweep.
    await account.aws.run(1510)
    const before = account.aws.endpoint.calls.length
    for (const event of published) account.controller.queue('reconcile').send(JSON.stringify(event))
    await account.aws.run(20)
    const calls = account.aws.endpoint.calls.slice(before)
    expect(published.length).toBeGreaterThan(10)
    expect(calls.filter(({ service }) => service === 'ecs')).toEqual([])
  })

  it('does not lose a request whose reconcile failed', async () => {
    const account = new SdkAccount({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }),
    })
    const { standby } = account.addPair('api')
    let rejections = 0
    account.aws.endpoint.interceptors.push(({ operation }) => {
      if (operation === 'UpdateService' && rejections++ < 3) throw new Error('rejected')
    })
    await account.aws.run(900)
    expect(rejections).toBeGreaterThan(3)
    expect(standby.desiredCount).toBe(3)
  })
})
