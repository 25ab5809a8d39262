import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A file as it was, or undefined where there was none. */
type Originals = ReadonlyMap<string, Buffer | undefined>

/** A copy of the files of a clone, without those that git ignores. Changes are made there first, and are written all or none. */
export class CloneCopy {
  private readonly parent = mkdtempSync(join(tmpdir(), 'tideway-init-'))
  private readonly files: readonly string[]
  readonly root = join(this.parent, 'after')

  constructor(private readonly clone: string) {
    this.files = filesOf(clone)
    for (const file of this.files) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true })
      cpSync(join(clone, file), join(this.root, file))
    }
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true })
  }

  /** The files that differ from the clone. */
  changed(): string[] {
    return this.files.filter((file) => !isSame(join(this.clone, file), join(this.root, file)))
  }

  /** What `git diff` shows. Of a deleted file, only its name. */
  diff(): string {
    for (const file of this.changed()) {
      mkdirSync(dirname(join(this.parent, 'before', file)), { recursive: true })
      cpSync(join(this.clone, file), join(this.parent, 'before', file))
      if (!existsSync(join(this.root, file))) continue
      mkdirSync(dirname(join(this.parent, 'now', file)), { recursive: true })
      cpSync(join(this.root, file), join(this.parent, 'now', file))
    }
    mkdirSync(join(this.parent, 'now'), { recursive: true })
    const { stdout } = spawnSync(
      'git',
      [
        'diff',
        '--no-index',
        '--no-color',
        '--no-ext-diff',
        '--irreversible-delete',
        '--no-prefix',
        'before',
        'now',
      ],
      { cwd: this.parent, encoding: 'utf8', maxBuffer: 1 << 28 },
    )
    return stdout
  }

  /** Writes the changes into the clone, and then completes them. If that fails, the clone is as it was. */
  writeBack(complete: () => void): void {
    const originals = new Map(
      this.changed().map((file) => [file, contentOf(join(this.clone, file))]),
    )
    try {
      for (const file of originals.keys())
        put(join(this.clone, file), contentOf(join(this.root, file)))
      complete()
    } catch (error) {
      this.restore(originals)
      throw error
    }
  }

  /** Also files that were changed afterwards. */
  private restore(originals: Originals): void {
    for (const file of this.files) {
      const original = originals.has(file) ? originals.get(file) : contentOf(join(this.root, file))
      const now = contentOf(join(this.clone, file))
      if (!(original && now ? original.equals(now) : original === now)) {
        put(join(this.clone, file), original)
      }
    }
  }
}

function filesOf(clone: string): string[] {
  const list = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: clone, encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  return [...new Set(list.split('\0'))].filter(
    (file) => file !== '' && statSync(join(clone, file), { throwIfNoEntry: false })?.isFile(),
  )
}

function contentOf(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined
}

function isSame(one: string, other: string): boolean {
  return existsSync(other) && readFileSync(one).equals(readFileSync(other))
}

function put(path: string, content: Buffer | undefined): void {
  if (content === undefined) {
    rmSync(path)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
