import { exitCodes } from '../exit-codes'
import {
  floorTo,
  MetricReader,
  type Point,
  rangeOf,
  resolutions,
  sumOf,
  type TimeRange,
} from '../metrics'
import { readAllPairs, readerOf, readPair } from '../pairs'
import { counted, printFound, table } from '../table'
import { duration, moment } from '../time'
import type { Verb, VerbContext } from '../verb'

/** A time in which pairs were short of tasks or covered. */
export interface Drought {
  readonly beganAt: string
  readonly seconds: number
  readonly services: readonly string[]
  /** The most standby tasks that ran at the same time. */
  readonly peakStandbyTasks: number
}

export interface ServiceHistory {
  readonly cluster: string
  readonly service: string
  readonly notices: number
  readonly failedPlacements: number
  readonly coveredSeconds: number
  readonly uncoveredSeconds: number
}

export interface History {
  readonly from: string
  readonly to: string
  /** Oldest first. */
  readonly droughts: readonly Drought[]
  /** Those with anything to report. */
  readonly services: readonly ServiceHistory[]
  readonly calls: number
}

interface Of {
  readonly cluster: string
  readonly service: string
}

/** A bucket of a metric in which a pair was not calm. */
export interface Busy extends Of {
  readonly at: number
  readonly seconds: number
  readonly standbyTasks: number
}

/** Two droughts with less time between them are one: the first has not ended for the next. */
const gapSeconds = 600

const hourMilliseconds = 3_600_000

const counters = ['Notices', 'FailedPlacements', 'CoveredSeconds', 'UncoveredSeconds'] as const

/** Groups the busy times of all pairs, which are short at the same time because a pool fails as a whole. */
export function droughtsOf(busy: readonly Busy[]): Drought[] {
  const groups: Busy[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const one of [...busy].sort((a, b) => a.at - b.at)) {
    if (one.at > end + Math.max(gapSeconds, one.seconds) * 1000) groups.push([])
    groups.at(-1)?.push(one)
    end = Math.max(end, one.at + one.seconds * 1000)
  }
  return groups.map((group) => {
    const from = Math.min(...group.map(({ at }) => at))
    const to = Math.max(...group.map(({ at, seconds }) => at + seconds * 1000))
    const tasks = new Map<number, number>()
    for (const { at, standbyTasks } of group) tasks.set(at, (tasks.get(at) ?? 0) + standbyTasks)
    return {
      beganAt: new Date(from).toISOString(),
      seconds: (to - from) / 1000,
      services: [...new Set(group.map(({ service }) => service))].sort(),
      peakStandbyTasks: Math.max(...tasks.values()),
    }
  })
}

/** Ranges that are read in detail for each part of the retention, so that the calls stay few. */
const maxSpans = 20

/** The times of busy hours. Where they are too many, the shortest times between them are read too. */
export function spansOf(hours: readonly number[]): TimeRange[] {
  const starts = [...new Set(hours)].sort((one, other) => one - other)
  const gapBefore = (at: number) => at - (starts[starts.indexOf(at) - 1] ?? at)
  const begins = starts
    .filter((at) => gapBefore(at) > hourMilliseconds)
    .sort((one, other) => gapBefore(other) - gapBefore(one))
    .slice(0, maxSpans - 1)
  const spans: TimeRange[] = []
  for (const at of starts) {
    const last = begins.includes(at) ? undefined : spans.pop()
    spans.push({ from: last?.from ?? at, to: at + hourMilliseconds })
  }
  return spans
}

export async function readHistory(
  cloudWatch: VerbContext['aws']['cloudWatch'],
  pairs: readonly Of[],
  range: TimeRange,
): Promise<History> {
  const reader = new MetricReader(cloudWatch)
  const metricsOf = ({ cluster, service }: Of) => ({ Cluster: cluster, Service: service })
  const isBusy = ({ value }: Point) => value > 0
  // Hours first: only pairs that were not calm have points, and only their hours are read in detail.
  const sums = { stat: 'Sum', period: 3600 } as const
  const hourly = await reader.readEach(pairs.map(metricsOf), counters, sums, range)
  const busyPairs = pairs.flatMap((pair, index) => {
    const counts = hourly[index]
    const hours = Object.values(counts ?? {})
      .flat()
      .filter(isBusy)
    return counts === undefined || hours.length === 0 ? [] : [{ pair, counts, hours }]
  })
  const busy: Busy[] = []
  for (const { period, ...part } of resolutions(range, range.to)) {
    const isWithin = ({ at }: Point) => at >= floorTo(part.from, 3600) && at < part.to
    const within = busyPairs.flatMap(({ hours }) => hours.filter(isWithin).map(({ at }) => at))
    for (const span of spansOf(within)) {
      const from = Math.max(part.from, span.from)
      const to = Math.min(part.to, span.to)
      const some = busyPairs.filter(({ hours }) =>
        hours.some(({ at }) => at >= span.from && at < span.to),
      )
      const detail = await reader.readEach(
        some.map(({ pair }) => metricsOf(pair)),
        ['CoveredSeconds', 'UncoveredSeconds', 'StandbyTasks'],
        { stat: 'Maximum', period },
        { from, to },
      )
      for (const [index, { pair }] of some.entries()) {
        const {
          CoveredSeconds = [],
          UncoveredSeconds = [],
          StandbyTasks = [],
        } = detail[index] ?? {}
        const tasksAt = new Map(StandbyTasks.map(({ at, value }) => [at, value]))
        const times = [...CoveredSeconds, ...UncoveredSeconds].filter(isBusy).map(({ at }) => at)
        for (const at of new Set(times)) {
          busy.push({ ...pair, at, seconds: period, standbyTasks: tasksAt.get(at) ?? 0 })
        }
      }
    }
  }
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    droughts: droughtsOf(busy),
    services: busyPairs.map(({ pair, counts }) => ({
      ...pair,
      notices: sumOf(counts.Notices),
      failedPlacements: sumOf(counts.FailedPlacements),
      coveredSeconds: sumOf(counts.CoveredSeconds),
      uncoveredSeconds: sumOf(counts.UncoveredSeconds),
    })),
    calls: reader.calls,
  }
}

function historyText(
  { droughts, services, from, to, calls }: History,
  names: number,
  width: number | undefined,
): string[] {
  const title = `${moment(Date.parse(from))} to ${moment(Date.parse(to))}, ${counted(names, 'pair')}`
  const read = `Read with ${counted(calls, 'call')} of GetMetricData.`
  if (services.length === 0) return [title, 'No drought, no notice, no failed placement.', read]
  return [
    title,
    '',
    ...(droughts.length === 0
      ? ['No drought.']
      : table(
          [
            { title: 'drought' },
            { title: 'duration' },
            { title: 'standby tasks', align: 'right' },
            { title: 'services', shrinks: true },
          ],
          droughts.map((drought) => [
            moment(Date.parse(drought.beganAt)),
            duration(1000 * drought.seconds),
            `${drought.peakStandbyTasks}`,
            listOf(drought.services),
          ]),
          width,
        )),
    '',
    ...table(
      [
        { title: 'service', shrinks: true },
        { title: 'notices', align: 'right' },
        { title: 'failed placements', align: 'right' },
        { title: 'covered' },
        { title: 'uncovered' },
      ],
      services.map(({ service, notices, failedPlacements, coveredSeconds, uncoveredSeconds }) => [
        service,
        `${notices}`,
        `${failedPlacements}`,
        duration(1000 * coveredSeconds),
        duration(1000 * uncoveredSeconds),
      ]),
      width,
    ),
    '',
    read,
  ]
}

function listOf(services: readonly string[]): string {
  const [shown, more] = [services.slice(0, 5).join(', '), services.length - 5]
  return more > 0 ? `${shown} and ${more} more` : shown
}

/** When pairs were short or covered, and by how much. */
export const history: Verb = {
  summary: 'the droughts: when, how long, and how much was covered',
  usage: `npm run failover -- history [SERVICE] -c ENV [options]

The droughts of all pairs, or of one: begin, duration, services, standby tasks;
notices, failed placements, and the time with and without cover. To the minute
for 15 days, to five minutes for 63, before that to the hour.

      --days DAYS      until now (default: 30, at most 455)`,
  options: { days: { type: 'string' } },
  run: async (context, values, positionals) => {
    const range = await rangeOf(values, context)
    const reader = readerOf(context)
    const [name] = positionals
    const views =
      name === undefined
        ? await readAllPairs(context, reader)
        : [await readPair(name, context, reader)]
    const pairs = views.map(({ cluster, primary }) => ({ cluster, service: primary }))
    const found = await readHistory(context.aws.cloudWatch, pairs, range)
    printFound(context, values, found, () =>
      historyText(found, pairs.length, context.terminal?.columns),
    )
    return exitCodes.fine
  },
}
