/** A burst, then a constant rate. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** A token bucket that counts time instead of tokens. */
export class RateLimit {
  /** When the bucket would be full again. */
  private fullAt = 0

  constructor(private readonly rate: Rate) {}

  /** Takes a token, in advance if there is none. @returns the seconds until it is available */
  reserve(now: number): number {
    this.fullAt = Math.max(this.fullAt, now) + 1000 / this.rate.perSecond
    const ahead = (this.fullAt - now) / 1000 - this.rate.burst / this.rate.perSecond
    return ahead > 1e-9 ? ahead : 0
  }

  /** Takes a token if one is available. */
  take(now: number): boolean {
    const before = this.fullAt
    if (this.reserve(now) === 0) return true
    this.fullAt = before
    return false
  }
}
