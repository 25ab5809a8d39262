import { stackNames } from '@tideway/constructs/stacks'

/** Shows the progress of the stacks: a line for each that is updated on a terminal, or a line for each change elsewhere. */
export class Board {
  private readonly lines = new Map<string, string>()
  private shownLines = 0
  private isHidden = false

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** Shows no more progress: another view of the terminal does. */
  hide(): void {
    this.end()
    this.isHidden = true
  }

  /** Sets the progress of a stack. */
  set(stack: string, text: string): void {
    if (this.isHidden) return
    if (this.lines.get(stack) === text) return
    this.lines.set(stack, text)
    if (this.out.isTTY) this.redraw()
    else this.out.write(`${label(stack)}${text}\n`)
  }

  /** Prints a line above the progress. */
  print(text: string): void {
    this.clear()
    this.out.write(`${text}\n`)
    if (this.out.isTTY) this.redraw()
  }

  /** Keeps the progress on the screen, and starts a new one below it. */
  end(): void {
    this.shownLines = 0
    this.lines.clear()
  }

  private redraw(): void {
    this.clear()
    const width = (this.out.columns ?? 80) - 1
    for (const [stack, text] of this.lines) {
      this.out.write(`${`${label(stack)}${text}`.slice(0, width)}\n`)
    }
    this.shownLines = this.lines.size
  }

  private clear(): void {
    if (this.out.isTTY && this.shownLines > 0) {
      this.out.write(`\u001b[${this.shownLines}A\u001b[0J`)
    }
    this.shownLines = 0
  }
}

const width = Math.max(...stackNames.map(({ length }) => length))

function label(stack: string): string {
  return `  ${stack.padEnd(width)}  `
}

/** The progress in a line of the Terraform wrapper. Undefined for its last line, which the board replaces. */
export function progressIn(stack: string, line: string): string | undefined {
  const text = new RegExp(`^(?:${stack}: )? *${stack}: (.*)$`).exec(line)?.[1]
  if (text === undefined || text.startsWith(`${stack} in local: `)) return undefined
  return text.replace(/^(?:apply|plan), /, '')
}

/** Whether Nx printed the line, rather than one of its tasks. */
export function isNxOutput(line: string): boolean {
  return /^\s*$|^ ?>? ?nx run|^ *NX {2}|^npm warn|^ +(Run duration|Cache|Critical path|Recoverable time|Recommendations?):|^ +- Speed up or split|^ +\w+:\w+:local +\d.*s$|^Hint: run the command|^Failed tasks:|^- \w+:\w+/.test(
    line,
  )
}
