import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

interface Line {
  readonly pattern: RegExp
  readonly owners: readonly string[]
}

/** Where GitHub looks for the file. It uses the first one that exists. */
const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']
/** GitHub loads only a smaller file. */
const maxBytes = 3 * 1024 * 1024

/** A user, a team or an e-mail address. */
const owner = /^(?:@[\w-]+(?:\/[\w.-]+)?|[\w.%+-]+@[\w-]+(?:\.[\w-]+)+)$/

/** The owners of a path by a CODEOWNERS file, where the last matching line counts. */
export class Owners {
  private readonly lines: readonly Line[]

  constructor(text: string) {
    this.lines = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .flatMap(lineOf)
  }

  /** Reads the file of a repository. Without one nobody owns anything. */
  static read(repository: string): Owners {
    const file = places.map((place) => join(repository, place)).find((each) => existsSync(each))
    return new Owners(
      file === undefined || statSync(file).size >= maxBytes ? '' : readFileSync(file, 'utf8'),
    )
  }

  /** @param path from the root of the repository, with slashes */
  of(path: string): readonly string[] {
    return this.lines.findLast(({ pattern }) => pattern.test(path))?.owners ?? []
  }
}

/** GitHub skips invalid lines. A line without owners is valid: nobody owns what matches it. */
function lineOf(text: string): Line[] {
  // A blank or a # with a backslash before it is part of the pattern.
  const [pattern = '', ...words] = text.trim().match(/(?:[^\\\s]+|\\.|\\$)+/g) ?? []
  const comment = words.findIndex((word) => word.startsWith('#'))
  const owners = comment === -1 ? words : words.slice(0, comment)
  // No comment can be escaped, no pattern negated, and no range of characters given, as in .gitignore.
  const isValid = !/^\\?#|^!|\[|\]|\*{3}/.test(pattern) && owners.every((each) => owner.test(each))
  return pattern === '' || !isValid ? [] : [{ pattern: patternOf(pattern), owners }]
}

/** Otherwise CODEOWNERS has the patterns of .gitignore. */
function patternOf(pattern: string): RegExp {
  const isAnchored = pattern.slice(0, -1).includes('/')
  const segments = pattern.replace(/^\//, '').replace(/\/$/, '/**').split('/')
  const last = segments.at(-1)
  const body = segments
    .map((segment, index) => {
      const isLast = index === segments.length - 1
      // Any folders in between, or everything inside.
      if (segment === '**') return isLast ? '.+' : '(?:.*/)?'
      return `${segmentOf(segment)}${isLast ? '' : '/'}`
    })
    .join('')
  // `docs/*` matches the files in docs and nothing deeper. Other patterns match a folder with all that it contains.
  const isShallow = isAnchored && last === '*'
  return new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${body}${isShallow ? '' : '(?:/.*)?'}$`)
}

/** A part between slashes. A backslash takes the meaning from the next character. */
function segmentOf(segment: string): string {
  return segment.replace(/\\(.)|\*+|[^\\]/g, (part, escaped: string | undefined) => {
    if (part === '?') return '[^/]'
    if (part.startsWith('*')) return segment === part ? '[^/]+' : '[^/]*'
    return (escaped ?? part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  })
}
