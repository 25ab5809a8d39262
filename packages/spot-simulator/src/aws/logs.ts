import { AwsError, type ServiceModel } from '../endpoint'
import { filterOf } from './filter-pattern'
import { callOperation, type Operations } from './operations'

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
  /** Stays the same when older events are dropped. @default its index */
  readonly number?: number
  /** @default simulated */
  readonly stream?: string
}

interface FilterInput {
  readonly logGroupName?: string
  readonly logStreamNames?: readonly string[]
  readonly logStreamNamePrefix?: string
  readonly filterPattern?: string
  readonly startTime?: number
  readonly endTime?: number
  readonly limit?: number
  readonly nextToken?: string
}

interface StreamsInput {
  readonly logGroupName?: string
  readonly logStreamNamePrefix?: string
  readonly orderBy?: 'LogStreamName' | 'LastEventTime'
  readonly descending?: boolean
  readonly limit?: number
  readonly nextToken?: string
}

interface StreamInput {
  readonly logGroupName?: string
  readonly logStreamName?: string
  readonly startTime?: number
  readonly endTime?: number
  readonly limit?: number
  readonly nextToken?: string
  readonly startFromHead?: boolean
}

const maxLimit = 10_000
const maxStreams = 50
const defaultStream = 'simulated'

/** CloudWatch Logs: the events of log groups, and how they are filtered. */
export class Logs implements ServiceModel {
  readonly protocol = 'json'

  /** @param eventsOf the events of a log group, oldest first; undefined if there is none of that name */
  constructor(private readonly eventsOf: (logGroup: string) => readonly LogEvent[] | undefined) {}

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('logs', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    FilterLogEvents: {
      // Events are always in the order of time, as `interleaved` asks for.
      parameters: [
        'logGroupName',
        'logStreamNames',
        'logStreamNamePrefix',
        'filterPattern',
        'startTime',
        'endTime',
        'limit',
        'nextToken',
        'interleaved',
      ],
      run: (input: FilterInput) => this.filter(input),
    },
    DescribeLogStreams: {
      parameters: [
        'logGroupName',
        'logStreamNamePrefix',
        'orderBy',
        'descending',
        'limit',
        'nextToken',
      ],
      run: (input: StreamsInput) => this.streams(input),
    },
    GetLogEvents: {
      parameters: [
        'logGroupName',
        'logStreamName',
        'startTime',
        'endTime',
        'limit',
        'nextToken',
        'startFromHead',
      ],
      run: (input: StreamInput) => this.events(input),
    },
  }

  /** The events of a log group, with their numbers. */
  private all(logGroup: string) {
    const all = this.eventsOf(logGroup)
    if (all !== undefined) {
      return all.map((event, index) => ({ number: index, stream: defaultStream, ...event }))
    }
    throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
  }

  private streams(input: StreamsInput) {
    const { logGroupName = '', logStreamNamePrefix = '', orderBy, descending } = input
    const { limit = maxStreams, nextToken = 'from:0' } = input
    const streams = new Map<string, { first: number; last: number }>()
    for (const { stream, at } of this.all(logGroupName)) {
      if (!stream.startsWith(logStreamNamePrefix)) continue
      streams.set(stream, { first: streams.get(stream)?.first ?? at, last: at })
    }
    const isByTime = orderBy === 'LastEventTime'
    const sorted = [...streams].sort(([one, { last }], [other, { last: otherLast }]) =>
      isByTime && last !== otherLast ? last - otherLast : one < other ? -1 : 1,
    )
    if (descending) sorted.reverse()
    const start = numberIn(nextToken, /^from:(\d+)$/)
    const end = start + Math.min(limit, maxStreams)
    return {
      logStreams: sorted.slice(start, end).map(([logStreamName, { first, last }]) => ({
        logStreamName,
        creationTime: first,
        firstEventTimestamp: first,
        lastEventTimestamp: last,
        lastIngestionTime: last,
      })),
      ...(end < sorted.length && { nextToken: `from:${end}` }),
    }
  }

  /** A page of a stream: the newest events, or those after or before a token. */
  private events(input: StreamInput) {
    const { logGroupName = '', logStreamName, startTime = 0, endTime = Infinity } = input
    const { limit = maxLimit, nextToken, startFromHead = false } = input
    const all = this.all(logGroupName).filter(({ stream }) => stream === logStreamName)
    if (all.length === 0) {
      throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
    }
    const inTime = all.filter(({ at }) => at >= startTime && at < endTime)
    const isBackward = nextToken?.startsWith('b/') ?? !startFromHead
    const from = nextToken === undefined ? undefined : numberIn(nextToken, /^[bf]\/(\d+)$/)
    const rest = inTime.filter(
      ({ number }) => from === undefined || (isBackward ? number < from : number >= from),
    )
    const page = isBackward ? rest.slice(-limit) : rest.slice(0, limit)
    const next = from ?? inTime[0]?.number ?? 0
    return {
      events: page.map(({ at, text }) => ({ timestamp: at, ingestionTime: at, message: text })),
      nextForwardToken: `f/${(page.at(-1)?.number ?? next - 1) + 1}`,
      nextBackwardToken: `b/${page[0]?.number ?? next}`,
    }
  }

  private filter(input: FilterInput) {
    const { logGroupName = '', filterPattern, startTime = 0, endTime = Infinity } = input
    const all = this.all(logGroupName)
    const {
      limit = maxLimit,
      nextToken = 'from:0',
      logStreamNames,
      logStreamNamePrefix = '',
    } = input
    const first = numberIn(nextToken, /^from:(\d+)$/)
    const matches = filterOf(filterPattern)
    const found = all.filter(
      ({ at, text, number, stream }) =>
        number >= first &&
        at >= startTime &&
        at <= endTime &&
        (logStreamNames?.includes(stream) ?? stream.startsWith(logStreamNamePrefix)) &&
        matches(text),
    )
    const page = found.slice(0, Math.min(limit, maxLimit))
    const next = found[page.length]
    return {
      events: page.map(({ number, at, text, stream }) => ({
        eventId: String(number),
        ingestionTime: at,
        logStreamName: stream,
        message: text,
        timestamp: at,
      })),
      searchedLogStreams: [],
      ...(next && { nextToken: `from:${next.number}` }),
    }
  }
}

function numberIn(token: string, pattern: RegExp): number {
  const number = Number(pattern.exec(token)?.[1])
  if (!Number.isNaN(number)) return number
  throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
}
