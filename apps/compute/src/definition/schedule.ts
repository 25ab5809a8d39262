import type { Checks } from '@tideway/constructs'
import { isWhole } from './values'

export interface ScheduleFields {
  /**
   * A `cron(...)` or `rate(...)` of EventBridge Scheduler, in UTC.
   *
   * @example runs: 'cron(0 3 * * ? *)'
   */
  readonly runs: `cron(${string})` | `rate(${string})`
  /**
   * Tasks that each run starts, from 1 to 10.
   *
   * @example tasks: 2
   */
  readonly tasks: number
}

export function scheduleChecks({ runs, tasks }: ScheduleFields): Checks<ScheduleFields> {
  return {
    runs: [
      [
        /^(cron\(\S+( \S+){5}\)|rate\([1-9]\d* (minute|hour|day)s?\))$/.test(runs),
        'be "always", a cron of six fields or a rate, such as cron(0 3 * * ? *) or rate(5 minutes)',
        'Write it in the format of EventBridge Scheduler.',
      ],
    ],
    tasks: [[isWhole(tasks, 1, 10), 'be 1 to 10: one RunTask call starts no more', 'Choose less.']],
  }
}
