import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isBlock, type StackJson } from './platform'
import { block } from './values'

/** A file that is not the Terraform JSON of a stack. */
export class UnreadableStackError extends Error {
  override readonly name = 'UnreadableStackError'
}

/** The synthesized JSON of a project. */
export function synthesizedFile(workspace: string, project: string, environment: string): string {
  const name = basename(project)
  return join(workspace, project, 'cdktf.out', environment, 'stacks', name, 'cdk.tf.json')
}

/** Reads stacks, by name. */
export function readStacks(files: readonly string[]): Record<string, StackJson> {
  const stacks: Record<string, StackJson> = {}
  for (const file of files) {
    const json = readStack(file)
    const name = nameOf(file, json)
    if (name in stacks) {
      throw new UnreadableStackError(
        `${file}: a second file of the stack "${name}". Give each stack once, in one environment.`,
      )
    }
    stacks[name] = json
  }
  return stacks
}

function readStack(file: string): StackJson {
  const unreadable = (got: string) =>
    new UnreadableStackError(
      `${file}: must be the Terraform JSON of a stack, as synth writes it (cdk.tf.json); got ${got}.`,
    )
  let text: string
  try {
    if (statSync(file).isDirectory()) throw unreadable('a folder')
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof UnreadableStackError) throw error
    throw unreadable(`an error: ${error instanceof Error ? error.message : error}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw unreadable(`invalid JSON: ${error instanceof Error ? error.message : error}`)
  }
  if (!isBlock(json)) throw unreadable('JSON that is not an object')
  if ('planned_values' in json || 'resource_changes' in json) throw unreadable('a plan')
  if ('lineage' in json) throw unreadable('a state')
  if (!isBlock(json.resource) && !isBlock(json.output))
    throw unreadable('no resources and no outputs')
  return json
}

/** The name is in the key of the backend; without a backend, it is that of the folder. */
function nameOf(file: string, json: StackJson): string {
  const terraform = 'terraform' in json && isBlock(json.terraform) ? json.terraform : undefined
  const key = String(block(terraform, 'backend', 's3')?.key ?? '')
  const byFolder = basename(dirname(file))
  return /([\w-]+)\.tfstate$/.exec(key)?.[1] ?? (byFolder === '.' ? basename(file) : byFolder)
}
