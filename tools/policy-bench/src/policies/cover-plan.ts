import type { Rehearsal } from './rehearsal'

/** In seconds from the start, as all times here. */
export interface CoverPlan {
  /** The desired count of the standby, from a time on. */
  readonly counts: readonly { readonly at: number; readonly count: number }[]
  /** Tasks of the primary to deregister, and when their application exits. */
  readonly deregistrations: readonly {
    readonly at: number
    readonly exitAt: number
    readonly ordinal: number
  }[]
}

export interface CoverSettings {
  /** The share of the desired tasks that must serve. */
  readonly share: number
  /** An interrupted task gets no new work this long before its end, so that it finishes what it has. */
  readonly marginSeconds: number
  /** Where no cover is needed for less than this time, it stays. */
  readonly keepSeconds: number
  /** The time from UpdateService until the nth task of the standby serves. */
  readonly startSeconds: (ordinal: number) => number
}

interface Period {
  readonly from: number
  readonly to: number
}

/**
 * The least cover with which enough tasks serve at all times.
 *
 * @param others earlier rehearsals of the same primary: enough tasks serve in each of them
 */
export function coverPlan(
  rehearsal: Rehearsal,
  settings: CoverSettings,
  others: readonly Rehearsal[] = [],
): CoverPlan {
  const { exits } = rehearsal
  const needs = [rehearsal, ...others].map(({ uses, desired }) => {
    const ended = uses.map((use) =>
      use.isInterrupted ? { ...use, to: Math.max(use.from, use.to - settings.marginSeconds) } : use,
    )
    return needOf(ended, desired, settings.share)
  })
  const periods = periodsOf(maxOf(needs), settings.keepSeconds)
  return {
    counts: countsOf(withStarts(periods, settings.startSeconds)),
    deregistrations: exits.map(({ at, ordinal }) => ({
      at: Math.max(0, at - settings.marginSeconds),
      exitAt: at,
      ordinal,
    })),
  }
}

type Steps = readonly { readonly at: number; readonly count: number }[]

/** The missing tasks, from a time on. */
function needOf(uses: readonly Period[], desired: Steps, share: number): Steps {
  const changes = new Map<number, { used: number; desired?: number }>()
  const changeAt = (at: number) => {
    const change = changes.get(at) ?? { used: 0 }
    changes.set(at, change)
    return change
  }
  for (const { from, to } of uses) {
    changeAt(from).used++
    if (Number.isFinite(to)) changeAt(to).used--
  }
  for (const { at, count } of desired) changeAt(at).desired = count
  let [used, wanted] = [0, 0]
  return [...changes]
    .sort(([one], [other]) => one - other)
    .map(([at, change]) => {
      used += change.used
      wanted = change.desired === undefined ? wanted : Math.ceil(change.desired * share)
      return { at, count: Math.max(0, wanted - used) }
    })
}

function maxOf([first = [], ...others]: readonly Steps[]): Steps {
  if (others.length === 0) return first
  const all = [first, ...others]
  const times = [...new Set(all.flatMap((steps) => steps.map(({ at }) => at)))]
  return times
    .sort((one, other) => one - other)
    .map((at) => ({
      at,
      count: Math.max(...all.map((steps) => steps.findLast((step) => step.at <= at)?.count ?? 0)),
    }))
}

/** One period for each task of cover. The nth task is needed only while the one before it is. */
function periodsOf(need: Steps, keepSeconds: number): Period[] {
  const highest = Math.max(0, ...need.map(({ count }) => count))
  const levels = Array.from({ length: highest }, (_, index) => index + 1)
  return levels.flatMap((level) => {
    const periods: { from: number; to: number }[] = []
    let from: number | undefined
    for (const { at, count } of need) {
      if (count >= level) from ??= at
      else if (from !== undefined) {
        const last = periods.at(-1)
        if (last !== undefined && from - last.to < keepSeconds) last.to = at
        else periods.push({ from, to: at })
        from = undefined
      }
    }
    if (from !== undefined) periods.push({ from, to: Number.POSITIVE_INFINITY })
    return periods
  })
}

/** Moves each beginning ahead by the start of its task. ECS creates tasks in the order of the requests. */
function withStarts(
  periods: readonly Period[],
  startSeconds: CoverSettings['startSeconds'],
): Period[] {
  const started = [...periods]
    .sort((one, other) => one.from - other.from)
    .map((period, ordinal) => ({ ...period, from: period.from - startSeconds(ordinal) }))
  let latest = Number.POSITIVE_INFINITY
  return started
    .reverse()
    .map(({ from, to }) => {
      latest = Math.min(latest, from)
      return { from: Math.max(0, latest), to }
    })
    .reverse()
}

function countsOf(periods: readonly Period[]): Steps {
  const changes = new Map<number, number>()
  const add = (at: number, change: number) => changes.set(at, (changes.get(at) ?? 0) + change)
  for (const { from, to } of periods) {
    add(from, 1)
    if (Number.isFinite(to)) add(to, -1)
  }
  let count = 0
  return [...changes]
    .sort(([one], [other]) => one - other)
    .filter(([, change]) => change !== 0)
    .map(([at, change]) => {
      count += change
      return { at, count }
    })
}
