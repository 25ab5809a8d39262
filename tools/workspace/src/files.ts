import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'

/** What commands write, and what is not of this repository. */
const others = /^(node_modules|dist|cdktf\.out|out|\.(?!github$|ci$).*)$/

/** The files of a repository, or of a folder in it and of those below. Their paths begin at the root. */
export function filesIn(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) return others.test(entry.name) ? [] : filesIn(root, path)
      return entry.isFile() ? [path] : []
    })
    .sort()
}
