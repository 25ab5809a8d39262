/** One thing that is broken between an event and its effect. */
export interface Trouble {
  /** The deployed part that is to fix: `rule x`, `queue policy of y`. */
  readonly part: string
  readonly message: string
  /** When it was first seen: milliseconds since 1970, of the drought's clock. */
  readonly at: number
  count: number
}

/** What went wrong on the way, each thing once. */
export class Troubles {
  private readonly byPart = new Map<string, Trouble>()

  constructor(private readonly now: () => number) {}

  add(part: string, message: string): void {
    const key = `${part}: ${message}`
    const known = this.byPart.get(key)
    if (known !== undefined) known.count++
    else this.byPart.set(key, { part, message, at: this.now(), count: 1 })
  }

  get all(): Trouble[] {
    return [...this.byPart.values()]
  }
}
