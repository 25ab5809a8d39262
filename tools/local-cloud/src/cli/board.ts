import { stackNames } from '@tideway/constructs/stacks'

/**
 * Where the stacks stand: on a terminal one line for each, written over again and again; elsewhere a line when there
 * is something to say.
 */
export class Board {
  private readonly lines = new Map<string, string>()
  private shown = 0

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** How a stack stands now. */
  set(stack: string, text: string): void {
    if (this.lines.get(stack) === text) return
    this.lines.set(stack, text)
    if (this.out.isTTY) this.paint()
    else this.out.write(`${label(stack)}${text}\n`)
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear()
    this.out.write(`${text}\n`)
    if (this.out.isTTY) this.paint()
  }

  /** Leaves what is shown, and begins anew below it. */
  end(): void {
    this.shown = 0
    this.lines.clear()
  }

  private paint(): void {
    this.clear()
    const width = (this.out.columns ?? 80) - 1
    for (const [stack, text] of this.lines) {
      this.out.write(`${`${label(stack)}${text}`.slice(0, width)}\n`)
    }
    this.shown = this.lines.size
  }

  private clear(): void {
    if (this.out.isTTY && this.shown > 0) this.out.write(`\u001b[${this.shown}A\u001b[0J`)
    this.shown = 0
  }
}

const width = Math.max(...stackNames.map(({ length }) => length))

function label(stack: string): string {
  return `  ${stack.padEnd(width)}  `
}

/**
 * What a line of the Terraform wrapper says of how far it is, without the names before it. Nothing for what it concludes
 * with: that is told here in other words.
 */
export function progressIn(stack: string, line: string): string | undefined {
  const told = new RegExp(`^(?:${stack}: )? *${stack}: (.*)$`).exec(line)?.[1]
  if (told === undefined || told.startsWith(`${stack} in local: `)) return undefined
  return told.replace(/^(?:apply|plan), /, '')
}

/** Nx's own words around what its tasks say. */
export function isNoise(line: string): boolean {
  return /^\s*$|^ ?>? ?nx run|^ *NX {2}|^npm warn|^ +(Run duration|Cache|Critical path|Recoverable time|Recommendations?):|^ +- Speed up or split|^ +\w+:\w+:local +\d.*s$|^Hint: run the command|^Failed tasks:|^- \w+:\w+/.test(
    line,
  )
}
