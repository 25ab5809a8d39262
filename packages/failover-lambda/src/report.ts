import { type Log, metricLine } from './log'
import type { Decision, Observation } from './observation'
import type { Pair } from './pair'
import type { Clock } from './token-bucket'

interface Reported extends Pick<Decision, 'reasons' | 'standbys'> {
  readonly alerts: readonly string[]
  /** How long its tasks take to start, where that is known. */
  readonly startSeconds?: number | undefined
}

/** Logs a decision, and metrics where tasks are missing or covered. */
export function logDecision(
  { cluster, primary: service, dryRun }: Pair,
  { primary, standbys: views, evidence }: Observation,
  { standbys, reasons, alerts, startSeconds }: Reported,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): void {
  const { desired, running, interrupted, healthy, losesAtNotice } = primary
  log({
    level: 'info',
    message: 'decided',
    cluster,
    primary: service,
    desired,
    running,
    interrupted,
    healthy,
    evidence: [...new Set(evidence.map(({ kind }) => kind))],
    standbys: Object.fromEntries(
      standbys.map((standby, index) => [
        standby.name,
        `${views[index]?.desired}->${standby.desired}`,
      ]),
    ),
    reasons,
    alerts,
    startSeconds,
    losesAtNotice,
    dryRun,
  })
  const missing = Math.max(0, desired - (running - interrupted))
  const covering = standbys.reduce((sum, standby) => sum + standby.desired, 0)
  if (missing === 0 && covering === 0) return
  const standbyRunning = views.reduce((sum, view) => sum + view.running, 0)
  log(
    metricLine(
      clock.now(),
      { Cluster: cluster, Service: service },
      {
        Shortfall: missing,
        StandbyTasks: covering,
        Uncovered: Math.max(0, missing - standbyRunning),
      },
    ),
  )
}
