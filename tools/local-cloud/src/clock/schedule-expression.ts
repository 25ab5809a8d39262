/** When a schedule of EventBridge Scheduler starts its target. */
export interface ScheduleExpression {
  /** The first time after another one, in milliseconds since 1970. Undefined where none follows. */
  next(after: number): number | undefined
}

/** An expression that EventBridge Scheduler rejects. */
class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

export interface ExpressionSettings {
  /** Of `cron` and `at`. @default UTC */
  readonly timeZone?: string | undefined
  /** The periods of a `rate` count from here. */
  readonly anchor: number
}

const unitSeconds: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 }

/** Reads `rate(5 minutes)`, `cron(0 3 * * ? *)` or `at(2026-11-20T13:00:00)`. */
export function scheduleExpression(
  text: string,
  { timeZone = 'UTC', anchor }: ExpressionSettings,
): ScheduleExpression {
  const [, number, unit = ''] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(text) ?? []
  if (number !== undefined) return rate(anchor, Number(number) * (unitSeconds[unit] ?? 0) * 1000)
  const zone = new TimeZone(timeZone)
  const [, inner] = /^cron\((.*)\)$/.exec(text) ?? []
  if (inner !== undefined) return new Cron(inner, zone)
  const [, ...parts] = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)$/.exec(text) ?? []
  if (parts.length === 0) {
    throw new ExpressionError(`must be rate(...), cron(...) or at(...); got ${text}`)
  }
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(Number)
  const minute = zone.toUtc(Date.UTC(year, month - 1, day, hours, minutes))
  const time = minute === undefined ? undefined : minute + seconds * 1000
  return { next: (after) => (time !== undefined && time > after ? time : undefined) }
}

/** The period is of elapsed time, also when the clocks change. */
function rate(anchor: number, period: number): ScheduleExpression {
  return {
    next: (after) =>
      after < anchor ? anchor : anchor + (Math.floor((after - anchor) / period) + 1) * period,
  }
}

const hour = 3_600_000

/** A time zone of the IANA database. Local times are written as if they were in UTC. */
class TimeZone {
  private readonly format: Intl.DateTimeFormat

  constructor(name: string) {
    try {
      this.format = new Intl.DateTimeFormat('en', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      })
    } catch {
      throw new ExpressionError(`time zone: must be one of the IANA database; got ${name}`)
    }
  }

  toLocal(utc: number): number {
    const parts = new Map(this.format.formatToParts(utc).map(({ type, value }) => [type, value]))
    const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
    const local = Date.UTC(
      of('year'),
      of('month') - 1,
      of('day'),
      of('hour'),
      of('minute'),
      of('second'),
    )
    return local + (utc % 1000)
  }

  /** The first one of a local time that comes twice. Undefined for one that the clocks skip. */
  toUtc(local: number): number | undefined {
    const offsets = [local - 24 * hour, local + 24 * hour].map((time) => this.toLocal(time) - time)
    return offsets
      .map((offset) => local - offset)
      .sort((one, other) => one - other)
      .find((utc) => this.toLocal(utc) === local)
  }
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

interface Field {
  readonly what: string
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const fields = {
  minutes: { what: 'minutes', min: 0, max: 59 },
  hours: { what: 'hours', min: 0, max: 23 },
  day: { what: 'day of month', min: 1, max: 31 },
  month: { what: 'month', min: 1, max: 12, names: months },
  weekday: { what: 'day of week', min: 1, max: 7, names: days },
  year: { what: 'year', min: 1970, max: 2199 },
} satisfies Record<string, Field>

/** A day, as the fields of a cron see it. */
interface Day {
  readonly day: number
  /** From 1 for Sunday. */
  readonly weekday: number
  readonly lastDay: number
}

type DayTest = (day: Day) => boolean

class Cron implements ScheduleExpression {
  private readonly minutes: readonly number[]
  private readonly hours: readonly number[]
  private readonly months: readonly number[]
  private readonly years: readonly number[]
  private readonly isDay: DayTest

  constructor(
    text: string,
    private readonly zone: TimeZone,
  ) {
    const parts = text.trim().split(/\s+/)
    const [minutes = '', hours = '', day = '', month = '', weekday = '', year = ''] = parts
    if (parts.length !== 6) throw new ExpressionError(`a cron must have six fields; got ${text}`)
    if ((day === '?') === (weekday === '?')) {
      throw new ExpressionError(
        `a cron must have a "?" as day of the month or of the week, and only one; got ${text}`,
      )
    }
    this.minutes = valuesOf(minutes, fields.minutes)
    this.hours = valuesOf(hours, fields.hours)
    this.months = valuesOf(month, fields.month)
    this.years = valuesOf(year, fields.year)
    this.isDay = day === '?' ? testOf(weekday, weekdayTest) : testOf(day, dayTest)
  }

  next(after: number): number | undefined {
    // The clocks may be set back until then.
    const start = this.zone.toLocal(after) - 3 * hour
    const firstYear = new Date(start).getUTCFullYear()
    for (const year of this.years) {
      if (year < firstYear) continue
      for (const month of this.months) {
        const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate()
        for (let day = 1; day <= lastDay; day++) {
          const midnight = Date.UTC(year, month - 1, day)
          if (midnight + 24 * hour <= start) continue
          const weekday = new Date(midnight).getUTCDay() + 1
          if (!this.isDay({ day, weekday, lastDay })) continue
          const time = this.timeOn(midnight, start, after)
          if (time !== undefined) return time
        }
      }
    }
    return undefined
  }

  /** The first time of a day that is after another one. */
  private timeOn(midnight: number, start: number, after: number): number | undefined {
    for (const hours of this.hours) {
      for (const minutes of this.minutes) {
        const local = midnight + hours * hour + minutes * 60_000
        if (local < start) continue
        const time = this.zone.toUtc(local)
        if (time !== undefined && time > after) return time
      }
    }
    return undefined
  }
}

function testOf(text: string, itemTest: (item: string) => DayTest): DayTest {
  const tests = text.split(',').map(itemTest)
  return (day) => tests.some((test) => test(day))
}

/** For the day of the month. */
function dayTest(item: string): DayTest {
  if (item === 'L') return ({ day, lastDay }) => day === lastDay
  if (item === 'LW') return (day) => day.day === nearestWeekday(day.lastDay, day)
  const [, before] = /^L-([1-9]|[12]\d|30)$/.exec(item) ?? []
  if (before !== undefined) return ({ day, lastDay }) => day === lastDay - Number(before)
  const [, near] = /^(\d{1,2})W$/.exec(item) ?? []
  if (near !== undefined) {
    const wanted = numberOf(near, fields.day)
    return (day) => wanted <= day.lastDay && day.day === nearestWeekday(wanted, day)
  }
  const values = new Set(itemValues(item, fields.day))
  return ({ day }) => values.has(day)
}

/** For the day of the week. */
function weekdayTest(item: string): DayTest {
  // The last day of the week.
  if (item === 'L') return ({ weekday }) => weekday === 7
  const [, last] = /^(\w+)L$/.exec(item) ?? []
  if (last !== undefined) {
    const wanted = numberOf(last, fields.weekday)
    return ({ day, weekday, lastDay }) => weekday === wanted && day + 7 > lastDay
  }
  const [, name = '', count] = /^(\w+)#([1-5])$/.exec(item) ?? []
  if (count !== undefined) {
    const wanted = numberOf(name, fields.weekday)
    return ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(count)
  }
  const values = new Set(itemValues(item, fields.weekday))
  return ({ weekday }) => values.has(weekday)
}

/** The day from Monday to Friday that is nearest to a day, in the same month. */
function nearestWeekday(wanted: number, { day, weekday, lastDay }: Day): number {
  const wantedWeekday = ((((weekday - 1 + wanted - day) % 7) + 7) % 7) + 1
  if (wantedWeekday === 7) return wanted === 1 ? 3 : wanted - 1
  if (wantedWeekday === 1) return wanted === lastDay ? wanted - 2 : wanted + 1
  return wanted
}

function valuesOf(text: string, field: Field): number[] {
  const values = new Set(text.split(',').flatMap((item) => itemValues(item, field)))
  return [...values].sort((one, other) => one - other)
}

/** A value, a range, all, or one of them with a step. A range may pass the end: `FRI-MON`. */
function itemValues(item: string, field: Field): number[] {
  const { min, max, what } = field
  const [range = '', step = '1', ...others] = item.split('/')
  const every = /^[1-9]\d*$/.test(step) ? Number(step) : Number.NaN
  if (others.length > 0 || Number.isNaN(every)) {
    throw new ExpressionError(`${what}: must have a step of at least 1; got ${item}`)
  }
  const [from = '', to, ...more] = range.split('-')
  if (more.length > 0) throw new ExpressionError(`${what}: must be a range; got ${item}`)
  const start = range === '*' ? min : numberOf(from, field)
  const isOpen = range === '*' || item.includes('/')
  const end = to === undefined ? (isOpen ? max : start) : numberOf(to, field)
  const count = (end >= start ? end : end + max - min + 1) - start
  return Array.from({ length: Math.floor(count / every) + 1 }, (_, index) => {
    const value = start + index * every
    return value > max ? value - (max - min + 1) : value
  })
}

function numberOf(text: string, { what, min, max, names = [] }: Field): number {
  const name = names.indexOf(text.toUpperCase())
  const value = name >= 0 ? name + min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new ExpressionError(`${what}: must be from ${min} to ${max}; got ${text}`)
}
