/** A broken part between an event and its effect. */
export interface Problem {
  /** The deployed part to fix: `rule x`, `queue policy of y`. */
  readonly part: string
  /** The first of those that differ only in addresses, ids and numbers in paths. */
  readonly message: string
  /** First occurrence on the simulated clock, in milliseconds since 1970. */
  readonly at: number
  /** Last occurrence. */
  lastAt: number
  count: number
}

/** Messages can name what a caller asks for, so there is no end of them. */
const maxProblems = 500

/** Counts problems, and lists each one once. */
export class Problems {
  private readonly byText = new Map<string, Problem>()

  constructor(private readonly now: () => number) {}

  add(part: string, message: string): void {
    const key = withoutInstances(`${part}: ${message}`)
    const at = this.now()
    const known = this.byText.get(key)
    if (known !== undefined) {
      known.count++
      known.lastAt = at
    } else {
      this.byText.set(key, { part, message, at, lastAt: at, count: 1 })
      if (this.byText.size > maxProblems) this.forgetOldest()
    }
  }

  get all(): readonly Problem[] {
    return [...this.byText.values()]
  }

  private forgetOldest(): void {
    const [oldest] = [...this.byText].sort(([, one], [, other]) => one.lastAt - other.lastAt)
    if (oldest !== undefined) this.byText.delete(oldest[0])
  }
}

/** IP addresses with their ports, ids, and numbers in paths. */
const instances =
  /\b\d+(?:\.\d+){3}(?::\d+)?\b|\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b|(?<=\/[\w-]*)\d+\b/g

/** The same for all targets, tasks and pages with the same fault. */
export function withoutInstances(text: string): string {
  return text.replace(instances, '#')
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
