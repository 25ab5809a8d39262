import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { workspace } from '@tideway/terraform/folders'

const modules = 'node_modules'

/** Copies the repository with its uncommitted files into a new one, which has one commit, and links its dependencies. */
export function copyRepository(to: string): void {
  mkdirSync(to, { recursive: true })
  const listed = git(workspace, 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
  for (const file of listed.split('\0')) {
    const from = join(workspace, file)
    // A deleted file is still in the index.
    if (file === '' || !existsSync(from) || lstatSync(from).isDirectory()) continue
    mkdirSync(dirname(join(to, file)), { recursive: true })
    copyEntry(from, join(to, file))
  }
  git(to, 'init', '--quiet', '--initial-branch', 'main')
  git(to, 'config', 'user.name', 'Reader')
  git(to, 'config', 'user.email', 'reader@example.com')
  git(to, 'add', '--all')
  git(to, 'commit', '--quiet', '--message', 'Copy')
  linkModules(to)
}

function git(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  if (status === 0) return stdout
  throw new Error(`git ${args.join(' ')} failed in ${cwd}: ${error?.message ?? stderr}`)
}

/** Links that stay inside the repository lead into the copy. */
function copyEntry(from: string, to: string): void {
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
  else copyFileSync(from, to)
}

/** Links each dependency, so that nothing is installed. The workspaces are links already: theirs lead into the copy. */
function linkModules(to: string): void {
  const folders = ['', '.bin', ...readdirSync(join(workspace, modules)).filter(isScope)]
  for (const folder of folders) {
    mkdirSync(join(to, modules, folder), { recursive: true })
    for (const name of readdirSync(join(workspace, modules, folder))) {
      const entry = join(modules, folder, name)
      if (folders.includes(name)) continue
      if (lstatSync(join(workspace, entry)).isDirectory())
        symlinkSync(join(workspace, entry), join(to, entry))
      else copyEntry(join(workspace, entry), join(to, entry))
    }
  }
}

function isScope(name: string): boolean {
  return name.startsWith('@')
}
