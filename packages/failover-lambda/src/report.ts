import { type Log, metricLine } from './log'
import { type Decision, noticeSeconds, type Observation, type Policy } from './observation'
import type { CountingTag } from './operator-settings'
import type { Pair } from './pair'
import type { PairRecord } from './pair-record'
import { startSeconds } from './starts'
import type { Clock } from './token-bucket'

interface Reported extends Pick<Decision, 'reasons' | 'standbys'> {
  readonly alerts: readonly string[]
  /** With the maximum price that applied. */
  readonly policy: Policy
  /** How long its tasks take to start, where that is known. */
  readonly startSeconds?: number | undefined
}

/** Logs a decision, and metrics where tasks are missing or covered. */
export function logDecision(
  { cluster, primary: service, operator }: Pair,
  { primary, standbys: views, evidence }: Observation,
  { standbys, reasons, alerts, policy, startSeconds }: Reported,
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
    simulatedBy: evidence.find(({ simulatedBy }) => simulatedBy !== undefined)?.simulatedBy,
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
    dryRun: operator.dryRun,
    ...(operator.tags.length > 0 && { operator: operator.tags.map(loggedTag) }),
  })
  const { maxCoverPrice = Number.POSITIVE_INFINITY } = policy
  for (const { name: standby, taskPrice } of views) {
    if (taskPrice !== undefined || maxCoverPrice === Number.POSITIVE_INFINITY) continue
    const message = 'standby without a price is not capped'
    log({ level: 'warn', message, cluster, primary: service, standby })
  }
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

function loggedTag({ until, ...tag }: CountingTag) {
  return { ...tag, ...(until !== undefined && { until: new Date(until).toISOString() }) }
}

/** Logs what this reconcile has learned about the tasks of a pair. */
export function logChanges(before: PairRecord, after: PairRecord, log: Log): void {
  const { cluster, primary, starts, isDeregisteredByEcs = false } = after
  const usual = startSeconds(starts)
  if (starts !== before.starts && usual !== undefined && usual > noticeSeconds) {
    const message = 'tasks start slower than a notice lasts'
    log({ level: 'warn', message, cluster, primary, startSeconds: usual })
  }
  if (isDeregisteredByEcs !== (before.isDeregisteredByEcs ?? false)) {
    const message = isDeregisteredByEcs
      ? 'ECS deregisters interrupted tasks at their notice'
      : 'ECS keeps interrupted tasks in their target groups'
    log({ level: 'info', message, cluster, primary })
  }
}
