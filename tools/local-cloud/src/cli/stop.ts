/** When somebody asked for the end, or something made it come. */
export class Stop {
  reason: string | undefined
  private readonly listeners: (() => void)[] = []

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => this.now(''))
    }
  }

  get isAsked(): boolean {
    return this.reason !== undefined
  }

  /** @param reason told to the person; nothing where it was their own wish */
  readonly now = (reason: string): void => {
    if (this.isAsked) return
    this.reason = reason
    for (const listener of this.listeners) listener()
  }

  /** At once, where it has been asked for already. */
  onStop(listener: () => void): void {
    if (this.isAsked) listener()
    else this.listeners.push(listener)
  }
}
