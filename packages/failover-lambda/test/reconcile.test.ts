import { drought, flapping, none } from '@tideway/spot-simulator'
import { World } from './world'

const hour = 3600

describe('a drought', () => {
  it('is covered before the hole opens, and given back when it is over', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 600, toSeconds: 2 * hour }) })
    const { primary, standby } = world.pair('api')
    const ledger = world.ledger()
    await world.aws.run(hour)
    expect(standby.desiredCount).toBe(3)
    expect(standby.servingCount).toBe(3)
    await world.aws.run(2 * hour)
    expect(primary.servingCount).toBe(3)
    expect(standby.desiredCount).toBe(0)
    expect(ledger.group('api').longestShortfallSeconds).toBe(0)
    expect(ledger.group('api').shortfallTaskSeconds).toBe(0)
  })

  it('of a part is covered by as much', async () => {
    const world = new World({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: hour, remaining: 2 }),
    })
    const { standby } = world.pair('api')
    await world.aws.run(1200)
    expect(standby.desiredCount).toBe(1)
    await world.aws.run(2 * hour)
    expect(standby.desiredCount).toBe(0)
  })

  it('is noticed although no event arrives', async () => {
    const world = new World({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }),
      events: { losses: 1 },
    })
    const { standby } = world.pair('api')
    await world.aws.run(hour)
    expect(standby.desiredCount).toBe(3)
  })

  it('that comes again and again does not make the standby flap', async () => {
    const world = new World({ fargateSpot: flapping({ upSeconds: 240, downSeconds: 240 }) })
    const { standby } = world.pair('api')
    const ledger = world.ledger()
    await world.aws.run(6 * hour)
    // Spot turns ninety times in six hours. The dwell grows past its four minutes, and is tried shorter now and then.
    expect(ledger.service(standby).directionChanges).toBeLessThanOrEqual(45)
    expect(ledger.group('api').shortfallRatio).toBeLessThan(0.02)
  })
})

describe('a drought of EC2 Spot', () => {
  function worldWithGroups(left: number, silent = false) {
    const world = new World()
    for (const [name, isSpot] of [
      ['ec2-spot', true],
      ['ec2', false],
    ] as const) {
      world.aws.addAutoScalingGroup({
        name,
        isSpot,
        tasksPerInstance: 1,
        maxInstances: 20,
        initialInstances: isSpot ? 4 : 0,
        scaling: { kind: 'managed', targetCapacityPercent: 80 },
        // Without draining, ECS says nothing before the tasks are gone.
        managedDraining: !silent,
        spotInstanceDraining: !silent,
        ...(isSpot && {
          capacity: drought({ fromSeconds: 900, toSeconds: 3 * hour, remaining: left }),
        }),
      })
    }
    const pair = world.pair('web', { strategy: [{ capacityProvider: 'ec2-spot', weight: 1 }] })
    return { world, ...pair }
  }

  it.each([false, true])(
    'is covered, and given back (without a word from ECS: %s)',
    async (silent) => {
      const { world, primary, standby } = worldWithGroups(0, silent)
      const ledger = world.ledger()
      await world.aws.run(2 * hour)
      expect(standby.servingCount).toBe(3)
      await world.aws.run(3 * hour)
      expect(primary.servingCount).toBe(3)
      expect(standby.desiredCount).toBe(0)
      expect(ledger.group('web').longestShortfallSeconds).toBe(0)
      expect(world.dead.counts()).toMatchObject({ visible: 0 })
    },
  )

  it('is noticed in minutes while a task waits for an instance, of which ECS says nothing', async () => {
    const { world, primary, standby } = worldWithGroups(4)
    await world.aws.run(1200)
    world.aws.setDesiredCount(primary, 8)
    await world.aws.run(300)
    expect(standby.servingCount).toBe(4)
  })

  it('takes every task from an instance, on whichever page ECS lists it', async () => {
    const world = new World()
    world.aws.addAutoScalingGroup({
      name: 'ec2-spot',
      isSpot: true,
      tasksPerInstance: 120,
      maxInstances: 1,
      initialInstances: 1,
      scaling: { kind: 'managed' },
    })
    const strategy = [{ capacityProvider: 'ec2-spot', weight: 1 }]
    world.aws.createService({ name: 'many', desiredCount: 110, strategy, startsSteady: true })
    const { primary, standby } = world.pair('api', { strategy })
    const [instanceId] = [...primary.tasks].map(({ host }) => host?.instanceId)
    await world.invoke({
      source: 'aws.ec2',
      'detail-type': 'EC2 Spot Instance Interruption Warning',
      time: new Date(world.aws.simulation.now).toISOString(),
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
    })
    expect(standby.desiredCount).toBe(3)
  })
})

describe('no drought', () => {
  it('is no reason to touch anything: scaling, releases, crash loops', async () => {
    const world = new World()
    const { primary } = world.pair('api')
    await world.aws.run(300)
    world.aws.setDesiredCount(primary, 8)
    await world.aws.run(600)
    world.aws.deploy(primary, { taskDefinition: 'api:2' })
    await world.aws.run(1200)
    world.aws.defineRevision('api:3', { startFailure: 'CannotPullContainerError: no such image' })
    world.aws.deploy(primary, { taskDefinition: 'api:3' })
    await world.aws.run(hour)
    expect(world.writes.filter(({ input }) => input.desiredCount !== undefined)).toEqual([])
  })

  it('changes no service without the tag of a standby, whatever is tagged as primary', async () => {
    const world = new World({ fargateSpot: none() })
    world.aws.createService({
      name: 'victim',
      desiredCount: 1,
      strategy: [{ capacityProvider: 'FARGATE', weight: 1 }],
      startsSteady: true,
    })
    world.aws.createService({
      name: 'api',
      desiredCount: 3,
      tags: { 'tideway:standbys': 'victim' },
    })
    await world.aws.run(hour)
    expect(world.writes).toEqual([])
    expect(world.logged('service is not tagged as standby of the primary').length).toBeGreaterThan(
      0,
    )
  })
})

describe('the standby', () => {
  it('follows the release that serves, with tasks or without', async () => {
    const world = new World()
    const { primary, standby } = world.pair('api')
    await world.aws.run(60)
    world.aws.deploy(primary, { taskDefinition: 'api:2' })
    await world.aws.run(1200)
    expect(world.writes.map(({ input }) => input)).toEqual([
      { cluster: 'main', service: standby.name, taskDefinition: expect.stringMatching(/api:2$/) },
    ])
  })
})

describe('a blue/green service', () => {
  it('whose colours swap in the middle of a drought keeps its standby where it serves', async () => {
    const world = new World({
      fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour, remaining: 1 }),
    })
    const colour = (name: string) => [
      {
        targetGroupArn: world.targets.createTargetGroup({ name, targetType: 'ip', port: 80 }),
        containerName: 'app',
        containerPort: 80,
      },
    ]
    const [blue, green] = [colour('blue'), colour('green')]
    const { primary, standby } = world.pair('shop', {
      controller: 'CODE_DEPLOY',
      loadBalancers: blue,
    })
    await world.aws.run(1200)
    expect(standby.servingCount).toBe(2)
    world.aws.startGreen(primary, { taskDefinition: 'shop:2', loadBalancers: green })
    await world.aws.run(300)
    expect(standby.primary.release.loadBalancers).toEqual(blue)
    world.aws.rerouteTraffic(primary)
    await world.aws.run(600)
    expect(standby.primary.release).toMatchObject({ loadBalancers: green })
    expect(standby.primary.release.taskDefinition).toMatch(/shop:2$/)
    expect(standby.servingCount).toBeGreaterThanOrEqual(2)
  })
})

describe('an operator', () => {
  it('holds and forces by tags, which are read on every look', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 600, toSeconds: 9 * hour }) })
    const held = world.pair('held', { tags: { 'tideway:hold': 'true' } })
    const forced = world.pair('forced', { tags: { 'tideway:force': '2' } })
    const dry = world.pair('dry', { tags: { 'tideway:dry-run': 'yes' } })
    await world.aws.run(hour)
    expect([
      held.standby.desiredCount,
      forced.standby.desiredCount,
      dry.standby.desiredCount,
    ]).toEqual([0, 2, 0])
    expect(world.logged('would change standby').length).toBeGreaterThan(0)
  })
})

describe('messages that are of no use', () => {
  it('are dropped with a reason, and do not hold up the others', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 10, toSeconds: 9 * hour }) })
    const { standby } = world.pair('api')
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '{"detail-type":"Other"}',
      '{"detail-type":"ECS Service Action"}',
    ]) {
      world.queue.send(body)
    }
    await world.aws.run(600)
    expect(standby.desiredCount).toBe(3)
    expect(world.logged('dropped').length).toBeGreaterThanOrEqual(6)
    expect(world.dead.counts()).toMatchObject({ visible: 0 })
  })
})

describe('a flood of events', () => {
  it('is answered by few calls: what a look has seen is not looked for again', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }) })
    const pairs = Array.from({ length: 100 }, (_, index) => world.pair(`service-${index}`))
    await world.aws.run(600)
    const before = world.aws.endpoint.calls.length
    await world.aws.run(60)
    for (const { standby } of pairs) expect(standby.desiredCount).toBe(3)
    const calls = world.aws.endpoint.calls.slice(before).filter(({ service }) => service === 'ecs')
    const raises = calls.filter(({ operation }) => operation === 'UpdateService').length
    // Three notices a pair come within a minute, and each may need a raise.
    expect(raises).toBeLessThanOrEqual(3 * 100)
    // Five pairs share a look, whose calls are two; the sweep and the other handler call ECS as well.
    expect(calls.length - raises).toBeLessThanOrEqual(3 * 100)
  })

  it('that is told again after it was looked at is not looked at again', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }) })
    world.pair('api')
    const told: object[] = []
    world.aws.bus.tap((event) => void told.push(event))
    // Between two sweeps.
    await world.aws.run(1510)
    const before = world.aws.endpoint.calls.length
    for (const event of told) world.queue.send(JSON.stringify(event))
    await world.aws.run(20)
    const calls = world.aws.endpoint.calls.slice(before)
    expect(told.length).toBeGreaterThan(10)
    expect(calls.filter(({ service }) => service === 'ecs')).toEqual([])
  })

  it('does not lose what a look could not do', async () => {
    const world = new World({ fargateSpot: drought({ fromSeconds: 600, toSeconds: 6 * hour }) })
    const { standby } = world.pair('api')
    let refusals = 0
    world.aws.endpoint.interceptors.push(({ operation }) => {
      if (operation === 'UpdateService' && refusals++ < 3) throw new Error('not now')
    })
    await world.aws.run(900)
    expect(refusals).toBeGreaterThan(3)
    expect(standby.desiredCount).toBe(3)
  })
})
