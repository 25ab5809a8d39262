import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundledFiles } from '@tideway/failover-lambda/build'
import { table } from '../table'
import {
  folderOf,
  isInstalled,
  type LockedPackage,
  type LockFile,
  nameOf,
  readLockFile,
  workspace,
} from './lock-file'
import { acceptedLicences, permissiveLicences, reasons, tools } from './reasons'

export type Use = 'in the function' | 'synthesis' | 'development'

interface Dependency {
  readonly name: string
  readonly folder: string
  readonly version: string
  readonly licence: string
}

/** What npm does not install: Terraform, its providers, and the actions of the workflows. */
export interface Tool {
  /** On GitHub: `owner/name`. */
  readonly repository: string
  readonly version: string
  /** The commit of an action. */
  readonly commit?: string
}

/** The projects whose dependencies decide what is deployed. */
const synthesizers = /^(apps\/.*|packages\/(constructs|ecs-spot)|tools\/bootstrap)$/

/** The dependencies of the projects themselves, without those on each other. */
export function directDependencies(lock: LockFile): Dependency[] {
  const found = new Map<string, Dependency>()
  for (const [project, locked] of projectsOf(lock)) {
    const { dependencies, devDependencies, optionalDependencies } = locked
    for (const name of Object.keys({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
    })) {
      const folder = folderOf(name, project, lock)
      const { version = '', license = 'none', link } = (folder && lock[folder]) || {}
      if (folder === undefined)
        throw new Error(`${project}/package.json: ${name} is not locked; run npm install`)
      if (link !== true) found.set(folder, { name, folder, version, licence: license })
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

export function projectsOf(lock: LockFile): [string, LockedPackage][] {
  return Object.entries(lock).filter(([folder]) => !folder.includes('node_modules/'))
}

/** The folders of the packages whose code is in the zip of the function. */
export function bundledFolders(): Set<string> {
  const folders = bundledFiles().map(
    (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? '',
  )
  return new Set(folders.filter((folder) => folder !== ''))
}

/** What makes the stacks and the zip, or is in them. Everything else is for development. */
function useOf({ name, folder }: Dependency, lock: LockFile, bundled: ReadonlySet<string>): Use {
  if (bundled.has(folder)) return 'in the function'
  const builder = readFileSync(join(workspace, 'packages/failover-lambda/build.cjs'), 'utf8')
  const isSynthesis =
    builder.includes(`require('${name}')`) ||
    projectsOf(lock).some(
      ([project, { dependencies = {} }]) => synthesizers.test(project) && name in dependencies,
    )
  return isSynthesis ? 'synthesis' : 'development'
}

/** Whether a licence, as an SPDX expression, is permissive: for OR one of its parts is, for AND all are. */
export function isPermissive(licence: string): boolean {
  const inner = /^\(([^()]*)\)$/.exec(licence)?.[1] ?? licence
  return inner
    .split(' AND ')
    .every((part) => part.split(' OR ').some((id) => permissiveLicences.includes(id)))
}

/** The installed packages, direct or not, whose licence nobody has accepted. */
export function licenceProblems(lock: LockFile): string[] {
  return Object.entries(lock)
    .filter(([folder, locked]) => isInstalled(folder, locked))
    .flatMap(([folder, locked]) => {
      const { license = 'none', version } = locked
      const name = nameOf(folder, locked)
      if (isPermissive(license) || acceptedLicences[name]?.licence === license) return []
      return [
        `${name} ${version}: must have a permissive licence; got ${license}. Use another package, or add it to acceptedLicences in tools/workspace/src/dependencies/reasons.ts with the reason.`,
      ]
    })
}

/** The Terraform version of CI, the providers of the installed bindings, and the actions of the workflows. */
export function toolsOf(dependencies: readonly Dependency[]): Tool[] {
  const load = createRequire(__filename)
  const providers = dependencies.flatMap(({ name, folder }): Tool[] => {
    if (!name.startsWith('@cdktf/provider-')) return []
    const { cdktf } = load(join(workspace, folder, 'package.json')) as {
      readonly cdktf: { readonly provider: { readonly name: string; readonly version: string } }
    }
    const [owner = '', provider = ''] = cdktf.provider.name.split('/').slice(-2)
    return [
      { repository: `${owner}/terraform-provider-${provider}`, version: cdktf.provider.version },
    ]
  })
  const workflows = readdirSync(join(workspace, '.github'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => readFileSync(join(workspace, '.github', file), 'utf8'))
    .join('\n')
  const actions = [
    ...workflows.matchAll(/uses: ([\w.-]+\/[\w.-]+)[^@\s]*@([0-9a-f]{40}) # v(\S+)/g),
  ]
  const [, terraform = ''] = /terraform_version: (\S+)/.exec(workflows) ?? []
  const all = [
    { repository: 'hashicorp/terraform', version: terraform },
    ...providers,
    ...actions.map(([, repository = '', commit = '', version = '']) => ({
      repository,
      version,
      commit,
    })),
  ]
  const byName = new Map(all.map((tool) => [`${tool.repository}@${tool.version}`, tool]))
  return [...byName.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, tool]) => tool)
}

export function dependencyTable(): string {
  const lock = readLockFile()
  const bundled = bundledFolders()
  return table(
    ['package', 'version', 'licence', 'where', 'why'],
    directDependencies(lock).map((each) => [
      `\`${each.name}\``,
      each.version,
      each.licence,
      useOf(each, lock, bundled),
      reasonOf(reasons[each.name], each.name),
    ]),
  )
}

export function toolTable(): string {
  return table(
    ['repository', 'version', 'licence', 'why'],
    toolsOf(directDependencies(readLockFile())).map(({ repository, version }) => [
      `\`${repository}\``,
      version,
      tools[repository]?.licence ?? '',
      reasonOf(tools[repository]?.why, repository),
    ]),
  )
}

export function licenceTable(): string {
  const counts = new Map<string, number>()
  for (const [folder, locked] of Object.entries(readLockFile())) {
    if (!isInstalled(folder, locked)) continue
    const licence = locked.license ?? 'none'
    counts.set(licence, (counts.get(licence) ?? 0) + 1)
  }
  const accepted = (licence: string) =>
    Object.entries(acceptedLicences)
      .filter(([, each]) => each.licence === licence)
      .map(([name, { why }]) => `\`${name}\`: ${why}`)
      .join('; ')
  return table(
    ['licence', 'packages', 'accepted for'],
    [...counts]
      .sort(([one, count], [other, otherCount]) => otherCount - count || (one < other ? -1 : 1))
      .map(([licence, count]) => [
        licence,
        String(count),
        isPermissive(licence) ? 'every package' : accepted(licence),
      ]),
  )
}

function reasonOf(reason: string | undefined, name: string): string {
  if (reason !== undefined) return reason
  throw new Error(
    `${name}: must have a reason. Write in one line why it is here, in tools/workspace/src/dependencies/reasons.ts.`,
  )
}
