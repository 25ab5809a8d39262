import {
  type Alert,
  type Decision,
  type Evidence,
  type Memory,
  type Need,
  noMemory,
  type Observation,
  type Policy,
  type Reason,
  type StandbyMemory,
  type StandbyView,
} from './observation'

/**
 * The control law: how many tasks each standby should have. It compares what is with what should be, and
 * never counts events, so that an event that is lost, late or doubled changes nothing for long.
 *
 * Pure and total: the same arguments give the same answer, and every argument gives one.
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
  const remembered = takeIn(observation, memory, policy, now)
  if (policy.mode === 'hold') return unchanged(standbys, remembered, 'hold')
  if (primary.status === 'gone') return noStandby(standbys, 'primary-gone', ['primary-gone'])
  if (primary.desired <= 0) return noStandby(standbys, 'paused', [])
  if (policy.mode !== 'auto') return forced(observation, policy, remembered, policy.mode.force)
  return cover(observation, remembered, policy, now)
}

/** Takes in what the evidence says, in whatever order it came, and forgets what is over. */
function takeIn(
  { primary, standbys, evidence }: Observation,
  memory: Memory,
  { evidenceSeconds }: Policy,
  now: number,
): Memory {
  const isWhole = primary.status === 'active' && primary.running - primary.doomed >= primary.desired
  const wholeAt = isWhole ? now : memory.wholeAt
  const counts = (at: number | undefined) =>
    at !== undefined && now - at <= evidenceSeconds * 1000 ? at : undefined
  const latest = (isAbout: (evidence: Evidence) => boolean, before: number | undefined) =>
    counts(Math.max(before ?? -1, ...evidence.filter(isAbout).map(({ at }) => Math.min(at, now))))
  // A notice on a task that still runs is the surest sign, however its event fared.
  const spotShortAt =
    primary.doomed > 0 ? now : latest(({ about }) => about === 'spot', memory.spotShortAt)
  return {
    ...memory,
    wholeAt,
    // A primary that was whole since then has got over it: what it lacks now has another cause.
    spotShortAt:
      spotShortAt !== undefined && spotShortAt > (wholeAt ?? -1) ? spotShortAt : undefined,
    standbys: Object.fromEntries(
      standbys.map(({ name }) => {
        const before = memory.standbys[name] ?? {}
        const isAbout = ({ about }: Evidence) => about !== 'spot' && about.standby === name
        return [name, { ...before, shortAt: latest(isAbout, before.shortAt) }]
      }),
    ),
  }
}

function cover(
  { primary, standbys }: Observation,
  memory: Memory,
  policy: Policy,
  now: number,
): Decision {
  const limit = Math.min(policy.maxStandby, primary.desired)
  const missing = Math.max(0, primary.desired - (primary.running - primary.doomed))
  // Running is enough not to need cover; only serving is enough to give it back.
  const notServing =
    primary.healthy === undefined ? undefined : Math.max(0, primary.desired - primary.healthy)
  const shortage = memory.spotShortAt !== undefined
  const needed = allocate(shortage ? missing : 0, standbys, memory, limit)
  const kept = allocate(Math.max(missing, notServing ?? 0), standbys, memory, limit)

  const reasons = new Set<Reason>()
  const dwell = dwellOf(memory, policy, now)
  let { lastRaisedAt, lastLoweredAt, dwellSeconds } = memory
  let lookAgainInSeconds: number | undefined
  const states: Record<string, StandbyMemory> = {}
  const desired = standbys.map((standby, index) => {
    const state = memory.standbys[standby.name] ?? {}
    const want = needed[index] ?? 0
    const keep = kept[index] ?? 0
    const has = Math.min(standby.desired, limit)
    if (has < standby.desired) reasons.add('within-bounds')

    if (want > has) {
      // Lost again soon after it was given back: the next recovery is believed later.
      // A loss that comes in parts is one relapse, however many raises it takes.
      const relapse =
        lastLoweredAt !== undefined &&
        now - lastLoweredAt < 2000 * dwell &&
        (memory.lastRaisedAt ?? 0) <= lastLoweredAt
      dwellSeconds = relapse ? Math.min(2 * dwell, policy.maxDwellSeconds) : dwell
      lastRaisedAt = now
      states[standby.name] = { ...state, lower: undefined }
      reasons.add('cover')
      return want
    }
    if (keep >= has || notServing === undefined) {
      if (has > 0) reasons.add(notServing === undefined ? 'unknown-health' : 'cover')
      states[standby.name] = { ...state, lower: undefined }
      return has
    }
    const since = state.lower?.since ?? now
    const needs = needsSince(now - dwell * 1000, state.lower?.needs ?? [], keep, now)
    const lower = { since, needs }
    const most = Math.max(...needs.map(({ count }) => count))
    const left = dwell - (now - since) / 1000
    if (left > 0) {
      reasons.add('dwell')
      lookAgainInSeconds = Math.min(lookAgainInSeconds ?? left, left)
      states[standby.name] = { ...state, lower }
      return has
    }
    states[standby.name] = { ...state, lower }
    if (most >= has) {
      reasons.add('dwell')
      // When the look that needed as many will be out of the dwell.
      const until = dwell - (now - (needs[0]?.until ?? now)) / 1000
      lookAgainInSeconds = Math.min(lookAgainInSeconds ?? until, until)
      return has
    }
    lastLoweredAt = now
    reasons.add('give-back')
    return most
  })

  if (missing > 0 && !shortage) reasons.add('no-evidence')
  if (reasons.size === 0) reasons.add('calm')
  return {
    standbys: standbys.map(({ name }, index) => ({ name, desired: desired[index] ?? 0 })),
    memory: { ...memory, standbys: states, dwellSeconds, lastRaisedAt, lastLoweredAt },
    reasons: [...reasons].sort(),
    alerts: alertsFor(standbys, desired, missing, memory),
    lookAgainInSeconds,
  }
}

/** The needs that still count in the dwell that began at `start`, most first, with that of this look. */
function needsSince(start: number, before: readonly Need[], count: number, now: number): Need[] {
  // The last look's need held until this one.
  const held = before.map((need, index) =>
    index === before.length - 1 ? { ...need, until: now } : need,
  )
  return [...held.filter((need) => need.until > start && need.count > count), { count, until: now }]
}

/**
 * The first standby takes all it may; what it cannot get, because its own capacity is short, the next one
 * takes. The first keeps asking, and the next gives back once the first has got it.
 */
function allocate(
  count: number,
  standbys: readonly StandbyView[],
  memory: Memory,
  most: number,
): number[] {
  let rest = count
  return standbys.map((standby) => {
    const want = Math.min(rest, most)
    rest -= isShort(standby, memory) ? Math.min(standby.running, want) : want
    return want
  })
}

function isShort({ name, desired, running }: StandbyView, memory: Memory): boolean {
  return memory.standbys[name]?.shortAt !== undefined && running < desired
}

/** Half of it for every four dwells of calm, down to what the policy says. */
function dwellOf(memory: Memory, policy: Policy, now: number): number {
  const { dwellSeconds = 0, lastRaisedAt, lastLoweredAt } = memory
  const calmSince = Math.max(lastRaisedAt ?? 0, lastLoweredAt ?? 0)
  const halvings = Math.floor((now - calmSince) / (4000 * Math.max(1, dwellSeconds)))
  return Math.max(policy.dwellSeconds, dwellSeconds / 2 ** Math.max(0, halvings))
}

function alertsFor(
  standbys: readonly StandbyView[],
  desired: readonly number[],
  missing: number,
  memory: Memory,
): Alert[] {
  const alerts: Alert[] = []
  if (standbys.some((standby) => isShort(standby, memory))) alerts.push('on-demand-short')
  const canBeHad = standbys.map((standby, index) =>
    isShort(standby, memory) ? standby.running : (desired[index] ?? 0),
  )
  const covered = canBeHad.reduce((sum, count) => sum + count, 0)
  if (memory.spotShortAt !== undefined && missing > covered) alerts.push('uncovered')
  return alerts
}

function forced(
  { primary, standbys }: Observation,
  policy: Policy,
  memory: Memory,
  count: number,
): Decision {
  const most = Math.min(policy.maxStandby, primary.desired)
  const desired = allocate(Math.max(0, count), standbys, memory, most)
  return {
    standbys: standbys.map(({ name }, index) => ({ name, desired: desired[index] ?? 0 })),
    memory,
    reasons: ['force'],
    alerts: alertsFor(standbys, desired, 0, memory),
  }
}

function unchanged(standbys: readonly StandbyView[], memory: Memory, reason: Reason): Decision {
  return {
    standbys: standbys.map(({ name, desired }) => ({ name, desired })),
    memory,
    reasons: [reason],
    alerts: [],
  }
}

/** There is nothing to cover: at once, since no traffic waits for a recovery. */
function noStandby(standbys: readonly StandbyView[], reason: Reason, alerts: Alert[]): Decision {
  return {
    standbys: standbys.map(({ name }) => ({ name, desired: 0 })),
    memory: noMemory,
    reasons: [reason],
    alerts,
  }
}
