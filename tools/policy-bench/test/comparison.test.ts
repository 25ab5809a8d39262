import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goalsOf } from '../src/goals'
import { policies } from '../src/policies'
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
    expect(rowOf('all-on-demand')).toMatchObject({ shortfall: 0, cost: 1 })
    expect(rowOf('ecs-only').shortfall).toBeGreaterThan(0.1)
    expect(rowOf('seed').shortfall).toBeGreaterThan(0)
    const { shortfall } = rowOf('tideway')
    expect(shortfall).toBeLessThanOrEqual(rowOf('seed').shortfall / 50)
    expect(shortfall === 0 || shortfall <= rowOf('flip').shortfall / 5).toBe(true)
    expect(rowOf('oracle').rotationShortfall).toBe(0)
    expect(rowOf('tideway').cost).toBeLessThan(rowOf('flip').cost)
  })

  it('is reported with a verdict for each goal', () => {
    expect(report(rows)).toMatch(/one-service +0\.000 met +0 of 0 met +\d\.\d{3} (met|missed)/)
  })
})

describe('a goal', () => {
  const row = (policy: Row['policy'], shortfall: number, cost: number) =>
    ({ policy, shortfall, cost }) as Row

  it('is missed where only tideway has a shortfall, and above its ratio', () => {
    const goals = goalsOf([
      row('tideway', 0.01, 0.6),
      row('seed', 0.1, 0.5),
      row('flip', 0, 0.9),
      row('oracle', 0, 0.5),
    ])
    expect(goals.map(({ isMet }) => isMet)).toEqual([false, false, false])
    expect(goals[1]?.ratio).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the command', () => {
  it('prints the means of all seeds as JSON', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tideway-bench-'))
    try {
      const trace = { metadata: { gap_seconds: 600 }, data: [1, 0, 0, 1] }
      writeFileSync(join(folder, 'zone.json'), JSON.stringify(trace))
      const args = ['--traces', folder, '--seeds', '2', '--json']
      const text = await policyBench([...args, '--workers', '1'])
      expect(await policyBench([...args, '--workers', '2'])).toBe(text)
      const { rows, ...others } = JSON.parse(text)
      expect(others).toEqual({})
      expect(rows.map(({ policy }: Row) => policy)).toEqual(policies.map(({ name }) => name))
      for (const row of rows) {
        expect(row).toEqual({
          scenario: 'zone',
          policy: expect.any(String),
          shortfall: expect.any(Number),
          rotationShortfall: expect.any(Number),
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

  it.each([
    [['--seeds', '0'], '--seeds: must be a number above 0; got 0'],
    [['--seeds', '1.5'], '--seeds: must be a whole number; got 1.5'],
    [['--days', '2'], '--days: requires --traces, whose files it truncates; got no --traces'],
    [['--sedes', '2'], "Unknown option '--sedes'"],
  ])('rejects %j', async (args, message) => {
    await expect(policyBench(args)).rejects.toThrow(message)
  })
})
