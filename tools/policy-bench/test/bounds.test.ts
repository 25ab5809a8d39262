import { Random } from '@tideway/spot-simulator'
import { isDominating } from '../src/bounds'
import { deployedScenarios } from '../src/deployed'
import { policies } from '../src/policies'
import { type CoverSettings, coverPlan } from '../src/policies/cover-plan'
import { limit, limitWith } from '../src/policies/limit'
import { boundWith, oracle } from '../src/policies/oracle'
import type { Policy } from '../src/policy'
import { type Row, runPolicy } from '../src/run'
import type { Scenario } from '../src/scenario'
import { syntheticScenarios } from '../src/synthetic'
import { droughtScenario, droughtsScenario, hour, startPolicy } from './support'

/** Queues overflow by chance: in 10,000 million requests one or two fail in steady services. */
const byChance = 0.01
const forever = Number.POSITIVE_INFINITY

describe('the least cover', () => {
  // Two tasks end at 1000, and their replacements serve from 2000 on.
  const rehearsal = {
    desired: [{ at: 0, count: 2 }],
    exits: [
      { ordinal: 0, at: 1000 },
      { ordinal: 1, at: 1000 },
    ],
    uses: [
      { ordinal: 0, from: 0, to: 1000, isInterrupted: true },
      { ordinal: 1, from: 0, to: 1000, isInterrupted: true },
      { ordinal: 2, from: 2000, to: forever, isInterrupted: false },
      { ordinal: 3, from: 2000, to: forever, isInterrupted: false },
    ],
  }
  const settings: CoverSettings = {
    share: 1,
    marginSeconds: 10,
    keepSeconds: 100,
    startSeconds: (ordinal) => [50, 70][ordinal] ?? 60,
  }

  it('serves when the tasks finish their last requests, and ends when others serve', () => {
    expect(coverPlan(rehearsal, settings)).toEqual({
      // The second task takes 70 s, and ECS creates it after the first.
      counts: [
        { at: 920, count: 2 },
        { at: 2000, count: 0 },
      ],
      deregistrations: [
        { at: 990, exitAt: 1000, ordinal: 0 },
        { at: 990, exitAt: 1000, ordinal: 1 },
      ],
    })
  })

  it('is a share of the tasks, rounded up', () => {
    const countsFor = (share: number) => coverPlan(rehearsal, { ...settings, share }).counts
    const one = [
      { at: 940, count: 1 },
      { at: 2000, count: 0 },
    ]
    expect(countsFor(0)).toEqual([])
    expect(countsFor(0.3)).toEqual(one)
    expect(countsFor(0.5)).toEqual(one)
    expect(countsFor(0.6)).toEqual(coverPlan(rehearsal, settings).counts)
  })

  it('stays where it is not needed for a short time', () => {
    const uses = [
      ...rehearsal.uses.slice(0, 2),
      { ordinal: 2, from: 1500, to: 1599, isInterrupted: false },
      ...rehearsal.uses.slice(3),
    ]
    const exits = rehearsal.exits
    const countsFor = (keepSeconds: number) =>
      coverPlan({ ...rehearsal, exits, uses }, { ...settings, keepSeconds }).counts
    const last = { at: 2000, count: 1 }
    expect(countsFor(100)).toEqual([{ at: 920, count: 2 }, last])
    // The third task of the standby starts 60 s before 1599.
    expect(countsFor(99)).toEqual([
      { at: 920, count: 2 },
      { at: 1500, count: 1 },
      { at: 1539, count: 2 },
      last,
    ])
  })

  it('follows the desired count', () => {
    const desired = [...rehearsal.desired, { at: 1200, count: 1 }]
    expect(coverPlan({ ...rehearsal, desired }, settings).counts).toEqual([
      { at: 920, count: 2 },
      { at: 1200, count: 1 },
      { at: 2000, count: 0 },
    ])
  })
})

describe('the oracle', () => {
  const timing = {
    scheduler: [2, 2],
    fargateProvisioning: [20, 20],
    fargatePending: [20, 20],
    healthy: [30, 30],
  } as const
  const scenario = { ...droughtScenario(1, 3), settings: { timing } }

  it.each([
    // The notice is at 600, and the last request needs 11 s. A start takes 72 s.
    ['serves-until-drained', 720 - 11],
    ['leaves-after-30s', 630 - 11],
    ['leaves-at-once', 600 - 11],
  ] as const)('loses no request of an application that %s', async (application, at) => {
    const { account, writes, deregistrations, primary, standby } = await startPolicy(oracle, {
      ...scenario,
      application,
    })
    await account.aws.run(3 * hour)
    expect(deregistrations.map(({ atSeconds }) => atSeconds)).toEqual([at, at, at])
    expect(writes[0]).toMatchObject({
      atSeconds: at - 72,
      input: { service: 'api-standby', desiredCount: 3 },
    })
    expect(writes.at(-1)?.input).toMatchObject({ service: 'api-standby', desiredCount: 0 })
    expect([primary.servingCount, standby.servingCount]).toEqual([3, 0])
    expect(account.traffic.total().failedPerMillion).toBeLessThan(byChance)
  })
})

describe('the bounds', () => {
  const scenarioOf = (name: string) =>
    [...syntheticScenarios(1), ...deployedScenarios(1)].find((one) => one.name === name) as Scenario

  it.each([
    // Some tasks get their notice before they are healthy.
    ['oracle', oracle, 'flapping', 'serves-until-drained'],
    ['limit', limit, 'flapping', 'serves-until-drained'],
    // A deregistration before the notice changes when ECS retries.
    ['oracle', oracle, 'flapping', 'leaves-at-once'],
    // Autoscaling follows the cover. A release moves the target group. Instances end without a notice of the task.
    ['oracle', oracle, 'api-autoscaling', 'leaves-after-30s'],
    ['oracle', oracle, 'api-release', 'leaves-at-once'],
    ['limit', limit, 'worker-drought', 'serves-until-drained'],
  ] as const)(
    '%s loses no request in %s, if the application %s',
    async (...[, policy, name, application]) => {
      const scenario = scenarioOf(name)
      const hours = Math.min(4, scenario.hours)
      const { failedPerMillion } = await runPolicy({ ...scenario, hours, application }, policy)
      expect(failedPerMillion).toBeLessThan(byChance)
    },
  )
})

describe('the limit', () => {
  it('starts Spot tasks when Spot is back', async () => {
    const { account, primary } = await startPolicy(limit, droughtScenario(1, 3))
    await account.aws.run(600 + hour)
    expect(primary.pendingCount).toBe(0)
    await account.aws.run(3)
    expect(primary.pendingCount).toBe(3)
    await account.aws.run(hour)
    expect(account.traffic.total().failedPerMillion).toBeLessThan(byChance)
  })
})

describe('a frontier', () => {
  const row = (cost: number, failedPerMillion: number) => ({ cost, failedPerMillion }) as Row
  const frontier = [row(0.5, 0), row(0.3, 1000), row(0.4, 900)]

  it('is dominated below the line between two of its points, at the same cost', () => {
    expect(isDominating(row(0.4, 500), frontier)).toBe(false)
    expect(isDominating(row(0.4, 490), frontier)).toBe(true)
    expect(isDominating(row(0.5, 0), frontier)).toBe(false)
    expect(isDominating(row(0.6, 0), frontier)).toBe(false)
    expect(isDominating(row(0.498, 0), frontier)).toBe(true)
  })

  it('is dominated by a cheaper policy only if that fails no more', () => {
    expect(isDominating(row(0.2, 1001), frontier)).toBe(false)
    expect(isDominating(row(0.2, 1000), frontier)).toBe(true)
  })
})

const randomPolicies = 6 * Number(process.env.TIDEWAY_CASES ?? 1)

describe('no policy', () => {
  // A long shortage, and two with a short recovery between them.
  const scenario: Scenario = {
    ...droughtsScenario(
      [
        [600, 3000],
        [6000, 6600],
        [7000, 7300],
      ],
      4,
    ),
  }

  it('dominates the frontier of the oracle or of the limit', async () => {
    const rowOf = (policy: Policy) => runPolicy(scenario, policy)
    // All numbers of three tasks.
    const shares = [0, 1 / 3, 2 / 3, 1]
    const oracles: Row[] = []
    const limits: Row[] = []
    for (const share of shares) {
      // In the shorter one, the slowest requests do not end.
      for (const marginSeconds of [7, 11]) {
        oracles.push(await rowOf(boundWith('oracle', { share, marginSeconds })))
        limits.push(await rowOf(limitWith({ share, marginSeconds })))
      }
    }
    const random = new Random(1)
    const found = Array.from({ length: randomPolicies }, () => randomPolicy(random))
    for (const policy of [...policies, ...found]) {
      // They differ from tideway in tags, and take as long.
      if (policy.name.startsWith('tideway-')) continue
      const row = await rowOf(policy)
      // The limit has more rights than the oracle.
      const frontiers = policy === limit ? [limits] : [oracles, limits]
      const isDominatingAny = frontiers.some((frontier) => isDominating(row, frontier))
      expect({ row, isDominatingAny }).toEqual({ row, isDominatingAny: false })
    }
  })
})

/** A base, a surplus, or the oracle with other settings. */
function randomPolicy(random: Random): Policy {
  const declaration = {
    strategy: [
      { capacityProvider: 'FARGATE', base: random.integer(0, 3), weight: 1 },
      { capacityProvider: 'FARGATE_SPOT', weight: random.integer(1, 1000) },
    ],
    surplus: random.integer(0, 2),
  }
  if (random.chance(1 / 3)) return { name: 'base-25', declare: () => declaration }
  return boundWith('oracle', {
    share: random.next(),
    marginSeconds: random.between(0, 60),
    keepSeconds: random.between(0, 1200),
  })
}
