import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { StackJson } from './platform'
import { isBlock, type Values, valueAt } from './values'

/** A file that is not a synthesized stack. */
export class UnreadableStackError extends Error {
  override readonly name = 'UnreadableStackError'
}

/** Reads stacks, by name. */
export function readStacks(files: readonly string[]): Record<string, StackJson> {
  const stacks: Record<string, StackJson> = {}
  for (const file of files) {
    const json = readStack(file)
    const name = nameOf(file, json)
    if (name in stacks) {
      throw new UnreadableStackError(
        `${file}: a second file of the stack "${name}". Pass each stack once, in one environment.`,
      )
    }
    stacks[name] = json
  }
  return stacks
}

function readStack(file: string): Values {
  const unreadable = (got: string) =>
    new UnreadableStackError(
      `${file}: must be the Terraform JSON of a stack, as synth writes it (cdk.tf.json); got ${got}.`,
    )
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof SyntaxError) throw unreadable(`invalid JSON: ${message}`)
    throw unreadable(code === 'EISDIR' ? 'a folder' : `an error: ${message}`)
  }
  if (!isBlock(json)) throw unreadable('JSON that is not an object')
  if ('planned_values' in json || 'resource_changes' in json) throw unreadable('a plan')
  if ('lineage' in json) throw unreadable('a state')
  if (!isBlock(json.resource) && !isBlock(json.output)) {
    throw unreadable('no resources and no outputs')
  }
  return json
}

/** The name from the key of the state. Without a backend, the name of the folder. */
function nameOf(file: string, json: Values): string {
  const key = String(valueAt(json, 'terraform.backend.s3.key'))
  const folder = basename(dirname(file))
  return /([\w-]+)\.tfstate$/.exec(key)?.[1] ?? (folder === '.' ? basename(file) : folder)
}
