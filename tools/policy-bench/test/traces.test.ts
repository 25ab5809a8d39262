import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calmStartSeconds } from '../src/scenario'
import { traceScenarios } from '../src/trace-scenarios'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tideway-traces-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), JSON.stringify(content))

describe('trace files', () => {
  it('are read from subfolders, scaled to the services, and start after calm', () => {
    mkdirSync(join(folder, 'set'))
    write('set/zone-a.json', { metadata: { gap_seconds: 600 }, data: [1, 0, 0, 1] })
    write('other.json', { name: 'not a trace' })
    const [scenario, ...others] = traceScenarios({ folder, seed: 4, days: 7 })
    expect(others).toEqual([])
    expect(scenario).toMatchObject({ name: 'set/zone-a', seed: 4 })
    expect(scenario?.hours).toBeCloseTo((calmStartSeconds + 2400) / 3600)
    const spot = scenario?.spot['us-east-1a']
    const at = (seconds: number) => spot?.at(calmStartSeconds + seconds)
    expect(spot?.at(0)).toBe(Number.POSITIVE_INFINITY)
    expect(at(0)).toBeGreaterThanOrEqual(2 * 13)
    expect([at(600), at(1799)]).toEqual([0, 0])
    expect(at(1800)).toBe(at(0))
  })

  it('of several nodes are partial capacity', () => {
    write('nodes.json', { metadata: { gap_seconds: 600 }, data: [4, 3, 1, 0, 4] })
    const [scenario] = traceScenarios({ folder, seed: 1, days: 7 })
    const capacities = scenario?.spot['us-east-1a']?.steps.map(({ capacity }) => capacity)
    expect(capacities).toEqual([Number.POSITIVE_INFINITY, 39, 9, 3, 0, 39])
  })

  it('are truncated to the given days', () => {
    write('long.json', { metadata: { gap_seconds: 3600 }, data: Array(72).fill(1) })
    const [scenario] = traceScenarios({ folder, seed: 1, days: 2 })
    expect(scenario?.hours).toBeCloseTo(48 + calmStartSeconds / 3600)
  })

  it('that are missing or invalid are reported with their path', () => {
    const read = (path: string) => () => traceScenarios({ folder: path, seed: 1, days: 7 })
    expect(read(folder)).toThrow(`${folder}: contains no traces`)
    expect(read(join(folder, 'nowhere'))).toThrow('nowhere: must be a readable folder with traces')
    write('bad.json', { metadata: { gap_seconds: 600 }, data: [1, -1] })
    expect(read(folder)).toThrow(/bad\.json: data\[1\] must be a number of at least 0/)
  })
})
