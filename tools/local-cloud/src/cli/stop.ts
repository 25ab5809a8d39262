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

  onStop(listener: () => void): void {
    this.listeners.push(listener)
  }
}
