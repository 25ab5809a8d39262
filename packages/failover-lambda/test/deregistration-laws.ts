import fc from 'fast-check'
import type * as deregistration from '../src/deregistration'

/** The functions under test: the real ones, or those that a test has changed on purpose. */
export type DeregistrationModule = typeof deregistration

const second = 1000
const start = Date.UTC(2026, 0, 5)

/** The time that nobody controls: a load balancer sees a deregistration late, and the function runs late. */
const delaySeconds = { min: 10, max: 20 }
/** A task that ends before a replacement can serve is no use afterwards, so it stays as long as it can. */
const shortLifeSeconds = 60
const shortDelaySeconds = { min: 7, max: 10 }

const look = fc.record({
  afterSeconds: fc.integer({ min: 0, max: 40 }),
  running: fc.nat({ max: 6 }),
  healthy: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
})

/** An interruption of some tasks, the reconciles that happen anyway, and the calls that fail. */
const interruption = fc.record({
  needed: fc.integer({ min: 1, max: 5 }),
  areOnInstances: fc.boolean(),
  declared: fc.record({
    atNotice: fc.constantFrom('serve-until-drained' as const, 'leave' as const),
    slowestRequestSeconds: fc.constantFrom(0, 5, 60, 110),
    // From the notice to the end of the task.
    stopSeconds: fc.constantFrom(30, 120),
  }),
  tasks: fc.array(fc.record({ noticeSeconds: fc.nat({ max: 90 }), isScheduled: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  }),
  looks: fc.array(look, { maxLength: 12 }),
  failures: fc.array(fc.boolean(), { maxLength: 6 }),
})

function check(isTrue: boolean, law: string, details: unknown): void {
  if (!isTrue) throw new Error(`${law}: ${JSON.stringify(details)}`)
}

export function checkDeregistrations(
  { decideDeregistrations, dependsOnHealth, lastSafeMoment, rulesAtNotice }: DeregistrationModule,
  runs: number,
): void {
  fc.assert(
    fc.property(interruption, ({ needed, areOnInstances, declared, tasks, looks, failures }) => {
      const rules = rulesAtNotice(declared, areOnInstances)
      // The notice of an instance stops no application: each serves until the instance ends.
      const leaves = !areOnInstances && declared.atNotice === 'leave'
      const life = areOnInstances ? 120 : declared.stopSeconds
      const targets = tasks.map(({ noticeSeconds, isScheduled }, index) => ({
        address: `10.0.0.${index}`,
        noticeAt: start + noticeSeconds * second,
        isScheduled,
      }))
      const registered = new Set(targets.map(({ address }) => address))
      const failed = [...failures]
      // A notice triggers a reconcile. Others happen at any time.
      let at = start
      const times = [
        ...targets.map(({ noticeAt }) => noticeAt),
        ...looks.map(({ afterSeconds }) => (at += afterSeconds * second)),
      ]
      const end = start + 300 * second
      for (let count = 0; times.length > 0; count++) {
        times.sort((one, other) => one - other)
        const now = times.shift() ?? end
        if (now > end) break
        const { running = 0, healthy: drawn } = looks[count % Math.max(1, looks.length)] ?? {}
        const healthy = drawn === undefined ? undefined : Math.min(drawn, running)
        const noticed = targets.filter(({ noticeAt }) => noticeAt <= now)
        const capacity = { needed, running, healthy }
        const seen = noticed.map((target) => ({
          ...target,
          isRegistered: registered.has(target.address),
        }))
        const plan = decideDeregistrations(seen, capacity, rules, now)
        const isReplaced = healthy !== undefined && healthy >= needed
        const isShort = life < shortLifeSeconds
        const { min, max } = isShort ? shortDelaySeconds : delaySeconds
        const useful = life - (isShort ? 0 : rules.slowestRequestSeconds)
        const details = { now, seen, capacity, rules, plan }
        const noticeTimes = noticed.map(({ noticeAt }) => noticeAt)
        check(
          plan.deregister.length === 0 || dependsOnHealth(noticeTimes, capacity, rules, now),
          'health is read wherever it matters',
          details,
        )
        check(
          new Set(plan.deregister).size === plan.deregister.length &&
            plan.deregister.every((address) => registered.has(address)),
          'a target is deregistered once',
          details,
        )
        for (const { address, noticeAt, isScheduled } of noticed) {
          if (!registered.has(address)) continue
          const isDeregistered = plan.deregister.includes(address)
          const left = useful - (now - noticeAt) / second
          check(
            !isDeregistered || isReplaced || leaves || left <= max,
            'capacity stays at what is needed while there is another choice',
            details,
          )
          check(
            isDeregistered || (!leaves && !isReplaced),
            'a target that is dead or replaced is deregistered at once',
            details,
          )
          check(
            isDeregistered || left > min,
            'a target that is late is deregistered at once',
            details,
          )
          const next = plan.requeueAfterSeconds ?? Number.POSITIVE_INFINITY
          check(
            isDeregistered || isScheduled || next <= Math.max(1, left - min),
            'the next decision comes before the last safe moment',
            details,
          )
          check(
            isDeregistered || running < needed || next <= 20,
            'the next decision comes when the replacements are expected to be healthy',
            details,
          )
          check(
            leaves ||
              lastSafeMoment(noticeAt, rules) - noticeAt >= second * Math.max(0, useful - max),
            'the last safe moment is no earlier than it has to be',
            details,
          )
        }
        for (const address of plan.deregister) {
          // A retry follows a failed call.
          if (failed.pop() === true) times.push(now + second)
          else registered.delete(address)
        }
        if (plan.requeueAfterSeconds !== undefined) {
          check(plan.requeueAfterSeconds > 0, 'a decision is not repeated at once', details)
          times.push(now + Math.ceil(plan.requeueAfterSeconds) * second)
        }
      }
      const left = targets.filter(
        ({ address, isScheduled }) => registered.has(address) && !isScheduled,
      )
      check(left.length === 0, 'every target is deregistered, also after failed calls', left)
    }),
    { numRuns: runs },
  )
}
