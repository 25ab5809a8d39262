import { defaultPolicy } from '../src/observation'
import { pairOf, type Tags } from '../src/pair'

const now = Date.UTC(2026, 10, 22, 10)

const pair = (found: Tags) =>
  pairOf('main', 'api', { 'tideway:standbys': 'api-standby', ...found }, now)

describe('a pair', () => {
  it('is defined by the tags of the primary', () => {
    expect(pair({})).toEqual({
      cluster: 'main',
      primary: 'api',
      standbys: ['api-standby'],
      policy: defaultPolicy,
      operator: { mode: 'auto', dryRun: false, tags: [] },
      invalidTags: [],
    })
  })

  it('lists its standbys in order, each once, and never the primary itself', () => {
    expect(pair({ 'tideway:standbys': ' two one  two api ' })?.standbys).toEqual(['two', 'one'])
  })

  it.each([
    [{}],
    [{ 'tideway:standbys': '' }],
    [{ 'tideway:standbys': 'api' }],
    [{ 'tideway:standby-of': 'web' }],
  ])('is undefined without a standby: %j', (found) => {
    expect(pairOf('main', 'api', found as Tags, now)).toBeUndefined()
  })

  it.each(['true', 'yes', '1', '', 'because of the release'])('is held by "%s"', (value) => {
    expect(pair({ 'tideway:hold': value })?.policy.mode).toBe('hold')
  })

  it.each(['false', 'No', ' off ', '0'])('is not held by "%s"', (value) => {
    expect(pair({ 'tideway:hold': value })?.policy.mode).toBe('auto')
  })

  it('is forced to a number or to all, and hold wins over force', () => {
    expect(pair({ 'tideway:force': '2' })?.policy.mode).toEqual({ force: 2 })
    expect(pair({ 'tideway:force': 'all' })?.policy.mode).toEqual({
      force: Number.MAX_SAFE_INTEGER,
    })
    expect(pair({ 'tideway:force': '2', 'tideway:hold': 'true' })?.policy.mode).toBe('hold')
  })

  it('uses the window of a tag in every case, and otherwise that of the preference', () => {
    const windowsOf = (found: Record<string, string>) => {
      const { stabilizationSeconds = -1, lateStabilizationSeconds = -1 } = pair(found)?.policy ?? {}
      return [stabilizationSeconds, lateStabilizationSeconds]
    }
    expect(windowsOf({})).toEqual([15, 40])
    expect(windowsOf({ 'tideway:prefer': 'cost' })).toEqual([0, 0])
    expect(windowsOf({ 'tideway:dwell-seconds': '120' })).toEqual([120, 120])
  })

  it.each([
    ['tideway:force', 'two'],
    ['tideway:force', '-1'],
    ['tideway:max-standby', '1.5'],
    ['tideway:dwell-seconds', '-5'],
    ['tideway:at-notice', 'stay'],
    ['tideway:prefer', 'money'],
    ['tideway:request-seconds', '-1'],
    ['tideway:stop-seconds', '1'],
    ['tideway:force', '5001'],
    ['tideway:force', '3 until=friday'],
    ['tideway:force', 'three until=2026-11-22T11:00:00Z'],
    ['tideway:max-standby', '5001'],
    ['tideway:dwell-seconds', '86401'],
    ['tideway:request-seconds', '121'],
    ['tideway:stop-seconds', '121'],
    ['tideway:defined-stop-seconds', '121'],
    ['tideway:max-cover-price', '1000000.1'],
    ['tideway:max-cover-price', '9'.repeat(400)],
  ])('ignores and reports the invalid tag %s=%s', (tag, value) => {
    const found = pair({ [tag]: value })
    expect(found?.policy).toEqual(defaultPolicy)
    expect(found?.invalidTags).toEqual([tag])
  })

  it.each([
    ['tideway:force', '5000'],
    ['tideway:max-standby', '5000'],
    ['tideway:dwell-seconds', '86400'],
    ['tideway:request-seconds', '120'],
    ['tideway:stop-seconds', '120'],
    ['tideway:max-cover-price', '1000000'],
  ])('accepts the highest value of %s, %s', (tag, value) => {
    expect(pair({ [tag]: value })?.invalidTags).toEqual([])
  })

  it.each([
    [{ 'tideway:defined-stop-seconds': '30' }, 30],
    [{ 'tideway:defined-stop-seconds': '30', 'tideway:stop-seconds': '40' }, 40],
    [{ 'tideway:defined-stop-seconds': '30', 'tideway:stop-seconds': 'soon' }, 30],
  ])(
    'takes the stop time of an operator before that of the definition: %j',
    (found, stopSeconds) => {
      expect(pair(found)?.policy.stopSeconds).toBe(stopSeconds)
    },
  )

  it('declares what its tasks do at a notice, and what its owner prefers', () => {
    const found = pair({
      'tideway:at-notice': 'serve-until-drained',
      'tideway:prefer': 'availability',
      'tideway:request-seconds': '0',
      'tideway:stop-seconds': '30',
    })
    expect(found).toMatchObject({
      policy: {
        atNotice: 'serve-until-drained',
        prefer: 'availability',
        slowestRequestSeconds: 0,
        stopSeconds: 30,
      },
      invalidTags: [],
    })
  })

  it('can be a dry run', () => {
    expect(pair({ 'tideway:dry-run': 'true' })?.operator.dryRun).toBe(true)
  })
})
