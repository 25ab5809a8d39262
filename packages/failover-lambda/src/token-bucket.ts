/** Time, as the handlers need it. Tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  sleep(milliseconds: number): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

/** Keeps calls under a limit that others share: so many at once, then so many a second. */
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
    // Below nothing: those who wait have their turn already, and the next waits behind them.
    this.tokens -= 1
    if (this.tokens < 0) await this.clock.sleep((-this.tokens / this.perSecond) * 1000)
  }
}
