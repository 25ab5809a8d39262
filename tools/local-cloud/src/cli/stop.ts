/** A request to stop: by a signal, or by a part that failed. */
export class Stop {
  /** Undefined until then. Empty after a signal. */
  reason: string | undefined
  private readonly listeners: (() => void)[] = []

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => this.request(''))
    }
  }

  get isRequested(): boolean {
    return this.reason !== undefined
  }

  /** Resolves with a request. */
  readonly requested = new Promise<void>((resolve) => this.onStop(resolve))

  /** @param reason printed at the end. Empty if the user stops the process */
  request(reason: string): void {
    if (this.isRequested) return
    this.reason = reason
    for (const listener of this.listeners) listener()
  }

  /** Calls the listener at once after a request. */
  onStop(listener: () => void): void {
    if (this.isRequested) listener()
    else this.listeners.push(listener)
  }
}
