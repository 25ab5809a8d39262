import { lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { copyEntry, copyFiles, git } from '@tideway/terraform/clone-files'
import { workspace } from '@tideway/terraform/folders'

const modules = 'node_modules'

/** Copies the repository with its uncommitted files into a new one, which has one commit, and links its dependencies. */
export function copyRepository(to: string, from = workspace): void {
  copyFiles(from, to)
  git(to, 'init', '--quiet', '--initial-branch', 'main')
  git(to, 'config', 'user.name', 'Reader')
  git(to, 'config', 'user.email', 'reader@example.com')
  git(to, 'add', '--all')
  git(to, 'commit', '--quiet', '--message', 'Copy')
  linkModules(from, to)
}

/** Links each dependency, so that nothing is installed. The workspaces are links already: theirs lead into the copy. */
function linkModules(from: string, to: string): void {
  const scopes = readdirSync(join(from, modules)).filter((name) => name.startsWith('@'))
  const folders = ['', '.bin', ...scopes]
  for (const folder of folders) {
    mkdirSync(join(to, modules, folder), { recursive: true })
    for (const name of readdirSync(join(from, modules, folder))) {
      const entry = join(modules, folder, name)
      if (folders.includes(name)) continue
      if (lstatSync(join(from, entry)).isDirectory())
        symlinkSync(join(from, entry), join(to, entry))
      else copyEntry(join(from, entry), join(to, entry))
    }
  }
}
