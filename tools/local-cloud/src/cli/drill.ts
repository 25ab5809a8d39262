import { Drill, type DrillReport, type RollbackReport, type ServiceReport } from '../drought/drill'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { runInRealTime } from '../drought/real-time'
import type { TimelineEntry } from '../drought/timeline'

export interface DrillRun {
  readonly simulation: DroughtSimulation
  /** Simulated seconds per second. */
  readonly speed: number
  readonly print: (line: string) => void
  readonly isStopped: () => boolean
}

/** Runs a drill, and prints its timeline and its result. */
export async function runDrill({
  simulation,
  speed,
  print,
  isStopped,
}: DrillRun): Promise<DrillReport> {
  const drill = new Drill(simulation)
  const { droughtAt, droughtEndsAt } = drill.plan
  const minutes = (droughtEndsAt - droughtAt) / 60
  print(
    `drill at ${speed} times real time: a release, then ${minutes} minutes of drought on ${simulation.spotProviders.join(' and ')}`,
  )
  const { entries } = simulation.timeline
  let printed = 0
  await runInRealTime(() => simulation, {
    speed: () => speed,
    isOver: () => drill.isDone || isStopped(),
    onTick: () => {
      for (const line of timelineLines(entries.since(printed))) print(line)
      printed = entries.total
    },
  })
  const report = drill.report()
  for (const line of resultLines(report)) print(line)
  return report
}

/** One line for all entries of the same second. */
function timelineLines(entries: readonly TimelineEntry[]): string[] {
  const seconds = new Map<string, Map<string, number>>()
  for (const { at, text } of entries) {
    const counts = seconds.get(clock(at)) ?? new Map<string, number>()
    seconds.set(clock(at), counts.set(text, (counts.get(text) ?? 0) + 1))
  }
  return [...seconds].map(([at, counts]) => {
    const texts = [...counts].map(([text, count]) =>
      count === 1 ? text : `${text} (${count} times)`,
    )
    return `  ${at}  ${texts.join('; ')}`
  })
}

function resultLines({ failures, services, rollback, ...report }: DrillReport): string[] {
  const width = Math.max(...services.map(({ name }) => name.length))
  return [
    '',
    ...services.map((service) => `  ${service.name.padEnd(width)}  ${serviceResult(service)}`),
    ...(rollback ? [`  ${rollbackResult(rollback, services.length)}`] : []),
    `  ${report.events} events, ${report.invocations} invocations, ${clock(report.seconds)} of simulated time`,
    '',
    ...(report.hasPassed
      ? ['the drill PASSED']
      : ['the drill FAILED', ...failures.map((failure) => `  ${failure}`)]),
  ]
}

function serviceResult(service: ServiceReport): string {
  const { failoverSeconds, failbackSeconds, relativeCost } = service
  return [
    `longest shortfall ${Math.round(service.longestShortfallSeconds)} s of at most ${service.allowedShortfallSeconds} s`,
    failoverSeconds === undefined
      ? 'no failover'
      : `failover after ${Math.round(failoverSeconds)} s, up to ${service.maxStandbyTasks} standby tasks`,
    failbackSeconds === undefined
      ? 'no failback'
      : `failback ${clock(failbackSeconds)} after the drought`,
    `cost ${relativeCost.toFixed(2)} of On-Demand`,
  ].join(', ')
}

function rollbackResult({ covered, invocations }: RollbackReport, services: number): string {
  const [before = 0, after = 0] = covered
  return `the controller was rolled back while ${before} of ${services} services were covered, and out again while ${after} were; its previous release had ${invocations} invocations`
}

export function clock(seconds: number): string {
  const rounded = Math.round(seconds)
  return `${String(Math.floor(rounded / 60)).padStart(2, ' ')}:${String(rounded % 60).padStart(2, '0')}`
}
