import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { CapacityTrace, parseTrace } from '@tideway/spot-simulator'
import { calmStartSeconds, type Scenario, shop, tasksOf } from './scenario'
import { afterCalm } from './synthetic'

export class NoTracesError extends Error {
  override readonly name = 'NoTracesError'
}

export interface TraceFolder {
  readonly folder: string
  readonly seed: number
  /** Longer traces are truncated. */
  readonly days: number
}

/** Capacity per task while Spot is available: also for a second set during a deployment, and for interrupted tasks. */
const capacityPerTask = 3

/**
 * One scenario per trace in the folder and its subfolders. In a file, the largest number of nodes is enough capacity for
 * all services, and fewer nodes are enough for that share of their tasks.
 */
export function traceScenarios({ folder, seed, days }: TraceFolder): Scenario[] {
  const scenarios = jsonFiles(folder).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const seconds = durationOf(text)
    if (seconds === undefined) return []
    const trace = scaled(parseTrace(text, { name: path }))
    const lastSecond = Math.min(seconds, days * 86_400)
    const steps = trace.steps.filter(({ atSeconds }) => atSeconds < lastSecond)
    return {
      name: relative(folder, path).replace(/\.json$/, ''),
      description:
        'Spot as a recorded trace says: each value is available capacity for one interval.',
      seed,
      hours: (calmStartSeconds + lastSecond) / 3600,
      services: shop,
      spot: { 'us-east-1a': afterCalm(new CapacityTrace(steps)) },
    }
  })
  if (scenarios.length > 0) return scenarios
  throw new NoTracesError(
    `${folder}: contains no traces; add *.json files of the form {"metadata":{"gap_seconds":600},"data":[1,0,...]}`,
  )
}

function scaled({ steps }: CapacityTrace): CapacityTrace {
  const tasks = tasksOf(shop)
  const all = Math.max(...steps.map(({ capacity }) => capacity))
  return new CapacityTrace(
    steps.map(({ atSeconds, capacity: nodes }) => {
      const isFull = nodes === all && nodes > 0
      const capacity = isFull ? capacityPerTask * tasks : Math.floor((nodes / (all || 1)) * tasks)
      return { atSeconds, capacity }
    }),
  )
}

function jsonFiles(folder: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    throw new NoTracesError(
      `${folder}: must be a readable folder with traces; got ${error instanceof Error ? error.message : error}`,
    )
  }
  return entries
    .filter((entry) => entry.endsWith('.json'))
    .sort()
    .map((entry) => join(folder, entry))
}

interface TraceFile {
  readonly metadata?: { readonly gap_seconds?: unknown }
  readonly data?: unknown
}

/** Undefined for a file that is not a trace. An invalid trace is rejected later, when it is parsed. */
function durationOf(text: string): number | undefined {
  let file: TraceFile | null
  try {
    file = JSON.parse(text)
  } catch {
    return undefined
  }
  if (file?.metadata === undefined || !Array.isArray(file.data)) return undefined
  return Number(file.metadata.gap_seconds) * file.data.length
}
