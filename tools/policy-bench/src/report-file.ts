import { accessSync, constants, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidOption } from './options'

/** Checks that a file can be written, before a run of minutes. Leaves no file. */
export function checkReportFile(file: string): void {
  if (file === '') throw new InvalidOption('--report: must be a file; got an empty name')
  const reject = (got: string, fix: string) => {
    throw new InvalidOption(
      `--report: must be a file that can be written; got ${file}, ${got}. ${fix}`,
    )
  }
  const folder = dirname(resolve(file))
  const parent = statOf(folder)
  if (parent === undefined) reject(`but there is no folder ${folder}`, 'Create it first.')
  else if (!parent.isDirectory()) reject(`but ${folder} is no folder`, 'Choose another name.')
  const before = statOf(file)
  if (before?.isDirectory())
    reject('a folder', `Add a name: ${file.replace(/\/*$/, '')}/report.html`)
  if (file.endsWith('/')) reject('the name of a folder', `Add a name: ${file}report.html`)
  try {
    accessSync(before === undefined ? folder : file, constants.W_OK)
  } catch {
    const target = before === undefined ? folder : file
    reject(`but ${target} is not writable`, 'Choose another file, or change its permissions.')
  }
}

/** Undefined for what does not exist. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
