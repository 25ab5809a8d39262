interface Loss {
  readonly noticedAt: number
  /** From then on, the others must take its share. */
  readonly routedUntil: number
}

/** Interruption notices that overlap: until the replacement of each has started. */
export interface Interruption {
  readonly at: number
  tasks: number
  unavoidableFailed: number
}

/**
 * What a policy loses that reacts to each notice at once. Its replacement starts at the notice, and serves after
 * `replacementSeconds`: equally likely values. Between, that share of a task is missing.
 */
export class Bound {
  readonly interruptions: Interruption[] = []
  private losses: Loss[] = []
  private before = 0
  private readonly replacement: readonly number[]

  constructor(replacementSeconds: readonly number[]) {
    this.replacement = [...replacementSeconds]
      .map((seconds) => Math.round(seconds * 1000))
      .sort((one, other) => one - other)
  }

  /** @param healthyTasks that received requests, this one included */
  notice(noticedAt: number, routedUntil: number, healthyTasks: number, lost: number): void {
    this.expire(noticedAt)
    if (this.losses.length === 0) {
      this.before = healthyTasks
      if (this.interruptions.at(-1)?.at !== noticedAt) {
        this.interruptions.push({ at: noticedAt, tasks: 0, unavoidableFailed: 0 })
      }
    }
    this.losses.push({ noticedAt, routedUntil })
    const interruption = this.interruptions.at(-1) as Interruption
    interruption.tasks++
    interruption.unavoidableFailed += lost
  }

  add(failed: number): void {
    const interruption = this.interruptions.at(-1)
    if (interruption !== undefined) interruption.unavoidableFailed += failed
  }

  /** @returns the tasks before and during the interruption, or undefined if nothing is missing */
  tasks(now: number, serving: number): { before: number; during: number } | undefined {
    this.expire(now)
    let missing = 0
    for (const { noticedAt, routedUntil } of this.losses) {
      if (now < routedUntil) continue
      const late = this.replacement.filter((after) => noticedAt + after > now).length
      missing += late / this.replacement.length
    }
    if (missing === 0) return undefined
    // What the policy under test has is possible.
    return { before: this.before, during: Math.max(serving, this.before - missing) }
  }

  nextChange(now: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const { noticedAt, routedUntil } of this.losses) {
      if (routedUntil > now) next = Math.min(next, routedUntil)
      for (const after of this.replacement) {
        const at = noticedAt + after
        if (at > now && at >= routedUntil) {
          next = Math.min(next, at)
          break
        }
      }
    }
    return next
  }

  private expire(now: number): void {
    const longest = this.replacement.at(-1) ?? 0
    if (this.losses.length === 0) return
    this.losses = this.losses.filter(
      ({ noticedAt, routedUntil }) => noticedAt + Math.max(longest, routedUntil - noticedAt) > now,
    )
  }
}
