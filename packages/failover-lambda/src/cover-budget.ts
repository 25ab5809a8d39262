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
  private reading: Promise<void> | undefined
  /** What this process has set lately: a read may not return it yet. */
  private readonly own = new Map<string, number>()

  constructor(
    private readonly store: Pick<Store, 'coverPrices'>,
    private readonly max: number,
    private readonly clock: Clock,
  ) {}

  /** Reads the prices of the pairs that other functions have reconciled, if they are due. */
  async refresh(): Promise<void> {
    if (this.max === Number.POSITIVE_INFINITY) return
    if (this.clock.now() - this.readAt < validMilliseconds) return
    this.reading ??= this.read().finally(() => {
      this.reading = undefined
    })
    await this.reading
  }

  private async read(): Promise<void> {
    const stored = await this.store.coverPrices()
    this.prices = new Map([...stored, ...this.own])
    this.own.clear()
    this.sum = [...this.prices.values()].reduce((sum, price) => sum + price, 0)
    this.readAt = this.clock.now()
  }

  /** The maximum price of one pair, by its key. Await nothing until it is set: concurrent reconciles share the budget. */
  maxPriceOf(key: string): number {
    return Math.max(0, this.max - this.sum + (this.prices.get(key) ?? 0))
  }

  /** Counts the price of a pair from now on. */
  set(key: string, price: number): void {
    this.sum += price - (this.prices.get(key) ?? 0)
    this.prices.set(key, price)
    this.own.set(key, price)
  }
}
