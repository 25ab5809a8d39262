import { spawnSync } from 'node:child_process'
import { copyFileSync, lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Copies the files of a clone: also uncommitted ones, but none that git ignores. Returns their paths from its root. */
export function copyFiles(clone: string, to: string): string[] {
  const listed = git(clone, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  const files = [...new Set(listed.split('\0'))].filter((file) => {
    // A deleted file is still in the index.
    const stats = lstatSync(join(clone, file), { throwIfNoEntry: false })
    return stats !== undefined && !stats.isDirectory()
  })
  for (const file of files) {
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyEntry(join(clone, file), join(to, file))
  }
  return files
}

/** Links that stay inside the clone lead into the copy. */
export function copyEntry(from: string, to: string): void {
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else copyFileSync(from, to)
}

export function git(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status === 0) return stdout
  throw new Error(`git ${args.join(' ')} failed in ${cwd}: ${error?.message ?? stderr}`)
}
