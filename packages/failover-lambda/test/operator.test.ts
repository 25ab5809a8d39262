import { drought, unlimited } from '@tideway/spot-simulator'
import fc from 'fast-check'
import { formatOperatorTag } from '../src/operator-tag'
import { Store } from '../src/store'
import { tags } from '../src/tags'
import { TestAccount } from './test-account'

const { hold, force, dryRun } = tags
const droughtAt = 120
const droughtEndsAt = 900

/** A sweep comes once a minute, and ECS takes a moment. */
const minute = 62

const fargateSpot = drought({ fromSeconds: droughtAt, toSeconds: droughtEndsAt })

function accountWith(names: readonly string[], spot = fargateSpot) {
  const account = new TestAccount({ fargateSpot: spot })
  const pairs = names.map((name) => account.addPair(name))
  const start = account.aws.now
  return {
    account,
    pairs,
    counts: () => pairs.map(({ standby }) => standby.desiredCount),
    at: (seconds: number) => account.aws.run(seconds - (account.aws.now - start) / 1000),
    until: (setting: string, seconds: number) =>
      formatOperatorTag({ setting, until: start + 1000 * seconds }),
    setCluster: (found: Record<string, string>) => account.aws.setClusterTags('main', found),
  }
}

describe('a hold on the cluster', () => {
  it('stops every write, in a drought and after it, also for a deleted primary', async () => {
    const { account, pairs, counts, at, setCluster } = accountWith(['api', 'web', 'lost'])
    const [api, web, lost] = pairs
    api?.primary.tags.set(force, '2')
    await at(330)
    expect(counts()).toEqual([2, 3, 3])
    setCluster({ [hold]: 'true' })
    // The functions read the tags every ten seconds.
    await at(345)
    const before = account.writes.length
    if (lost) account.aws.deleteService(lost.primary)
    if (web) account.aws.deploy(web.primary, { taskDefinition: 'web:2' })
    api?.primary.tags.set(force, 'all')
    await at(1500)
    expect(account.writes.slice(before)).toEqual([])
    expect(counts()).toEqual([2, 3, 3])

    setCluster({})
    api?.primary.tags.delete(force)
    await at(1700)
    expect(counts()).toEqual([0, 0, 0])
    expect(web?.standby.primary.release.taskDefinition).toMatch(/web:2$/)
  })
})

describe('an end', () => {
  it('in a drought lets the pair be covered within a minute, and only then', async () => {
    const { account, pairs, counts, at, until, setCluster } = accountWith(['api', 'web', 'forced'])
    pairs[0]?.primary.tags.set(hold, `${until('true', 630)} by=alice why=pool`)
    pairs[2]?.primary.tags.set(force, until('1', 700))
    setCluster({ [hold]: until('true', 400) })
    await at(399)
    expect(counts()).toEqual([0, 0, 0])
    await at(400 + minute)
    expect(counts()).toEqual([0, 3, 1])
    await at(629)
    expect(counts()).toEqual([0, 3, 1])
    const [last] = account
      .logged('decided')
      .filter(({ primary }) => primary === 'api')
      .slice(-1)
    expect(last).toMatchObject({
      reasons: ['hold'],
      operator: [
        {
          tag: hold,
          on: 'service',
          setting: 'true',
          until: expect.stringMatching(/:30Z|:30\.000Z/),
          by: 'alice',
          why: 'pool',
        },
      ],
    })
    await at(630 + minute)
    expect(counts()).toEqual([3, 3, 1])
    await at(700 + minute)
    expect(counts()).toEqual([3, 3, 3])
  })

  it('of a hold in a drought keeps the standbys that it has until then', async () => {
    const { pairs, counts, at, until } = accountWith(['api'])
    await at(400)
    pairs[0]?.primary.tags.set(hold, until('true', 1400))
    await at(1399)
    expect(counts()).toEqual([3])
    await at(1400 + 2 * minute)
    expect(counts()).toEqual([0])
  })

  it('that lies ahead keeps a calm pair open, until it has passed', async () => {
    const { account, at, until, setCluster } = accountWith(['api'], unlimited())
    const store = new Store(account.clients().dynamodb, account.controller.settings.tableName)
    const open = async () => (await store.openPairs()).map(({ primary }) => primary)
    await at(60)
    expect(await open()).toEqual([])
    setCluster({ [dryRun]: until('true', 300) })
    await at(299)
    expect(await open()).toEqual(['api'])
    await at(300 + minute)
    expect(await open()).toEqual([])
  })
})

describe('on the cluster', () => {
  it('a force gives each pair its tasks, unless the pair has its own, and until it ends', async () => {
    const { account, pairs, counts, at, until, setCluster } = accountWith(
      ['api', 'own', 'paused'],
      unlimited(),
    )
    pairs[1]?.primary.tags.set(force, '1')
    if (pairs[2]) account.aws.setDesiredCount(pairs[2].primary, 0)
    setCluster({ [force]: until('2', 300) })
    await at(120)
    expect(counts()).toEqual([2, 1, 0])
    await at(300 + 2 * minute)
    expect(counts()).toEqual([0, 1, 0])
  })

  it('a dry run decides and changes nothing, until it ends', async () => {
    const { account, counts, at, until, setCluster } = accountWith(['api'])
    setCluster({ [dryRun]: until('true', 400) })
    await at(400)
    expect(account.writes).toEqual([])
    expect(account.logged('would change standby').at(-1)).toMatchObject({
      change: { desiredCount: 3 },
    })
    await at(400 + minute)
    expect(counts()).toEqual([3])
  })
})

describe('tags with any value', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 256 }),
    fc
      .tuple(
        fc.constantFrom('', 'true', 'off', '0', '2', 'all', '6000'),
        fc.constantFrom('until', 'by', 'why'),
        fc.oneof(fc.string(), fc.constantFrom('2026-01-05T00:04:00Z', '9999-12-31T23:59:59Z')),
      )
      .map(([setting, field, text]) => `${setting} ${field}=${text}`),
  )
  const found = fc.dictionary(fc.constantFrom(hold, force, dryRun), value)

  it('stop no reconcile, and no write where the pair is held', async () => {
    await fc.assert(
      fc.asyncProperty(found, found, fc.boolean(), async (own, ofCluster, isOwn) => {
        const { account, pairs, at, until, setCluster } = accountWith(['api', 'web'])
        const held = { [hold]: until('true', 600) }
        for (const [tag, text] of Object.entries({ ...own, ...(isOwn && held) })) {
          pairs[0]?.primary.tags.set(tag, text)
        }
        setCluster({ ...ofCluster, ...(!isOwn && held) })
        await at(droughtAt + 180)
        const written = account.writes.map(({ input }) => input.service)
        if (isOwn) expect(written).not.toContain('api-standby')
        else expect(written).toEqual([])
        expect(account.logged('failed, will be retried')).toEqual([])
        expect(account.logged('decided').length).toBeGreaterThan(0)
      }),
      { numRuns: 6 },
    )
  })
})
