import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { copyFiles, git } from '@tideway/terraform/clone-files'

/** A copy of the files of a clone, without those that git ignores. Changes are made there first, and are written all or none. */
export class CloneCopy {
  readonly root = mkdtempSync(join(tmpdir(), 'tideway-init-'))
  private readonly files: readonly string[]

  constructor(private readonly clone: string) {
    this.files = copyFiles(clone, this.root).filter((file) => lstatSync(join(clone, file)).isFile())
    git(this.root, 'init', '--quiet')
    git(this.root, 'add', '--all', '--force')
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  /** The files that differ from the clone. */
  changed(): string[] {
    return git(this.root, 'diff', '--name-only', '-z').split('\0').filter(Boolean)
  }

  /** Of a deleted file, only its name. */
  diff(): string {
    const style = ['--no-color', '--no-ext-diff', '--irreversible-delete']
    return git(this.root, 'diff', ...style, '--src-prefix=before/', '--dst-prefix=now/')
  }

  /** Writes the changes into the clone, and then completes them. If that fails, the clone is as it was. */
  writeBack(changed: readonly string[], complete: () => void): void {
    const originals = new Map(
      this.files.map((file) => [file, readFileSync(join(this.clone, file))]),
    )
    try {
      for (const file of changed) put(join(this.clone, file), contentOf(join(this.root, file)))
      complete()
    } catch (error) {
      // Also what was changed afterwards.
      for (const [file, content] of originals) {
        if (!contentOf(join(this.clone, file))?.equals(content))
          put(join(this.clone, file), content)
      }
      throw error
    }
  }
}

function contentOf(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined
}

function put(path: string, content: Buffer | undefined): void {
  if (content === undefined) {
    rmSync(path)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
