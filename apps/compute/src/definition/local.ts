import { type Check, type Checks, isObject, isString, isStrings } from '@tideway/constructs'

/** The program of a service on the machine of a developer. Nothing of it is deployed. */
export interface LocalFields {
  /**
   * How `npm start` runs the tasks, with an image other than the example: without it, a stand-in answers for them.
   * Nothing that is deployed depends on it.
   *
   * @default the command of the example image; a stand-in for other images
   * @example local: { run: ['node', 'server.js'], cwd: '../shop' }
   */
  readonly local?: {
    /** The command with its arguments. It listens on the port that it gets as `PORT`, as in a container. */
    readonly run: readonly string[]
    /**
     * Its folder, relative to the repository.
     *
     * @default an empty folder that ends with the task
     */
    readonly cwd?: string
  }
}

const fields = ['run', 'cwd']

export function localChecks({ local }: LocalFields): Checks<LocalFields> {
  if (local === undefined) return {}
  const isLocal = isObject(local) && Object.keys(local).every((key) => fields.includes(key))
  if (!isLocal) {
    return { local: [[false, 'be an object with run, and cwd if needed', 'Name them.']] }
  }
  const { run, cwd } = local
  const checks: Check[] = [
    [
      isStrings(run) && run.length > 0 && run[0] !== '',
      'have as run a list of one or more strings, one for each argument',
      'Write each argument as an item of the list.',
    ],
    [
      cwd === undefined || (isString(cwd) && cwd !== ''),
      'have as cwd the path of a folder',
      'Write it relative to the repository, or remove it.',
    ],
  ]
  return { local: checks }
}
