import { setTimeout as sleep } from 'node:timers/promises'
import type { DroughtSimulation } from './drought-simulation'

export interface RealTimeProps {
  /** Simulated seconds per second. */
  readonly speed: () => number
  readonly isOver: () => boolean
  readonly onTick?: () => void
}

const tickMilliseconds = 50
/** Keeps the timeline smooth after a late tick. */
const maxStepSeconds = 60

/**
 * Advances the current simulation with the real clock. The simulated clock stops while functions run, and while there is
 * no simulation.
 */
export async function runInRealTime(
  simulation: () => DroughtSimulation | undefined,
  { speed, isOver, onTick = () => {} }: RealTimeProps,
): Promise<void> {
  let before = performance.now()
  while (!isOver()) {
    await sleep(tickMilliseconds)
    const now = performance.now()
    const seconds = Math.min(((now - before) / 1000) * speed(), maxStepSeconds)
    before = now
    const current = simulation()
    if (current !== undefined) {
      current.load?.setSpeed(speed())
      current.requests?.programs.setSpeed(speed())
      await current.run(seconds)
    }
    onTick()
  }
}
