import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from './world'

const tickMilliseconds = 50

/**
 * Lets the world's time go on, so many times as fast as the wall's. Where the functions take longer than that leaves
 * them, time waits for them.
 */
export async function run(
  world: World,
  speed: () => number,
  isOver: () => boolean,
  onTick: () => void = () => {},
): Promise<void> {
  let before = performance.now()
  while (!isOver()) {
    await sleep(tickMilliseconds)
    const now = performance.now()
    const seconds = Math.min(((now - before) / 1000) * speed(), maximumStepSeconds)
    before = now
    await world.run(seconds)
    onTick()
  }
}

/** So that nobody misses what happens, however late a tick is. */
const maximumStepSeconds = 60
