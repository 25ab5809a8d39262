/** A window is counted in parts of this length. */
const partMs = 10_000
const maxKeys = 100_000

/** Counts requests by key in a sliding window. */
export class RateLimit {
  /** Parts with requests, oldest first, each followed by its count: most viewers have one in a window. */
  private readonly counts = new Map<string, readonly number[]>()
  private readonly length: number

  constructor(
    private readonly limit: number,
    windowSeconds: number,
  ) {
    this.length = Math.ceil((windowSeconds * 1000) / partMs)
  }

  /** Whether the requests of the key, with this one, exceed the limit. */
  exceeds(key: string, now: number, weight: number): boolean {
    const part = Math.floor(now / partMs)
    const known = this.counts.get(key)
    if (known === undefined && this.counts.size >= maxKeys) this.forget(part)
    const counts = added(known ?? [], part - this.length, part, weight)
    this.counts.set(key, counts)
    let sum = 0
    for (let index = 1; index < counts.length; index += 2) sum += counts[index] as number
    return sum > this.limit
  }

  /** Deletes the keys without a request in the window, or else the oldest tenth. */
  private forget(part: number): void {
    for (const [key, counts] of this.counts) {
      if ((counts.at(-2) ?? 0) <= part - this.length) this.counts.delete(key)
    }
    if (this.counts.size < maxKeys) return
    let left = maxKeys / 10
    for (const key of this.counts.keys()) {
      if (left-- <= 0) return
      this.counts.delete(key)
    }
  }
}

/** Adds a count to a part, without the parts up to `past`. */
function added(counts: readonly number[], past: number, part: number, weight: number): number[] {
  let first = 0
  while (first < counts.length && (counts[first] as number) <= past) first += 2
  const kept = counts.slice(first)
  if (kept.at(-2) !== part) return [...kept, part, weight]
  kept[kept.length - 1] = (kept.at(-1) ?? 0) + weight
  return kept
}
