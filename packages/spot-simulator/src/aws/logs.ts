import { AwsError, type ServiceModel } from '../endpoint'
import { callOperation, type Operations } from './operations'

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
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
      parameters: ['logGroupName', 'filterPattern', 'startTime', 'endTime', 'limit', 'nextToken'],
      run: (input: FilterInput) => this.filter(input),
    },
  }

  private filter(input: FilterInput) {
    const { logGroupName = '', filterPattern, startTime = 0, endTime = Infinity } = input
    const all = this.eventsOf(logGroupName)
    if (all === undefined) {
      throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
    }
    const matches = logFilter(filterPattern)
    const found = [...all.entries()].filter(
      ([, { at, text }]) => at >= startTime && at <= endTime && matches(text),
    )
    const { limit = maxLimit, nextToken = 'from:0' } = input
    const start = Number(/^from:(\d+)$/.exec(nextToken)?.[1])
    if (Number.isNaN(start)) {
      throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
    }
    const end = start + Math.min(limit, maxLimit)
    return {
      events: found.slice(start, end).map(([index, { at, text }]) => ({
        eventId: String(index),
        ingestionTime: at,
        logStreamName: 'simulated',
        message: text,
        timestamp: at,
      })),
      searchedLogStreams: [],
      ...(found.length > end && { nextToken: `from:${end}` }),
    }
  }
}

/** Of a pattern such as `{ ($.message = "decided") && ($.primary = "api") }`: others are not simulated. */
export function logFilter(pattern = ''): (text: string) => boolean {
  if (pattern.trim() === '') return () => true
  const inner = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1]
  const terms = inner?.split('&&').map((term) => {
    const text = term.trim().replace(/^\((.*)\)$/s, '$1')
    const [, field, value] = /^\s*\$\.(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(text) ?? []
    return field === undefined ? undefined : ([field, JSON.parse(`"${value}"`)] as const)
  })
  if (terms === undefined || terms.includes(undefined)) {
    throw new AwsError('InvalidParameterException', `Invalid filter pattern: ${pattern}`)
  }
  return (text) => {
    const line = jsonIn(text)
    return terms.every((term) => term !== undefined && line?.[term[0]] === term[1])
  }
}

function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
