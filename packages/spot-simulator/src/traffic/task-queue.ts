export interface TaskCapacity {
  /** Requests that a task works on at once. */
  readonly requestsAtOnce: number
  /** Requests that wait for a place. Further ones are refused. */
  readonly queueLength: number
  /** A request that waits longer is late. */
  readonly lateAfterSeconds: number
}

/** Shares of the requests that arrive. */
export interface Overload {
  readonly refused: number
  readonly late: number
}

const maxCached = 20_000

/** A task as an M/M/c/K queue. For other service times of the same mean this is an approximation. */
export class TaskQueue {
  private readonly cache = new Map<number, Overload>()

  constructor(
    private readonly capacity: TaskCapacity,
    private readonly meanSeconds: number,
  ) {}

  /** The arrivals that keep all places busy. */
  get requestsPerSecond(): number {
    return this.capacity.requestsAtOnce / this.meanSeconds
  }

  /** @param perSecond arrivals at one task */
  overload(perSecond: number): Overload {
    const cached = this.cache.get(perSecond)
    if (cached !== undefined) return cached
    if (this.cache.size >= maxCached) this.cache.clear()
    const overload = this.computed(perSecond * this.meanSeconds)
    this.cache.set(perSecond, overload)
    return overload
  }

  private computed(offered: number): Overload {
    if (offered === 0) return { refused: 0, late: 0 }
    const { requestsAtOnce, queueLength, lateAfterSeconds } = this.capacity
    // Erlang B by its recursion: the probability that all places are busy if nothing waits.
    let busy = 1
    for (let places = 1; places <= requestsAtOnce; places++) {
      busy = (offered * busy) / (places + offered * busy)
    }
    const utilisation = offered / requestsAtOnce
    const ends = (requestsAtOnce * lateAfterSeconds) / this.meanSeconds
    // A request behind `waiting` others starts after `waiting` + 1 ends: late if fewer come in time.
    let fewEnds = 0
    let exactly = Math.exp(-ends)
    let state = busy
    let total = 1
    let late = 0
    for (let waiting = 0; waiting < queueLength; waiting++) {
      fewEnds += exactly
      exactly *= ends / (waiting + 1)
      late += state * fewEnds
      state *= utilisation
      total += state
    }
    return { refused: state / total, late: late / total }
  }
}
