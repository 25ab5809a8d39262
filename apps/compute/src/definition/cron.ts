/** A time that recurs, as EventBridge Scheduler and Application Auto Scaling write it. */
export type Cron = `cron(${string})`

export const cronFormat =
  'be a cron of six fields with a "?" as day of the month or of the week, such as cron(0 3 * * ? *)'

const months = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC'
const days = 'SUN|MON|TUE|WED|THU|FRI|SAT'

/** The fields in order: their numbers, and what else they may contain. */
const fields: readonly [min: number, max: number, names?: string, special?: RegExp][] = [
  [0, 59],
  [0, 23],
  [1, 31, undefined, /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/],
  [1, 12, months],
  [1, 7, days, new RegExp(`^(\\?|L|([1-7]|${days})(L|#[1-5]))$`)],
  [1970, 2199],
]

export function isCron(value: unknown): value is Cron {
  const [, inner] = /^cron\((.*)\)$/.exec(typeof value === 'string' ? value : '') ?? []
  const parts = inner?.split(' ') ?? []
  const isValid = fields.every(([min, max, names, special], index) =>
    (parts[index] ?? '')
      .split(',')
      .every((item) => special?.test(item) || isItem(item, min, max, names)),
  )
  // AWS rejects both days, and neither.
  return parts.length === fields.length && isValid && (parts[2] === '?') !== (parts[4] === '?')
}

/** A value, a range, or one of both with a step. */
function isItem(item: string, min: number, max: number, names = 'none'): boolean {
  const [range = '', step, ...others] = item.split('/')
  const isValue = (text: string) =>
    new RegExp(`^(${names})$`).test(text) ||
    (/^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max)
  const ends = range.split('-')
  return (
    others.length === 0 &&
    (step === undefined || /^[1-9]\d?$/.test(step)) &&
    (range === '*' || (ends.length <= 2 && ends.every(isValue)))
  )
}

export const timeZoneFormat = 'be a time zone of the IANA database, such as Europe/Berlin'

export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions()
    // Node.js ignores the case, and AWS does not.
    return timeZone === value || timeZone.toLowerCase() !== value.toLowerCase()
  } catch {
    return false
  }
}
