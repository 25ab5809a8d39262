/** The number of tasks or instances that a pool can hold from a time on. */
export interface TraceStep {
  readonly atSeconds: number
  readonly capacity: number
}

export interface TraceOptions {
  /**
   * Repeats the trace after this time.
   * @default the last value stays
   */
  readonly repeatEverySeconds?: number
}

export class InvalidTraceError extends Error {
  override readonly name = 'InvalidTraceError'
}

/** The capacity of a pool as a step function of time, from second 0 on. */
export class CapacityTrace {
  readonly steps: readonly TraceStep[]
  readonly repeatEverySeconds: number | undefined

  /** @param steps in the order of time. Before the first step there is no capacity */
  constructor(steps: readonly TraceStep[], options: TraceOptions = {}) {
    this.steps = checkedSteps(steps)
    this.repeatEverySeconds = options.repeatEverySeconds
    const last = this.steps.at(-1)?.atSeconds ?? 0
    if (this.repeatEverySeconds !== undefined && !(this.repeatEverySeconds > last)) {
      throw new InvalidTraceError(
        `repeatEverySeconds must be after the last step (${last}), got ${this.repeatEverySeconds}`,
      )
    }
  }

  static constant(capacity: number): CapacityTrace {
    return new CapacityTrace([{ atSeconds: 0, capacity }])
  }

  at(seconds: number): number {
    return this.steps[this.indexAt(this.inPeriod(seconds))]?.capacity ?? 0
  }

  /** The time of the next step after `seconds`, if there is one. */
  nextChange(seconds: number): number | undefined {
    const within = this.inPeriod(seconds)
    const next = this.steps[this.indexAt(within) + 1]
    const periodStart = seconds - within
    if (next !== undefined) return periodStart + next.atSeconds
    if (this.repeatEverySeconds === undefined || this.steps.length < 2) return undefined
    return periodStart + this.repeatEverySeconds
  }

  private inPeriod(seconds: number): number {
    return this.repeatEverySeconds === undefined ? seconds : seconds % this.repeatEverySeconds
  }

  private indexAt(seconds: number): number {
    let [low, high] = [0, this.steps.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.steps[middle] as TraceStep).atSeconds <= seconds) low = middle
      else high = middle - 1
    }
    return low
  }
}

function checkedSteps(steps: readonly TraceStep[]): TraceStep[] {
  const result: TraceStep[] = steps[0]?.atSeconds === 0 ? [] : [{ atSeconds: 0, capacity: 0 }]
  let before = -1
  for (const { atSeconds, capacity } of steps) {
    if (!(atSeconds > before)) {
      throw new InvalidTraceError(
        `steps must be in the order of time: ${atSeconds} after ${before}`,
      )
    }
    // Infinity is unlimited. NaN is an error.
    if (!(capacity >= 0)) {
      throw new InvalidTraceError(`capacity must be at least 0, got ${capacity} at ${atSeconds} s`)
    }
    if (result.at(-1)?.capacity !== capacity) result.push({ atSeconds, capacity })
    before = atSeconds
  }
  return result
}
