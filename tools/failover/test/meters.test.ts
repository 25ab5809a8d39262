import type { GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch'
import { MetricReader, resolutions } from '../src/metrics'
import type { VerbContext } from '../src/verb'
import { droughtsOf, readHistory, spansOf } from '../src/verbs/history'
import { savings, savingsOf } from '../src/verbs/savings'

const hour = 3_600_000
const day = 24 * hour
const now = Date.parse('2026-11-22T10:20:00Z')

/** CloudWatch with one point of each metric in each hour: the value of its name. */
function cloudWatch(values: Readonly<Record<string, number>>, pages = 1) {
  const inputs: GetMetricDataCommandInput[] = []
  const send = async ({ input }: { input: GetMetricDataCommandInput }) => {
    inputs.push(input)
    const page = Number(input.NextToken ?? 0)
    return {
      MetricDataResults: input.MetricDataQueries?.map(({ Id, MetricStat }) => ({
        Id,
        Timestamps: [new Date(now - page * hour)],
        Values: [values[MetricStat?.Metric?.MetricName ?? ''] ?? 0],
      })),
      ...(page + 1 < pages && { NextToken: String(page + 1) }),
    }
  }
  return { client: { send } as unknown as VerbContext['aws']['cloudWatch'], inputs }
}

const used = {
  SpotTaskSeconds: 100 * 3600,
  SpotDollars: 10,
  OnDemandTaskSeconds: 20 * 3600,
  OnDemandDollars: 2,
  StandbyTaskSeconds: 5 * 3600,
  StandbyDollars: 0.5,
  DesiredTaskSeconds: 124 * 3600,
  DesiredDollars: 12.4,
}

describe('savings', () => {
  async function run(values: Record<string, string | boolean>, metrics: Record<string, number>) {
    const { client, inputs } = cloudWatch(metrics)
    const lines: string[] = []
    const context = {
      environment: 'prod',
      aws: { cloudWatch: client },
      controller: { clusters: ['main'], spotGroups: new Map() },
      now: async () => now,
      print: (line: string) => void lines.push(line),
    } as unknown as VerbContext
    await savings.run(context, values, [])
    return { lines, inputs }
  }

  it('are the price of Spot, of the own share on demand and of the cover, against all on demand', async () => {
    expect(savingsOf(used, 0.7)).toMatchObject({
      taskHours: { spot: 100, onDemand: 20, standby: 5, desired: 124 },
      paidDollars: expect.closeTo(5.5, 9),
      allOnDemandDollars: 12.4,
      savedDollars: expect.closeTo(6.9, 9),
      coverDollars: 0.5,
      shares: { unmetered: 0, unpriced: 0 },
    })
    const { lines, inputs } = await run({ 'spot-discount': '0.7' }, used)
    const text = lines.join('\n')
    expect(text).toContain('Saved: 6.90 USD, 55.6 % of all on demand. Cover cost 0.50 USD.')
    expect(text).toContain('from --spot-discount')
    expect(text).toContain('Read with 1 call of GetMetricData.')
    expect(inputs).toHaveLength(1)
  })

  it('say how much is not metered, and how much has no price', async () => {
    const { lines } = await run(
      {},
      { ...used, UnmeteredTaskSeconds: 31 * 3600, UnpricedTaskSeconds: 25 * 3600 },
    )
    const text = lines.join(' ').replace(/\s+/g, ' ')
    expect(text).toContain('Not metered: 20.0 % of the desired task-hours')
    expect(text).toContain('Without a price: 20.0 % of the task-hours')
    expect(text).toMatch(
      /68\.0 % below the list price, assumed for Fargate Spot in us-east-1, \d{4}/,
    )
  })

  it('do not invent figures where nothing was metered', async () => {
    const { lines } = await run({}, {})
    expect(lines.join('\n')).toContain('No meters in this time')
    const [found] = (await run({ json: true }, used)).lines
    expect(JSON.parse(found ?? '')).toMatchObject({ savedDollars: expect.closeTo(7.2, 0) })
  })

  it.each(['1.2', '68', 'half', '-0.1'])('reject the discount %s', async (discount) => {
    await expect(run({ 'spot-discount': discount }, used)).rejects.toThrow(
      /^--spot-discount: must be a share .* got/,
    )
  })

  it.each(['0', '456', 'all'])('reject %s days', async (days) => {
    await expect(run({ days }, used)).rejects.toThrow(/^--days: must be a number .* got/)
  })
})

describe('the reader of metrics', () => {
  const queries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      name: 'Notices',
      dimensions: { Cluster: 'main', Service: `s${index}` },
      stat: 'Sum' as const,
      period: 3600,
    }))

  it('asks for 500 metrics a call, and for each page', async () => {
    const { client, inputs } = cloudWatch({ Notices: 2 }, 3)
    const reader = new MetricReader(client)
    const points = await reader.read(queries(501), { from: now - day, to: now })
    expect(inputs.map(({ MetricDataQueries }) => MetricDataQueries?.length)).toEqual([
      500, 500, 500, 1, 1, 1,
    ])
    expect([points.length, reader.calls]).toEqual([501, 6])
    expect(points[500]).toEqual([2, 1, 0].map((hours) => ({ at: now - hours * hour, value: 2 })))
  })

  it('asks for the finest points that CloudWatch has kept', () => {
    const parts = resolutions({ from: now - 100 * day, to: now }, now)
    expect(parts.map(({ period }) => period)).toEqual([3600, 300, 60])
    const [oldest, middle, newest] = parts
    expect(oldest?.to).toBe(middle?.from)
    expect(middle?.to).toBe(newest?.from)
    expect(newest?.from).toBeGreaterThan(now - 15 * day)
    expect(middle?.from).toBeGreaterThan(now - 63 * day)
    expect([oldest?.from, newest?.to]).toEqual([now - 100 * day, now])
    expect(resolutions({ from: now - day, to: now }, now)).toEqual([
      { from: now - day, to: now, period: 60 },
    ])
  })
})

describe('droughts', () => {
  const busy = (service: string, minute: number, standbyTasks: number) => ({
    cluster: 'main',
    service,
    at: now + minute * 60_000,
    seconds: 60,
    standbyTasks,
  })

  it('are times in which any pair is short or covered, with a short calm between two of them', () => {
    expect(
      droughtsOf([
        busy('web', 1, 2),
        busy('api', 0, 1),
        busy('api', 1, 3),
        busy('api', 9, 1),
        busy('web', 60, 4),
      ]),
    ).toEqual([
      {
        beganAt: new Date(now).toISOString(),
        seconds: 600,
        services: ['api', 'web'],
        peakStandbyTasks: 5,
      },
      {
        beganAt: new Date(now + hour).toISOString(),
        seconds: 60,
        services: ['web'],
        peakStandbyTasks: 4,
      },
    ])
    expect(droughtsOf([])).toEqual([])
  })

  it('are read only in the hours that were not calm, in few calls', () => {
    const at = (hours: number) => now + hours * hour
    expect(spansOf([at(300), at(1), at(0), at(1)])).toEqual([
      { from: at(0), to: at(2) },
      { from: at(300), to: at(301) },
    ])
    expect(spansOf([])).toEqual([])
    const daily = Array.from({ length: 30 }, (_, index) => at(24 * index))
    const spans = spansOf([...daily, at(1000), at(1003)])
    expect(spans).toHaveLength(20)
    expect(spans.at(-1)).toEqual({ from: at(1000), to: at(1004) })
    for (const each of daily) {
      expect(spans.filter(({ from, to }) => from <= each && each < to)).toHaveLength(1)
    }
  })

  it('cost one call each, and one for the hours of all pairs', async () => {
    const busyHours = [1, 12].map((days) => Date.parse('2026-11-22T04:00:00Z') - days * day)
    const inputs: GetMetricDataCommandInput[] = []
    const send = async ({ input }: { input: GetMetricDataCommandInput }) => {
      inputs.push(input)
      const found = busyHours.filter(
        (at) => at >= Number(input.StartTime) && at < Number(input.EndTime),
      )
      return {
        MetricDataResults: input.MetricDataQueries?.map(({ Id }) => ({
          Id,
          Timestamps: found.map((at) => new Date(at)),
          Values: found.map(() => 1),
        })),
      }
    }
    const cloudWatch = { send } as unknown as VerbContext['aws']['cloudWatch']
    const pairs = [{ cluster: 'main', service: 'api' }]
    const { droughts, calls } = await readHistory(cloudWatch, pairs, {
      from: now - 14 * day,
      to: now,
    })
    expect([droughts.length, calls]).toEqual([2, 3])
    const read = inputs
      .slice(1)
      .map(({ StartTime, EndTime }) => [Number(StartTime), Number(EndTime)])
    expect(read).toEqual([...busyHours].reverse().map((at) => [at, at + hour]))
  })
})
