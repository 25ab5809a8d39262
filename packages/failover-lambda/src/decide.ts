import {
  type Alert,
  type Decision,
  type Evidence,
  type Growth,
  type Memory,
  type Need,
  noMemory,
  type Observation,
  oneLossSeconds,
  type Policy,
  type PrimaryView,
  preferenceRules,
  type Reason,
  type StandbyMemory,
  type StandbyView,
  type Starting,
} from './observation'

/**
 * Decides how many tasks each standby should have. It compares the observed state with the desired state and
 * never counts events, so a lost, late or duplicate event has no lasting effect.
 *
 * Pure and total: equal arguments give equal results, and every argument gives a result.
 *
 * @param now milliseconds since 1970
 */
export function decide(
  observation: Observation,
  memory: Memory,
  policy: Policy,
  now: number,
): Decision {
  const { primary, standbys } = observation
  const updated = updateMemory(observation, memory, policy, now)
  if (policy.mode === 'hold') return held(observation, updated)
  if (primary.status === 'gone') return withoutStandby(standbys, 'primary-gone', ['primary-gone'])
  if (primary.desired <= 0) return withoutStandby(standbys, 'paused', [])
  if (policy.mode !== 'auto') return forced(observation, policy, updated, policy.mode.force)
  return cover(observation, updated, policy, now)
}

/** Adds new evidence, in any order, and drops evidence that no longer counts. */
function updateMemory(
  { primary, standbys, evidence }: Observation,
  memory: Memory,
  { evidenceSeconds, mode }: Policy,
  now: number,
): Memory {
  const isAtFullStrength =
    primary.status === 'active' && primary.running - primary.interrupted >= primary.desired
  const fullStrengthAt = isAtFullStrength ? now : memory.fullStrengthAt
  const ifRecent = (at: number | undefined) =>
    at !== undefined && now - at <= evidenceSeconds * 1000 ? at : undefined
  const latest = (isAbout: (evidence: Evidence) => boolean, before: number | undefined) =>
    ifRecent(Math.max(before ?? -1, ...evidence.filter(isAbout).map(({ at }) => Math.min(at, now))))
  // A notice on a running task is the strongest evidence, even if its event was lost.
  const spotShortAt =
    primary.interrupted > 0 ? now : latest(({ about }) => about === 'spot', memory.spotShortAt)
  // A primary that reached full strength since then has recovered. Tasks missing now have another cause.
  const isShort = spotShortAt !== undefined && spotShortAt > (fullStrengthAt ?? -1)
  return {
    ...memory,
    fullStrengthAt,
    spotShortAt: isShort ? spotShortAt : undefined,
    growth: isShort ? growthOf(primary, standbys, memory.growth, now) : undefined,
    standbys: Object.fromEntries(
      standbys.map(({ name }) => {
        const { shortAt, lower, starting } = memory.standbys[name] ?? {}
        const isAbout = ({ about }: Evidence) => about !== 'spot' && about.standby === name
        const updated = { shortAt: latest(isAbout, shortAt) }
        // A hold and a force end the window, because they do not record what is needed meanwhile.
        return [name, mode === 'auto' ? { ...updated, lower, starting } : updated]
      }),
    ),
  }
}

/** Growth up to this factor counts at once, and growth of small services up to this count. */
const growthFactor = 2
const smallGrowth = 10

/** Autoscaling lowers a count that the load does not need after 15 minutes of low metrics. */
const scaleInMilliseconds = 20 * 60_000

/**
 * Growth beyond the limit counts once all tasks up to the limit have run, and autoscaling has not lowered it. Interrupted
 * tasks count here: they run until their replacements do. Otherwise frequent interruptions would prevent it forever.
 */
function growthOf(
  primary: PrimaryView,
  standbys: readonly StandbyView[],
  before: Growth | undefined,
  now: number,
): Growth {
  if (before === undefined || primary.desired <= before.from) return { from: primary.desired }
  const limit = countedOf(primary, before)
  const running = standbys.reduce((sum, standby) => sum + standby.running, primary.running)
  if (running < limit) return { from: before.from }
  const reachedAt = before.reachedAt ?? now
  return now - reachedAt < scaleInMilliseconds ? { from: before.from, reachedAt } : { from: limit }
}

/** The part of the desired count that cover follows. */
function countedOf({ desired }: PrimaryView, growth: Growth | undefined): number {
  if (growth === undefined) return desired
  return Math.min(desired, Math.max(growthFactor * growth.from, smallGrowth))
}

/** How often to check whether tasks that run have become healthy, and for how long. Then the sweep checks. */
const healthSeconds = { step: 10, total: 60 }

function cover(
  { primary, standbys }: Observation,
  memory: Memory,
  policy: Policy,
  now: number,
): Decision {
  const max = Math.min(policy.maxStandby, primary.desired)
  const missing = missingOf(primary)
  const counted = countedOf(primary, memory.growth)
  const uncounted = primary.desired - counted
  const missingCounted = Math.max(0, missing - uncounted)
  // A running task ends the need for cover. Only a task that serves allows failback.
  const notServing =
    primary.healthy === undefined ? undefined : Math.max(0, counted - primary.healthy)
  const isSpotShort = memory.spotShortAt !== undefined
  const needed = allocate(isSpotShort ? missingCounted : 0, standbys, memory, max)
  let losses = recentLosses(memory, policy, now)
  const reserve = reserveOf(primary, losses, policy, now)
  const notNeeded = Math.max(missingCounted, notServing ?? 0)
  const kept = allocate(Math.max(notNeeded, reserve), standbys, memory, max)

  const reasons = new Set<Reason>()
  if (missingCounted < missing) reasons.add('growth-limited')
  const windowSeconds = stabilizationWindow(primary, memory, policy, now)
  let { lastRaisedAt, lastLoweredAt, stabilizationSeconds } = memory
  let requeueAfterSeconds: number | undefined
  const memories: Record<string, StandbyMemory> = {}
  const wanted = standbys.map((standby, index) => {
    const { starting: startingBefore, ...remembered } = memory.standbys[standby.name] ?? {}
    const want = needed[index] ?? 0
    const keep = kept[index] ?? 0
    const has = Math.min(standby.desired, max)
    if (has < standby.desired) reasons.add('within-bounds')

    if (want > has) {
      // Spot that is lost again soon after a failback doubles the window for the next recovery.
      // A loss in several steps is one relapse, even if each step raises the standby.
      const isRelapse =
        lastLoweredAt !== undefined &&
        now - lastLoweredAt < 2000 * windowSeconds &&
        (memory.lastRaisedAt ?? 0) <= lastLoweredAt
      stabilizationSeconds = isRelapse
        ? Math.min(2 * windowSeconds, policy.maxStabilizationSeconds)
        : windowSeconds
      lastRaisedAt = now
      memories[standby.name] = { ...remembered, lower: undefined }
      reasons.add('cover')
      return want
    }
    if (keep >= has || notServing === undefined) {
      if (has > 0 && notServing === undefined) reasons.add('unknown-health')
      else if (has > 0) reasons.add(reserve > notNeeded ? 'reserve' : 'cover')
      // Enough tasks run again. No event reports that they have become healthy.
      const isStarting = want < has && keep > want && reserve < has
      const starting = isStarting ? startingOf(primary, startingBefore, now) : undefined
      if (starting !== undefined && now - starting.since < 1000 * healthSeconds.total) {
        requeueAfterSeconds = Math.min(requeueAfterSeconds ?? Infinity, healthSeconds.step)
      }
      memories[standby.name] = { ...remembered, lower: undefined, starting }
      return has
    }
    const since = remembered.lower?.since ?? now
    const needs = needsSince(now - windowSeconds * 1000, remembered.lower?.needs ?? [], keep, now)
    const highest = Math.max(...needs.map(({ count }) => count))
    memories[standby.name] = { ...remembered, lower: { since, needs } }
    const remaining = windowSeconds - (now - since) / 1000
    if (remaining > 0 || highest >= has) {
      reasons.add('stabilizing')
      // Reconcile again when the window ends, or when the highest need leaves it.
      const untilLower = windowSeconds - (now - (needs[0]?.until ?? now)) / 1000
      const wait = remaining > 0 ? remaining : untilLower
      requeueAfterSeconds = Math.min(requeueAfterSeconds ?? wait, wait)
      return has
    }
    lastLoweredAt = now
    reasons.add('fail-back')
    return highest
  })

  const { desired, isCapped } = withinPrice(wanted, standbys, memory, policy)
  // Where a maximum price binds, the standby is not raised, however often that is tried.
  if (desired.some((count, index) => count > (standbys[index]?.desired ?? 0))) {
    losses = withLoss(losses, policy, now)
  }
  if (missing > 0 && !isSpotShort) reasons.add('no-evidence')
  if (reasons.size === 0) reasons.add('calm')
  return {
    standbys: standbys.map(({ name }, index) => ({ name, desired: desired[index] ?? 0 })),
    memory: {
      ...memory,
      standbys: memories,
      stabilizationSeconds,
      lastRaisedAt,
      lastLoweredAt,
      losses: losses.length > 0 ? losses : undefined,
    },
    reasons: [...reasons].sort(),
    alerts: alertsFor(standbys, desired, missing, memory, isCapped),
    requeueAfterSeconds,
  }
}

type TaskCounts = Pick<PrimaryView, 'desired' | 'interrupted' | 'running'>

/** Each task that runs again has a minute to become healthy. Without further ones, the sweep checks early enough. */
function startingOf({ running }: PrimaryView, before: Starting | undefined, now: number): Starting {
  return before === undefined || running > before.running ? { since: now, running } : before
}

/** Tasks that a primary lacks. A running task with an interruption notice counts as missing. */
export function missingOf({ desired, running, interrupted }: TaskCounts): number {
  return Math.max(0, desired - (running - interrupted))
}

/** Missing tasks that no standby runs. */
export function uncoveredOf(
  primary: TaskCounts,
  standbys: readonly Pick<StandbyView, 'running'>[],
): number {
  return standbys.reduce((left, { running }) => Math.max(0, left - running), missingOf(primary))
}

/** The needs that count in the window that began at `start`, highest first, and the need of this reconcile. */
function needsSince(start: number, before: readonly Need[], count: number, now: number): Need[] {
  // The need of the last reconcile lasted until this one.
  const extended = before.map((need, index) =>
    index === before.length - 1 ? { ...need, until: now } : need,
  )
  return [
    ...extended.filter((need) => need.until > start && need.count > count),
    { count, until: now },
  ]
}

/**
 * The first standby gets as many tasks as its maximum allows. The next one gets those that the first cannot place,
 * because its own capacity is short. ECS keeps trying to place them on the first, and then the next one is lowered.
 */
function allocate(
  count: number,
  standbys: readonly StandbyView[],
  memory: Memory,
  max: number,
): number[] {
  let rest = count
  return standbys.map((standby) => {
    const want = Math.min(rest, max)
    rest -= isShort(standby, memory) ? Math.min(standby.running, want) : want
    return want
  })
}

/** Lowers counts, from the last standby to the first, until they cost no more than the maximum price. */
function withinPrice(
  wanted: readonly number[],
  standbys: readonly StandbyView[],
  memory: Memory,
  { maxCoverPrice = Number.POSITIVE_INFINITY }: Policy,
): { readonly desired: readonly number[]; readonly isCapped: boolean } {
  const desired = [...wanted]
  const lower = (countOf: (index: number, standby: StandbyView) => number) => {
    for (const [index, standby] of [...standbys.entries()].reverse()) {
      const { taskPrice = 0 } = standby
      const price = standbys.reduce(
        (sum, one, at) => sum + (one.taskPrice ?? 0) * (desired[at] ?? 0),
        0,
      )
      // Without the small number, a rounding error would remove a task.
      const excess = taskPrice > 0 ? Math.ceil((price - maxCoverPrice) / taskPrice - 1e-6) : 0
      const count = Math.max(0, countOf(index, standby))
      if (excess > 0) desired[index] = (desired[index] ?? 0) - Math.min(count, excess)
    }
  }
  // First the tasks that have no capacity. One remains, so that ECS continues to try.
  lower((index, standby) =>
    isShort(standby, memory) ? (desired[index] ?? 0) - standby.running - 1 : 0,
  )
  // Then those that have not started, so that no standby is lowered to raise another.
  lower((index, standby) => (desired[index] ?? 0) - standby.desired)
  lower((index) => desired[index] ?? 0)
  return { desired, isCapped: desired.some((count, index) => count < (wanted[index] ?? 0)) }
}

function isShort({ name, desired, running }: StandbyView, memory: Memory): boolean {
  return memory.standbys[name]?.shortAt !== undefined && running < desired
}

/** The window halves after every four windows of calm, down to the policy's value. */
function stabilizationWindow(
  { losesAtNotice }: PrimaryView,
  memory: Memory,
  policy: Policy,
  now: number,
): number {
  const { stabilizationSeconds = 0, lastRaisedAt, lastLoweredAt } = memory
  const calmSince = Math.max(lastRaisedAt ?? 0, lastLoweredAt ?? 0)
  const halvings = Math.floor((now - calmSince) / (4000 * Math.max(1, stabilizationSeconds)))
  const isLate = losesAtNotice === true && policy.atNotice === 'serve-until-drained'
  return Math.max(
    isLate ? policy.lateStabilizationSeconds : policy.stabilizationSeconds,
    stabilizationSeconds / 2 ** Math.max(0, halvings),
  )
}

function recentLosses({ losses = [] }: Memory, { prefer }: Policy, now: number): readonly number[] {
  return losses.filter((at) => now - at < 1000 * preferenceRules[prefer].maxReserveSeconds)
}

function withLoss(losses: readonly number[], { prefer }: Policy, now: number): readonly number[] {
  const last = losses.at(-1)
  const isKnown = last !== undefined && now - last < 1000 * oneLossSeconds
  return isKnown || preferenceRules[prefer].reserveShare === 0 ? losses : [...losses, now]
}

/**
 * The standby tasks that are kept after a loss, so that the loss of all Spot tasks leaves a share of the desired count.
 * The more often Spot was lost lately, the longer. A service whose tasks serve until others have replaced them needs none.
 */
function reserveOf(
  { desired, onDemand = 0, losesAtNotice }: PrimaryView,
  losses: readonly number[],
  { prefer }: Policy,
  now: number,
): number {
  const { reserveShare, reserveSecondsPerLoss, maxReserveSeconds } = preferenceRules[prefer]
  const seconds = Math.min(reserveSecondsPerLoss * losses.length, maxReserveSeconds)
  const isOver = now - (losses.at(-1) ?? 0) >= 1000 * seconds
  if (losesAtNotice === false || isOver) return 0
  return Math.max(0, Math.ceil(reserveShare * desired) - onDemand)
}

function alertsFor(
  standbys: readonly StandbyView[],
  desired: readonly number[],
  missing: number,
  memory: Memory,
  isCapped = false,
): Alert[] {
  const alerts: Alert[] = []
  if (isCapped) alerts.push('cover-capped')
  if (standbys.some((standby) => isShort(standby, memory))) alerts.push('on-demand-short')
  const available = standbys.map((standby, index) =>
    Math.min(desired[index] ?? 0, isShort(standby, memory) ? standby.running : Infinity),
  )
  const covered = available.reduce((sum, count) => sum + count, 0)
  if (memory.spotShortAt !== undefined && missing > covered) alerts.push('uncovered')
  return alerts
}

function forced(
  { primary, standbys }: Observation,
  policy: Policy,
  memory: Memory,
  count: number,
): Decision {
  const max = Math.min(policy.maxStandby, primary.desired)
  const total = Math.min(Math.max(0, count), primary.desired)
  const wanted = allocate(total, standbys, memory, max)
  const { desired, isCapped } = withinPrice(wanted, standbys, memory, policy)
  return {
    standbys: standbys.map(({ name }, index) => ({ name, desired: desired[index] ?? 0 })),
    memory,
    reasons: ['force'],
    alerts: alertsFor(standbys, desired, missingOf(primary), memory, isCapped),
  }
}

/** Changes nothing. Alerts go on, because an operator who holds a pair must see what it lacks. */
function held({ primary, standbys }: Observation, memory: Memory): Decision {
  const desired = standbys.map((standby) => standby.desired)
  return {
    standbys: standbys.map(({ name, desired }) => ({ name, desired })),
    memory,
    reasons: ['hold'],
    alerts: alertsFor(standbys, desired, missingOf(primary), memory),
  }
}

/** There is nothing to cover, so the standbys go to 0 without a stabilization window. */
function withoutStandby(
  standbys: readonly StandbyView[],
  reason: Reason,
  alerts: Alert[],
): Decision {
  return {
    standbys: standbys.map(({ name }) => ({ name, desired: 0 })),
    memory: noMemory,
    reasons: [reason],
    alerts,
  }
}
