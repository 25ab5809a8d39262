import { type Checks, isObject, isStrings } from '@tideway/constructs'
import { isWhole } from './values'

/** A function that waits for the command runs at most 15 minutes. */
const maxMinutes = 14

export const defaultBeforeReleaseMinutes = 10

export interface BeforeReleaseFields {
  /**
   * A command that runs once before a release, such as a database migration: in a task of the new revision, on Fargate
   * on demand. If it fails, or takes too long, the release stops, and
   * the tasks of the previous revision keep running. A rollback does not undo it, so the previous revision must work
   * after it too. It can run again for the same revision, so it must be safe to repeat.
   *
   * @default no command
   * @example beforeRelease: { command: ['npm', 'run', 'migrate'] }
   */
  readonly beforeRelease?: BeforeReleaseCommand
}

export interface BeforeReleaseCommand {
  /** Replaces the command of the service, and follows its entry point. */
  readonly command: readonly string[]
  /**
   * Then the command has failed. At most 14.
   *
   * @default 10
   */
  readonly timeoutMinutes?: number
}

export function beforeReleaseChecks({
  beforeRelease,
}: BeforeReleaseFields): Checks<BeforeReleaseFields> {
  if (beforeRelease === undefined) return {}
  const { command, timeoutMinutes = defaultBeforeReleaseMinutes }: Partial<BeforeReleaseCommand> =
    isObject(beforeRelease) ? beforeRelease : {}
  return {
    beforeRelease: [
      [
        isStrings(command) && command.length > 0 && command.every((word) => word !== ''),
        'have a command: a list of words, of which none is empty',
        "Write it as ['npm', 'run', 'migrate'], or remove the field.",
      ],
      [
        !isStrings(command) || JSON.stringify(command).length <= 2000,
        'have a command of at most 2000 characters: it is a setting of a function, which AWS limits to 4 KB',
        'Put a script into the image, and run that.',
      ],
      [
        isWhole(timeoutMinutes, 1, maxMinutes),
        `have a timeoutMinutes from 1 to ${maxMinutes}: the function that waits for the command runs no longer than 15 minutes`,
        'Run what takes longer outside of the release, as a scheduled task for instance.',
      ],
    ],
  }
}
