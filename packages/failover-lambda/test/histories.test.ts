import { isDeepStrictEqual } from 'node:util'
import { none, type Service } from '@tideway/spot-simulator'
import fc from 'fast-check'
import { NotificationMonitor } from './notification-monitor'
import {
  cannotStart,
  type History,
  RandomAccount,
  type RandomPair,
  randomHistory,
} from './random-history'
import { WriteMonitor } from './write-monitor'

/** Each run simulates an account, which takes as long as hundreds of runs of `decide`. The nightly run has many more. */
const runs = 50

/** Long enough for many more runs, and for fast-check to shrink a failure. */
const timeout = 6 * 60 * 60_000

/**
 * The maximum time from the last fault to the expected counts. A failed zone recovers after 5 minutes, ECS retries
 * Spot after at most 15, a task serves after 2, and the stabilization window is at most 5.
 */
const maxConvergenceMinutes = 30
/** How long the expected counts must last: the maximum stabilization window. */
const stableMinutes = 5
/** Cover starts much earlier: a notice is two minutes, the grace period and a sweep are one each. */
const maxCoverMinutes = 6

/** The final count of a standby depends only on how many tasks the primary has on Spot. */
function expectedOf(account: RandomAccount, pair: RandomPair) {
  const { kind, primary, standbys, maxStandby } = pair
  // With unlimited Spot, tasks are missing only because the primary's own release does not start.
  let missing = account.lacksSpot(pair)
    ? Math.max(0, primary.desiredCount - primary.runningCount)
    : 0
  const all = missing
  return standbys.map((standby, index) => {
    const before = standbys[index - 1]
    // Each attempt at a release that cannot start waits for a new instance, because managed scaling has removed the
    // empty one. So at times the next standby has the tasks too, and at times not.
    const mayRepeat = before !== undefined && cannotStart(before.primary)
    const desired = Math.min(mayRepeat ? Math.min(standby.desiredCount, all) : missing, maxStandby)
    missing = Math.max(0, missing - desired)
    return {
      kind,
      desired,
      serving: cannotStart(standby.primary) ? standby.servingCount : desired,
      // The standby does not follow a release that cannot complete for lack of Spot.
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

/** The pairs whose standbys have a lower desired count than the tasks that are missing. */
function uncovered(account: RandomAccount): RandomPair['kind'][] {
  const sum = (counts: readonly { desired: number }[]) =>
    counts.reduce((total, { desired }) => total + desired, 0)
  return account.pairs
    .filter((pair) => sum(foundOf(pair)) < sum(expectedOf(account, pair)))
    .map(({ kind }) => kind)
}

async function expectConvergence(account: RandomAccount): Promise<void> {
  account.endFaults()
  let minutesAsExpected = 0
  for (let minute = 0; minutesAsExpected < stableMinutes; minute++) {
    if (minute >= maxCoverMinutes) expect(uncovered(account)).toEqual([])
    const found = account.pairs.map(foundOf)
    const expected = account.pairs.map((pair) => expectedOf(account, pair))
    if (minute >= maxConvergenceMinutes) expect(found).toEqual(expected)
    minutesAsExpected = isDeepStrictEqual(found, expected) ? minutesAsExpected + 1 : 0
    await account.aws.run(60)
  }
}

describe('a first standby that is short of instances', () => {
  // ECS sends no event for 10 to 30 minutes while an instance does not start. The test covers two such periods.
  it(
    'is covered by the next standby within minutes, for as long as it lasts',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 6 }), async (seed, desired) => {
          const finalSpot = { FARGATE_SPOT: 0, 'ec2-spot': 0 }
          const kinds = ['several-standbys'] as const
          const account = new RandomAccount({
            seed,
            kinds,
            delivery: {},
            isSilent: false,
            steps: [],
            finalSpot,
          })
          const [{ primary, standbys }] = account.pairs as [RandomPair]
          const serving = () =>
            [primary, ...standbys].reduce((sum, { servingCount }) => sum + servingCount, 0)
          account.aws.setDesiredCount(primary, desired)
          await account.aws.run(300)
          account.endFaults()
          account.aws.setTrace('ec2', none())
          await account.aws.run(60 * maxCoverMinutes)
          const shortfalls: string[] = []
          for (let minute = maxCoverMinutes; minute < 75; minute++) {
            if (serving() < desired)
              shortfalls.push(`minute ${minute}: ${serving()} of ${desired} serve`)
            await account.aws.run(60)
          }
          expect(shortfalls).toEqual([])
        }),
        { numRuns: 3 },
      )
    },
    timeout,
  )
})

/** A release that cannot start, on a first standby whose instance is removed between two attempts of ECS. */
const slowInstances: History = {
  seed: 0,
  kinds: ['several-standbys'],
  delivery: {},
  isSilent: false,
  steps: [
    { afterSeconds: 0, do: 'release', pair: 0, isGood: false },
    { afterSeconds: 0, do: 'scale', pair: 0, desired: 0 },
    { afterSeconds: 2, do: 'scale', pair: 0, desired: 1 },
  ],
  finalSpot: { FARGATE_SPOT: 0, 'ec2-spot': 3 },
}

describe('a random history', () => {
  it(
    'keeps the invariants at every write, converges, and notifies',
    async () => {
      await fc.assert(
        fc.asyncProperty(randomHistory, async (history) => {
          const account = new RandomAccount(history)
          const monitor = new WriteMonitor(account)
          const notifications = new NotificationMonitor(account)
          for (const step of history.steps) {
            await account.aws.run(step.afterSeconds)
            await account.apply(step)
          }
          await expectConvergence(account)
          expect(monitor.violations).toEqual([])
          expect(notifications.violations).toEqual([])
        }),
        { numRuns: runs, examples: [[slowInstances]] },
      )
    },
    timeout,
  )
})
