import fc from 'fast-check'
import { formatOperatorTag, isOver, type OperatorTag, parseOperatorTag } from '../src/operator-tag'

const tenOClock = Date.UTC(2026, 10, 22, 10)

describe('the value of an operator’s tag', () => {
  it.each<[string, OperatorTag]>([
    [
      'true until=2026-11-22T10:00:00Z by=alice why=pool is being replaced',
      { setting: 'true', until: tenOClock, by: 'alice', why: 'pool is being replaced' },
    ],
    ['3 until=2026-11-22T11:00+01:00', { setting: '3', until: tenOClock }],
    [
      'all why=load test by=arn:aws:sts::123456789012:assumed-role/admin/bob@example.com',
      {
        setting: 'all',
        by: 'arn:aws:sts::123456789012:assumed-role/admin/bob@example.com',
        why: 'load test',
      },
    ],
    [
      'true why=late until=2026-11-22T10:00:00.000Z',
      { setting: 'true', until: tenOClock, why: 'late' },
    ],
    ['until=2026-11-22T10:00:00Z', { setting: '', until: tenOClock }],
  ])('has fields: %s', (value, expected) => {
    expect(parseOperatorTag(value)).toEqual({ ...expected, isValid: true })
  })

  it.each(['', 'true', 'yes', 'all', '5', ' off ', 'because the pool is bad', 'stand-by=1'])(
    'without fields is the setting: "%s"',
    (value) => {
      expect(parseOperatorTag(value)).toEqual({ setting: value, isValid: true })
    },
  )

  it.each([
    'friday',
    '',
    '2026-11-22',
    '2026-11-22T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T10:00:00+99:00',
    '2026-11-22T10:00:00Z until=2026-11-23T10:00:00Z',
  ])('is invalid with the end "%s"', (end) => {
    expect(parseOperatorTag(`true until=${end} by=alice`)).toEqual({
      setting: 'true',
      by: 'alice',
      isValid: false,
    })
  })

  it('counts until its end, and for ever without one', () => {
    const tag = parseOperatorTag('true until=2026-11-22T10:00:00Z')
    expect([tenOClock - 1, tenOClock].map((now) => isOver(tag, now))).toEqual([false, true])
    expect(isOver(parseOperatorTag('true'), tenOClock)).toBe(false)
  })
})

describe('a formatted tag', () => {
  it('has the end in UTC, and its fields in one order', () => {
    expect(
      formatOperatorTag({ why: 'load test', by: 'alice', until: tenOClock, setting: '3' }),
    ).toBe('3 until=2026-11-22T10:00:00Z by=alice why=load test')
    expect(formatOperatorTag({ setting: 'true', by: '', why: ' ' })).toBe('true')
  })

  it.each<[OperatorTag, string]>([
    [
      { setting: 'true', why: 'pool, again (twice)' },
      'got , ( ) in "true why=pool, again (twice)"',
    ],
    [{ setting: 'true', why: 'x'.repeat(300) }, 'must have at most 256 characters; got 309'],
    [
      { setting: 'true', until: Number.NaN },
      'until: must be a time in the years 0 to 9999; got NaN',
    ],
    [{ setting: 'true', until: 1e15 }, 'until: must be a time'],
    [{ setting: 'true', by: 'alice until=friday' }, 'by: must not contain "until="'],
    [{ setting: 'true by=bob' }, 'the setting: must not contain "by="'],
  ])('cannot hold %j', (tag, message) => {
    expect(() => formatOperatorTag(tag)).toThrow(message)
  })

  it('is parsed as what it was made of, and every other text is parsed', () => {
    const word = fc.stringMatching(/^[\w+\-=.:/@]{1,12}$/)
    const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '))
    const tag = fc.record(
      {
        setting: text,
        until: fc.integer({ min: 0, max: Date.UTC(9999, 0) }),
        by: text,
        why: text,
      },
      { requiredKeys: ['setting'] },
    )
    fc.assert(
      fc.property(tag, (made) => {
        const isMade = [made.setting, made.by, made.why].every(
          (part) => !/(^| )(until|by|why)=/.test(part ?? ''),
        )
        fc.pre(isMade)
        expect(parseOperatorTag(formatOperatorTag(made))).toEqual({ ...made, isValid: true })
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(value.startsWith(parseOperatorTag(value).setting)).toBe(true)
      }),
    )
  })
})
