import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const workspace = resolve(__dirname, '../../../..')

export interface LockedPackage {
  readonly name?: string
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  /** A package of the workspace, which has an entry of its own. */
  readonly link?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** The packages of a lock file of npm, by their folders. The root has the folder ''. */
export type LockFile = Readonly<Record<string, LockedPackage>>

export function readLockFile(): LockFile {
  return JSON.parse(readFileSync(join(workspace, 'package-lock.json'), 'utf8')).packages
}

/** Whether npm installs the package, as opposed to a project of the workspace or a link to one. */
export function isInstalled(folder: string, { link }: LockedPackage): boolean {
  return folder.includes('node_modules/') && link !== true
}

export function nameOf(folder: string, { name }: LockedPackage): string {
  return name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** The folder of a dependency: as Node.js finds it, in the nearest node_modules. */
export function folderOf(name: string, from: string, lock: LockFile): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (lock[candidate] !== undefined) return candidate
    if (folder === '') return undefined
  }
}

function parentOf(folder: string): string {
  const end = folder.lastIndexOf('/node_modules/')
  return end < 0 ? '' : folder.slice(0, end)
}

/** Everything that a package asks for. What is optional may be missing. */
export function requirementsOf(locked: LockedPackage): string[] {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = locked
  return Object.keys({
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
    ...peerDependencies,
  })
}
