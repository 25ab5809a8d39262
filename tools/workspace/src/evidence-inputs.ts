import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn } from './files'
import { resolveImport, specifiersIn, withoutComments } from './imports'

/** What each organization has of its own. No figure is compared with it: the nightly run computes them again. */
const ofAnOrganization = [
  'apps/',
  'packages/constructs/src/environments.ts',
  'packages/constructs/src/organization.ts',
  'packages/constructs/src/stacks.ts',
]

/** Reads the code that figures are made from. */
export class Code {
  private readonly files: ReadonlySet<string>
  private readonly texts = new Map<string, string>()

  constructor(private readonly root: string) {
    this.files = new Set(
      ['packages', 'tools'].flatMap((folder) => filesIn(root, folder)).filter(isCode),
    )
  }

  /** The files that some files import, directly or not, and these. */
  importedBy(entries: readonly string[]): string[] {
    const found = new Set<string>()
    const queue = [...entries]
    for (const file of queue) {
      if (found.has(file) || ofAnOrganization.some((start) => file.startsWith(start))) continue
      found.add(file)
      for (const { text } of specifiersIn(this.textOf(file))) {
        const target = resolveImport(this.root, this.files, file, text)
        if (target !== undefined) queue.push(target)
      }
    }
    return [...found].sort()
  }

  /** A hash of code and data. Comments, spaces and imports of types alone do not change it. */
  hash(entries: readonly string[], data: readonly string[] = []): string {
    const hash = createHash('sha256')
    for (const file of this.importedBy(entries)) hash.update(`${file}\0${this.textOf(file)}\0`)
    for (const path of data.flatMap((each) => filesAt(this.root, each))) {
      hash.update(`${path}\0`).update(readFileSync(join(this.root, path)))
    }
    return hash.digest('hex')
  }

  private textOf(file: string): string {
    const text = this.texts.get(file) ?? normalized(readFileSync(join(this.root, file), 'utf8'))
    this.texts.set(file, text)
    return text
  }
}

function normalized(source: string): string {
  return withoutComments(source)
    .replace(/\b(?:import|export) type \{[^}]*\} from ['"][^'"]+['"]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

const isCode = (file: string) => /\.(?:ts|cjs|js)$/.test(file)

function filesAt(root: string, path: string): string[] {
  return statSync(join(root, path)).isDirectory() ? filesIn(root, path) : [path]
}
