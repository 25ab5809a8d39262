import { crashAfter, drought, type ServiceSettings } from '@tideway/spot-simulator'
import fc from 'fast-check'
import { DirectAccount, SimulatedController, thisRelease } from '../harness'
import * as previousRelease from '../releases/previous.cjs'
import type { Counts, Meter } from '../src/meter-names'
import { metered } from '../src/meters'
import { SimulatedMonth } from './simulated-month'
import { TestAccount } from './test-account'

const hour = 3600

/** Of a month with the same kinds of events. The nightly run has a whole one. */
const days = Math.min(30, Math.ceil(4 * Number(process.env.TIDEWAY_CASES ?? 1)))

/** Long enough for the larger months of the nightly run. */
const timeout = 6 * 60 * 60_000

/** What the controller has logged for a cluster, or for one service of it. */
function countsOf({ log }: Pick<TestAccount, 'log'>, service?: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const line of log) {
    const { CloudWatchMetrics = [] } = (line._aws ?? {}) as {
      CloudWatchMetrics?: { Dimensions: string[][]; Metrics: { Name: string }[] }[]
    }
    for (const { Dimensions, Metrics } of CloudWatchMetrics) {
      const isOfService = Dimensions[0]?.includes('Service') ?? false
      if (isOfService !== (service !== undefined) || (isOfService && line.Service !== service)) {
        continue
      }
      for (const { Name } of Metrics) sums[Name] = (sums[Name] ?? 0) + Number(line[Name])
    }
  }
  return sums
}

/** By how much the meters differ from the ledger, as a share of the ledger. */
function differences(counts: Counts, expected: Counts): string[] {
  return (Object.keys(expected) as Meter[]).flatMap((meter) => {
    const [found = 0, right = 0] = [counts[meter], expected[meter]]
    return Math.abs(found - right) <= 0.01 * right ? [] : `${meter}: ${found}, not ${right}`
  })
}

const textOf = (longest: number) => new RegExp(`^[\\x20-\\x7e]{1,${longest}}$`)

/** Whether CloudWatch extracts all metrics of a line, by its specification of the embedded metric format. */
function isMetricLine(line: object): boolean {
  // As CloudWatch reads it: NaN is null.
  const { _aws, ...root } = JSON.parse(JSON.stringify(line))
  const { Timestamp, CloudWatchMetrics, ...others } = _aws
  const areIn = (names: string[], most: number, isValue: (value: unknown) => boolean) =>
    names.length > 0 &&
    names.length <= most &&
    new Set(names).size === names.length &&
    names.every((name) => textOf(255).test(name) && isValue(root[name]))
  const isCount = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 2 ** 360
  const isDimension = (value: unknown) => typeof value === 'string' && textOf(1024).test(value)
  return (
    Number.isInteger(Timestamp) &&
    Object.keys(others).length === 0 &&
    CloudWatchMetrics.length > 0 &&
    CloudWatchMetrics.every(
      ({ Namespace, Dimensions, Metrics }: MetricDirective) =>
        textOf(255).test(Namespace) &&
        Dimensions.length > 0 &&
        Dimensions.every((names) => areIn(names, 30, isDimension)) &&
        Metrics.every(({ Unit }) => Unit === 'Count') &&
        areIn(
          Metrics.map(({ Name }) => Name),
          100,
          isCount,
        ),
    )
  )
}

interface MetricDirective {
  readonly Namespace: string
  readonly Dimensions: readonly string[][]
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[]
}

/** So that the time in which tasks stop is more than a percent of all. */
const slowStops = { application: 'leaves-after-30s', stopTimeoutSeconds: 120 } as const

/** The task-seconds from the first reading of the meters on. They are exact after whole minutes, as the readings are. */
async function ledgerOf(account: DirectAccount) {
  await account.aws.run(90)
  const ledger = account.ledger()
  return () => {
    const { spotTaskSeconds, onDemandTaskSeconds } = ledger.total()
    return { spot: spotTaskSeconds, onDemand: onDemandTaskSeconds }
  }
}

describe('a month of the meters', () => {
  it(
    'equals the ledger within one percent: task-seconds and money, of each kind',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 1000 }), async (seed) => {
          const month = new SimulatedMonth(seed, { days, sweepMinutes: { calm: 110, open: 30 } })
          await month.run()
          expect(differences(month.counts, month.expected)).toEqual([])
          const names = ['Spot', 'OnDemand', 'Standby', 'Desired'].flatMap((kind) => [
            `${kind}TaskSeconds`,
            `${kind}Dollars`,
          ])
          expect(Object.keys(month.expected).sort()).toEqual(names.sort())
          expect(month.counts).toMatchObject({ UnpricedTaskSeconds: 0, UnmeteredTaskSeconds: 0 })
        }),
        { numRuns: 1 },
      )
    },
    timeout,
  )
})

describe('a meter', () => {
  const at = (seconds: number, tasks: number) => ({
    at: seconds * 1000,
    rates: { SpotTaskSeconds: tasks, DesiredTaskSeconds: 4 },
  })

  it('counts nothing before its first reading, or twice at the same time', () => {
    expect(metered(undefined, at(60, 3))).toEqual({})
    expect(metered(at(60, 3), at(60, 3))).toEqual({})
  })

  it('counts a change from the moment that an event names, and else from the middle', () => {
    expect(metered(at(0, 2), at(60, 4))).toMatchObject({ SpotTaskSeconds: 180 })
    expect(metered(at(0, 2), at(60, 4), [50_000])).toMatchObject({ SpotTaskSeconds: 140 })
    expect(metered(at(0, 2), at(60, 4), [50_000, 20_000])).toMatchObject({ SpotTaskSeconds: 200 })
    expect(metered(at(0, 2), at(60, 4), [-1, 60_000])).toMatchObject({ SpotTaskSeconds: 180 })
  })

  it('counts up to two hours, and longer ones as unmetered', () => {
    expect(metered(at(0, 2), at(2 * hour, 2))).toMatchObject({ SpotTaskSeconds: 4 * hour })
    expect(metered(at(0, 2), at(2 * hour + 1, 2))).toEqual({
      UnmeteredTaskSeconds: 4 * (2 * hour + 1),
    })
  })
})

describe('the meters of a cluster', () => {
  const loses = { fargateSpot: drought({ fromSeconds: 900, toSeconds: 4500 }) }

  it('count events that are repeated and reordered once', async () => {
    const account = new TestAccount({
      ...loses,
      ...slowStops,
      events: { duplicates: 1, reorders: 0.3 },
    })
    account.addPair('api', { desiredCount: 5 })
    const ledger = await ledgerOf(account)
    await account.aws.run(2 * hour)
    const found = countsOf(account)
    const { spot, onDemand } = ledger()
    expect(Math.abs((found.SpotTaskSeconds ?? 0) / spot - 1)).toBeLessThan(0.01)
    expect(Math.abs((found.StandbyTaskSeconds ?? 0) / onDemand - 1)).toBeLessThan(0.01)
    expect(found.UnpricedTaskSeconds).toBeGreaterThan(0)
    expect(found.SpotDollars).toBeUndefined()
  })

  it('count changes between two sweeps from when they happened, with what they stop', async () => {
    const account = new DirectAccount()
    const { aws } = account
    let maySweep = true
    const controller = new SimulatedController(account, { maySweep: () => maySweep })
    const { primary } = account.addPair('api', { desiredCount: 2, ...slowStops })
    controller.start()
    const ledger = await ledgerOf(account)
    maySweep = false
    for (const count of [10, 1, 8]) {
      await aws.run(hour)
      aws.setDesiredCount(primary, count)
    }
    await aws.run(hour - 60)
    maySweep = true
    await aws.run(60)
    const { SpotTaskSeconds = 0 } = countsOf(controller)
    expect(Math.abs(SpotTaskSeconds / ledger().spot - 1)).toBeLessThan(0.005)
  })

  it('lose one interval to a crash between the record and the log', async () => {
    const account = new TestAccount()
    account.addPair('api', { desiredCount: 5 })
    await account.aws.run(hour / 4)
    const before = countsOf(account).SpotTaskSeconds ?? 0
    const input = (item: object) => JSON.stringify(item).includes('main/api')
    const crashing = crashAfter(account.controller.dynamodb, { operation: 'PutItem', input }, 1)
    account.aws.endpoint.register('dynamodb', crashing)
    await account.aws.run(hour / 4)
    const lost = (5 * hour) / 4 - ((countsOf(account).SpotTaskSeconds ?? 0) - before)
    expect(lost).toBeGreaterThan(100)
    expect(lost).toBeLessThan(5 * 180)
  })

  it('never count twice while the previous release and this one alternate', async () => {
    const account = new TestAccount(loses)
    account.addPair('api', { desiredCount: 5 }, { 'tideway:task-price': '0.1' })
    const ledger = await ledgerOf(account)
    for (let minute = 0; minute < 120; minute += 8) {
      account.controller.deploy(minute % 16 === 0 ? thisRelease : previousRelease)
      await account.aws.run(8 * 60)
    }
    const { SpotTaskSeconds = 0, StandbyTaskSeconds = 0 } = countsOf(account)
    const { spot, onDemand } = ledger()
    expect(SpotTaskSeconds + StandbyTaskSeconds).toBeLessThan(1.01 * (spot + onDemand))
    expect(SpotTaskSeconds + StandbyTaskSeconds).toBeGreaterThan(0.9 * (spot + onDemand))
  })

  it('count both task sets of a release by CodeDeploy', async () => {
    const account = new TestAccount()
    const { loadBalancers } = account
    const groups = ['blue', 'green'].map((name) =>
      loadBalancers.createTargetGroup({ name, port: 80, deregistrationDelaySeconds: 30 }),
    )
    const of = (index: number) => ({
      loadBalancers: [
        { targetGroupArn: groups[index] ?? '', containerName: 'app', containerPort: 80 },
      ],
    })
    const settings: Partial<ServiceSettings> = { controller: 'CODE_DEPLOY', ...of(0) }
    const { primary } = account.addPair('api', settings)
    const ledger = await ledgerOf(account)
    await account.aws.run(hour / 2)
    account.aws.startGreen(primary, { taskDefinition: 'api:2', ...of(1) })
    await account.aws.run(hour)
    expect(ledger().spot).toBeGreaterThan(7 * hour)
    expect(countsOf(account).SpotTaskSeconds).toBeGreaterThan(0.99 * ledger().spot)
  })

  it('are those of what runs, not of what a dry run would start', async () => {
    const account = new TestAccount(loses)
    account.addPair('api', { tags: { 'tideway:dry-run': 'true' } })
    await account.aws.run(1.3 * hour)
    const own = countsOf(account, 'api')
    expect(own).toMatchObject({ Notices: 3 })
    expect(own.UncoveredSeconds).toBeGreaterThan(3000)
    expect(own.FailedPlacements).toBeGreaterThan(0)
    expect(own.CoveredSeconds).toBeUndefined()
    expect(countsOf(account).StandbyTaskSeconds).toBeUndefined()
  })

  it('have one short line a reconcile, with the service only unless it is calm', async () => {
    const account = new TestAccount(loses)
    account.addPair('api', {}, { 'tideway:task-price': '0.05' })
    await account.aws.run(800)
    const lines = account.log.filter(({ _aws, Sweeps }) => _aws !== undefined && !Sweeps)
    expect(lines.length).toBeGreaterThan(8)
    expect(lines.length).toBeLessThanOrEqual(account.logged('decided').length)
    expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(450)
    expect(lines.filter(({ Service }) => Service !== undefined)).toEqual([])
    await account.aws.run(1.2 * hour)
    const own = countsOf(account, 'api')
    expect(own).toMatchObject({ Notices: 3 })
    expect(own.CoveredSeconds).toBeGreaterThan(3600)
    expect(own.CoveredSeconds).toBeLessThan(4200)
    expect(own.StandbyTaskSeconds).toBe(countsOf(account).StandbyTaskSeconds)
    const written = account.log.filter(({ _aws }) => _aws !== undefined)
    expect(written.filter((line) => !isMetricLine(line))).toEqual([])
  })
})
