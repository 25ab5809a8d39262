import type { Timing } from './settings'

/** When something that failed may be tried again. */
export class Backoff {
  failures = 0
  private untilTime = 0

  constructor(private readonly timing: Timing) {}

  isOver(now: number): boolean {
    return now >= this.untilTime
  }

  /** @returns how long to wait */
  failed(now: number, jitter: number): number {
    const { firstRetrySeconds, longestRetrySeconds } = this.timing
    const seconds = Math.min(longestRetrySeconds, firstRetrySeconds * 2 ** this.failures)
    this.failures++
    // Up to a fifth more, so that services that failed together part. In whole milliseconds.
    const jittered =
      Math.round(Math.min(longestRetrySeconds, seconds * (1 + 0.2 * jitter)) * 1000) / 1000
    this.untilTime = now + jittered * 1000
    return jittered
  }

  succeeded(): void {
    this.failures = 0
    this.untilTime = 0
  }
}
