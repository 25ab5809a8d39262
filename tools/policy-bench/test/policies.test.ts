import { settings } from '@tideway/compute/src/settings'
import type { Application, Service, Task } from '@tideway/spot-simulator'
import { allOnDemand } from '../src/policies/all-on-demand'
import { bases } from '../src/policies/base'
import { ecsOnly } from '../src/policies/ecs-only'
import { flip } from '../src/policies/flip'
import { coldStarts, LambdaFunction } from '../src/policies/lambda-function'
import { reactive } from '../src/policies/reactive'
import { seed } from '../src/policies/seed'
import { surplus } from '../src/policies/surplus'
import {
  deployedController,
  tideway,
  tidewayAvailability,
  tidewayCost,
} from '../src/policies/tideway'
import type { Policy } from '../src/policy'
import type { Scenario } from '../src/scenario'
import {
  droughtScenario,
  droughtStartSeconds,
  droughtsScenario,
  hour,
  startPolicy,
} from './support'

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

const providersOf = ({ tasks }: Service) =>
  new Set(
    [...tasks]
      .filter(({ desiredStatus }) => desiredStatus === 'RUNNING')
      .map(({ provider }) => provider.name),
  )

describe('base and weights', () => {
  it.each([
    // 25, 50 and 75 % of eight tasks.
    ['base-25', 2],
    ['base-50', 4],
    ['base-75', 6],
  ])('%s keeps %i of eight tasks in a drought, and has no controller', async (name, kept) => {
    const policy = bases.find((base) => base.name === name) as Policy
    const scenario = droughtScenario(1, 3)
    const services = [{ name: 'api', desiredCount: 8, isLoadBalanced: true }]
    const { account, writes, primary, standby } = await startPolicy(policy, {
      ...scenario,
      services,
    })
    await account.aws.run(hour)
    expect([primary.servingCount, standby.desiredCount]).toEqual([kept, 0])
    expect(providersOf(primary)).toEqual(new Set(['FARGATE']))
    await account.aws.run(2 * hour)
    expect(primary.servingCount).toBe(8)
    expect(writes).toEqual([])
  })

  it('keeps one task of a small service', async () => {
    const services = [{ name: 'api', desiredCount: 1, isLoadBalanced: true }]
    const { account, primary } = await startPolicy(bases[0] as Policy, {
      ...droughtScenario(1, 3),
      services,
    })
    await account.aws.run(hour)
    expect(primary.servingCount).toBe(1)
  })
})

describe('surplus', () => {
  it('pays for a fourth task of three, which covers for one that is interrupted', async () => {
    const { account, primary } = await startPolicy(surplus, droughtsScenario([], 1))
    await account.aws.run(1000)
    // Four tasks at 0.32 for three that are needed.
    expect(account.capacity.total().relativeCost).toBeCloseTo((4 * 0.32) / 3, 9)
    account.aws.interruptTask([...primary.tasks][0] as Task)
    await account.aws.run(1000)
    expect(account.capacity.total()).toMatchObject({ shortfallRatio: 0, desiredTaskSeconds: 6000 })
  })
})

describe('reactive', () => {
  it('adds one task for each notice, and ends them when Spot tasks are healthy again', async () => {
    const { account, writes, primary, standby } = await startPolicy(reactive, droughtScenario(1, 3))
    await account.aws.run(droughtStartSeconds + 3)
    // Events take at most two seconds.
    expect(writes.map(({ input }) => [input.service, input.desiredCount])).toEqual([
      ['api-standby', 1],
      ['api-standby', 2],
      ['api-standby', 3],
    ])
    await account.aws.run(3 * hour)
    expect(writes.at(-1)?.input).toMatchObject({ service: 'api-standby', desiredCount: 0 })
    // At the end of the drought ECS waits for at most 900 s, and a start takes at most 98 s.
    expect(writes.at(-1)?.atSeconds).toBeLessThan(droughtStartSeconds + hour + 900 + 98 + 60)
    expect([primary.servingCount, standby.servingCount]).toEqual([3, 0])
    expect(account.capacity.total().shortfallRatio).toBe(0)
  })

  it('ignores a repeated notice', async () => {
    const { account, writes, notices } = await startPolicy(reactive, droughtScenario(1, 3))
    await account.aws.run(droughtStartSeconds + 3)
    for (const { source, resources, detail } of [...notices]) {
      account.aws.bus.publish(() => ({
        source,
        detailType: 'ECS Task State Change',
        resources,
        detail,
      }))
    }
    await account.aws.run(60)
    expect(notices).toHaveLength(6)
    expect(writes).toHaveLength(3)
  })
})

describe('a Lambda function of a baseline', () => {
  it('starts cold at its first event, and is warm for later ones', async () => {
    const { writes, notices, account } = await startPolicy(reactive, droughtScenario(0.5, 3))
    await account.aws.run(droughtStartSeconds + 10)
    expect(notices).toHaveLength(3)
    // An event takes at least 0.2 s.
    expect(writes[0]?.atSeconds).toBeGreaterThan(droughtStartSeconds + 0.2 + coldStarts.seconds)
    const delays: number[] = []
    const lambda = new LambdaFunction(account)
    for (const atSeconds of [0, 300, 1200]) {
      account.aws.simulation.after(atSeconds, () => {
        const invokedAt = account.aws.now
        lambda.invoke(async () => void delays.push((account.aws.now - invokedAt) / 1000))
      })
    }
    await account.aws.run(hour)
    expect(delays).toEqual([coldStarts.seconds, 0, coldStarts.seconds])
  })
})

describe('with CodeDeploy', () => {
  const scenario: Scenario = {
    ...droughtScenario(0.5, 3),
    services: [
      {
        name: 'api',
        desiredCount: 3,
        isLoadBalanced: true,
        deployment: { controller: 'CODE_DEPLOY' },
      },
    ],
    changes: [{ kind: 'release', service: 'api', atSeconds: droughtStartSeconds - 200 }],
  }

  it.each([
    ['seed', seed],
    ['reactive', reactive],
  ])('%s moves the standby to the target group that receives traffic', async (_, policy) => {
    const { account, primary, standby } = await startPolicy(policy, scenario)
    const [before] = primary.primary.release.loadBalancers
    await account.aws.run(droughtStartSeconds + 600)
    const { loadBalancers } = primary.primary.release
    expect(loadBalancers[0]).not.toEqual(before)
    expect(standby.primary.release.loadBalancers).toEqual(loadBalancers)
    // The old task set has as many tasks, which receive no traffic.
    expect(standby.servingCount).toBe(3)
  })
})

describe('a policy that deregisters interrupted tasks', () => {
  it.each([
    ['reactive', reactive],
    ['flip', flip],
  ])('%s does so at once, if the application leaves', async (_, policy) => {
    const deregistered = async (application: Application) => {
      const scenario = { ...droughtScenario(1, 3), application }
      const { account, deregistrations, notices } = await startPolicy(policy, scenario)
      await account.aws.run(hour)
      expect(notices).toHaveLength(3)
      return deregistrations.map(({ atSeconds }) => atSeconds)
    }
    expect(await deregistered('serves-until-drained')).toEqual([])
    for (const application of ['leaves-at-once', 'leaves-after-30s'] as const) {
      const times = await deregistered(application)
      expect(times).toHaveLength(3)
      expect(Math.max(...times)).toBeLessThanOrEqual(droughtStartSeconds + 2)
    }
  })
})

describe('flip', () => {
  it('moves the whole service at once, and back after 3 h, in a rollout that waits for Spot', async () => {
    const { account, writes, primary } = await startPolicy(flip, droughtScenario(6, 10))
    await account.aws.run(5 * hour)
    // The backoff ends after 3 h and 10 min, and the next scan is at 4 h.
    expect(writes.map(({ input }) => input.forceNewDeployment)).toEqual([true, true])
    expect(writes[0]?.atSeconds).toBeLessThan(droughtStartSeconds + 6)
    expect(writes[1]?.atSeconds).toBe(4 * hour + coldStarts.seconds)
    expect(providersOf(primary)).toEqual(new Set(['FARGATE']))
    await account.aws.run(2 * hour)
    expect(providersOf(primary)).toEqual(new Set(['FARGATE_SPOT']))
    expect(writes).toHaveLength(2)
    expect(account.capacity.total().shortfallRatio).toBe(0)
  })

  it('stays on demand although Spot is back, and resets its backoff when it is restored', async () => {
    // The second drought is after the rollout of the restore at 4 h.
    const droughts = [
      [600, 1200],
      [4.5 * hour, 4.6 * hour],
    ] as const
    const { account, writes, primary } = await startPolicy(flip, droughtsScenario(droughts, 10))
    await account.aws.run(3.5 * hour)
    expect(providersOf(primary)).toEqual(new Set(['FARGATE']))
    await account.aws.run(6.5 * hour)
    // 3 h again, and the next scan.
    expect(writes.map(({ atSeconds }) => Math.floor(atSeconds / 60))).toEqual([10, 240, 270, 480])
  })

  it('waits for 24 h after a restore that did not find Spot', async () => {
    const droughts = [
      [600, 5 * hour],
      [8 * hour, 8.1 * hour],
    ] as const
    const { account, writes } = await startPolicy(flip, droughtsScenario(droughts, 34))
    await account.aws.run(34 * hour)
    // From 4 to 5 h, ECS fails at least four times: 3 h x 2^4 is more than 24 h. The scan at 33 h is the next one.
    expect(writes.map(({ atSeconds }) => Math.floor(atSeconds / hour))).toEqual([0, 4, 8, 33])
  })

  it('restores at most four times in 24 h', async () => {
    const droughts = [0.2, 4.5, 8.5, 12.5, 16.5].map((at) => [at * hour, at * hour + 360] as const)
    const { account, writes } = await startPolicy(flip, droughtsScenario(droughts, 29))
    await account.aws.run(29 * hour)
    // After the fifth fallback at 16.5 h, the restores at 4, 8, 12 and 16 h count until 28 h.
    expect(writes.map(({ atSeconds }) => Math.floor(atSeconds / hour))).toEqual([
      0, 4, 4, 8, 8, 12, 12, 16, 16, 28,
    ])
  })
})

describe('tideway', () => {
  it.each([
    ['serves-until-drained', 'serve-until-drained', '120'],
    ['leaves-at-once', 'leave', '120'],
    ['leaves-after-30s', 'serve-until-drained', '30'],
  ] as const)(
    'declares that an application that %s will %s',
    async (application, expected, stop) => {
      const scenario = { ...droughtsScenario([], 1), application }
      const { primary, standby } = await startPolicy(tideway, scenario)
      expect(Object.fromEntries(primary.tags)).toEqual({
        'tideway:standbys': 'api-standby',
        'tideway:at-notice': expected,
        'tideway:stop-seconds': stop,
      })
      expect(standby.tags.get('tideway:standby-of')).toBe('api')
    },
  )

  it('declares what the owner prefers', async () => {
    const preferred = async (policy: Policy) => {
      const { primary } = await startPolicy(policy, droughtsScenario([], 1))
      return primary.tags.get('tideway:prefer')
    }
    expect(await preferred(tidewayCost)).toBe('cost')
    expect(await preferred(tidewayAvailability)).toBe('availability')
  })

  it('has the deployed call rates', async () => {
    const { account } = await startPolicy(tideway, droughtsScenario([], 1))
    const { callsPerSecond, writesPerSecond } = settings.prod.failover
    expect(deployedController(account).settings).toMatchObject({
      callsPerSecond: callsPerSecond / 2,
      writesPerSecond: writesPerSecond / 2,
    })
  })

  it('covers three interrupted tasks with one write', async () => {
    const { account, writes } = await startPolicy(tideway, droughtScenario(1, 3))
    await account.aws.run(droughtStartSeconds + 10)
    expect(writes.map(({ input }) => [input.service, input.desiredCount])).toEqual([
      ['api-standby', 3],
    ])
  })
})
