/** A window is counted in parts of this length. */
const partMs = 10_000
const maxKeys = 100_000

interface Count {
  sum: number
  /** Of the newest part. */
  part: number
  readonly parts: number[]
}

/** Counts requests by key in a sliding window. */
export class RateLimit {
  private readonly counts = new Map<string, Count>()
  private readonly length: number

  constructor(
    private readonly limit: number,
    windowSeconds: number,
  ) {
    this.length = Math.ceil((windowSeconds * 1000) / partMs)
  }

  /** Whether the requests of the key, with this one, exceed the limit. */
  exceeds(key: string, now: number, weight: number): boolean {
    const count = this.countAt(key, Math.floor(now / partMs))
    const index = count.part % this.length
    count.parts[index] = (count.parts[index] ?? 0) + weight
    count.sum += weight
    return count.sum > this.limit
  }

  private countAt(key: string, part: number): Count {
    let count = this.counts.get(key)
    if (count === undefined) {
      if (this.counts.size >= maxKeys) this.forget(part)
      count = { sum: 0, part, parts: Array<number>(this.length).fill(0) }
      this.counts.set(key, count)
    }
    if (part - count.part >= this.length) {
      count.parts.fill(0)
      count.sum = 0
      count.part = part
    }
    while (count.part < part) {
      count.part += 1
      const index = count.part % this.length
      count.sum -= count.parts[index] ?? 0
      count.parts[index] = 0
    }
    return count
  }

  /** Deletes the keys without a request in the window, or else the oldest tenth. */
  private forget(part: number): void {
    for (const [key, count] of this.counts) {
      if (part - count.part >= this.length) this.counts.delete(key)
    }
    if (this.counts.size < maxKeys) return
    let left = maxKeys / 10
    for (const key of this.counts.keys()) {
      if (left-- <= 0) return
      this.counts.delete(key)
    }
  }
}
