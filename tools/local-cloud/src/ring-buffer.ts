/** Keeps the last items: a simulation may run for days. */
export class RingBuffer<Item> {
  private items: Item[] = []
  /** How many items were added, dropped ones included. */
  total = 0

  constructor(private readonly capacity: number) {}

  push(item: Item): void {
    this.items.push(item)
    this.total++
    // Dropping many at once keeps push cheap.
    if (this.items.length > this.capacity * 1.5) this.items = this.items.slice(-this.capacity)
  }

  /** The items that were added after the first `total`. */
  since(total: number): readonly Item[] {
    const added = this.total - total
    return added <= 0 ? [] : this.items.slice(-added)
  }

  get last(): Item | undefined {
    return this.items.at(-1)
  }

  get all(): readonly Item[] {
    return this.items
  }
}
