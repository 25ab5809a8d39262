import { unlimited } from '@tideway/spot-simulator'
import { ecsOnly } from '../src/policies/ecs-only'
import { surplus } from '../src/policies/surplus'
import { tideway } from '../src/policies/tideway'
import { runPolicy } from '../src/run'
import { type Timeline, TimelineRecorder } from '../src/timeline'
import { droughtScenario, droughtStartSeconds, hour } from './support'

const scenario = droughtScenario(0.5, 1)

async function recorded(policy: Parameters<typeof runPolicy>[1], of = scenario) {
  const recorder = new TimelineRecorder(of.hours)
  const row = await runPolicy(of, policy, () => {}, recorder)
  return { row, timeline: recorder.timeline() }
}

let ofEcs: Awaited<ReturnType<typeof recorded>>
let ofTideway: typeof ofEcs
beforeAll(async () => {
  ofEcs = await recorded(ecsOnly)
  ofTideway = await recorded(tideway)
})

/** [cell, values...] of each change. */
function changesOf(flat: readonly number[], width: number): number[][] {
  let cell = 0
  return Array.from({ length: flat.length / width }, (_, index) => {
    const [distance = 0, ...values] = flat.slice(index * width, (index + 1) * width)
    cell += distance
    return [cell, ...values]
  })
}

const stepAt = ({ steps, cellSeconds }: Timeline, seconds: number) =>
  changesOf(steps, 4)
    .findLast(([cell = 0]) => cell * cellSeconds <= seconds)
    ?.slice(1)

describe('a timeline', () => {
  it('changes no figure of the run', async () => {
    expect(ofTideway.row).toEqual(await runPolicy(scenario, tideway))
  })

  it('shows the tasks before, in and after a drought', () => {
    const { timeline } = ofEcs
    expect(stepAt(timeline, 0)).toEqual([3, 3, 0])
    expect(stepAt(timeline, droughtStartSeconds + hour / 3)).toEqual([3, 0, 0])
    expect(stepAt(timeline, hour)).toEqual([3, 3, 0])
    expect(stepAt(ofTideway.timeline, droughtStartSeconds + hour / 3)).toEqual([3, 0, 3])
  })

  it('needs no task of a surplus', async () => {
    const { timeline } = await recorded(surplus)
    expect(stepAt(timeline, 0)).toEqual([3, 4, 0])
  })

  it('has all failed requests, up to the rounding of a cell', () => {
    const { row, timeline } = ofEcs
    const { failed, cells, cellSeconds } = timeline
    const changes = changesOf(failed, 2)
    const sum = changes.reduce((all, [cell = 0, tenths = 0], index) => {
      const end = changes[index + 1]?.[0] ?? cells
      return all + (tenths / 10) * (end - cell) * cellSeconds
    }, 0)
    const expected = (row.failedPerMillion / 1e6) * row.requests
    expect(expected).toBeGreaterThan(1e5)
    expect(Math.abs(sum - expected)).toBeLessThan(0.05 * cells * cellSeconds)
  })

  it('shows a loss that is shorter than a cell', async () => {
    const short = { ...droughtScenario(1 / 3600, 240), application: 'leaves-at-once' as const }
    const { row, timeline } = await recorded(ecsOnly, short)
    expect(row.longestShortfallSeconds).toBeGreaterThan(0)
    expect(row.longestShortfallSeconds).toBeLessThan(timeline.cellSeconds)
    expect(Math.min(...changesOf(timeline.steps, 4).map(([, , spot = 0]) => spot))).toBe(0)
  })

  it('shows no state that held for no time: CodeDeploy switches all tasks at one moment', async () => {
    const services = scenario.services.map((service) => ({
      ...service,
      deployment: { controller: 'CODE_DEPLOY' as const },
    }))
    const calm = {
      ...droughtScenario(0.001, 1),
      services,
      spot: { 'us-east-1a': unlimited() },
      changes: [{ kind: 'release' as const, service: 'api', atSeconds: 300 }],
    }
    const { timeline, row } = await recorded(ecsOnly, calm)
    expect(row.shortfall).toBe(0)
    for (const [, needed = 0, spot = 0] of changesOf(timeline.steps, 4)) {
      expect(spot).toBeGreaterThanOrEqual(needed)
    }
  })
})
