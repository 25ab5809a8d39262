import { isDeepStrictEqual } from 'node:util'
import { none, type Service } from '@tideway/spot-simulator'
import fc from 'fast-check'
import { isBad, RandomAccount, type RandomPair, randomHistory } from './random-history'
import { WriteMonitor } from './write-monitor'

/** One run simulates a whole account, which takes as long as hundreds of runs of `decide`. */
const runs = 100

/** For many times as many runs, and for the search for a smaller failure. */
const timeout = 6 * 60 * 60_000

/**
 * From the last fault on, until all is as it should be: a broken zone is whole after 5 minutes, ECS asks for
 * Spot again after 15 at the latest, a task serves in 2, and the longest dwell is 5.
 */
const settlesInMinutes = 30
/** As it should be, and it stays so: for as long as the longest dwell. */
const staysMinutes = 5
/** What is missing is covered long before: a notice is two minutes, the grace and a sweep are one each. */
const coversInMinutes = 6

/** How many a standby has in the end follows from what Spot gave the primary, and from nothing else. */
function expectedOf(account: RandomAccount, pair: RandomPair) {
  const { kind, primary, standbys, maxStandby } = pair
  // Where there is Spot for all, whatever is missing is missing because its own release does not run.
  let missing = account.lacksSpot(pair)
    ? Math.max(0, primary.desiredCount - primary.runningCount)
    : 0
  return standbys.map((standby) => {
    const desired = Math.min(missing, maxStandby)
    missing -= desired
    return {
      kind,
      desired,
      serving: isBad(standby.primary) ? standby.servingCount : desired,
      // A release that Spot does not let finish is not followed yet.
      ...(primary.deployments.length === 1 && releaseOf(primary)),
    }
  })
}

function foundOf({ kind, primary, standbys }: RandomPair) {
  return standbys.map((standby) => ({
    kind,
    desired: standby.desiredCount,
    serving: standby.servingCount,
    ...(primary.deployments.length === 1 && releaseOf(standby)),
  }))
}

function releaseOf({ primary }: Service) {
  const { taskDefinition, loadBalancers } = primary.release
  return { taskDefinition, loadBalancers }
}

/** The pairs whose standbys are not even asked for what is missing. */
function uncovered(account: RandomAccount): RandomPair['kind'][] {
  const sum = (ends: readonly { desired: number }[]) =>
    ends.reduce((total, { desired }) => total + desired, 0)
  return account.pairs
    .filter((pair) => sum(foundOf(pair)) < sum(expectedOf(account, pair)))
    .map(({ kind }) => kind)
}

async function settle(account: RandomAccount): Promise<void> {
  account.settle()
  let calmMinutes = 0
  for (let minute = 0; calmMinutes < staysMinutes; minute++) {
    if (minute >= coversInMinutes) expect(uncovered(account)).toEqual([])
    const found = account.pairs.map(foundOf)
    const expected = account.pairs.map((pair) => expectedOf(account, pair))
    if (minute >= settlesInMinutes) expect(found).toEqual(expected)
    calmMinutes = isDeepStrictEqual(found, expected) ? calmMinutes + 1 : 0
    await account.aws.run(60)
  }
}

describe('a first standby that is short of instances', () => {
  // ECS says nothing of an instance that does not come for 10 to 30 minutes, and then again as late.
  it(
    'is covered by the next standby within minutes, for as long as it lasts',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, desired) => {
          const left = { FARGATE_SPOT: 0, 'ec2-spot': 0 }
          const kinds = ['ladder'] as const
          const account = new RandomAccount({
            seed,
            kinds,
            delivery: {},
            isSilent: false,
            steps: [],
            left,
          })
          const [{ primary, standbys }] = account.pairs as [RandomPair]
          const serving = () =>
            [primary, ...standbys].reduce((sum, { servingCount }) => sum + servingCount, 0)
          account.aws.setDesiredCount(primary, desired)
          await account.aws.run(300)
          account.settle()
          account.aws.setTrace('ec2', none())
          await account.aws.run(60 * coversInMinutes)
          const holes: string[] = []
          for (let minute = coversInMinutes; minute < 2 * 60; minute++) {
            if (serving() < desired)
              holes.push(`minute ${minute}: ${serving()} of ${desired} serve`)
            await account.aws.run(60)
          }
          expect(holes).toEqual([])
        }),
        { numRuns: Math.ceil(runs / 40) },
      )
    },
    timeout,
  )
})

describe('a random history', () => {
  it(
    'keeps the invariants at every write, and converges',
    async () => {
      await fc.assert(
        fc.asyncProperty(randomHistory, async (history) => {
          const account = new RandomAccount(history)
          const watch = new WriteMonitor(account)
          for (const step of history.steps) {
            await account.aws.run(step.afterSeconds)
            await account.apply(step)
          }
          await settle(account)
          expect(watch.broken).toEqual([])
        }),
        { numRuns: runs },
      )
    },
    timeout,
  )
})
