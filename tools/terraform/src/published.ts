import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StackName, stackNames, stacks } from '@tideway/constructs/stacks'
import type { StackFolders } from './folders'

const file = ({ work }: StackFolders) => join(work, '.terraform.published.json')

/** Records the outputs that the last deploy of a stack changed. */
export function writePublished(folders: StackFolders, outputs: readonly string[]): void {
  writeFileSync(file(folders), JSON.stringify(outputs))
}

export function clearPublished(folders: StackFolders): void {
  rmSync(file(folders), { force: true })
}

export function readPublished(folders: StackFolders): string[] {
  return existsSync(file(folders)) ? JSON.parse(readFileSync(file(folders), 'utf8')) : []
}

/** The stacks that read the outputs of another one, in the order of deployment. */
export function consumersOf(producer: string): StackName[] {
  return stackNames.filter((name) => (stacks[name].reads as readonly string[]).includes(producer))
}

/** The names of the outputs whose values differ. */
export function changedOutputs(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .sort()
}
