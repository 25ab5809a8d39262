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
  /** What is longer is cut. */
  readonly days: number
}

/** Room for a whole second set of tasks, which a policy that redeploys needs, and for those with a notice. */
const plentyForEachTask = 3

/**
 * One scenario for each trace in the folder and below it. 1 in a file is plenty for the services of the
 * scenario, 0 is nothing.
 */
export function traceScenarios({ folder, seed, days }: TraceFolder): Scenario[] {
  const scenarios = jsonFiles(folder).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const seconds = durationOf(text)
    if (seconds === undefined) return []
    const trace = parseTrace(text, { name: path, scale: plentyForEachTask * tasksOf(shop) })
    const lastSecond = Math.min(seconds, days * 86_400)
    const steps = trace.steps.filter(({ atSeconds }) => atSeconds < lastSecond)
    return {
      name: relative(folder, path).replace(/\.json$/, ''),
      seed,
      hours: (calmStartSeconds + lastSecond) / 3600,
      services: shop,
      spot: { 'us-east-1a': afterCalm(new CapacityTrace(steps)) },
    }
  })
  if (scenarios.length > 0) return scenarios
  throw new NoTracesError(
    `${folder}: no traces in it or below: they are *.json files of the form {"metadata":{"gap_seconds":600},"data":[1,0,...]}`,
  )
}

function jsonFiles(folder: string): string[] {
  let entries: string[]
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    throw new NoTracesError(
      `${folder}: must be a folder with traces; it cannot be read: ${error instanceof Error ? error.message : error}`,
    )
  }
  return entries
    .filter((entry) => entry.endsWith('.json'))
    .sort()
    .map((entry) => join(folder, entry))
}

interface TraceForm {
  readonly metadata?: { readonly gap_seconds?: unknown }
  readonly data?: unknown
}

/** Undefined for a file that is something else. One that means to be a trace and is wrong is an error later. */
function durationOf(text: string): number | undefined {
  let file: TraceForm | null
  try {
    file = JSON.parse(text)
  } catch {
    return undefined
  }
  if (file?.metadata === undefined || !Array.isArray(file.data)) return undefined
  return Number(file.metadata.gap_seconds) * file.data.length
}
