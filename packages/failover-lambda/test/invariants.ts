import fc from 'fast-check'
import {
  type Decision,
  defaultPolicy,
  type Evidence,
  type Memory,
  noMemory,
  type Observation,
  type Policy,
} from '../src/observation'

/** The function under test: the real one, or one that a test has changed on purpose. */
export type Decide = (
  observation: Observation,
  memory: Memory,
  policy: Policy,
  now: number,
) => Decision

const start = Date.UTC(2026, 0, 5)
const second = 1000

const count = fc.integer({ min: 0, max: 8 })
const evidence: fc.Arbitrary<Evidence> = fc.record({
  kind: fc.constantFrom(
    'interruption',
    'placement-failure',
    'service-message',
    'stuck-provisioning',
  ),
  about: fc.constantFrom('spot' as const, { standby: 'first' }, { standby: 'second' }),
  at: fc.integer({ min: start - 3600 * second, max: start + 7200 * second }),
})

/** Any observation of a pair, possible or not. */
const observation: fc.Arbitrary<Observation> = fc.record({
  primary: fc.record({
    status: fc.constantFrom(
      'active' as const,
      'active' as const,
      'active' as const,
      'gone' as const,
    ),
    desired: fc.integer({ min: -1, max: 8 }),
    running: count,
    interrupted: count,
    healthy: fc.option(count, { nil: undefined }),
    losesAtNotice: fc.boolean(),
  }),
  standbys: fc.subarray(['first', 'second']).chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({
          name: fc.constant(name),
          desired: count,
          running: count,
          // Constant, because a price changes with a deploy only.
          taskPrice: fc.constant(name === 'first' ? 0.1 : 0.25),
        }),
      ),
    ),
  ),
  evidence: fc.array(evidence, { maxLength: 4 }),
})

const policy: fc.Arbitrary<Policy> = fc.record({
  maxStandby: fc.integer({ min: 0, max: 8 }),
  stabilizationSeconds: fc.constantFrom(0, 60, 300, 300, 300),
  lateStabilizationSeconds: fc.constantFrom(60, 300, 300),
  maxStabilizationSeconds: fc.constantFrom(300, 3600),
  evidenceSeconds: fc.constantFrom(300, 900),
  maxCoverPrice: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    fc.constantFrom(0, 0.3, 0.7, 1.1),
  ),
  mode: fc.constantFrom('auto' as const),
  atNotice: fc.constantFrom('serve-until-drained' as const, 'leave' as const),
  prefer: fc.constantFrom('cost' as const, 'balance' as const, 'availability' as const),
  slowestRequestSeconds: fc.constantFrom(0, 5, 60),
  stopSeconds: fc.constantFrom(30, 120),
})

/** A history: reconciles of one pair, each some time after the last. The standby reaches its desired count. */
const history = fc.array(
  fc.record({ afterSeconds: fc.integer({ min: 1, max: 400 }), observation }),
  { minLength: 1, maxLength: 25 },
)

interface Reconcile {
  readonly now: number
  readonly observation: Observation
  readonly before: Memory
  readonly decision: Decision
}

function play(
  decide: Decide,
  steps: readonly { afterSeconds: number; observation: Observation }[],
  rules: Policy,
): Reconcile[] {
  let memory = noMemory
  let now = start
  const desired = new Map<string, number>()
  return steps.map(({ afterSeconds, observation: drawn }) => {
    now += afterSeconds * second
    const standbys = drawn.standbys.map((standby) => ({
      ...standby,
      desired: desired.get(standby.name) ?? 0,
    }))
    const observed = { ...drawn, standbys }
    const decision = decide(observed, memory, rules, now)
    const before = memory
    memory = decision.memory
    for (const { name, desired: next } of decision.standbys) desired.set(name, next)
    return { now, observation: observed, before, decision }
  })
}

function desiredOf(decision: Decision, name: string): number | undefined {
  return decision.standbys.find((standby) => standby.name === name)?.desired
}

/** In dollars per hour. */
function priceOf(standbys: Observation['standbys'], decision?: Decision): number {
  return standbys.reduce(
    (sum, { name, desired, taskPrice = 0 }) =>
      sum + taskPrice * (decision === undefined ? desired : (desiredOf(decision, name) ?? 0)),
    0,
  )
}

/** Sums of prices are not exact. */
const rounding = 1e-6

function check(isTrue: boolean, invariant: string, details: unknown): void {
  if (!isTrue) throw new Error(`${invariant}: ${JSON.stringify(details)}`)
}

/** What must be true of every reconcile in every history, whatever the cluster does. */
export function checkEveryDecision(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(history, policy, (steps, rules) => {
      const raisedAt = new Map<string, number>()
      for (const step of play(decide, steps, rules)) {
        const { primary, standbys } = step.observation
        check(step.decision.reasons.length > 0, 'every decision has a reason', step)
        check(
          step.decision.standbys.length === standbys.length,
          'every standby has a desired count',
          step,
        )
        const maxPrice = rules.maxCoverPrice ?? Number.POSITIVE_INFINITY
        const price = priceOf(standbys, step.decision)
        const isCapped = step.decision.alerts.includes('cover-capped')
        const priciest = Math.max(0, ...standbys.map(({ taskPrice = 0 }) => taskPrice))
        check(price <= maxPrice + rounding, 'cover never costs more than its maximum', step)
        check(
          !isCapped || price + priciest > maxPrice - rounding,
          'cover is capped only where another task would cost too much',
          step,
        )
        const wasAboveMaximum = priceOf(standbys) > maxPrice + rounding
        for (const { name, desired: before, running } of standbys) {
          const desired = desiredOf(step.decision, name) ?? Number.NaN
          const max =
            primary.status === 'gone' ? 0 : Math.min(rules.maxStandby, Math.max(0, primary.desired))
          check(
            Number.isInteger(desired) && desired >= 0 && desired <= max,
            'a standby stays within its bounds',
            step,
          )

          const missing = Math.max(0, primary.desired - (primary.running - primary.interrupted))
          if (desired > before) {
            check(missing > 0, 'a standby is raised only for missing tasks', step)
            const signals = [
              ...step.observation.evidence
                .filter(({ about }) => about === 'spot')
                .map(({ at }) => Math.min(at, step.now)),
              step.before.spotShortAt ?? 0,
              primary.interrupted > 0 ? step.now : 0,
            ]
            const oldest = step.now - rules.evidenceSeconds * second
            const isShort = signals.some(
              (at) => at >= oldest && at > (step.before.fullStrengthAt ?? -1),
            )
            check(isShort, 'a standby is raised only on evidence of a Spot shortage', step)
            raisedAt.set(name, step.now)
          }
          // Tasks without capacity make room for those of the next standby.
          const hasNoCapacity = isCapped && desired >= running
          if (desired < Math.min(before, max) && !wasAboveMaximum && !hasNoCapacity) {
            check(
              primary.healthy !== undefined,
              'a standby is lowered only where health is known',
              step,
            )
            const since = (step.now - (raisedAt.get(name) ?? 0)) / second
            const isLate =
              primary.losesAtNotice === true && rules.atNotice === 'serve-until-drained'
            check(
              since >= (isLate ? rules.lateStabilizationSeconds : rules.stabilizationSeconds),
              'a standby is lowered only one stabilization window after it was raised',
              {
                since,
                step,
              },
            )
            const serving = (primary.healthy ?? 0) + desired
            const isFirst = standbys[0]?.name === name
            check(
              !isFirst || serving >= Math.min(primary.desired, max),
              'a failback leaves enough tasks that serve',
              step,
            )
          }
        }
        const missing =
          primary.status === 'gone'
            ? 0
            : Math.max(0, primary.desired - (primary.running - primary.interrupted))
        const hasRecentSignal =
          primary.interrupted > 0 ||
          step.observation.evidence.some(
            ({ about, at }) =>
              about === 'spot' &&
              at <= step.now &&
              at > step.now - 60 * second &&
              at > (step.before.fullStrengthAt ?? -1),
          )
        const [first] = step.decision.standbys
        if (hasRecentSignal && first !== undefined && missing > 0) {
          check(
            isCapped || first.desired >= Math.min(missing, rules.maxStandby, primary.desired),
            'cover starts at once, or an alert says that it is capped',
            step,
          )
        }
      }
    }),
    { numRuns: runs },
  )
}

/** The order of evidence and duplicates have no effect. */
export function checkOrderOfEvidence(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(observation, policy, fc.nat({ max: 7200 }), (observed, rules, seconds) => {
      const now = start + seconds * second
      const once = decide(observed, noMemory, rules, now)
      const shuffled = [...observed.evidence, ...observed.evidence].reverse()
      const again = decide({ ...observed, evidence: shuffled }, noMemory, rules, now)
      check(JSON.stringify(once) === JSON.stringify(again), 'the order of evidence has no effect', {
        once,
        again,
      })
    }),
    { numRuns: runs },
  )
}

/** Without further faults, cover ends, whatever happened before. */
export function checkConvergence(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(history, policy, fc.integer({ min: 1, max: 8 }), (steps, drawn, desired) => {
      const rules = { ...drawn, prefer: 'balance' as const }
      const played = play(decide, steps, rules)
      const last = played.at(-1) as Reconcile
      let { memory } = last.decision
      let standbys = last.decision.standbys.map((standby) => ({
        ...standby,
        running: standby.desired,
      }))
      let now = last.now
      const calm = {
        status: 'active' as const,
        desired,
        running: desired,
        interrupted: 0,
        healthy: desired,
      }
      // A reconcile every minute, as by the sweep, for twice the maximum stabilization window.
      for (
        let minute = 0;
        minute < 2 * (Math.max(rules.maxStabilizationSeconds, rules.stabilizationSeconds) / 60) + 2;
        minute++
      ) {
        now += 60 * second
        const decision = decide({ primary: calm, standbys, evidence: [] }, memory, rules, now)
        memory = decision.memory
        standbys = decision.standbys.map((standby) => ({ ...standby, running: standby.desired }))
      }
      check(
        standbys.every((standby) => standby.desired === 0),
        'calm ends cover',
        { standbys, memory },
      )
    }),
    { numRuns: runs },
  )
}

/** With hold, no desired count changes, whatever the cluster does. Neither a hold nor a force hides missing tasks. */
export function checkHold(decide: Decide, runs: number): void {
  const seconds = fc.nat({ max: 7200 })
  const force = fc.option(fc.nat({ max: 8 }), { nil: undefined })
  fc.assert(
    fc.property(observation, seconds, force, (observed, afterSeconds, forced) => {
      const mode = forced === undefined ? ('hold' as const) : { force: forced }
      const now = start + afterSeconds * second
      const decision = decide(observed, noMemory, { ...defaultPolicy, mode }, now)
      const same = observed.standbys.every(
        ({ name, desired }) => desiredOf(decision, name) === desired,
      )
      check(forced !== undefined || same, 'hold changes nothing', { observed, decision })
      const { status, desired, running, interrupted } = observed.primary
      const covered = decision.standbys.reduce((sum, standby) => sum + standby.desired, 0)
      const lacks = status === 'active' && interrupted > 0 && desired - running + interrupted
      check(
        desired <= 0 || Number(lacks) <= covered || decision.alerts.includes('uncovered'),
        'neither a hold nor a force hides missing tasks',
        { observed, decision },
      )
    }),
    { numRuns: runs },
  )
}

/**
 * A drought with autoscaling beside the controller. The tasks that remain are overloaded until the standby serves, so
 * autoscaling doubles the desired count of the primary every minute, and lowers it a quarter of an hour later.
 */
export function checkAutoscaling(decide: Decide, runs: number): void {
  const pair = fc.record({
    needed: fc.integer({ min: 1, max: 40 }),
    onSpot: fc.double({ min: 0.1, max: 1, noNaN: true }),
    startSeconds: fc.integer({ min: 30, max: 240 }),
    dryMinutes: fc.integer({ min: 2, max: 90 }),
    growth: fc.constantFrom(1, 1, 1.5),
  })
  fc.assert(
    fc.property(pair, ({ needed, onSpot, startSeconds, dryMinutes, growth }) => {
      const max = 200
      const lost = Math.ceil(needed * onSpot)
      const load = Math.ceil(needed * growth)
      let memory = noMemory
      let primary = needed
      let desired = needed
      /** The desired count of the standby over time: its tasks run some time after they are desired. */
      const standby: { readonly at: number; readonly count: number }[] = [{ at: 0, count: 0 }]
      const countAt = (at: number) => standby.findLast((one) => one.at <= at)?.count ?? 0
      let directions = 0
      let direction = 0
      for (let seconds = 0; seconds < (dryMinutes + 60) * 60; seconds += 30) {
        const now = start + seconds * second
        const isDry = seconds < dryMinutes * 60
        primary = isDry ? needed - lost : desired
        const has = countAt(now)
        const running = Math.min(has, countAt(now - startSeconds * second))
        const serving = primary + running
        if (seconds % 60 === 30) {
          if (serving < load) desired = Math.min(max, 2 * desired)
          else if (seconds > 20 * 60) desired = Math.max(load, Math.ceil(desired / 2))
        }
        const evidence = isDry
          ? [{ kind: 'placement-failure' as const, about: 'spot' as const, at: now }]
          : []
        const decision = decide(
          {
            primary: {
              status: 'active',
              desired,
              running: primary,
              interrupted: 0,
              healthy: primary,
            },
            standbys: [{ name: 'first', desired: has, running }],
            evidence,
          },
          memory,
          { ...defaultPolicy, maxStandby: max },
          now,
        )
        memory = decision.memory
        const next = desiredOf(decision, 'first') ?? Number.NaN
        const details = {
          needed,
          lost,
          load,
          startSeconds,
          dryMinutes,
          seconds,
          desired,
          next,
          decision,
        }
        check(
          next + primary <= Math.max(2 * load, 10) || !isDry,
          'cover does not follow autoscaling into the sky',
          details,
        )
        check(!isDry || next >= lost, 'autoscaling does not take cover away', details)
        check(
          !isDry || seconds < 10 * 60 || next + primary >= Math.min(load, 2 * needed),
          'cover follows the load',
          details,
        )
        const change = Math.sign(next - has)
        if (change !== 0 && change !== direction) directions++
        if (change !== 0) direction = change
        standby.push({ at: now, count: next })
      }
      check(countAt(Number.POSITIVE_INFINITY) === 0, 'cover ends', { needed, dryMinutes })
      check(directions <= 2, 'the controller and autoscaling do not undo each other', {
        directions,
      })
    }),
    { numRuns: runs },
  )
}

/** Where the owner prefers availability, a reserve stays for two hours for each loss of the last six hours. */
export function checkRisk(decide: Decide, runs: number): void {
  const base = fc.record({ desired: fc.integer({ min: 1, max: 8 }), onDemand: fc.nat({ max: 3 }) })
  const afterSeconds = fc.oneof(
    fc.integer({ min: 10, max: 200 }),
    fc.integer({ min: 10, max: 2400 }),
    fc.integer({ min: 3600, max: 5 * 3600 }),
  )
  const anyLosses = fc.array(fc.record({ afterSeconds, lost: fc.nat({ max: 8 }) }), {
    minLength: 1,
    maxLength: 25,
  })
  // Each loss is followed by a recovery.
  const loss = [{ afterSeconds: 300, lost: 8 }, ...Array(10).fill({ afterSeconds: 220, lost: 0 })]
  const manyLosses = fc
    .integer({ min: 1, max: 9 })
    .map((count) => [...Array(count).fill(loss).flat(), loss[0]])
  const steps = fc.oneof({ weight: 4, arbitrary: anyLosses }, manyLosses)
  fc.assert(
    fc.property(base, steps, fc.boolean(), ({ desired, onDemand }, played, losesAtNotice) => {
      const rules = { ...defaultPolicy, prefer: 'availability' as const }
      const share = losesAtNotice ? 0.6 : 0
      const reserve = Math.max(0, Math.ceil(share * desired) - onDemand)
      let memory = noMemory
      let now = start
      let before = 0
      let raisedAt = start
      let losses: number[] = []
      const reconcile = (afterSeconds: number, lost: number) => {
        now += afterSeconds * second
        const serving = Math.max(0, desired - lost)
        const serves = { desired, onDemand, healthy: serving, losesAtNotice }
        const primary = { status: 'active' as const, ...serves }
        const decision = decide(
          {
            primary: { ...primary, running: desired, interrupted: desired - serving },
            standbys: [{ name: 'first', desired: before, running: before }],
            evidence: [],
          },
          memory,
          rules,
          now,
        )
        memory = decision.memory
        const after = desiredOf(decision, 'first') ?? 0
        losses = losses.filter((at) => now - at < 6 * 3600 * second)
        const details = { now, losses, before, after, reserve, desired }
        const hours = Math.min(2 * losses.length, 6)
        const isRecent = now - (losses.at(-1) ?? 0) < hours * 3600 * second
        if (after < before) {
          check((now - raisedAt) / second >= 15, 'the window begins with the recovery', details)
          check(
            !isRecent || after >= Math.min(before, reserve),
            'failback leaves the reserve',
            details,
          )
        }
        if (after > before) {
          check(lost > 0, 'the reserve raises no standby', details)
          raisedAt = now
          if (now - (losses.at(-1) ?? 0) >= 300 * second) losses.push(now)
        }
        before = after
      }
      for (const { afterSeconds, lost } of played) reconcile(afterSeconds, lost)
      for (let minute = 0; minute < 15; minute += 5) reconcile(300, 0)
      check(before <= reserve, 'calm leaves no more than the reserve', { losses, before, reserve })
      const hours = Math.min(2 * losses.length, 6)
      while (now - (losses.at(-1) ?? 0) <= hours * 3600 * second) reconcile(600, 0)
      reconcile(600, 0)
      check(before === 0, 'the reserve ends', { before, memory })
    }),
    { numRuns: runs },
  )
}
