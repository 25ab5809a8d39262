import type { Timing } from './settings'

/** Delays retries: longer after each failure. */
export class Backoff {
  failures = 0
  private untilTime = 0

  constructor(private readonly timing: Timing) {}

  isOver(now: number): boolean {
    return now >= this.untilTime
  }

  /** @returns the delay in seconds */
  failed(now: number, jitter: number): number {
    const { firstRetrySeconds, maxRetrySeconds } = this.timing
    const seconds = Math.min(maxRetrySeconds, firstRetrySeconds * 2 ** this.failures)
    this.failures++
    // Up to 20 % of jitter: services must not retry at the same time. In whole milliseconds.
    const jittered =
      Math.round(Math.min(maxRetrySeconds, seconds * (1 + 0.2 * jitter)) * 1000) / 1000
    this.untilTime = now + jittered * 1000
    return jittered
  }

  succeeded(): void {
    this.failures = 0
    this.untilTime = 0
  }
}
