import { Synthesized } from '../src/delivery/synthesized'
import type { DroughtSimulation } from '../src/drought/drought-simulation'
import type { StoredService } from '../src/patches/ecs'
import { SimulatedCloud } from '../src/simulated-cloud'
import { withSynthesizedCompute } from './synthesize'

const stack = withSynthesizedCompute()
const hold = { key: 'tideway:hold', value: 'true' }
let cloud: SimulatedCloud
let simulation: DroughtSimulation

beforeAll(async () => {
  const synthesized = new Synthesized({ compute: stack() })
  cloud = await SimulatedCloud.start(() => synthesized)
})
beforeEach(async () => {
  simulation = await cloud.startSimulation(1)
})
afterAll(() => cloud.close())

test('a change of a service takes effect at once: the standby of a held pair stays at 0', async () => {
  const [primary] = simulation.primaries
  const stored = (tags: StoredService['tags'], desiredCount: number) =>
    ({ serviceArn: primary?.arn, tags, desiredCount }) as StoredService
  const tags = [...(primary?.tags ?? [])].map(([key, value]) => ({ key, value }))
  simulation.applyChange(stored([...tags, hold], 4), { desiredCount: 4 })
  await simulation.run(300)
  expect(simulation.currentCounts(stored([], 4))).toMatchObject({
    desiredCount: 4,
    runningCount: 4,
  })
  simulation.setDrought('FARGATE_SPOT', true)
  await simulation.run(600)
  const [standby] = simulation.standbys(primary?.name)
  expect(standby?.desiredCount).toBe(0)
  simulation.applyChange(stored(tags, 4), {})
  await simulation.run(300)
  expect(standby?.desiredCount).toBeGreaterThan(0)
})

test('standbys cover the tasks of a failed zone', async () => {
  simulation.breakZone('us-east-1a', 600)
  await simulation.run(900)
  for (const { name, desiredCount } of simulation.primaries) {
    const { serving = 0 } = simulation.timeline.taskCounts()[name] ?? {}
    expect(serving).toBeGreaterThanOrEqual(desiredCount)
  }
  expect(simulation.problems.all).toEqual([])
})
