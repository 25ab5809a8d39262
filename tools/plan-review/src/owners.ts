import { existsSync, readFileSync } from 'node:fs'

interface Line {
  readonly pattern: RegExp
  readonly owners: readonly string[]
}

/** The owners of a path by a CODEOWNERS file, where the last matching line counts. */
export class Owners {
  private readonly lines: readonly Line[]

  constructor(text: string) {
    this.lines = text
      .split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== '')
      .map((line) => {
        const [pattern = '', ...owners] = line.split(/\s+/)
        return { pattern: patternOf(pattern), owners }
      })
  }

  static read(file: string): Owners {
    return new Owners(existsSync(file) ? readFileSync(file, 'utf8') : '')
  }

  of(path: string): readonly string[] {
    return this.lines.filter(({ pattern }) => pattern.test(path)).at(-1)?.owners ?? []
  }
}

/** CODEOWNERS has the patterns of .gitignore, without negation. */
function patternOf(pattern: string): RegExp {
  const isAnchored = pattern.slice(0, -1).includes('/')
  const body = pattern
    .replace(/^\//, '')
    .replace(/\/$/, '/**')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (stars) => ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[stars] ?? stars,
    )
  return new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${body}(?:/.*)?$`)
}
