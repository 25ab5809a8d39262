/** Somewhere to show what goes on: one line that is written over on a terminal, a line now and then elsewhere. */
export class StatusLine {
  private shown = ''
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly prefix: string,
  ) {
    // Whoever read along has gone, as `| head` does: Terraform must not fail for that.
    stream.on('error', () => {})
  }

  /** Shows `line()` while it runs: ten times a second on a terminal, every ten seconds elsewhere, or as often as TIDEWAY_PROGRESS_SECONDS says. */
  start(line: () => string): void {
    // Whoever shows the lines of several stacks at once wants them more often.
    const seconds = Number(process.env.TIDEWAY_PROGRESS_SECONDS) || 10
    const interval = this.stream.isTTY ? 100 : seconds * 1000
    this.timer = setInterval(() => this.show(line()), interval)
  }

  stop(): void {
    clearInterval(this.timer)
    this.clear()
  }

  /** Something that stays. */
  print(text: string): void {
    this.clear()
    this.stream.write(`${text}\n`)
  }

  private show(line: string): void {
    if (!this.stream.isTTY) {
      if (line === this.shown) return
      this.shown = line
      this.stream.write(`${this.prefix}${line}\n`)
      return
    }
    const text = `${this.prefix}${line}`.slice(0, (this.stream.columns ?? 80) - 1)
    this.clear()
    this.stream.write(text)
    this.shown = text
  }

  private clear(): void {
    if (this.stream.isTTY && this.shown !== '') this.stream.write('\r\u001b[2K')
    if (this.stream.isTTY) this.shown = ''
  }
}
