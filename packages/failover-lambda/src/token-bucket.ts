/** The time source of the handlers. Tests pass a virtual one. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  sleep(milliseconds: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** Limits the rate of API calls: `burst` calls at once, then `perSecond`. */
export class TokenBucket {
  private tokens: number
  private filledAt: number

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly clock: Clock,
  ) {
    this.tokens = burst
    this.filledAt = clock.now()
  }

  async take(): Promise<void> {
    const now = this.clock.now()
    this.tokens = Math.min(
      this.burst,
      this.tokens + ((now - this.filledAt) / 1000) * this.perSecond,
    )
    this.filledAt = now
    // A negative balance is the queue: each caller waits for its own token.
    this.tokens -= 1
    if (this.tokens < 0) await this.clock.sleep((-this.tokens / this.perSecond) * 1000)
  }
}
