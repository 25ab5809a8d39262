import { scheduleExpression } from '../src/clock/schedule-expression'

const anchor = Date.UTC(2026, 0, 5)

/** The next times after another one, in UTC. */
function times(text: string, after: string, count: number, timeZone?: string): string[] {
  const expression = scheduleExpression(text, { timeZone, anchor })
  const found: string[] = []
  let time: number | undefined = Date.parse(after)
  while (found.length < count) {
    time = expression.next(time)
    if (time === undefined) break
    found.push(new Date(time).toISOString().slice(0, 16))
  }
  return found
}

const monday = '2026-01-05T00:00:00Z'

it.each([
  ['rate(5 minutes)', ['2026-01-05T00:05', '2026-01-05T00:10']],
  ['rate(1 day)', ['2026-01-06T00:00', '2026-01-07T00:00']],
  ['at(2026-01-06T13:05:00)', ['2026-01-06T13:05']],
  ['cron(0/15 * * * ? *)', ['2026-01-05T00:15', '2026-01-05T00:30', '2026-01-05T00:45']],
  ['cron(5,35 8-9 ? * MON-FRI *)', ['2026-01-05T08:05', '2026-01-05T08:35', '2026-01-05T09:05']],
  ['cron(0 22/3 * * ? *)', ['2026-01-05T22:00', '2026-01-06T22:00']],
  ['cron(0 3 L * ? *)', ['2026-01-31T03:00', '2026-02-28T03:00']],
  ['cron(0 3 L-2 * ? *)', ['2026-01-29T03:00', '2026-02-26T03:00']],
  ['cron(0 3 LW * ? *)', ['2026-01-30T03:00', '2026-02-27T03:00']],
  // The 10th is a Saturday, the 1st of February a Sunday.
  ['cron(0 3 10W * ? *)', ['2026-01-09T03:00', '2026-02-10T03:00']],
  ['cron(0 3 1W * ? *)', ['2026-02-02T03:00', '2026-03-02T03:00']],
  ['cron(0 3 31W * ? *)', ['2026-01-30T03:00', '2026-03-31T03:00']],
  ['cron(0 3 ? * 6L *)', ['2026-01-30T03:00', '2026-02-27T03:00']],
  ['cron(0 3 ? * L *)', ['2026-01-10T03:00', '2026-01-17T03:00']],
  ['cron(0 3 ? * MON#2 *)', ['2026-01-12T03:00', '2026-02-09T03:00']],
  ['cron(0 3 ? * 2#5 *)', ['2026-03-30T03:00', '2026-06-29T03:00']],
  ['cron(0 3 ? JAN SAT-MON *)', ['2026-01-05T03:00', '2026-01-10T03:00', '2026-01-11T03:00']],
  ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
  ['cron(0 0 30 2 ? *)', []],
  ['cron(0 12 1 1 ? 2027-2028)', ['2027-01-01T12:00', '2028-01-01T12:00']],
  ['cron(0 12 1 1 ? 2025)', []],
])('%s', (text, expected) => {
  expect(times(text, monday, Math.max(1, expected.length))).toEqual(expected)
})

describe('in a time zone', () => {
  it.each([
    [
      'the time of day',
      'cron(0 7 * * ? *)',
      '2026-03-27T12:00:00Z',
      ['2026-03-28T06:00', '2026-03-29T05:00'],
    ],
    // In Berlin, 2:30 does not exist on 29 March 2026.
    [
      'a time that the clocks skip',
      'cron(30 2 * * ? *)',
      '2026-03-27T12:00:00Z',
      ['2026-03-28T01:30', '2026-03-30T00:30'],
    ],
    // On 25 October 2026, 2:30 comes twice.
    [
      'a time that comes twice',
      'cron(30 2 * * ? *)',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'each hour, when the clocks are set back',
      'cron(0 * * * ? *)',
      '2026-10-24T22:30:00Z',
      ['2026-10-24T23:00', '2026-10-25T00:00', '2026-10-25T02:00'],
    ],
    ['one time', 'at(2026-07-01T12:00:00)', monday, ['2026-07-01T10:00']],
    ['one time that does not exist', 'at(2026-03-29T02:30:00)', monday, []],
  ])('%s', (_, text, after, expected) => {
    expect(times(text, after, Math.max(1, expected.length), 'Europe/Berlin')).toEqual(expected)
  })

  it('counts a rate in elapsed time', () => {
    const zone = 'Europe/Berlin'
    expect(times('rate(1 day)', '2026-03-28T12:00:00Z', 2, zone)).toEqual([
      '2026-03-29T00:00',
      '2026-03-30T00:00',
    ])
  })

  it.each([
    ['Asia/Kathmandu', 'cron(0 0 * * ? *)', '2026-01-05T18:15'],
    ['America/Los_Angeles', 'cron(0 23 * * ? *)', '2026-01-05T07:00'],
    ['Pacific/Kiritimati', 'cron(0 0 1 * ? *)', '2026-01-31T10:00'],
  ])('%s', (zone, text, expected) => {
    expect(times(text, monday, 1, zone)).toEqual([expected])
  })
})

it.each([
  ['every day', undefined, 'must be rate(...), cron(...) or at(...); got every day'],
  ['rate(0 minutes)', undefined, 'must be rate'],
  ['cron(0 3 * * ?)', undefined, 'a cron must have six fields'],
  ['cron(0 3 * * * *)', undefined, 'must have a "?"'],
  ['cron(0 3 ? * ? *)', undefined, 'must have a "?"'],
  ['cron(60 3 * * ? *)', undefined, 'minutes: must be from 0 to 59; got 60'],
  ['cron(0/0 3 * * ? *)', undefined, 'minutes: must have a step of at least 1; got 0/0'],
  ['cron(0 3 ? * MOON *)', undefined, 'day of week: must be from 1 to 7; got MOON'],
  ['cron(0 3 * * ? *)', 'Mars/Base', 'time zone: must be one of the IANA database'],
])('rejects %s in %s', (text, timeZone, message) => {
  expect(() => scheduleExpression(text, { timeZone, anchor })).toThrow(message)
})
