/** The value of an HCL expression of literals. Any other expression stays text: `${expression}`. */
export function valueOfExpression(expression: string): unknown {
  const parser = new Parser(expression)
  const value = parser.value()
  return parser.isAtEnd() ? value : `\${${expression}}`
}

/** What the brackets contain of a text that is only a prefix and a group: `${...}`, `jsonencode(...)`. */
export function groupAfter(prefix: string, text: string): string | undefined {
  if (!text.startsWith(prefix) || !/^[[({]/.test(text.slice(prefix.length))) {
    return undefined
  }
  const parser = new Parser(text.slice(prefix.length))
  const group = parser.skipGroup()
  return parser.isAtEnd() ? group.slice(1, -1) : undefined
}

const literals: Readonly<Record<string, unknown>> = { true: true, false: false, null: null }

class Parser {
  private at = 0

  constructor(private readonly text: string) {}

  isAtEnd(): boolean {
    return this.rest().trim() === ''
  }

  value(): unknown {
    this.skip(/\s+/)
    const start = this.at
    const value = this.literal()
    // `"a" == "b"`, `[1][0]` or `"x" : "y"` is an expression that starts with a literal.
    if (value !== undefined && /^\s*([,\]})\n]|$)/.test(this.rest())) return value
    this.at = start
    return `\${${this.skipExpression().trim()}}`
  }

  private literal(): unknown {
    const next = this.text[this.at]
    if (next === '"') return this.string()
    if (next === '[') return this.list()
    if (next === '{') return this.object()
    const word = /^(true|false|null|-?\d+(\.\d+)?)(?![\w.(])/.exec(this.rest())?.[1]
    if (word === undefined) return undefined
    this.at += word.length
    return word in literals ? literals[word] : Number(word)
  }

  /** Keeps interpolations. */
  private string(): string {
    const quoted = this.skipString().slice(1, -1)
    return quoted.replace(/\$\{[^}]*\}|\\(u[0-9a-fA-F]{4}|.)/g, (whole, code?: string) =>
      code === undefined ? whole : JSON.parse(`"\\${code}"`),
    )
  }

  private list(): unknown[] | undefined {
    const items: unknown[] = []
    this.at++
    while (!this.skip(/\s*\]/)) {
      if (this.rest().trim() === '') return undefined
      items.push(this.value())
      this.skip(/\s*,/)
    }
    return items
  }

  private object(): Record<string, unknown> | undefined {
    const entries: [string, unknown][] = []
    this.at++
    while (!this.skip(/\s*\}/)) {
      this.skip(/\s+/)
      const key = this.text[this.at] === '"' ? this.string() : this.skip(/[\w.-]+/)
      if (key === undefined || this.skip(/\s*[=:]/) === undefined) return undefined
      entries.push([key, this.value()])
      this.skip(/\s*,/)
    }
    return Object.fromEntries(entries)
  }

  private rest(): string {
    return this.text.slice(this.at)
  }

  private skip(pattern: RegExp): string | undefined {
    const found = new RegExp(`^(?:${pattern.source})`).exec(this.rest())?.[0]
    this.at += found?.length ?? 0
    return found
  }

  /** Up to the comma, bracket or line end that ends the expression. */
  private skipExpression(): string {
    const start = this.at
    while (this.at < this.text.length && !/[,\]})\n]/.test(this.text.charAt(this.at))) {
      this.skipPart()
    }
    // Always advances, so that a text with a stray bracket ends.
    if (this.at === start) this.at++
    return this.text.slice(start, this.at)
  }

  skipGroup(): string {
    const start = this.at++
    while (this.at < this.text.length && !/[\])}]/.test(this.text.charAt(this.at))) this.skipPart()
    this.at++
    return this.text.slice(start, this.at)
  }

  private skipPart(): void {
    const next = this.text.charAt(this.at)
    if (next === '"') this.skipString()
    else if (/[([{]/.test(next)) this.skipGroup()
    else this.at++
  }

  private skipString(): string {
    const start = this.at++
    while (this.at < this.text.length && this.text[this.at] !== '"') {
      if (this.text[this.at] === '\\') this.at += 2
      else if (this.text.startsWith('${', this.at)) {
        this.at++
        this.skipGroup()
      } else this.at++
    }
    this.at++
    return this.text.slice(start, this.at)
  }
}
