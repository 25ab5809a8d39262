import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { isObject, type JsonObject, objectIn, textIn } from './json'
import type { Owners } from './owners'
import type { PlanOrigin } from './review'

/** The file that the Terraform wrapper writes beside a plan. */
const aboutFile = 'plan.about.json'

/** Reads the origin of a plan from the files beside it. A plan of another repository has only its name. */
export function originOf(file: string, workspace: string, owners: Owners): PlanOrigin {
  const folder = dirname(file)
  const about = jsonBeside(folder, aboutFile)
  const state = objectIn(about, 'state')
  const stack = textIn(about, 'stack') ?? nameOf(file)
  const source = join(workspace, 'apps', stack)
  return {
    stack,
    environment: textIn(about, 'environment'),
    commit: textIn(about, 'commit'),
    state:
      typeof state.serial === 'number' && typeof state.lineage === 'string'
        ? { serial: state.serial, lineage: state.lineage }
        : undefined,
    usesSamples: about.usesSamples === true,
    owners: existsSync(source) ? owners.of(`${relative(workspace, source)}/src/stack.ts`) : [],
    pathOf: pathsIn(jsonBeside(folder, 'cdk.tf.json')),
  }
}

function jsonBeside(folder: string, name: string): JsonObject {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return isObject(json) ? json : {}
  } catch {
    return {}
  }
}

function nameOf(file: string): string {
  const name = basename(file).replace(/(\.tfplan)?\.json$/, '')
  const folder = basename(dirname(file))
  return /^(tf)?plan$/.test(name) && folder !== '' && folder !== '.' ? folder : name
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
