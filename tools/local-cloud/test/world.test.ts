import { Synthesized } from '../src/delivery/synthesized'
import type { StoredService } from '../src/patches/ecs'
import { SimulatedCloud } from '../src/simulated-cloud'
import { withSynthesizedCompute } from './synthesize'

const stack = withSynthesizedCompute()
const hold = { key: 'tideway:hold', value: 'true' }

test('what somebody changes of a service counts at once: a pair that is held is not covered', async () => {
  const cloud = await SimulatedCloud.start(new Synthesized({ compute: stack() }))
  try {
    const world = await cloud.startWorld(1)
    const [primary] = world.primaries
    const stored = (tags: StoredService['tags'], desiredCount: number) =>
      ({ serviceArn: primary?.arn, tags, desiredCount }) as StoredService
    const tags = [...(primary?.tags ?? [])].map(([key, value]) => ({ key, value }))
    world.changed(stored([...tags, hold], 4), { desiredCount: 4 })
    await world.run(300)
    expect(world.live(stored([], 4))).toMatchObject({ desiredCount: 4, runningCount: 4 })
    world.setDrought('FARGATE_SPOT', true)
    await world.run(600)
    const standby = world.standbys.find(
      ({ tags: own }) => own.get('tideway:standby-of') === primary?.name,
    )
    expect(standby?.desiredCount).toBe(0)
    world.changed(stored(tags, 4), {})
    await world.run(300)
    expect(standby?.desiredCount).toBeGreaterThan(0)
  } finally {
    await cloud.close()
  }
})

test('a broken zone costs the tasks in it, and they are covered', async () => {
  const cloud = await SimulatedCloud.start(new Synthesized({ compute: stack() }))
  try {
    const world = await cloud.startWorld(1)
    world.breakZone('us-east-1a', 600)
    await world.run(900)
    for (const { name, desiredCount } of world.primaries) {
      expect(world.story.standing()[name]?.serving).toBeGreaterThanOrEqual(desiredCount)
    }
    expect(world.troubles.all).toEqual([])
  } finally {
    await cloud.close()
  }
})
