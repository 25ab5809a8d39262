/** Overwrites one line on a terminal. Writes nothing elsewhere. */
export class Progress {
  private shownAt = 0

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(text: string): void {
    const now = performance.now()
    // A run reports hundreds of virtual hours per second.
    if (!this.stream.isTTY || now - this.shownAt < 100) return
    this.shownAt = now
    const width = Math.max(20, (this.stream.columns || 80) - 1)
    this.stream.write(`\r\u001b[K${text.slice(0, width)}`)
  }

  end(): void {
    if (this.stream.isTTY) this.stream.write('\r\u001b[K')
  }
}
