import { setImmediate } from 'node:timers/promises'
import { drought } from '@tideway/spot-simulator'
import { CoverBudget } from '../src/cover-budget'
import { TestAccount } from './test-account'

const dry = () => ({ fargateSpot: drought({ fromSeconds: 300, toSeconds: 9 * 3600 }) })
const taskPrice = { 'tideway:task-price': '0.1' }

describe('the maximum price of a pair', () => {
  it('limits its standby, and its alert begins once', async () => {
    const account = new TestAccount(dry())
    const tags = { 'tideway:max-cover-price': '0.2' }
    const { primary, standby } = account.addPair('api', { tags }, taskPrice)
    await account.aws.run(1200)
    expect(standby.desiredCount).toBe(2)
    const notified = (what: string) =>
      account.controller.sns.messages.filter(({ subject }) => subject?.includes(what))
    expect(notified('cover-capped begins')).toHaveLength(1)
    expect(notified('cover-capped is over')).toEqual([])
    account.aws.setDesiredCount(primary, 2)
    await account.aws.run(120)
    expect(notified('cover-capped is over')).toHaveLength(1)
  })
})

describe('the maximum price of all pairs', () => {
  it('limits their standbys together, and what becomes free covers the next pair', async () => {
    const account = new TestAccount(dry(), { MAX_COVER_DOLLARS_PER_HOUR: '0.4' })
    const names = ['first', 'second', 'third']
    const pairs = names.map((name) => account.addPair(name, {}, taskPrice))
    const counts = () => pairs.map(({ standby }) => standby.desiredCount)
    const sum = () => counts().reduce((total, count) => total + count, 0)
    await account.aws.run(1200)
    expect(sum()).toBe(4)
    const covered = pairs.find(({ standby }) => standby.desiredCount === 3) ?? pairs[0]
    if (covered === undefined) throw new Error('no pair')
    account.aws.setDesiredCount(covered.primary, 0)
    await account.aws.run(180)
    expect(covered.standby.desiredCount).toBe(0)
    expect(sum()).toBe(4)
    expect(account.deadLetters.counts()).toMatchObject({ visible: 0 })
  })
})

describe('the budget', () => {
  function setUp() {
    let now = 0
    const stored = new Map<string, number>()
    let reads = 0
    const store = {
      coverPrices: async () => {
        reads++
        const found = new Map(stored)
        await setImmediate()
        return found
      },
    }
    const clock = { now: () => now, sleep: async () => {} }
    return {
      stored,
      reads: () => reads,
      pass: (seconds: number) => {
        now += 1000 * seconds
      },
      budget: () => new CoverBudget(store, 10, clock),
    }
  }

  /** What a pair may cost, as a reconcile asks for it. */
  async function maxPrice(budget: CoverBudget, key: string): Promise<number> {
    await budget.refresh()
    return budget.maxPriceOf(key)
  }

  it('counts what this function has started, and reads the rest every ten seconds', async () => {
    const { stored, reads, pass, budget } = setUp()
    stored.set('main/other', 4)
    const own = budget()
    expect(await maxPrice(own, 'main/api')).toBe(6)
    own.set('main/api', 5)
    expect(await maxPrice(own, 'main/web')).toBe(1)
    expect(await maxPrice(own, 'main/api')).toBe(6)
    stored.set('main/other', 3).set('main/api', 5)
    pass(9)
    expect(await maxPrice(own, 'main/web')).toBe(1)
    expect(reads()).toBe(1)
    pass(1)
    expect(await maxPrice(own, 'main/web')).toBe(2)
    // Another function has lowered its standby.
    stored.set('main/api', 0)
    pass(10)
    expect(await maxPrice(own, 'main/web')).toBe(7)
  })

  it('is not exceeded by concurrent reconciles of one function', async () => {
    const { stored, reads, budget } = setUp()
    const own = budget()
    const start = async (key: string) => {
      await own.refresh()
      const price = Math.min(6, own.maxPriceOf(key))
      own.set(key, price)
      await setImmediate()
      stored.set(key, price)
    }
    await Promise.all(['first', 'second', 'third'].map(start))
    expect([...stored.values()]).toEqual([6, 4, 0])
    expect(reads()).toBe(1)
  })

  it('counts what this function has started and not yet stored', async () => {
    const { pass, budget } = setUp()
    const own = budget()
    await own.refresh()
    own.set('main/api', 6)
    pass(10)
    expect(await maxPrice(own, 'main/web')).toBe(4)
  })

  it('is exceeded by no more than another function starts in ten seconds', async () => {
    const { stored, pass, budget } = setUp()
    const functions = [budget(), budget()]
    const start = async (index: number, own: CoverBudget) => {
      const key = `main/${index}`
      if ((await maxPrice(own, key)) < 1) return
      own.set(key, 1)
      stored.set(key, 1)
    }
    // One pair a second in each function, at 1 dollar an hour.
    for (let second = 0; second < 40; second++) {
      for (const [index, own] of functions.entries()) await start(2 * second + index, own)
      pass(1)
    }
    expect(stored.size).toBeGreaterThanOrEqual(10)
    expect(stored.size).toBeLessThanOrEqual(10 + 10)
  })
})
