import { drought } from '@tideway/spot-simulator'
import { type Release, thisRelease } from '../harness'
import type { StandbyChange } from '../src/ecs'
import * as previousRelease from './previous-release.cjs'
import { TestAccount } from './test-account'

/** When another release is deployed. Each moment has another state to lose. */
const moments: [string, readonly number[]][] = [
  ['as the drought begins', [310]],
  ['while the standby covers', [700]],
  ['while the recovery must last', [1620]],
  ['and back, again and again', Array.from({ length: 150 }, (_, index) => 250 + 13 * index)],
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
    const account = new TestAccount({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 1500 }) })
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
    for (const [index, at] of [...switches, 3600].entries()) {
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
    // The previous release does not know the alert, and ends it.
    const changes = about('standby-differs')
    expect(changes.slice(0, 3)).toEqual([
      'differs: standby-differs begins',
      'differs: standby-differs is over',
      'differs: standby-differs begins',
    ])
    expect(changes.length % 2).toBe(1)
    expect(new Set(changes).size).toBe(2)
  })
})
