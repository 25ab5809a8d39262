import type { Store } from './store'
import type { Clock } from './token-bucket'

/** How long the prices of other functions' pairs count before they are read again. */
const validMilliseconds = 10_000

/**
 * What the cover of all pairs may cost together, in US dollars per hour. A concurrent function can exceed it by what
 * it starts before the prices are read again. Cover that runs is never lowered for this, or two functions would undo
 * each other's work.
 */
export class CoverBudget {
  private prices = new Map<string, number>()
  private sum = 0
  private readAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly store: Pick<Store, 'coverPrices'>,
    private readonly max: number,
    private readonly clock: Clock,
  ) {}

  /** The maximum price of one pair, by its key. */
  async maxPriceOf(key: string): Promise<number> {
    if (this.max === Number.POSITIVE_INFINITY) return this.max
    const now = this.clock.now()
    if (now - this.readAt >= validMilliseconds) {
      this.prices = await this.store.coverPrices()
      this.sum = [...this.prices.values()].reduce((sum, price) => sum + price, 0)
      this.readAt = now
    }
    return Math.max(0, this.max - this.sum + (this.prices.get(key) ?? 0))
  }

  /** Counts the price of a pair from now on. */
  set(key: string, price: number): void {
    this.sum += price - (this.prices.get(key) ?? 0)
    this.prices.set(key, price)
  }
}
