/** How long tasks of a service took to start. */
export interface Starts {
  /** When the newest of them began to run. Older ones are known. */
  readonly until: number
  /** The latest ones, newest last. */
  readonly seconds: readonly number[]
}

/** A task that began to run. */
export interface Start {
  readonly at: number
  readonly seconds: number
}

/** Enough for one slow start in ten, and few enough to follow a new release. */
const maxStarts = 20

/** A quantile of fewer is chance. */
const minStarts = 3

const quantile = 0.9

/** Adds the starts that are not known yet. The argument itself if there are none. */
export function addStarts(before: Starts | undefined, found: readonly Start[]): Starts | undefined {
  const added = found
    .filter(({ at }) => at > (before?.until ?? 0))
    .sort((one, other) => one.at - other.at)
  const last = added.at(-1)
  if (last === undefined) return before
  const seconds = [...(before?.seconds ?? []), ...added.map((start) => Math.round(start.seconds))]
  return { until: last.at, seconds: seconds.slice(-maxStarts) }
}

/** Nine of ten starts take no longer. Undefined while too few are known. */
export function startSeconds(starts: Starts | undefined): number | undefined {
  if (starts === undefined || starts.seconds.length < minStarts) return undefined
  const sorted = [...starts.seconds].sort((one, other) => one - other)
  return sorted[Math.ceil(quantile * sorted.length) - 1]
}
