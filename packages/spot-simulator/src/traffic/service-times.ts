/** How long a task works on a request. */
export interface ServiceTimes {
  readonly meanSeconds: number
  readonly slowestSeconds: number
  /** The share of requests that take longer than `seconds`. */
  longerThan(seconds: number): number
  /**
   * The integral of `longerThan` from `seconds` on. Times a rate of arrivals that ended `seconds` ago, this is the
   * expected number of requests still in flight: at 0 it is the mean, as Little's law says.
   */
  remaining(seconds: number): number
}

export interface UniformPart {
  readonly share: number
  readonly maxSeconds: number
}

/** A mixture of uniform distributions, each from 0 to its maximum. */
export function uniformMixture(parts: readonly UniformPart[]): ServiceTimes {
  const total = parts.reduce((sum, { share }) => sum + share, 0)
  if (Math.abs(total - 1) > 1e-9 || parts.some(({ maxSeconds }) => !(maxSeconds > 0))) {
    const got = JSON.stringify(parts)
    throw new RangeError(`uniformMixture: shares must add up to 1, with maxima above 0, got ${got}`)
  }
  const sum = (of: (part: UniformPart) => number) =>
    parts.reduce((before, part) => before + part.share * of(part), 0)
  return {
    meanSeconds: sum(({ maxSeconds }) => maxSeconds / 2),
    slowestSeconds: Math.max(...parts.map(({ maxSeconds }) => maxSeconds)),
    longerThan: (seconds) => sum(({ maxSeconds }) => Math.max(0, 1 - seconds / maxSeconds)),
    remaining: (seconds) =>
      sum(({ maxSeconds }) => Math.max(0, maxSeconds - seconds) ** 2 / (2 * maxSeconds)),
  }
}

/** Every request takes the same time. */
export function constantTime(seconds: number): ServiceTimes {
  return {
    meanSeconds: seconds,
    slowestSeconds: seconds,
    longerThan: (age) => (age < seconds ? 1 : 0),
    remaining: (age) => Math.max(0, seconds - age),
  }
}
