import { missingOf, uncoveredOf } from './decide'
import { type Log, type MetricSet, metricLine } from './log'
import { type Counts, clusterMeters, type Meter, pairMeters } from './meter-names'
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
  /** What its meters counted since the last reconcile. */
  readonly counts: Counts
}

/** Logs a decision and what the meters counted, and metrics of the pair unless it is calm. */
export function logDecision(
  { cluster, primary: service, operator }: Pair,
  observation: Observation,
  { standbys, reasons, alerts, policy, startSeconds, counts }: Reported,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): void {
  const { primary, standbys: views, evidence } = observation
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
  const missing = missingOf(primary)
  const covering = standbys.reduce((sum, standby) => sum + standby.desired, 0)
  const ofPair = only(counts, pairMeters)
  const isCalm = missing === 0 && covering === 0 && Object.keys(ofPair).length === 0
  const sets: MetricSet[] = [
    { dimensions: { Cluster: cluster }, counts: only(counts, clusterMeters) },
    ...(isCalm
      ? []
      : [
          {
            dimensions: { Cluster: cluster, Service: service },
            counts: {
              Shortfall: missing,
              StandbyTasks: covering,
              Uncovered: uncoveredOf(primary, views),
              ...ofPair,
            },
          },
        ]),
  ]
  const counted = sets.filter((set) => Object.keys(set.counts).length > 0)
  if (counted.length > 0) log(metricLine(clock.now(), ...counted))
}

function only(counts: Counts, meters: readonly Meter[]): Counts {
  const found = Object.entries(counts).filter(([meter]) => meters.includes(meter as Meter))
  return Object.fromEntries(found)
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
