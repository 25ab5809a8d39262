import { drought } from '@tideway/spot-simulator'
import { type Release, type SimulatedController, thisRelease } from '../harness'
import * as previousRelease from '../releases/previous.cjs'
import type { StandbyChange } from '../src/ecs'
import { formatOperatorTag } from '../src/operator-tag'
import { Store } from '../src/store'
import { tags } from '../src/tags'
import { periodsOf } from './notification-laws'
import { TestAccount } from './test-account'

/** When another release is deployed. Each moment has another state to lose. */
const moments: [string, readonly number[]][] = [
  ['as the drought begins', [310]],
  ['while the standby covers', [600]],
  ['while the recovery must last', [1020]],
  ['and back, again and again', Array.from({ length: 75 }, (_, index) => 250 + 13 * index)],
]

const directions: [string, Release, Release][] = [
  ['an upgrade', previousRelease, thisRelease],
  ['a rollback', thisRelease, previousRelease],
]

const cases = moments.flatMap(([when, switches]) =>
  directions.map(([what, first, second]) => ({ what, when, first, second, switches })),
)

// The two releases share stored records, queued messages and environment variables.
describe('a drought during', () => {
  it.each(cases)('$what $when is covered once, and ends', async ({ first, second, switches }) => {
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 900 }) })
    const { aws, controller, loadBalancers } = account
    const targetGroupArn = loadBalancers.createTargetGroup({ name: 'api', port: 80 })
    const { standby } = account.addPair('api', {
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 80 }],
      // Between the two releases: a notice that waits in the queue of the drain function.
      tags: { 'tideway:at-notice': 'serve-until-drained' },
    })
    const ledger = account.ledger()
    const start = aws.now
    const runUntil = (at: number) => aws.run(at - (aws.now - start) / 1000)
    controller.deploy(first)
    for (const [index, at] of [...switches, 1800].entries()) {
      await runUntil(at)
      controller.deploy(index % 2 === 0 ? second : first)
    }

    const changes = account.logged('change standby').map(({ change }) => change as StandbyChange)
    const counts = changes.flatMap(({ desiredCount }) => desiredCount ?? [])
    expect([Math.max(...counts), counts.at(-1)]).toEqual([3, 0])
    // Raised and lowered: a release that lost the memory of the other would do it again.
    expect(ledger.service(standby).directionChanges).toBe(1)
    const deregistered = account.logged('deregistered').map(({ target }) => target)
    expect(deregistered).toEqual(expect.arrayContaining(['10.0.0.1', '10.0.0.2', '10.0.0.3']))
    expect(account.logged('failed, will be retried')).toEqual([])
    // A queued message of the other release must not be unknown.
    const ignored = account.logged('ignored').map(({ reason }) => String(reason))
    expect(ignored.filter((reason) => reason.startsWith('unknown'))).toEqual([])
    expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
    const subjects = controller.sns.messages.map(({ subject }) => subject)
    const aboutCover = subjects.filter((subject) => subject?.includes('covering'))
    expect(aboutCover).toEqual(['api: covering begins', 'api: covering is over'])
  })
})

describe('services that do not agree, during', () => {
  it.each(directions)('%s, are read by both releases', async (_, first, second) => {
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 900, toSeconds: 1500 }) })
    const { aws, controller } = account
    const differs = account.addPair('differs')
    differs.standby.settings = { propagateTags: 'SERVICE' }
    const lost = account.addPair('lost')
    controller.deploy(first)
    await aws.run(90)
    lost.primary.tags.delete('tideway:standbys')
    for (const release of [second, first, second, thisRelease]) {
      await aws.run(600)
      controller.deploy(release)
    }
    await aws.run(600)

    expect(account.writes.map(({ input }) => input.service)).not.toContain('lost-standby')
    const counts = account.writes.map(({ input }) => Number(input.desiredCount))
    expect([Math.max(...counts), counts.at(-1)]).toEqual([3, 0])
    expect(account.logged('failed, will be retried')).toEqual([])
    const subjects = controller.sns.messages.map(({ subject }) => subject)
    const about = (alert: string) => subjects.filter((subject) => subject?.includes(alert))
    expect(about('lost:')).toEqual(['lost: unpaired begins'])
    expect(about('standby-differs')).toEqual(['differs: standby-differs begins'])
  })
})

/** The releases that run from a second on. With two, each of them has every second invocation. */
type Rollout = readonly (readonly [number, ...Parameters<SimulatedController['deploy']>])[]

const rollouts: [string, Rollout][] = [
  [
    'rolled out',
    [
      [0, previousRelease],
      [250, thisRelease],
    ],
  ],
  [
    'rolled back',
    [
      [0, thisRelease],
      [250, previousRelease],
    ],
  ],
  [
    'running beside the previous one',
    [
      [0, previousRelease, thisRelease],
      [900, thisRelease],
    ],
  ],
]

const droughtAt = 120
const droughtEndsAt = 600
const holdEndsAt = 450

/** A drought over a service that serves until it is drained, one that leaves at its notice, and one that is held. */
async function droughtWith(seed: number, rollout: Rollout) {
  const account = new TestAccount({
    seed,
    fargateSpot: drought({ fromSeconds: droughtAt, toSeconds: droughtEndsAt }),
    events: { duplicates: 0.3, reorders: 0.3 },
  })
  const { aws, controller, loadBalancers } = account
  const loadBalanced = (name: string) => ({
    loadBalancers: [
      {
        targetGroupArn: loadBalancers.createTargetGroup({ name, port: 80 }),
        containerName: 'app',
        containerPort: 80,
      },
    ],
  })
  account.addPair('api', {
    ...loadBalanced('api'),
    tags: { [tags.atNotice]: 'serve-until-drained' },
  })
  account.addPair('web', loadBalanced('web'))
  const start = aws.now
  const hold = formatOperatorTag({ setting: 'true', until: start + 1000 * holdEndsAt, by: 'alice' })
  account.addPair('held', {
    tags: { [tags.hold]: hold, [tags.force]: '3 until=2027-01-01T00:00Z' },
  })
  const ledger = account.ledger()
  const early = new Set<unknown>()
  aws.endpoint.interceptors.push(({ operation, input }) => {
    if (operation === 'UpdateService' && aws.now < start + 1000 * holdEndsAt)
      early.add(input.service)
  })
  for (const [at, ...releases] of rollout) {
    await aws.run(at - (aws.now - start) / 1000)
    controller.deploy(...releases)
  }
  await aws.run(1200 - (aws.now - start) / 1000)
  const records = await new Store(account.clients().dynamodb, controller.settings.tableName).read(
    ['api', 'web', 'held'].map((name) => `main/${name}`),
  )
  return { account, ledger, records, early }
}

/** The nightly run has more. */
const runs = Math.ceil(Number(process.env.TIDEWAY_CASES ?? 1))
const seeds = Array.from({ length: runs }, (_, index) => index + 1)

describe.each(seeds)('in a drought with seed %d, a controller that is', (seed) => {
  const shortfalls = async (rollout: Rollout) => {
    const { ledger } = await droughtWith(seed, rollout)
    return ['api', 'web'].map((name) => ledger.group(name).longestShortfallSeconds)
  }
  let alone: readonly number[][]
  beforeAll(async () => {
    alone = await Promise.all([previousRelease, thisRelease].map((one) => shortfalls([[0, one]])))
  })

  it.each(rollouts)(
    '%s leaves nothing short, unread, unreported or changed',
    async (_, rollout) => {
      const { account, ledger, records, early } = await droughtWith(seed, rollout)
      const [first = [], second = []] = alone
      for (const [index, name] of ['api', 'web'].entries()) {
        const longest = Math.max(first[index] ?? 0, second[index] ?? 0)
        expect(ledger.group(name).longestShortfallSeconds).toBeLessThanOrEqual(longest)
      }
      expect(account.logged('failed, will be retried')).toEqual([])
      expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
      expect([...records.values()].map(({ alerts }) => alerts.pending)).toEqual([[], [], []])

      expect([...early].sort()).toEqual(['api-standby', 'web-standby'])
      const standbys = ['api-standby', 'held-standby', 'web-standby']
      expect(standbys).toEqual(
        expect.arrayContaining(account.writes.map(({ input }) => input.service)),
      )

      // Throws where a repeat differs, an id is wrong, or a beginning or an end is missing.
      const periods = periodsOf(
        account.controller.sns.messages
          .filter(({ message }) => 'primary' in JSON.parse(message))
          .map(({ attributes, message }) => ({ id: attributes.id ?? '', message })),
      ).filter(({ alert }) => alert === 'covering')
      for (const pair of ['main/api', 'main/web']) {
        expect(periods.filter((one) => one.pair === pair)).toEqual([
          { pair, alert: 'covering', beganAt: expect.any(Number), endedAt: expect.any(Number) },
        ])
      }
    },
  )
})
