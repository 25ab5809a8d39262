import { CapacityTrace, InvalidTraceError } from './trace'

export interface ParseTraceOptions {
  /** For error messages. @default trace */
  readonly name?: string
  /**
   * The number of tasks or instances for one unit in the file. The result is rounded down.
   * @default 1
   */
  readonly scale?: number
}

/** Parses the public format `{"metadata":{"gap_seconds":N},"data":[...]}`. The last value stays after the end. */
export function parseTrace(text: string, options: ParseTraceOptions = {}): CapacityTrace {
  const { scale = 1, name = 'trace' } = options
  const reject = (problem: string): never => {
    throw new InvalidTraceError(`${name}: ${problem}`)
  }
  if (!(scale > 0)) reject(`scale must be above 0, got ${scale}`)
  const file = parsed(text, reject)
  const gap = file?.metadata?.gap_seconds
  if (typeof gap !== 'number' || !(gap > 0)) {
    return reject(`metadata.gap_seconds must be a number above 0, got ${JSON.stringify(gap)}`)
  }
  const { data } = file
  if (!Array.isArray(data) || data.length === 0) {
    return reject('data must be a list of at least one number')
  }
  const steps = data.map((value: unknown, index) => {
    if (typeof value !== 'number' || !(value >= 0)) {
      return reject(`data[${index}] must be a number of at least 0, got ${JSON.stringify(value)}`)
    }
    return { atSeconds: index * gap, capacity: Math.floor(value * scale) }
  })
  return new CapacityTrace(steps)
}

interface TraceFile {
  readonly metadata?: { readonly gap_seconds?: unknown }
  readonly data?: unknown
}

function parsed(text: string, reject: (problem: string) => never): TraceFile {
  try {
    return JSON.parse(text)
  } catch (error) {
    return reject(`is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
