import { exitCodes } from '../exit-codes'
import {
  floorTo,
  type MetricQuery,
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

async function readHistory(
  context: VerbContext,
  pairs: readonly Of[],
  range: TimeRange,
): Promise<History> {
  const reader = new MetricReader(context.aws.cloudWatch)
  const query = (
    { cluster, service }: Of,
    name: string,
    stat: MetricQuery['stat'],
    period: number,
  ): MetricQuery => ({ name, stat, period, dimensions: { Cluster: cluster, Service: service } })
  // Hours first: only pairs that were not calm have points, and only their hours are read in detail.
  const hourly = await reader.read(
    pairs.flatMap((pair) => counters.map((name) => query(pair, name, 'Sum', 3600))),
    range,
  )
  const of = (index: number, counter: (typeof counters)[number]) =>
    hourly[index * counters.length + counters.indexOf(counter)] ?? []
  const isBusy = (point: Point) => point.value > 0
  const busyHours = pairs.map((_, index) =>
    counters.flatMap((counter) => of(index, counter)).filter(isBusy),
  )
  const busyPairs = pairs.filter((_, index) => (busyHours[index]?.length ?? 0) > 0)
  const hours = busyHours.flat().map(({ at }) => at)
  const busy: Busy[] = []
  for (const part of hours.length === 0 ? [] : resolutions(range, range.to)) {
    const within = hours.filter((at) => at >= floorTo(part.from, 3600) && at < part.to)
    if (within.length === 0) continue
    const from = Math.max(part.from, Math.min(...within))
    const to = Math.min(part.to, Math.max(...within) + 3_600_000)
    const detail = ['CoveredSeconds', 'UncoveredSeconds', 'StandbyTasks'] as const
    const points = await reader.read(
      busyPairs.flatMap((pair) =>
        detail.map((name) =>
          query(pair, name, name === 'StandbyTasks' ? 'Maximum' : 'Sum', part.period),
        ),
      ),
      { from, to },
    )
    for (const [index, pair] of busyPairs.entries()) {
      const [covered = [], uncovered = [], tasks = []] = points.slice(
        index * detail.length,
        (index + 1) * detail.length,
      )
      const tasksAt = new Map(tasks.map(({ at, value }) => [at, value]))
      const times = new Set([...covered, ...uncovered].filter(isBusy).map(({ at }) => at))
      busy.push(
        ...[...times].map((at) => ({
          ...pair,
          at,
          seconds: part.period,
          standbyTasks: tasksAt.get(at) ?? 0,
        })),
      )
    }
  }
  return {
    from: new Date(range.from).toISOString(),
    to: new Date(range.to).toISOString(),
    droughts: droughtsOf(busy),
    services: busyPairs.map((pair) => {
      const index = pairs.indexOf(pair)
      return {
        ...pair,
        notices: sumOf(of(index, 'Notices')),
        failedPlacements: sumOf(of(index, 'FailedPlacements')),
        coveredSeconds: sumOf(of(index, 'CoveredSeconds')),
        uncoveredSeconds: sumOf(of(index, 'UncoveredSeconds')),
      }
    }),
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
  usage: `npm run failover -- history [SERVICE] -c ENV [--days 30] [--json]

  The droughts of all pairs, or of one: begin, duration, services, standby tasks; notices, failed placements, and the
  time with and without cover. To the minute for 15 days, to five minutes for 63, before that to the hour.
      --days DAYS  until now (default: 30, at most 455)`,
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
    const found = await readHistory(context, pairs, range)
    printFound(context, values, found, () =>
      historyText(found, pairs.length, context.terminal?.columns),
    )
    return exitCodes.fine
  },
}
