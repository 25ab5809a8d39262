import type { Task } from '@aws-sdk/client-ecs'
import { uncoveredOf } from '@tideway/failover-lambda/decide'
import type { ServiceState } from '@tideway/failover-lambda/ecs'
import type { CountingTag } from '@tideway/failover-lambda/operator-settings'
import { priceIn } from '@tideway/failover-lambda/pair'
import { tags } from '@tideway/failover-lambda/tags'
import type { PairView } from './pairs'
import { moment } from './time'

/** Several can hold at the same time. */
export type State =
  | 'calm'
  | 'capped'
  | 'covering'
  | 'dry-run'
  | 'forced'
  | 'held'
  | 'on-demand-short'
  | 'primary-gone'
  | 'reserve'
  | 'short'
  | 'stabilizing'
  | 'uncovered'
  | 'unpaired'
  | 'unseen'

/** An operator's tag, as `status --json` prints it. */
export interface SettingStatus {
  readonly tag: string
  readonly on: 'cluster' | 'service'
  readonly setting: string
  readonly until: string | null
  readonly by: string | null
  readonly why: string | null
}

/** A pair, as `status --json` prints it. These fields are an interface: none changes its meaning. */
export interface PairStatus {
  readonly cluster: string
  readonly service: string
  readonly wanted: number
  readonly running: number
  readonly interrupted: number
  /** Null without a load balancer, or where it was not read. */
  readonly inRotation: number | null
  readonly standbys: readonly {
    readonly name: string
    readonly running: number
    readonly desired: number
  }[]
  /** Tasks that neither the primary nor a standby runs. */
  readonly missing: number
  readonly states: readonly State[]
  /** Since when the earliest of its alerts is active, or its window runs. */
  readonly since: string | null
  /** US dollars for the standby tasks. Null where a standby has tasks and no price. */
  readonly dollarsPerHour: number | null
  readonly settings: readonly SettingStatus[]
  readonly alerts: readonly string[]
  /** What does not agree in the tags of its services. */
  readonly disagreements: readonly string[]
  /** Tags of the primary whose value or end cannot be read. */
  readonly invalidTags: readonly string[]
  readonly reconciledAt: string | null
}

/** @param rotation the healthy targets of the pair. Undefined: not read, or no load balancer. */
export function statusOf(
  view: PairView,
  interrupted: readonly Task[] | undefined,
  rotation: number | undefined,
): PairStatus {
  const { cluster, primary, pair, services, record, agreement } = view
  const state = services.get(primary)
  const standbys = standbysOf(view).map(({ name, running, desired }) => ({
    name,
    running,
    desired,
  }))
  const { desired: wanted = 0, running = 0 } = state?.active ? state : {}
  const noticed = Math.min(running, interrupted?.length ?? 0)
  const missing = uncoveredOf({ desired: wanted, running, interrupted: noticed }, standbys)
  const since = sinceOf(view)
  return {
    cluster,
    service: primary,
    wanted,
    running,
    interrupted: noticed,
    inRotation: rotation ?? null,
    standbys,
    missing,
    states: statesOf(view, missing),
    since: since === undefined ? null : new Date(since).toISOString(),
    dollarsPerHour: pricePerHour(standbysOf(view)),
    settings: (pair?.operator.tags ?? []).map(settingStatus),
    alerts: Object.keys(record.alerts.active).sort(),
    disagreements: agreement.refusals,
    invalidTags: pair?.invalidTags ?? [],
    reconciledAt: record.reconciledAt > 0 ? new Date(record.reconciledAt).toISOString() : null,
  }
}

export function standbysOf({ primary, services }: PairView): ServiceState[] {
  return [...services.values()].filter(({ name, active }) => name !== primary && active)
}

export function settingStatus({ tag, on, setting, until, by, why }: CountingTag): SettingStatus {
  return {
    tag: tag.replace('tideway:', ''),
    on,
    setting,
    until: until === undefined ? null : new Date(until).toISOString(),
    by: by ?? null,
    why: why ?? null,
  }
}

/** In words: `held by alice until 2026-11-22 10:00Z, because of "pool is bad"`. */
export function settingText({ tag, on, setting, until, by, why }: SettingStatus): string {
  const what = { hold: 'held', force: `forced to ${setting}`, 'dry-run': 'dry run' }[tag] ?? tag
  return [
    on === 'cluster' ? `${what} with the whole cluster` : what,
    ...(by === null ? [] : [`by ${by}`]),
    until === null ? 'without an end' : `until ${moment(Date.parse(until))}`,
    ...(why === null ? [] : [`(${why})`]),
  ].join(' ')
}

/** The price of standby tasks, in US dollars per hour, to a millionth. Null: a standby has tasks and no price. */
export function pricePerHour(standbys: readonly Pick<ServiceState, 'desired' | 'tags'>[]) {
  const prices = standbys
    .filter(({ desired }) => desired > 0)
    .map((standby) => (priceIn(standby.tags, tags.taskPrice) ?? Number.NaN) * standby.desired)
  const sum = prices.reduce((all, price) => all + price, 0)
  return Number.isNaN(sum) ? null : Math.round(sum * 1e6) / 1e6
}

/** After this time without a reconcile, the controller does not run: it sweeps every minute. */
const aliveMilliseconds = 300_000

/** When the controller last reconciled any of the pairs, and whether that is recent. */
export function lastReconcile(views: readonly PairView[], now: number) {
  const at = Math.max(0, ...views.map(({ record }) => record.reconciledAt))
  return { at, isRecent: now - at < aliveMilliseconds }
}

function statesOf(
  { primary, pair, services, record, agreement, ...view }: PairView,
  missing: number,
): State[] {
  const { active } = record.alerts
  const isGone = !services.get(primary)?.active
  if (pair === undefined)
    return [isGone && record.standbys.length > 0 ? 'primary-gone' : 'unpaired']
  const standbys = standbysOf({ primary, pair, services, record, agreement, ...view })
  const hasTasks = standbys.some(({ desired }) => desired > 0)
  const isLowering = standbys.some(
    ({ name, desired }) => desired > 0 && record.memory.standbys[name]?.lower !== undefined,
  )
  const { mode, dryRun } = { mode: pair.policy.mode, dryRun: pair.operator.dryRun }
  const found: readonly (readonly [State, boolean])[] = [
    ['primary-gone', isGone],
    ['held', mode === 'hold'],
    ['forced', typeof mode === 'object'],
    ['covering', active.covering !== undefined && !isLowering],
    ['stabilizing', isLowering],
    ['reserve', hasTasks && active.covering === undefined && !isLowering && mode === 'auto'],
    ['capped', active['cover-capped'] !== undefined],
    ['on-demand-short', active['on-demand-short'] !== undefined],
    ['uncovered', active.uncovered !== undefined],
    ['short', missing > 0 && active.uncovered === undefined],
    ['dry-run', dryRun],
    ['unpaired', agreement.refusals.length > 0],
    ['unseen', record.version === 0],
  ]
  const states = found.flatMap(([state, holds]) => (holds ? [state] : []))
  return states.length === 0 ? ['calm'] : states
}

function sinceOf({ record, pair }: PairView): number | undefined {
  const began = Object.values(record.alerts.active).map(({ beganAt }) => beganAt)
  const lowers = (pair?.standbys ?? []).flatMap(
    (name) => record.memory.standbys[name]?.lower?.since ?? [],
  )
  const times = began.length > 0 ? began : lowers
  return times.length === 0 ? undefined : Math.min(...times)
}
