import { createHash, randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildZip } from '@tideway/failover-lambda/build'
import {
  bundledFolders,
  directDependencies,
  isPermissive,
  projectsOf,
  toolsOf,
} from './dependencies'
import {
  folderOf,
  isInstalled,
  type LockedPackage,
  type LockFile,
  nameOf,
  readLockFile,
  requirementsOf,
} from './lock-file'
import { permissiveLicences, tools } from './reasons'

interface Component {
  readonly 'bom-ref': string
  readonly type: 'application' | 'file' | 'library'
  readonly name: string
  readonly version?: string
  readonly scope?: 'optional' | 'required'
  readonly purl?: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses?: readonly object[]
}

interface Dependants {
  readonly ref: string
  readonly dependsOn: readonly string[]
}

export interface Bom {
  readonly $schema: string
  readonly bomFormat: 'CycloneDX'
  readonly specVersion: '1.5'
  readonly serialNumber: string
  readonly version: 1
  readonly metadata: { readonly timestamp: string; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly Dependants[]
}

const zipName = 'failover.zip'

/** The schema of CycloneDX rejects other ids. */
const spdxIds = [...permissiveLicences, 'BUSL-1.1', 'CC-BY-4.0', 'MPL-2.0']

/** The bill of materials, from the lock file, the workflows and the zip of the function. It needs no network. */
export function billOfMaterials(lock: LockFile, now: Date, uuid: string): Bom {
  const packages = Object.entries(lock).filter(([, { link }]) => link !== true)
  const dependencies = new Map<string, Set<string>>()
  const add = (from: string, to: readonly string[]) => {
    const known = dependencies.get(from) ?? new Set()
    dependencies.set(from, new Set([...known, ...to]))
  }
  const components = new Map<string, Component>()
  for (const [folder, locked] of packages) {
    const ref = refOf(folder, locked)
    const others = requirementsOf(locked).flatMap((name) => refsOf(name, folder, lock))
    add(ref, others)
    const before = components.get(ref)
    // The same version in two folders is one component, required if one of them is.
    if (before?.scope !== 'required') components.set(ref, componentOf(folder, locked))
  }
  const direct = directDependencies(lock)
  const outside = toolsOf(direct).map(({ repository, version, commit }): Component => {
    const purl = `pkg:github/${repository.toLowerCase()}@${commit ?? `v${version}`}`
    const licenses = licencesOf(tools[repository]?.licence)
    return { 'bom-ref': purl, type: 'application', name: repository, version, purl, ...licenses }
  })
  const root = rootOf(lock)
  const projects = projectsOf(lock).filter(([folder]) => folder !== '')
  add(root['bom-ref'], [
    ...projects.map(([folder, locked]) => refOf(folder, locked)),
    ...outside.map((tool) => tool['bom-ref']),
    zipName,
  ])
  for (const tool of outside) add(tool['bom-ref'], [])
  add(
    zipName,
    [...bundledFolders()].map((folder) => refOf(folder, lock[folder] ?? {})),
  )
  components.delete(root['bom-ref'])
  const all = [...components.values(), ...outside, zip()]
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: { timestamp: now.toISOString(), component: root },
    components: all.sort(byKey((each) => each['bom-ref'])),
    dependencies: [...dependencies]
      .map(([ref, others]) => ({ ref, dependsOn: [...others].sort() }))
      .sort(byKey(({ ref }) => ref)),
  }
}

function byKey<Item>(keyOf: (item: Item) => string): (one: Item, other: Item) => number {
  return (one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)
}

function rootOf(lock: LockFile): Component {
  const root = lock[''] ?? {}
  return { ...componentOf('', root), type: 'application' }
}

function refOf(folder: string, locked: LockedPackage): string {
  return `${nameOf(folder, locked)}@${locked.version}`
}

/** None where it is optional and not locked. */
function refsOf(name: string, from: string, lock: LockFile): string[] {
  const found = folderOf(name, from, lock)
  if (found === undefined) return []
  const locked = lock[found] as LockedPackage & { readonly resolved?: string }
  // A link has the folder of a project in place of an address.
  const folder = locked.link === true ? (locked.resolved ?? '') : found
  return [refOf(folder, lock[folder] ?? {})]
}

function componentOf(folder: string, locked: LockedPackage): Component {
  const name = nameOf(folder, locked)
  const { version = '', dev, optional, license, integrity } = locked
  return {
    'bom-ref': refOf(folder, locked),
    type: 'library',
    name,
    version,
    scope: dev === true || optional === true ? 'optional' : 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(isInstalled(folder, locked) && integrity !== undefined && { hashes: [hashOf(integrity)] }),
    ...licencesOf(license),
  }
}

/** An id or an expression must be of SPDX, so any other licence is a name. */
function licencesOf(licence: string | undefined): Pick<Component, 'licenses'> {
  if (licence === undefined) return {}
  if (spdxIds.includes(licence)) return { licenses: [{ license: { id: licence } }] }
  if (/ (AND|OR) /.test(licence) && isPermissive(licence)) {
    return { licenses: [{ expression: licence }] }
  }
  return { licenses: [{ license: { name: licence } }] }
}

/** The form of npm, such as `sha512-` and base64. */
function hashOf(integrity: string): { alg: string; content: string } {
  const [, bits = '', content = ''] = /^sha(\d+)-(\S+)/.exec(integrity) ?? []
  return { alg: `SHA-${bits}`, content: Buffer.from(content, 'base64').toString('hex') }
}

function zip(): Component {
  const content = createHash('sha256').update(readFileSync(buildZip())).digest('hex')
  const hashes = [{ alg: 'SHA-256', content }]
  return { 'bom-ref': zipName, type: 'file', name: zipName, hashes }
}

export function parseOptions(args: readonly string[]) {
  return parseArgs({ args: [...args], options: { output: { type: 'string' } } }).values
}

export function sbomCommand(args: readonly string[]): void {
  const { output } = parseOptions(args)
  const text = `${JSON.stringify(billOfMaterials(readLockFile(), new Date(), randomUUID()), null, 2)}\n`
  if (output === undefined) process.stdout.write(text)
  else writeFileSync(output, text)
}

if (require.main === module) {
  try {
    sbomCommand(process.argv.slice(2))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`sbom: ${message}\nusage: npm run sbom -- [--output FILE]\n`)
    process.exitCode = 1
  }
}
