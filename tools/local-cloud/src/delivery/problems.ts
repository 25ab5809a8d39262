/** A broken part between an event and its effect. */
export interface Problem {
  /** The deployed part to fix: `rule x`, `queue policy of y`. */
  readonly part: string
  readonly message: string
  /** First occurrence on the simulated clock, in milliseconds since 1970. */
  readonly at: number
  count: number
}

/** Counts problems, and lists each one once. */
export class Problems {
  private readonly byText = new Map<string, Problem>()

  constructor(private readonly now: () => number) {}

  add(part: string, message: string): void {
    const key = `${part}: ${message}`
    const known = this.byText.get(key)
    if (known !== undefined) known.count++
    else this.byText.set(key, { part, message, at: this.now(), count: 1 })
  }

  get all(): readonly Problem[] {
    return [...this.byText.values()]
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
