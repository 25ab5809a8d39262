import { readFileSync } from 'node:fs'
import { CapacityTrace, InvalidTraceError } from './trace'

export interface TraceFileOptions {
  /**
   * How many tasks or instances of the scenario one unit in the file stands for. Rounded down.
   * @default 1
   */
  readonly scale?: number
  /**
   * What follows the end of the file.
   * @default 'hold', the last value
   */
  readonly afterEnd?: 'hold' | 'repeat'
}

/** Reads a file of the public form `{"metadata":{"gap_seconds":N},"data":[...]}`. */
export function readTraceFile(path: string, options?: TraceFileOptions): CapacityTrace {
  return parseTrace(readFileSync(path, 'utf8'), { ...options, name: path })
}

export function parseTrace(
  text: string,
  { scale = 1, afterEnd = 'hold', name = 'trace' }: TraceFileOptions & { readonly name?: string },
): CapacityTrace {
  const refuse = (problem: string): never => {
    throw new InvalidTraceError(`${name}: ${problem}`)
  }
  if (!(scale > 0)) refuse(`scale must be above 0, got ${scale}`)
  const file = parsed(text, refuse)
  const gap = file?.metadata?.gap_seconds
  if (typeof gap !== 'number' || !(gap > 0)) {
    return refuse(`metadata.gap_seconds must be a number above 0, got ${JSON.stringify(gap)}`)
  }
  const { data } = file
  if (!Array.isArray(data) || data.length === 0) {
    return refuse('data must be a list of at least one number')
  }
  const steps = data.map((value: unknown, index) => {
    if (typeof value !== 'number' || !(value >= 0)) {
      return refuse(`data[${index}] must be a number of at least 0, got ${JSON.stringify(value)}`)
    }
    return { atSeconds: index * gap, capacity: Math.floor(value * scale) }
  })
  return new CapacityTrace(
    steps,
    afterEnd === 'repeat' ? { repeatEverySeconds: data.length * gap } : {},
  )
}

interface TraceFile {
  readonly metadata?: { readonly gap_seconds?: unknown }
  readonly data?: unknown
}

function parsed(text: string, refuse: (problem: string) => never): TraceFile {
  try {
    return JSON.parse(text)
  } catch (error) {
    return refuse(`is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
