import { type Check, type Checks, isNumber, isObject, logRetentions } from '@tideway/constructs'
import { isWhole } from './values'

export interface LogFields {
  /**
   * The log of the tasks.
   *
   * @default the retention of the environment, and the buffer of ECS
   * @example log: { retentionDays: 731, bufferMiB: 25 }
   */
  readonly log?: {
    /**
     * How long CloudWatch keeps the log, if that is longer than the environment keeps logs.
     *
     * @default as long as the environment keeps logs
     */
    readonly retentionDays?: number
    /**
     * The memory for lines that CloudWatch has not accepted yet. When it is full, lines are lost, because the log must
     * not block the service.
     *
     * @default 10, by ECS
     */
    readonly bufferMiB?: number
  }
}

/** @param memoryMiB that of the task */
export function logChecks({ log }: LogFields, memoryMiB: number): Checks<LogFields> {
  if (log === undefined) return {}
  const isLog =
    isObject(log) && Object.keys(log).every((key) => ['retentionDays', 'bufferMiB'].includes(key))
  if (!isLog) {
    return { log: [[false, 'be an object with retentionDays or bufferMiB', 'Name either.']] }
  }
  const { retentionDays, bufferMiB } = log
  // A wrong size of the task has a message of its own.
  const max = isNumber(memoryMiB) ? Math.floor(memoryMiB / 4) : 1
  const checks: Check[] = [
    [
      retentionDays === undefined || logRetentions.includes(retentionDays),
      `have as retentionDays one of the periods that CloudWatch accepts: ${logRetentions.join(', ')}`,
      'Choose the next longer one.',
    ],
    [
      bufferMiB === undefined || isWhole(bufferMiB, 1, max),
      `have a bufferMiB of 1 to ${max}, a quarter of memoryMiB: the buffer is in memory`,
      'Choose less, or raise memoryMiB.',
    ],
  ]
  return { log: checks }
}
