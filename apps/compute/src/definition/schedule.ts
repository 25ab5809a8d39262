import type { Checks } from '@tideway/constructs'
import { type Cron, isCron, isTimeZone, timeZoneFormat } from './cron'
import { isWhole } from './values'

export interface ScheduleFields {
  /**
   * A `cron(...)` or `rate(...)` of EventBridge Scheduler.
   *
   * @example runs: 'cron(0 3 * * ? *)'
   */
  readonly runs: Cron | `rate(${string})`
  /**
   * Tasks that each run starts, from 1 to 10.
   *
   * @example tasks: 2
   */
  readonly tasks: number
  /**
   * The time zone of the cron. In the hour that daylight saving time skips, nothing starts.
   *
   * @default UTC
   * @example runs: 'cron(0 3 * * ? *)', timeZone: 'Europe/Berlin'
   */
  readonly timeZone?: string
  /**
   * Minutes after which a task is stopped. Its run has failed then, and is not repeated.
   *
   * @default 60
   * @example timeoutMinutes: 240
   */
  readonly timeoutMinutes?: number
  /**
   * How often a run that failed is repeated, on demand. What Spot interrupts is always repeated, and does not count.
   *
   * @default 0
   * @example retries: 2
   */
  readonly retries?: number
}

export function scheduleChecks(definition: ScheduleFields): Checks<ScheduleFields> {
  const { runs, tasks, timeZone, timeoutMinutes = 60, retries = 0 } = definition
  return {
    runs: [
      [
        isCron(runs) || /^rate\([1-9]\d* (minute|hour|day)s?\)$/.test(runs),
        'be "always", a cron of six fields or a rate, such as cron(0 3 * * ? *) or rate(5 minutes)',
        'Write it in the format of EventBridge Scheduler.',
      ],
    ],
    tasks: [[isWhole(tasks, 1, 10), 'be 1 to 10: one RunTask call starts no more', 'Choose less.']],
    timeZone: [
      [timeZone === undefined || isTimeZone(timeZone), timeZoneFormat, 'Correct it.'],
      [
        timeZone === undefined || !String(runs).startsWith('rate('),
        'be left out for a rate, which has none',
        'Remove it, or write the times as a cron.',
      ],
    ],
    timeoutMinutes: [
      [
        isWhole(timeoutMinutes, 1, 1440),
        'be 1 to 1440, a day: until then, Spot is likely to interrupt the task anyway',
        'Choose less, or split the work.',
      ],
    ],
    retries: [
      [
        isWhole(retries, 0, 5),
        'be 0 to 5: a run that fails more often fails for good',
        'Choose less.',
      ],
    ],
  }
}
