import { Random } from './random'

type Action = () => void | Promise<void>

interface Scheduled {
  readonly at: number
  /** Breaks ties: the action that was scheduled first runs first. */
  readonly order: number
  readonly action: Action
  cancelled: boolean
}

/** Cancels a scheduled action. */
export type Cancel = () => void

/**
 * Virtual time. The clock jumps from one scheduled action to the next. An asynchronous action, such as a Lambda
 * handler that uses the SDK, takes only the virtual time that it sleeps.
 */
export class Simulation {
  readonly random: Random
  private clock: number
  private order = 0
  private readonly queue: Scheduled[] = []
  /** Work that has started and neither ended nor sleeps. The clock stands still for it. */
  private busy = 0
  private onIdle: (() => void)[] = []

  /** @param startsAt milliseconds since 1970, so that times in logs and events look real */
  constructor(seed: number, startsAt = Date.UTC(2026, 0, 5)) {
    this.random = new Random(seed)
    this.clock = startsAt
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.clock
  }

  after(seconds: number, action: Action): Cancel {
    return this.at(this.clock + Math.max(0, seconds) * 1000, action)
  }

  at(time: number, action: Action): Cancel {
    const entry = { at: Math.max(time, this.clock), order: this.order++, action, cancelled: false }
    this.push(entry)
    return () => {
      entry.cancelled = true
    }
  }

  /** The first time is one period from now. */
  every(seconds: number, action: Action): Cancel {
    let cancel: Cancel
    const again = () => {
      cancel = this.after(seconds, async () => {
        again()
        await action()
      })
    }
    again()
    return () => cancel()
  }

  /** Runs all actions that are due within `seconds`, and sets the clock to their end. */
  async run(seconds: number): Promise<void> {
    const end = this.clock + seconds * 1000
    for (let next = this.queue[0]; next !== undefined && next.at <= end; next = this.queue[0]) {
      this.pop()
      if (next.cancelled) continue
      this.clock = next.at
      await next.action()
      if (this.busy > 0) await this.idle()
    }
    this.clock = end
  }

  /** Runs work that may sleep, one sleep at a time. The clock stands still until the work sleeps or ends. */
  async work<Result>(task: () => Promise<Result>): Promise<Result> {
    this.busy++
    try {
      return await task()
    } finally {
      this.leaveWork()
    }
  }

  /**
   * Sleeps in virtual time, within `work`.
   *
   * @param isOver whether the work has ended during the sleep: then it does not continue
   */
  sleep(milliseconds: number, isOver: () => boolean = () => false): Promise<void> {
    return new Promise((wake) => {
      this.after(milliseconds / 1000, () => {
        if (isOver()) return
        this.busy++
        wake()
      })
      this.leaveWork()
    })
  }

  /** Ends sleeping work. The clock stands still until it has ended. */
  interruptSleep(end: () => void): void {
    this.busy++
    end()
  }

  /** Resolves when all work has ended or sleeps. */
  async idle(): Promise<void> {
    while (this.busy > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve))
  }

  private leaveWork(): void {
    this.busy--
    if (this.busy > 0) return
    const waiting = this.onIdle
    this.onIdle = []
    for (const resolve of waiting) resolve()
  }

  private push(entry: Scheduled): void {
    const { queue } = this
    let index = queue.length
    queue.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(entry, queue[parent] as Scheduled)) break
      queue[index] = queue[parent] as Scheduled
      index = parent
    }
    queue[index] = entry
  }

  private pop(): void {
    const { queue } = this
    const last = queue.pop()
    if (last === undefined || queue.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= queue.length) break
      const right = child + 1
      if (right < queue.length && isBefore(queue[right] as Scheduled, queue[child] as Scheduled)) {
        child = right
      }
      if (!isBefore(queue[child] as Scheduled, last)) break
      queue[index] = queue[child] as Scheduled
      index = child
    }
    queue[index] = last
  }
}

function isBefore(one: Scheduled, other: Scheduled): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
