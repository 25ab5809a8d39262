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

/** The control law under test: the real one, or one that a test has broken on purpose. */
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

/** Any pair, at any moment, in any state that ECS may show, possible or not. */
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
  }),
  standbys: fc
    .subarray(['first', 'second'])
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          fc.record({ name: fc.constant(name), desired: count, running: count }),
        ),
      ),
    ),
  evidence: fc.array(evidence, { maxLength: 4 }),
})

const policy: fc.Arbitrary<Policy> = fc.record({
  maxStandby: fc.integer({ min: 0, max: 8 }),
  stabilizationSeconds: fc.constantFrom(60, 300),
  maxStabilizationSeconds: fc.constantFrom(300, 3600),
  evidenceSeconds: fc.constantFrom(300, 900),
  mode: fc.constantFrom('auto' as const),
})

/** A history: looks at one pair, each some time after the last, in which the standby does as it is told. */
const history = fc.array(
  fc.record({ afterSeconds: fc.integer({ min: 1, max: 400 }), observation }),
  { minLength: 1, maxLength: 25 },
)

interface Look {
  readonly now: number
  readonly observation: Observation
  readonly before: Memory
  readonly decision: Decision
}

function play(
  decide: Decide,
  steps: readonly { afterSeconds: number; observation: Observation }[],
  rules: Policy,
): Look[] {
  let memory = noMemory
  let now = start
  const desired = new Map<string, number>()
  return steps.map(({ afterSeconds, observation: seen }) => {
    now += afterSeconds * second
    const standbys = seen.standbys.map((standby) => ({
      ...standby,
      desired: desired.get(standby.name) ?? 0,
    }))
    const look = { ...seen, standbys }
    const decision = decide(look, memory, rules, now)
    const before = memory
    memory = decision.memory
    for (const { name, desired: next } of decision.standbys) desired.set(name, next)
    return { now, observation: look, before, decision }
  })
}

function desiredOf(decision: Decision, name: string): number | undefined {
  return decision.standbys.find((standby) => standby.name === name)?.desired
}

function expectTo(hold: boolean, law: string, details: unknown): void {
  if (!hold) throw new Error(`${law}: ${JSON.stringify(details)}`)
}

/** What must be true of every look in every history, whatever the cluster does. */
export function checkEveryDecision(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(history, policy, (steps, rules) => {
      const raisedAt = new Map<string, number>()
      for (const look of play(decide, steps, rules)) {
        const { primary, standbys } = look.observation
        expectTo(look.decision.reasons.length > 0, 'every decision has a reason', look)
        expectTo(
          look.decision.standbys.length === standbys.length,
          'every standby is decided on',
          look,
        )
        for (const { name, desired: had } of standbys) {
          const gets = desiredOf(look.decision, name) ?? Number.NaN
          const most =
            primary.status === 'gone' ? 0 : Math.min(rules.maxStandby, Math.max(0, primary.desired))
          expectTo(
            Number.isInteger(gets) && gets >= 0 && gets <= most,
            'a standby keeps to its bounds',
            look,
          )

          const missing = Math.max(0, primary.desired - (primary.running - primary.interrupted))
          if (gets > had) {
            expectTo(missing > 0, 'a standby grows only for what is missing', look)
            const signs = [
              ...look.observation.evidence
                .filter(({ about }) => about === 'spot')
                .map(({ at }) => Math.min(at, look.now)),
              look.before.spotShortAt ?? 0,
              primary.interrupted > 0 ? look.now : 0,
            ]
            const oldest = look.now - rules.evidenceSeconds * second
            const sign = signs.some((at) => at >= oldest && at > (look.before.fullStrengthAt ?? -1))
            expectTo(sign, 'a standby grows only on a sign that Spot is short', look)
            raisedAt.set(name, look.now)
          }
          if (gets < Math.min(had, most)) {
            expectTo(
              primary.healthy !== undefined,
              'a standby shrinks only where health is known',
              look,
            )
            const since = (look.now - (raisedAt.get(name) ?? 0)) / second
            expectTo(
              since >= rules.stabilizationSeconds,
              'a standby shrinks only a dwell after it grew',
              {
                since,
                look,
              },
            )
            const serving = (primary.healthy ?? 0) + gets
            const first = standbys[0]?.name === name
            expectTo(
              !first || serving >= Math.min(primary.desired, most),
              'what is given back is not needed',
              look,
            )
          }
        }
        const missing =
          primary.status === 'gone'
            ? 0
            : Math.max(0, primary.desired - (primary.running - primary.interrupted))
        const signNow =
          primary.interrupted > 0 ||
          look.observation.evidence.some(
            ({ about, at }) =>
              about === 'spot' &&
              at <= look.now &&
              at > look.now - 60 * second &&
              at > (look.before.fullStrengthAt ?? -1),
          )
        const [first] = look.decision.standbys
        if (signNow && first !== undefined && missing > 0) {
          expectTo(
            first.desired >= Math.min(missing, rules.maxStandby, primary.desired),
            'cover comes at once',
            look,
          )
        }
      }
    }),
    { numRuns: runs },
  )
}

/** The order and the repetition of evidence change nothing. */
export function checkOrderOfEvidence(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(observation, policy, fc.nat({ max: 7200 }), (seen, rules, seconds) => {
      const now = start + seconds * second
      const once = decide(seen, noMemory, rules, now)
      const shuffled = [...seen.evidence, ...seen.evidence].reverse()
      const again = decide({ ...seen, evidence: shuffled }, noMemory, rules, now)
      expectTo(JSON.stringify(once) === JSON.stringify(again), 'evidence has no order', {
        once,
        again,
      })
    }),
    { numRuns: runs },
  )
}

/** With nothing more going wrong, the cover ends: whatever happened before. */
export function checkConvergence(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(history, policy, fc.integer({ min: 1, max: 8 }), (steps, rules, desired) => {
      const looks = play(decide, steps, rules)
      let { memory } = (looks.at(-1) as Look).decision
      let standbys = (looks.at(-1) as Look).decision.standbys.map((standby) => ({
        ...standby,
        running: standby.desired,
      }))
      let now = (looks.at(-1) as Look).now
      const calm = {
        status: 'active' as const,
        desired,
        running: desired,
        interrupted: 0,
        healthy: desired,
      }
      // A look every minute, as the sweep gives, for twice the longest dwell.
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
      expectTo(
        standbys.every((standby) => standby.desired === 0),
        'calm ends the cover',
        { standbys, memory },
      )
    }),
    { numRuns: runs },
  )
}

/** An operator's hold changes nothing, whatever the cluster shows. */
export function checkHold(decide: Decide, runs: number): void {
  fc.assert(
    fc.property(observation, fc.nat({ max: 7200 }), (seen, seconds) => {
      const held = { ...defaultPolicy, mode: 'hold' as const }
      const decision = decide(seen, noMemory, held, start + seconds * second)
      const same = seen.standbys.every(({ name, desired }) => desiredOf(decision, name) === desired)
      expectTo(same, 'hold changes nothing', { seen, decision })
    }),
    { numRuns: runs },
  )
}
