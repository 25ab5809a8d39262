import type { Task } from '@aws-sdk/client-ecs'
import { type Agreement, agreementOf, detailOf, differencesOf, onDemandOnly } from './agreement'
import { changeAlerts, type Details, notificationOf } from './alerts'
import type { BatchFailures } from './batch'
import type { ClusterTags } from './cluster-tags'
import type { CoverBudget } from './cover-budget'
import { decide, uncoveredOf } from './decide'
import { planDrain } from './drain-plan'
import type { Ecs, ServiceState, StandbyChange } from './ecs'
import type { Log } from './log'
import {
  eventsOf,
  metered,
  ratesAfter,
  ratesOf,
  type StoppingTasks,
  stopsOf,
  sumOf,
} from './meters'
import { type NotifyDeps, publish } from './notify'
import type {
  Decision,
  Memory,
  Observation,
  Policy,
  PrimaryView,
  Reason,
  StandbyView,
} from './observation'
import { earliest, type ObserveDeps, observe } from './observe'
import { isPrimary, isServiceName, type Pair, pairOf, standbyNames, type Tags } from './pair'
import { newPairRecord, type PairRecord, pairKey } from './pair-record'
import { type QueueDeps, requestReconciles } from './queue'
import { logChanges, logDecision } from './report'
import { isRecent, needsReconcile, type PairRequest, regroup, type ServiceSignal } from './requests'
import type { Settings } from './settings'
import { addStarts, startSeconds } from './starts'
import { Conflict, type Store } from './store'
import { tags } from './tags'
import { deregister, type TargetDeps, targetReader } from './targets'
import type { Clock } from './token-bucket'

export interface ReconcileDeps
  extends Omit<ObserveDeps, 'readTargets'>,
    TargetDeps,
    QueueDeps,
    NotifyDeps {
  readonly ecs: Ecs
  readonly store: Store
  readonly clusterTags: ClusterTags
  readonly budget: CoverBudget
  readonly clock: Clock
  readonly log: Log
  /** A cache: the primary of each standby that this process has described, by the key of the standby. */
  readonly primaries: Map<string, string>
  readonly stopping: StoppingTasks
}

/** Retries of a pair whose record another function has changed during the reconcile. */
const maxConflicts = 4

/** The wait before the first of them. It doubles. */
const conflictMilliseconds = 100

/** What one set of reads returned about several pairs of a cluster. */
interface ClusterView {
  readonly requests: readonly PairRequest[]
  readonly recordOf: (primary: string) => PairRecord
  readonly services: ReadonlyMap<string, ServiceState>
  /** Tasks with an interruption notice. */
  readonly noticedTasks: readonly Task[]
  readonly readAt: number
  readonly clusterTags: Tags
}

/** Reconciles several pairs of a cluster, which are read together. */
export async function reconcile(
  cluster: string,
  requests: readonly PairRequest[],
  failures: BatchFailures,
  deps: ReconcileDeps,
  conflicts = 0,
): Promise<void> {
  const messageIds = requests.flatMap((request) => [...request.messageIds])
  await failures.guard(messageIds, async () => {
    const view = await readPairs(cluster, requests, deps)
    const conflicting: PairRequest[] = []
    for (const request of view.requests) {
      await failures.guard(request.messageIds, async () => {
        try {
          await reconcilePair(request, view, deps)
        } catch (error) {
          if (!(error instanceof Conflict) || conflicts >= maxConflicts) throw error
          conflicting.push(request)
        }
      })
    }
    if (conflicting.length > 0) {
      // The other function can write again at once: it confirms notifications, and has more messages about the pair.
      await deps.clock.sleep(conflictMilliseconds * 2 ** conflicts)
      await reconcile(cluster, conflicting, failures, deps, conflicts + 1)
    }
  })
}

/** Reads the records and the services, and regroups the requests by the primaries that the tags name. */
async function readPairs(
  cluster: string,
  requests: readonly PairRequest[],
  { ecs, store, clock, ...deps }: ReconcileDeps,
): Promise<ClusterView> {
  const keyOf = ({ service }: PairRequest) => pairKey(cluster, service)
  const [clusterTags, records] = await Promise.all([
    deps.clusterTags.of(cluster),
    store.read(requests.map(keyOf)),
  ])
  const readAt = clock.now()
  const services = await describePairs(cluster, requests, records, ecs)
  const primaryOf = (name: string) => primaryIn(services.get(name)) ?? name
  const unread = requests
    .map(({ service }) => pairKey(cluster, primaryOf(service)))
    .filter((key) => !records.has(key))
  for (const [key, record] of await store.read(unread)) records.set(key, record)
  // The record of a standby's primary was not known before.
  const isDue = (request: PairRequest) => {
    const primary = primaryOf(request.service)
    const record = records.get(pairKey(cluster, primary))
    return primary === request.service || needsReconcile(request, record, readAt)
  }
  const regrouped = regroup(requests.filter(isDue), ({ service }) => primaryOf(service))
  const recordOf = (primary: string) =>
    records.get(pairKey(cluster, primary)) ?? newPairRecord(cluster, primary)
  const noticed = regrouped.flatMap(({ service, signals }) =>
    Object.keys(recentNotices(recordOf(service).interruptedTasks, signals, readAt)),
  )
  const noticedTasks = await ecs.describeTasks(cluster, [...new Set(noticed)])
  return { requests: regrouped, recordOf, services, noticedTasks, readAt, clusterTags }
}

/** The primary that a service names. A service that is a primary itself has no other. */
function primaryIn(service: ServiceState | undefined): string | undefined {
  const of = service?.tags[tags.standbyOf]
  return of !== undefined && isServiceName(of) && !isPrimary(service?.tags ?? {}) ? of : undefined
}

/** Describes the requested services, the stored standbys, and the primaries and standbys that their tags name. */
async function describePairs(
  cluster: string,
  requests: readonly PairRequest[],
  records: ReadonlyMap<string, PairRecord>,
  ecs: Ecs,
): Promise<Map<string, ServiceState>> {
  const services = await ecs.describeServices(cluster, [
    ...requests.map(({ service }) => service),
    ...[...records.values()].flatMap(({ standbys, claimants = [] }) => [...standbys, ...claimants]),
  ])
  // Two steps: a standby names its primary, and the primary names its other standbys.
  for (let step = 0; step < 2; step++) {
    const missing = [...services.values()]
      .flatMap(({ tags: found }) => [found[tags.standbyOf] ?? '', ...standbyNames(found)])
      .filter((name) => name !== '' && !services.has(name))
    if (missing.length === 0) break
    for (const [name, state] of await ecs.describeServices(cluster, missing)) {
      services.set(name, state)
    }
  }
  return services
}

/** One reconcile of one pair, from what was read to what is changed. */
async function reconcilePair(
  { cluster, service: primary, signals: received, changes }: PairRequest,
  view: ClusterView,
  deps: ReconcileDeps,
): Promise<void> {
  const { store, clock, log, primaries, budget } = deps
  const record = view.recordOf(primary)
  const agreement = agreementOf(primary, view.services, record.standbys)
  for (const reason of agreement.refusals) {
    log({ level: 'error', message: 'unpaired', cluster, primary, reason })
  }
  const names = [primary, ...agreement.standbys]
  for (const name of view.services.keys()) {
    const key = pairKey(cluster, name)
    if (agreement.standbys.includes(name)) primaries.set(key, primary)
    else if (primaries.get(key) === primary) primaries.delete(key)
  }
  const services = new Map([...view.services].filter(([name]) => names.includes(name)))
  const now = clock.now()
  const pair = resolvePair(record, services.get(primary), agreement, view.clusterTags, now, log)
  if (pair === undefined) return recordUnpaired(record, agreement, view.readAt, deps)

  // A service that only names the primary must not make it look short of tasks.
  const signals = received.filter(({ service }) => names.includes(service))
  const interruptedTasks = recentNotices(record.interruptedTasks, signals, now)
  const { noticedTasks: describedTasks } = view
  const reads = { ...deps, readTargets: targetReader(deps.targets) }
  const observed = await observe(
    { pair, services, signals, interruptedTasks, describedTasks, record, now },
    reads,
  )

  const { observation } = observed
  await budget.refresh()
  const key = pairKey(cluster, primary)
  const policy = withBudget(pair, observation, budget.maxPriceOf(key))
  const { taskSet } = services.get(primary) ?? {}
  const decision = decide(observation, memoryOf(record, taskSet), policy, clock.now())
  const coverPrice = priceOf(observation.standbys, pair.operator.dryRun ? undefined : decision)
  budget.set(key, coverPrice)

  const drain = await planDrain(pair, services, observed, { ...record, interruptedTasks }, reads)
  const { isDeregisteredByEcs = record.isDeregisteredByEcs, failsChecks } = drain.signs
  const alerts: string[] = [...decision.alerts]
  if (isContradicted(pair, record, failsChecks || observed.endsEarly)) {
    alerts.push('at-notice-contradicted')
  }
  const wasCovering = record.alerts.active.covering !== undefined
  const disagreements = {
    ...unpairedAlert(agreement),
    ...differsAlert(pair, services, deps.settings),
  }
  const { disagreesSince, details } = lasting(disagreements, record, deps)
  alerts.push(...Object.keys(details))
  const covers = isCovering(decision, wasCovering)
  const recorded = covers ? [...alerts, 'covering'] : alerts
  const meterInput = { pair, services, settings: deps.settings }
  const acts = !pair.operator.dryRun && policy.mode !== 'hold'
  const timers = (isCovered: boolean) => ({
    CoveredSeconds: isCovered && !pair.operator.dryRun ? 1 : 0,
    UncoveredSeconds: uncoveredOf(observation.primary, observation.standbys) > 0 ? 1 : 0,
  })
  const found = { at: view.readAt, rates: sumOf([ratesOf(meterInput), timers(wasCovering)]) }
  const next: PairRecord = {
    ...record,
    standbys: pair.standbys,
    claimants: listed(agreement.claimants),
    disagreesSince,
    taskSet,
    memory: decision.memory,
    interruptedTasks: observation.primary.status === 'gone' ? {} : interruptedTasks,
    alerts: alertsAfter(record, recorded, pair.operator.dryRun, deps, details),
    coverPrice: coverPrice > 0 ? coverPrice : undefined,
    starts: addStarts(record.starts, observed.starts ?? []),
    isDeregisteredByEcs,
    deregisteredTasks: drain.deregisteredTasks,
    metered: {
      at: view.readAt,
      rates: sumOf([acts ? ratesAfter(meterInput, decision) : ratesOf(meterInput), timers(covers)]),
    },
    reconciledAt: view.readAt,
  }
  // The sweep also reconciles a pair as soon as the tag of an operator ends.
  const isOpen = pair.operator.endsAt !== undefined || !isCalm(next, observation.primary, decision)
  // Recorded before it acts: if two functions read the same record, this write fails for one of them.
  await store.write(next, isOpen || next.alerts.pending.length > 0)

  const notices = { before: record.interruptedTasks, after: next.interruptedTasks }
  const counts = sumOf([
    metered(record.metered, found, changes),
    stopsOf(meterInput, deps.stopping),
    eventsOf(observation, notices, record.metered, view.readAt),
  ])
  const reported = { ...decision, alerts, policy, startSeconds: startSeconds(next.starts), counts }
  // Before it acts: missing tasks are reported, also where a change of the standby fails.
  logDecision(pair, observation, reported, deps)
  logChanges(record, next, log)
  await changeStandbys(pair, services, decision, deps)

  const requeue = async (seconds: number | undefined) => {
    if (seconds === undefined) return
    const delaySeconds = Math.max(1, Math.ceil(seconds))
    await requestReconciles([{ cluster, services: [primary], delaySeconds }], deps)
  }
  await requeue(earliest([decision.requeueAfterSeconds, observed.requeueAfterSeconds]))
  for (const { address, from } of drain.deregister) {
    await deregister(address, from, { cluster, primary }, deps)
  }
  await requeue(drain.requeueAfterSeconds)
  await notify(next, isOpen, deps)
}

/** The tags define the pair. A deleted primary has none, so its stored standbys are used. */
function resolvePair(
  { cluster, primary, standbys }: PairRecord,
  service: ServiceState | undefined,
  agreement: Agreement,
  clusterTags: Tags,
  now: number,
  log: Log,
): Pair | undefined {
  const isGone = !service?.active
  const found = isGone ? { [tags.standbys]: standbys.join(' ') } : service.tags
  const pair = pairOf(cluster, primary, found, now, clusterTags)
  if (isGone) return pair && { ...pair, standbys: agreement.standbys }
  for (const tag of pair?.invalidTags ?? []) {
    const value = service.tags[tag]
    log({ level: 'warn', message: 'invalid tag value', cluster, primary, tag, value })
  }
  return pair && { ...pair, standbys: agreement.standbys }
}

/** Services that are no pair, or no longer: other alerts are over, and the sweep reconciles them until they agree. */
async function recordUnpaired(
  record: PairRecord,
  agreement: Agreement,
  reconciledAt: number,
  deps: ReconcileDeps,
): Promise<void> {
  const { disagreesSince, details } = lasting(unpairedAlert(agreement), record, deps)
  const alerts = alertsAfter(record, Object.keys(details), false, deps, details)
  const namesOf = (active: object) => Object.keys(active).sort().join()
  const isUnchanged =
    disagreesSince === record.disagreesSince &&
    namesOf(alerts.active) === namesOf(record.alerts.active) &&
    alerts.pending.length === 0
  if (isUnchanged) return
  const isOpen = disagreesSince !== undefined
  const claimants = listed(agreement.claimants)
  const next = {
    ...record,
    alerts,
    standbys: [],
    claimants,
    disagreesSince,
    coverPrice: undefined,
    metered: undefined,
    reconciledAt,
  }
  await deps.store.write(next, isOpen || alerts.pending.length > 0)
  await notify(next, isOpen, deps)
}

/** A deployment changes one service after the other. */
const disagreementMilliseconds = 300_000

/** The alerts of a disagreement that lasts, and those that have begun. */
function lasting(
  found: Details,
  { disagreesSince: before, alerts }: PairRecord,
  { clock }: Pick<ReconcileDeps, 'clock'>,
): { readonly disagreesSince: number | undefined; readonly details: Details } {
  const isFound = Object.keys(found).length > 0
  const disagreesSince = isFound ? (before ?? clock.now()) : undefined
  const lasts =
    disagreesSince !== undefined && clock.now() - disagreesSince >= disagreementMilliseconds
  const details = Object.entries(found).filter(
    ([alert]) => lasts || alerts.active[alert] !== undefined,
  )
  return { disagreesSince, details: Object.fromEntries(details) }
}

function listed(names: readonly string[]): readonly string[] | undefined {
  return names.length > 0 ? names : undefined
}

function unpairedAlert({ refusals }: Agreement): Details {
  if (refusals.length === 0) return {}
  const advice = `Nothing is changed for them. Set the tags on both services: apply the failover again, or delete the standby.`
  return { unpaired: detailOf(refusals, advice) }
}

/** A standby that covers its primary in part, and a primary that needs no cover. Both keep what the controller does. */
function differsAlert(
  { primary: name, standbys }: Pair,
  services: ReadonlyMap<string, ServiceState>,
  { spotProviders }: Settings,
): Details {
  const primary = services.get(name)
  if (!primary?.active) return {}
  const states = standbys.flatMap((standby) => services.get(standby) ?? [])
  const found = [...onDemandOnly(primary, spotProviders), ...differencesOf(primary, states)]
  const advice = `The failover does not change this. Describe ${name} again and apply, or change the services.`
  return found.length === 0 ? {} : { 'standby-differs': detailOf(found, advice) }
}

/** Earlier and new interruption notices that still count. */
function recentNotices(
  before: Readonly<Record<string, number>>,
  signals: readonly ServiceSignal[],
  now: number,
): Record<string, number> {
  const added = signals.flatMap(({ signal }) =>
    signal.taskArn === undefined ? [] : [[signal.taskArn, signal.at] as const],
  )
  return Object.fromEntries(
    // A later event about the same task does not prolong its notice.
    [...added, ...Object.entries(before)].filter(([, at]) => isRecent(at, now)),
  )
}

/** The budget of all pairs limits only new cover. The maximum of the pair applies to all of it. */
export function withBudget({ policy }: Pair, { standbys }: Observation, left: number): Policy {
  const { maxCoverPrice = Number.POSITIVE_INFINITY } = policy
  return { ...policy, maxCoverPrice: Math.min(maxCoverPrice, Math.max(left, priceOf(standbys))) }
}

/**
 * After CodeDeploy moves the traffic to another task set, evidence from before counts again: the full strength of the old
 * one does not mean that Spot could place the tasks of the new one, and ECS may retry them only after minutes.
 */
export function memoryOf(
  { memory, taskSet: before }: PairRecord,
  taskSet: string | undefined,
): Memory {
  return before === undefined || before === taskSet
    ? memory
    : { ...memory, fullStrengthAt: undefined }
}

/** In US dollars per hour: of the desired counts, or of those that a decision sets. */
function priceOf(standbys: readonly StandbyView[], decision?: Decision): number {
  return standbys.reduce(
    (sum, { desired, taskPrice = 0 }, index) =>
      sum + taskPrice * (decision?.standbys[index]?.desired ?? desired),
    0,
  )
}

/** The alert lasts until a task has run long enough after its notice, or until the declaration changes. */
function isContradicted(
  { policy }: Pair,
  { alerts }: PairRecord,
  isContradiction: boolean | undefined,
): boolean {
  const isActive = alerts.active['at-notice-contradicted'] !== undefined
  return policy.atNotice === 'serve-until-drained' && (isContradiction ?? isActive)
}

/** A reserve replaces no task, and neither do tasks that are about to end. */
const keepsTasks: readonly Reason[] = ['fail-back', 'reserve', 'stabilizing', 'unknown-health']

/** Whether standby tasks replace others. Once they do, they count until the standby has none, or only a reserve. */
function isCovering({ standbys, reasons }: Decision, before: boolean): boolean {
  const hasTasks = standbys.some(({ desired }) => desired > 0)
  const isReserve = reasons.every((reason) => reason === 'reserve')
  return hasTasks && !isReserve && (before || !reasons.every((each) => keepsTasks.includes(each)))
}

function alertsAfter(
  { alerts, version }: PairRecord,
  names: readonly string[],
  dryRun: boolean,
  { clock, settings }: Pick<ReconcileDeps, 'clock' | 'settings'>,
  details: Details = {},
): PairRecord['alerts'] {
  const changed = changeAlerts(alerts, names, { at: clock.now(), version, dryRun, details })
  return settings.topicArn === '' ? { ...changed, pending: [] } : changed
}

/** Only pairs that are not calm are reconciled by every sweep. */
function isCalm(
  { interruptedTasks }: PairRecord,
  { running, desired }: PrimaryView,
  { standbys, memory, requeueAfterSeconds }: Decision,
): boolean {
  return (
    requeueAfterSeconds === undefined &&
    standbys.every((standby) => standby.desired === 0) &&
    memory.spotShortAt === undefined &&
    running >= desired &&
    Object.keys(interruptedTasks).length === 0
  )
}

async function changeStandbys(
  pair: Pair,
  services: ReadonlyMap<string, ServiceState>,
  decision: Decision,
  { ecs, log }: Pick<ReconcileDeps, 'ecs' | 'log'>,
): Promise<void> {
  const { cluster, primary, policy } = pair
  const { dryRun } = pair.operator
  const serving = services.get(primary)?.serving
  for (const { name, desired } of decision.standbys) {
    const about = { cluster, primary, standby: name }
    const standby = services.get(name)
    if (standby === undefined) continue
    const change = policy.mode === 'hold' ? {} : changeOf(standby, desired, serving)
    if (Object.keys(change).length === 0) continue
    const message = dryRun ? 'would change standby' : 'change standby'
    log({ level: 'info', message, ...about, change })
    if (!dryRun) await ecs.updateService(cluster, name, change)
  }
}

/** The standby follows the primary's release and target groups, whether it has tasks or not. */
function changeOf(
  standby: ServiceState,
  desired: number,
  serving: ServiceState['serving'],
): StandbyChange {
  const { taskDefinition, loadBalancers } = standby.configured
  return {
    ...(desired !== standby.desired && { desiredCount: desired }),
    ...(serving &&
      serving.taskDefinition !== taskDefinition && { taskDefinition: serving.taskDefinition }),
    ...(serving &&
      targetGroupsOf(serving.loadBalancers) !== targetGroupsOf(loadBalancers) && {
        loadBalancers: serving.loadBalancers,
      }),
  }
}

function targetGroupsOf(loadBalancers: readonly { targetGroupArn?: string }[]): string {
  return loadBalancers
    .map(({ targetGroupArn }) => targetGroupArn)
    .sort()
    .join()
}

/**
 * Publishes the pending notifications of a record that was written, and records that. A function that fails in between
 * leaves them pending, so a retry or the next sweep publishes them again, with the same ids.
 */
async function notify(record: PairRecord, isOpen: boolean, deps: ReconcileDeps): Promise<void> {
  const { cluster, primary, alerts, version } = record
  if (alerts.pending.length === 0) return
  for (const change of alerts.pending) await publish(notificationOf(cluster, primary, change), deps)
  const published = { ...record, version: version + 1, alerts: { ...alerts, pending: [] } }
  try {
    await deps.store.write(published, isOpen)
  } catch (error) {
    // The function that has written since read them as pending, so it publishes them too.
    if (!(error instanceof Conflict)) throw error
  }
}
