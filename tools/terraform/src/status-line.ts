/** Shows progress: one line that is overwritten on a terminal, a line at intervals elsewhere. */
export class StatusLine {
  private shown = ''
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly prefix: string,
  ) {
    // A reader that stops, such as `| head`, must not make Terraform fail.
    stream.off('error', ignore).on('error', ignore)
  }

  /** Shows `line()` ten times a second on a terminal, elsewhere every TIDEWAY_PROGRESS_SECONDS (default: ten). */
  start(line: () => string): void {
    const seconds = Number(process.env.TIDEWAY_PROGRESS_SECONDS) || 10
    const interval = this.stream.isTTY ? 100 : seconds * 1000
    this.timer = setInterval(() => this.show(line()), interval)
  }

  stop(): void {
    clearInterval(this.timer)
    this.clear()
  }

  /** Prints a permanent line. */
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

function ignore(): void {}
