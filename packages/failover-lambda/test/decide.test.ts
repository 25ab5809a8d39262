import { decide } from '../src/decide'
import {
  type Decision,
  defaultPolicy,
  type Evidence,
  type Memory,
  noMemory,
  type Observation,
  type Policy,
  type PrimaryView,
  type StandbyView,
} from '../src/observation'

const start = Date.UTC(2026, 0, 5)
const at = (seconds: number) => start + seconds * 1000

const onDemandShort = (standby: string, seconds: number): Evidence => ({
  kind: 'placement-failure',
  about: { standby },
  at: at(seconds),
})

/** A pair that is reconciled repeatedly. The standby reaches its desired count at once. */
class Pair {
  memory: Memory = noMemory
  standbys: StandbyView[]
  last: Decision | undefined

  constructor(
    public policy: Partial<Policy> = {},
    names: string[] = ['standby'],
  ) {
    this.standbys = names.map((name) => ({ name, desired: 0, running: 0 }))
  }

  /** Reconciles after `seconds`. Returns the desired counts of the standbys. */
  reconcile(seconds: number, primary: Partial<PrimaryView>, evidence: Evidence[] = []): number[] {
    const running = primary.running ?? 3
    const observation: Observation = {
      primary: {
        status: 'active',
        desired: 3,
        running,
        interrupted: 0,
        healthy: running - (primary.interrupted ?? 0),
        ...primary,
      },
      standbys: this.standbys,
      evidence,
    }
    this.last = decide(
      observation,
      this.memory,
      {
        ...defaultPolicy,
        stabilizationSeconds: 300,
        maxStabilizationSeconds: 3600,
        ...this.policy,
      },
      at(seconds),
    )
    this.memory = this.last.memory
    this.standbys = this.last.standbys.map((standby) => ({ ...standby, running: standby.desired }))
    return this.standbys.map(({ desired }) => desired)
  }
}

const spotShort = (seconds: number, kind: Evidence['kind'] = 'placement-failure'): Evidence => ({
  kind,
  about: 'spot',
  at: at(seconds),
})

describe('scaling out', () => {
  it('starts at once for tasks that Spot cannot place', () => {
    expect(new Pair().reconcile(0, { running: 1 }, [spotShort(0)])).toEqual([2])
  })

  it('starts while the task with a notice still runs', () => {
    expect(
      new Pair().reconcile(0, { running: 3, interrupted: 1 }, [spotShort(0, 'interruption')]),
    ).toEqual([1])
  })

  it('starts for a notice that was unknown when the primary was last at full strength', () => {
    const pair = new Pair()
    pair.reconcile(10, { running: 3 })
    expect(
      pair.reconcile(12, { running: 3, interrupted: 1 }, [spotShort(8, 'interruption')]),
    ).toEqual([1])
  })

  it('starts for a notice whose event was lost', () => {
    expect(new Pair().reconcile(0, { running: 3, interrupted: 1 })).toEqual([1])
  })

  it('grows with the shortage, and does not shrink while it lasts', () => {
    const pair = new Pair()
    expect(pair.reconcile(0, { running: 2 }, [spotShort(0)])).toEqual([1])
    expect(pair.reconcile(60, { running: 0 }, [spotShort(60)])).toEqual([3])
    expect(pair.reconcile(600, { running: 0 })).toEqual([3])
  })

  it('never starts for missing tasks without evidence of a Spot shortage', () => {
    const pair = new Pair()
    expect(pair.reconcile(0, { running: 0 })).toEqual([0])
    expect(pair.last?.reasons).toContain('no-evidence')
  })

  it('does not start for a rollout after a shortage', () => {
    const pair = new Pair()
    pair.reconcile(0, { running: 2 }, [spotShort(0)])
    pair.reconcile(60, { running: 3 })
    for (let seconds = 120; seconds <= 480; seconds += 60) pair.reconcile(seconds, { running: 3 })
    expect(pair.reconcile(500, { running: 1 })).toEqual([0])
  })

  it('does not start for evidence that arrives after the shortage', () => {
    const pair = new Pair()
    pair.reconcile(100, { running: 3 })
    expect(pair.reconcile(160, { running: 1 }, [spotShort(50)])).toEqual([0])
  })

  it('does not start for old evidence', () => {
    expect(new Pair().reconcile(1000, { running: 1 }, [spotShort(0)])).toEqual([0])
  })
})

describe('failing back', () => {
  it('waits for the stabilization window', () => {
    const pair = new Pair()
    pair.reconcile(0, { running: 1 }, [spotShort(0)])
    expect(pair.reconcile(60, { running: 3 })).toEqual([2])
    expect(pair.last?.requeueAfterSeconds).toBe(300)
    expect(pair.reconcile(359, { running: 3 })).toEqual([2])
    expect(pair.reconcile(360, { running: 3 })).toEqual([0])
  })

  it('lowers the standby to the highest need in the window', () => {
    const pair = new Pair()
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    pair.reconcile(60, { running: 3 })
    pair.reconcile(180, { running: 1 }, [spotShort(180)])
    expect(pair.reconcile(360, { running: 3 })).toEqual([2])
    expect(pair.reconcile(480, { running: 3 })).toEqual([2])
    expect(pair.reconcile(660, { running: 3 })).toEqual([0])
  })

  it('requires tasks that serve, not tasks that run', () => {
    const pair = new Pair()
    pair.reconcile(0, { running: 1 }, [spotShort(0)])
    pair.reconcile(60, { running: 3, healthy: 1 })
    expect(pair.reconcile(900, { running: 3, healthy: 1 })).toEqual([2])
  })

  it('is not checked every ten seconds for longer than a minute, where tasks stay missing', () => {
    const pair = new Pair()
    const evidence = [{ kind: 'interruption' as const, about: 'spot' as const, at: at(0) }]
    expect(pair.reconcile(0, { running: 1 }, evidence)).toEqual([2])
    // After fifteen minutes the evidence no longer counts.
    const checks = [1000, 1010, 1030, 1059, 1060, 1120, 1180].map((seconds) => {
      expect(pair.reconcile(seconds, { running: 1 })).toEqual([2])
      return pair.last?.requeueAfterSeconds
    })
    expect(checks).toEqual([10, 10, 10, 10, undefined, undefined, undefined])
    // A later recovery has a minute of its own.
    pair.reconcile(1200, { running: 0 }, [{ ...evidence[0], at: at(1200) } as Evidence])
    pair.reconcile(1210, { running: 3, healthy: 0 })
    expect(pair.last?.requeueAfterSeconds).toBe(10)
  })

  it('is checked for a minute after each task that runs again', () => {
    const pair = new Pair({}, ['fargate'])
    pair.reconcile(0, { desired: 4, running: 1 }, [spotShort(0)])
    const requeue = (seconds: number, running: number) => {
      pair.reconcile(seconds, { desired: 4, running, healthy: 1 })
      return pair.last?.requeueAfterSeconds
    }
    expect([requeue(10, 2), requeue(60, 2), requeue(65, 3), requeue(124, 3)]).toEqual(
      Array(4).fill(10),
    )
    expect([requeue(125, 3), requeue(126, 2), requeue(127, 3)]).toEqual(Array(3).fill(undefined))
  })

  it('does not happen while health is unknown', () => {
    const pair = new Pair()
    pair.reconcile(0, { running: 1 }, [spotShort(0)])
    pair.reconcile(60, { running: 3 })
    expect(pair.reconcile(900, { running: 3, healthy: undefined })).toEqual([2])
    expect(pair.last?.reasons).toContain('unknown-health')
  })

  it('doubles the window after a relapse, up to a maximum, and halves it in calm', () => {
    const pair = new Pair({ maxStabilizationSeconds: 900 })
    const windows: number[] = []
    let now = 0
    for (let drought = 0; drought < 4; drought++) {
      pair.reconcile(now, { running: 2 }, [spotShort(now)])
      pair.reconcile(now + 10, { running: 3 })
      windows.push(pair.last?.requeueAfterSeconds ?? 0)
      now += 10 + (windows.at(-1) ?? 0)
      expect(pair.reconcile(now, { running: 3 })).toEqual([0])
      now += 20
    }
    expect(windows).toEqual([300, 600, 900, 900])
    for (const end = now + 2 * 3600; now < end; now += 60) pair.reconcile(now, {})
    now += 2 * 3600
    pair.reconcile(now, { running: 2 }, [spotShort(now)])
    pair.reconcile(now + 10, { running: 3 })
    expect(pair.last?.requeueAfterSeconds).toBe(300)
  })
})

describe('bounds', () => {
  it('come from the policy and the primary', () => {
    expect(new Pair({ maxStandby: 1 }).reconcile(0, { running: 0 }, [spotShort(0)])).toEqual([1])
    const pair = new Pair()
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    expect(pair.reconcile(60, { desired: 2, running: 0 })).toEqual([2])
  })

  it.each([
    ['paused', { desired: 0, running: 0 }, []],
    ['primary-gone', { status: 'gone' as const, desired: 0, running: 0 }, ['primary-gone']],
  ])('clear the standby of a primary that is %s at once', (reason, primary, alerts) => {
    const pair = new Pair()
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    expect(pair.reconcile(10, primary)).toEqual([0])
    expect(pair.last).toMatchObject({ reasons: [reason], alerts })
  })

  it('raise an alert where they leave tasks uncovered', () => {
    const pair = new Pair({ maxStandby: 1 })
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    expect(pair.last?.alerts).toEqual(['uncovered'])
  })
})

describe('several standbys', () => {
  it('use the first one alone while it can place its tasks', () => {
    const pair = new Pair({}, ['ec2', 'fargate'])
    expect(pair.reconcile(0, { running: 1 }, [spotShort(0)])).toEqual([2, 0])
  })

  it('use the next one for tasks that the first cannot place', () => {
    const pair = new Pair({}, ['ec2', 'fargate'])
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    pair.standbys[0] = { name: 'ec2', desired: 3, running: 1 }
    expect(pair.reconcile(60, { running: 0 }, [onDemandShort('ec2', 60)])).toEqual([3, 2])
    expect(pair.last?.alerts).toEqual(['on-demand-short'])
  })

  it('lower the next one once the first has placed its tasks', () => {
    const pair = new Pair({}, ['ec2', 'fargate'])
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    pair.standbys[0] = { name: 'ec2', desired: 3, running: 0 }
    expect(pair.reconcile(60, { running: 0 }, [onDemandShort('ec2', 60)])).toEqual([3, 3])
    pair.reconcile(120, { running: 0 }, [spotShort(120)])
    expect(pair.reconcile(420, { running: 0 })).toEqual([3, 0])
  })
})

describe('an operator', () => {
  it('holds the current counts', () => {
    const pair = new Pair({ mode: 'hold' })
    expect(pair.reconcile(0, { running: 0 }, [spotShort(0)])).toEqual([0])
    expect(pair.last?.reasons).toEqual(['hold'])
  })

  it('forces a number of tasks, within the bounds', () => {
    expect(new Pair({ mode: { force: 2 } }).reconcile(0, {})).toEqual([2])
    expect(new Pair({ mode: { force: 9 } }).reconcile(0, {})).toEqual([3])
    expect(new Pair({ mode: { force: -1 } }).reconcile(0, {})).toEqual([0])
  })

  it('forces no more tasks on several standbys than the primary wants', () => {
    const forced = (force: number) =>
      new Pair({ mode: { force } }, ['ec2', 'fargate']).reconcile(0, {})
    expect(forced(2)).toEqual([2, 0])
    expect(forced(Number.MAX_SAFE_INTEGER)).toEqual([3, 0])
    const limited = new Pair({ mode: { force: 9 }, maxStandby: 2 }, ['ec2', 'fargate'])
    expect(limited.reconcile(0, {})).toEqual([2, 1])
    // The next one gets those that the first cannot place.
    const short = new Pair({ mode: { force: 3 } }, ['ec2', 'fargate'])
    short.reconcile(0, { running: 0 })
    short.standbys[0] = { name: 'ec2', desired: 3, running: 1 }
    expect(short.reconcile(60, { running: 0 }, [onDemandShort('ec2', 60)])).toEqual([3, 2])
  })

  it.each([
    [2, ['uncovered']],
    [3, []],
  ])('is alerted where a force of %s leaves tasks uncovered', (force, alerts) => {
    const pair = new Pair({ mode: { force } })
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    expect(pair.last?.alerts).toEqual(alerts)
  })

  it.each<[string, Policy['mode']]>([
    ['hold', 'hold'],
    ['force', { force: 3 }],
  ])('gets a whole stabilization window after a %s', (_, mode) => {
    const pair = new Pair()
    pair.reconcile(0, { running: 0 }, [spotShort(0)])
    pair.reconcile(60, { running: 3 })
    pair.policy = { mode }
    // Spot is lost again meanwhile.
    pair.reconcile(120, { running: 0 }, [spotShort(120)])
    pair.reconcile(600, { running: 0 }, [spotShort(600)])
    pair.policy = {}
    expect(pair.reconcile(610, { running: 3 })).toEqual([3])
    expect(pair.reconcile(909, { running: 3 })).toEqual([3])
    expect(pair.reconcile(910, { running: 3 })).toEqual([0])
  })
})

describe('the stabilization window', () => {
  it.each([
    ['serve-until-drained', true, 400],
    ['serve-until-drained', false, 300],
    ['leave', true, 300],
  ] as const)(
    'where tasks %s and leave before their replacements: %s',
    (atNotice, losesAtNotice, seconds) => {
      const pair = new Pair({ atNotice, lateStabilizationSeconds: 400 })
      pair.reconcile(0, { running: 0, losesAtNotice }, [spotShort(0)])
      pair.reconcile(60, { running: 3, losesAtNotice })
      expect(pair.reconcile(60 + seconds - 1, { running: 3, losesAtNotice })).toEqual([3])
      expect(pair.reconcile(60 + seconds, { running: 3, losesAtNotice })).toEqual([0])
    },
  )
})

describe('a capped standby', () => {
  it('is one loss of Spot, however long the shortage lasts', () => {
    const pair = new Pair({ prefer: 'availability', maxCoverPrice: 0.2 })
    for (let minute = 0; minute < 30; minute++) {
      const now = 60 * minute
      pair.standbys = pair.standbys.map((standby) => ({ ...standby, taskPrice: 0.1 }))
      expect(pair.reconcile(now, { running: 0 }, [spotShort(now)])).toEqual([2])
    }
    expect(pair.memory.losses).toHaveLength(1)
  })
})

describe('growth in a shortage', () => {
  it('counts once its tasks have run for 20 minutes, also if interrupted ones were replaced meanwhile', () => {
    const pair = new Pair({ maxStandby: 100 })
    pair.reconcile(0, { desired: 10, running: 6 }, [spotShort(0)])
    for (let minute = 1; minute <= 24; minute++) {
      const interrupted = minute % 5 === 0 ? 2 : 0
      const primary = { desired: 40, running: 6, interrupted }
      pair.reconcile(60 * minute, primary, [spotShort(60 * minute)])
    }
    expect(pair.standbys[0]?.desired).toBe(34)
  })
})
