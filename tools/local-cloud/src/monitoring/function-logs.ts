import { createHash } from 'node:crypto'
import { AwsError } from '@tideway/spot-simulator'
import type { Input, Operations } from '../patches/operations'
import { RingBuffer } from '../ring-buffer'
import { FilterPatternError, filterOf } from './filter-pattern'

interface LogEvent {
  readonly number: number
  /** Milliseconds since 1970, as all times of CloudWatch Logs. */
  readonly timestamp: number
  readonly logStreamName: string
  readonly message: string
}

interface LogGroup {
  readonly events: RingBuffer<LogEvent>
  /** The first and the last event of each stream. */
  readonly streams: Map<string, { readonly first: number; last: number }>
}

const maxEvents = 10_000

/** The logs of functions in a simulation, with its times. Each group keeps its last events. */
export class FunctionLogs {
  private readonly groups = new Map<string, LogGroup>()

  /** @param groupNames of the functions: other groups are not answered for */
  constructor(groupNames: readonly string[]) {
    for (const name of groupNames) {
      this.groups.set(name, { events: new RingBuffer(maxEvents), streams: new Map() })
    }
  }

  add(groupName: string, functionName: string, timestamp: number, message: string): void {
    const group = this.groups.get(groupName)
    if (group === undefined) return
    const { events, streams } = group
    const logStreamName = streamName(functionName, timestamp)
    const stream = streams.get(logStreamName)
    if (stream === undefined) streams.set(logStreamName, { first: timestamp, last: timestamp })
    else stream.last = timestamp
    events.push({ number: events.total, timestamp, logStreamName, message })
    // A stream lasts a day.
    const [oldest] = streams.keys()
    if (streams.size > 100 && oldest !== undefined) streams.delete(oldest)
  }

  readonly operations: Operations = {
    FilterLogEvents: (input) => this.on(input, (group) => filtered(group, input)),
    GetLogEvents: (input) => this.on(input, (group) => streamEvents(group, input)),
    DescribeLogStreams: (input) =>
      this.on(input, (group) => ({ logStreams: streamsOf(group, input) })),
  }

  /** Undefined for the group of something else. */
  private on(input: Input, respond: (group: LogGroup) => object): object | undefined {
    const { logGroupName, logGroupIdentifier = '' } = input
    const name = logGroupName ?? String(logGroupIdentifier).replace(/^arn:.*:log-group:/, '')
    const group = this.groups.get(String(name).replace(/:\*$/, ''))
    return group && respond(group)
  }
}

function streamName(functionName: string, timestamp: number): string {
  const day = new Date(timestamp).toISOString().slice(0, 10).replaceAll('-', '/')
  const id = createHash('md5').update(`${functionName} ${day}`).digest('hex')
  return `${day}/[$LATEST]${id}`
}

const maxPage = 10_000

function filtered({ events }: LogGroup, input: Input): object {
  const { logStreamNames, logStreamNamePrefix = '', limit = maxPage, nextToken } = input
  const matches = filterFor(input.filterPattern)
  const names = logStreamNames as readonly string[] | undefined
  const found = inTime(events.all, input, (time, end) => time <= end).filter(
    ({ logStreamName, message, number }) =>
      number >= startOf(nextToken) &&
      (names === undefined || names.includes(logStreamName)) &&
      logStreamName.startsWith(String(logStreamNamePrefix)) &&
      matches(message),
  )
  const page = found.slice(0, Number(limit))
  const next = found[page.length]
  return {
    events: page.map(({ number, ...event }) => ({
      ...event,
      ingestionTime: event.timestamp,
      eventId: String(number).padStart(56, '0'),
    })),
    searchedLogStreams: [],
    ...(next && { nextToken: tokenOf(next.number) }),
  }
}

/** From the end of a stream, unless the caller wants the start. */
function streamEvents({ events, streams }: LogGroup, input: Input): object {
  const { logStreamName, limit = maxPage, startFromHead, nextToken } = input
  if (!streams.has(String(logStreamName))) {
    throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
  }
  const all = inTime(events.all, input, (time, end) => time < end)
  const own = all.filter((event) => event.logStreamName === logStreamName)
  const [, direction, number] = /^([fb])\/(\d+)$/.exec(String(nextToken ?? '')) ?? []
  const later = own.filter((event) => event.number >= Number(number))
  const earlier = own.filter((event) => event.number < Number(number))
  const isForward = direction === 'f' || (direction === undefined && startFromHead === true)
  const size = Number(limit)
  const side = direction === undefined ? own : isForward ? later : earlier
  const page = isForward ? side.slice(0, size) : side.slice(-size)
  const first = page[0]?.number ?? Number(number ?? events.total)
  const end = (page.at(-1)?.number ?? first - 1) + 1
  return {
    events: page.map(({ timestamp, message }) => ({
      timestamp,
      message,
      ingestionTime: timestamp,
    })),
    nextForwardToken: `f/${end}`,
    nextBackwardToken: `b/${first}`,
  }
}

function streamsOf({ streams }: LogGroup, input: Input): object[] {
  const { logStreamNamePrefix = '', orderBy, descending, limit = 50 } = input
  const found = [...streams]
    .filter(([name]) => name.startsWith(String(logStreamNamePrefix)))
    .map(([logStreamName, { first, last }]) => ({
      logStreamName,
      creationTime: first,
      firstEventTimestamp: first,
      lastEventTimestamp: last,
      lastIngestionTime: last,
    }))
    .sort((one, other) =>
      orderBy === 'LastEventTime'
        ? one.lastEventTimestamp - other.lastEventTimestamp
        : one.logStreamName.localeCompare(other.logStreamName),
    )
  return (descending === true ? found.reverse() : found).slice(0, Number(limit))
}

/** The two operations differ in whether an event at the end itself is included. */
function inTime(
  events: readonly LogEvent[],
  { startTime = 0, endTime }: Input,
  isBefore: (time: number, end: number) => boolean,
): LogEvent[] {
  const end = endTime === undefined ? Number.POSITIVE_INFINITY : Number(endTime)
  return events.filter(
    ({ timestamp }) => timestamp >= Number(startTime) && isBefore(timestamp, end),
  )
}

function filterFor(pattern: unknown) {
  try {
    return filterOf(pattern === undefined ? '' : String(pattern))
  } catch (error) {
    if (!(error instanceof FilterPatternError)) throw error
    throw new AwsError('InvalidParameterException', error.message)
  }
}

const tokenOf = (number: number) => Buffer.from(`from:${number}`).toString('base64')

function startOf(token: unknown): number {
  if (token === undefined || token === null) return 0
  const number = /^from:(\d+)$/.exec(Buffer.from(String(token), 'base64').toString())?.[1]
  if (number !== undefined) return Number(number)
  throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
}
