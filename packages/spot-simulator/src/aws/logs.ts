import { AwsError, type ServiceModel } from '../endpoint'
import { filterOf } from './filter-pattern'
import { callOperation, type Operations } from './operations'

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
  /** Stays the same when older events are dropped. @default its index */
  readonly number?: number
}

interface FilterInput {
  readonly logGroupName?: string
  readonly filterPattern?: string
  readonly startTime?: number
  readonly endTime?: number
  readonly limit?: number
  readonly nextToken?: string
}

const maxLimit = 10_000

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
        'filterPattern',
        'startTime',
        'endTime',
        'limit',
        'nextToken',
        'interleaved',
      ],
      run: (input: FilterInput) => this.filter(input),
    },
  }

  private filter(input: FilterInput) {
    const { logGroupName = '', filterPattern, startTime = 0, endTime = Infinity } = input
    const all = this.eventsOf(logGroupName)
    if (all === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
    }
    const { limit = maxLimit, nextToken = 'from:0' } = input
    const first = Number(/^from:(\d+)$/.exec(nextToken)?.[1])
    if (Number.isNaN(first)) {
      throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
    }
    const matches = filterOf(filterPattern)
    const found = all
      .map((event, index) => ({ number: index, ...event }))
      .filter(
        ({ at, text, number }) =>
          number >= first && at >= startTime && at <= endTime && matches(text),
      )
    const page = found.slice(0, Math.min(limit, maxLimit))
    const next = found[page.length]
    return {
      events: page.map(({ number, at, text }) => ({
        eventId: String(number),
        ingestionTime: at,
        logStreamName: 'simulated',
        message: text,
        timestamp: at,
      })),
      searchedLogStreams: [],
      ...(next && { nextToken: `from:${next.number}` }),
    }
  }
}
