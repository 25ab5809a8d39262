import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stackNames } from '@tideway/constructs/stacks'
import { isObject, type JsonObject, objectIn, textIn } from './json'
import type { Owners } from './owners'
import type { PlanOrigin } from './review'

/** The file that the Terraform wrapper writes beside a plan. */
const aboutFile = 'plan.about.json'

/** Reads the origin of a plan from the files beside it. A plan of another repository has only its name. */
export function originOf(file: string, workspace: string, owners: Owners): PlanOrigin {
  const folder = realpathSync(dirname(file))
  const ours = stackOf(folder, workspace)
  const about = ours === undefined ? {} : jsonBeside(folder, aboutFile)
  const state = objectIn(about, 'state')
  return {
    stack: ours ?? nameOf(file),
    environment: textIn(about, 'environment'),
    commit: textIn(about, 'commit'),
    state:
      typeof state.serial === 'number' && typeof state.lineage === 'string'
        ? { serial: state.serial, lineage: state.lineage }
        : undefined,
    usesSamples: about.usesSamples === true,
    owners: ours === undefined ? [] : owners.of(`apps/${ours}/src/stack.ts`),
    pathOf: pathsIn(jsonBeside(folder, 'cdk.tf.json')),
  }
}

/**
 * The stack of this repository that the plans in a folder are of. A plan that CI copied lies in no repository: its
 * description names the stack. The same description in another repository is of a stack of that one.
 */
function stackOf(folder: string, workspace: string): string | undefined {
  const repository = repositoryOf(folder)
  if (repository !== undefined && repository !== workspace) return undefined
  const [, byFolder] = /^\/apps\/([^/]+)\/\.tf\//.exec(folder.slice(workspace.length)) ?? []
  const name =
    textIn(jsonBeside(folder, aboutFile), 'stack') ??
    (repository === workspace ? byFolder : undefined)
  return stackNames.find((each) => each === name)
}

/** The closest folder with a Git repository, or with a work tree of one. */
function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : repositoryOf(parent)
}

function jsonBeside(folder: string, name: string): JsonObject {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return isObject(json) ? json : {}
  } catch {
    return {}
  }
}

/** A name that none of our stacks has: the rest of the review takes those for ours. */
function nameOf(file: string): string {
  const name = basename(file).replace(/(\.tfplan)?\.json$/, '')
  const folder = dirname(file)
  const isNamedByFolder = /^(tf)?plan$/.test(name) && basename(folder) !== ''
  const short = isNamedByFolder ? basename(folder) : name
  if (!(stackNames as readonly string[]).includes(short)) return short
  const parent = basename(isNamedByFolder ? dirname(folder) : folder) || '.'
  return `${parent}/${short}`
}

/** Addresses of cdktf end in a hash: its JSON has the construct path of each. */
function pathsIn(stack: JsonObject): (address: string) => string {
  const resources = objectIn(stack, 'resource')
  return (address) => {
    const [type = '', id = ''] = address.split('.')
    const path = textIn(objectIn(objectIn(objectIn(resources, type), id), '//').metadata, 'path')
    return path === undefined ? address : `${path} (${type})`
  }
}
