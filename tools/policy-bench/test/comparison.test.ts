import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultAssumptions } from '@tideway/spot-simulator'
import { goalsOf } from '../src/goals'
import { combinations } from '../src/job'
import { mergeRows } from '../src/merge'
import { policies } from '../src/policies'
import { ecsOnly } from '../src/policies/ecs-only'
import { policyBench } from '../src/policy-bench'
import { report } from '../src/report'
import { type Row, runPolicy } from '../src/run'
import { droughtScenario } from './support'

describe('a drought of an hour', () => {
  let rows: Row[]
  beforeAll(async () => {
    rows = []
    for (const policy of policies) rows.push(await runPolicy(droughtScenario(1, 3), policy))
  })
  const rowOf = (policy: string) => {
    const row = rows.find((candidate) => candidate.policy === policy)
    if (row === undefined) throw new Error(`no row for the policy ${policy}`)
    return row
  }

  it('ranks the policies as expected', () => {
    expect(rowOf('oracle').shortfall).toBe(0)
    expect(rowOf('all-on-demand').shortfall).toBe(0)
    expect(rowOf('all-on-demand').failedPerMillion).toBeCloseTo(0)
    expect(rowOf('all-on-demand').cost).toBeCloseTo(1)
    expect(rowOf('ecs-only').shortfall).toBeGreaterThan(0.1)
    expect(rowOf('ecs-only').failedPerMillion).toBeGreaterThan(1e5)
    expect(rowOf('seed').shortfall).toBeGreaterThan(0)
    expect(rowOf('tideway').cost).toBeLessThan(rowOf('flip').cost)
  })

  it('is reported with the goals first, in lines of at most 120 characters', () => {
    const text = report(rows)
    expect(text).toMatch(/^goals of tideway: .*\n.*frontier/)
    expect(text).toMatch(/\n {2}one-service +serves, stop\n/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  })
})

const arrivalsPerSecond = (tasks: number) => {
  const { requestsAtOnce, serviceTimes, utilisation } = defaultAssumptions
  return (tasks * utilisation * requestsAtOnce) / serviceTimes.meanSeconds
}

describe('a scenario without a load balancer', () => {
  it('has no requests, so none fail', async () => {
    const services = [{ name: 'worker', desiredCount: 3, isLoadBalanced: false }]
    const row = await runPolicy({ ...droughtScenario(1, 3), services }, ecsOnly)
    const none = { requests: 0, failedPerMillion: 0, latePerMillion: 0, unavoidablePerMillion: 0 }
    expect(row).toMatchObject(none)
    expect(mergeRows([row, row], 'merged')).toMatchObject(none)
    expect(row.shortfall).toBeGreaterThan(0)
  })
})

describe('the bound of failed requests', () => {
  it('begins when events of notices come', async () => {
    const boundAfter = async (delaySeconds: number) => {
      const settings = { events: { delaySeconds: [delaySeconds, delaySeconds] } } as const
      const scenario = {
        ...droughtScenario(1, 3),
        application: 'leaves-at-once',
        settings,
      } as const
      const { unavoidablePerMillion, requests } = await runPolicy(scenario, ecsOnly)
      return (unavoidablePerMillion / 1e6) * requests
    }
    // Until then, all requests fail.
    const perSecond = arrivalsPerSecond(3)
    const difference = (await boundAfter(12)) - (await boundAfter(2))
    expect(difference / (10 * perSecond)).toBeCloseTo(1, 1)
  })
})

describe('a goal', () => {
  const row = (
    policy: Row['policy'],
    failedPerMillion: number,
    cost: number,
    other: Partial<Row> = {},
  ) =>
    ({
      policy,
      failedPerMillion,
      cost,
      unavoidablePerMillion: 0,
      application: 'leaves-at-once',
      ...other,
    }) as Row
  const met = (rows: readonly Row[]) => goalsOf(rows).map(({ name, isMet }) => [name, isMet])

  it('is met on the frontier, at the bound and at the cost of the oracle', () => {
    const rows = [
      row('tideway', 110, 0.55, { unavoidablePerMillion: 100 }),
      row('tideway-availability', 30, 0.7),
      row('flip', 90, 0.6),
      row('seed', 120, 0.5),
      row('oracle', 0, 0.5),
    ]
    expect(met(rows)).toEqual([
      ['failed requests', true],
      ['frontier', true],
      ['availability', true],
      ['cost', true],
    ])
  })

  it('is missed where a cheaper baseline fails less', () => {
    const rows = [
      row('tideway', 12, 0.56),
      row('tideway-availability', 31, 0.7),
      row('flip', 11, 0.55),
      row('oracle', 0, 0.5),
    ]
    expect(met(rows)).toEqual([
      ['failed requests', false],
      ['frontier', false],
      ['availability', false],
      ['cost', false],
    ])
  })

  it.each([
    ['api-drought', 'base-50 keeps 2 of 3 tasks on demand'],
    ['worker-drought', 'no reason is known'],
  ])('that is missed is reported with the reason: %s', (scenario, reason) => {
    const rows = [row('tideway', 20, 0.56), row('flip', 10, 0.55), row('oracle', 0, 0.56)]
    const text = report(rows.map((each) => ({ ...each, scenario })))
    expect(text).toContain(`frontier in ${scenario}\n    ${reason}`)
  })
})

describe('the command', () => {
  it('prints the means of all seeds as JSON', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))
    try {
      const trace = { metadata: { gap_seconds: 600 }, data: [1, 0, 0, 1] }
      writeFileSync(join(folder, 'zone.json'), JSON.stringify(trace))
      const chosen = ['ecs-only', 'flip']
      const chosenArgs = chosen.flatMap((name) => ['--policy', name])
      const args = ['--traces', folder, '--seeds', '2', '--json', ...chosenArgs]
      const text = await policyBench([...args, '--workers', '1'])
      const file = join(folder, 'report.html')
      const reported = await policyBench([...args, '--workers', '2', '--report', file])
      expect(reported).toBe(text)
      expect(readFileSync(file, 'utf8')).toContain('npm run bench -- policies --traces')
      const { rows, ...others } = JSON.parse(text)
      expect(Object.keys(others)).toEqual(['figures'])
      const ofEach = combinations.flatMap((combination) =>
        chosen.map((policy) => ({ ...combination, policy })),
      )
      expect(rows).toMatchObject(ofEach)
      for (const row of rows) {
        expect(row).toEqual({
          scenario: 'zone',
          policy: expect.any(String),
          application: expect.any(String),
          deregistration: expect.any(String),
          failedPerMillion: expect.any(Number),
          unavoidablePerMillion: expect.any(Number),
          latePerMillion: expect.any(Number),
          badSeconds: expect.any(Number),
          requests: expect.any(Number),
          shortfall: expect.any(Number),
          worstHourShortfall: expect.any(Number),
          longestShortfallSeconds: expect.any(Number),
          onDemandTaskHours: expect.any(Number),
          cost: expect.any(Number),
          writes: expect.any(Number),
          directionChanges: expect.any(Number),
          desiredTaskHours: expect.any(Number),
          seeds: 2,
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('prints all combinations of a calm scenario, which is run once', async () => {
    const args = ['--scenario', 'calm', '--policy', 'ecs-only', '--workers', '1', '--json']
    const { rows } = JSON.parse(await policyBench(args))
    expect(rows).toMatchObject(combinations)
    expect(new Set(rows.map(({ cost }: Row) => cost)).size).toBe(1)
  })

  it.each([
    [['--seeds', '0'], '--seeds: must be a number above 0; got 0'],
    [['--seeds', '1.5'], '--seeds: must be a whole number; got 1.5'],
    [['--days', '2'], '--days: requires --traces, whose files it truncates; got no --traces'],
    [['--sedes', '2'], "Unknown option '--sedes'"],
    [['--policy', 'titeway'], '--policy: must be one of ecs-only, '],
    [['--scenario', 'rain'], '; got rain'],
    [['--report', ''], '--report: must be a file; got an empty name'],
    [['--report', '/no/folder/a.html'], 'but there is no folder /no/folder. Create it first.'],
    [['--report', tmpdir()], `got ${tmpdir()}, a folder. Add a name: ${tmpdir()}/report.html`],
    [['--report', join(__filename, 'a.html')], `but ${__filename} is no folder`],
    [['--report', `${tmpdir()}/none/`], 'none/, the name of a folder'],
  ])('rejects %j', async (args, message) => {
    await expect(policyBench(args)).rejects.toThrow(message)
  })
})
