import fc from 'fast-check'
import { invalidOperatorTags, operatorSettings } from '../src/operator-settings'
import { formatOperatorTag } from '../src/operator-tag'
import { tags } from '../src/tags'

const now = Date.UTC(2026, 10, 22, 10)
const ahead = now + 60_000
const before = now - 1

const value = (setting: string, until?: number) =>
  formatOperatorTag({ setting, ...(until !== undefined && { until }) })

describe('what an operator has set', () => {
  it.each<[string, Record<string, string>, Record<string, string>, unknown]>([
    ['nothing', {}, {}, ['auto', false]],
    ['a hold of the cluster', {}, { [tags.hold]: 'true' }, ['hold', false]],
    [
      'a hold of the cluster against a no',
      { [tags.hold]: 'no' },
      { [tags.hold]: '' },
      ['hold', false],
    ],
    ['a hold with an end ahead', { [tags.hold]: value('true', ahead) }, {}, ['hold', false]],
    ['a hold that is over', { [tags.hold]: value('true', before) }, {}, ['auto', false]],
    ['a hold that ends now', {}, { [tags.hold]: value('true', now) }, ['auto', false]],
    ['a hold with an invalid end', { [tags.hold]: 'true until=friday' }, {}, ['hold', false]],
    ['a force of the cluster', {}, { [tags.force]: value('2', ahead) }, [{ force: 2 }, false]],
    ['two forces', { [tags.force]: '0' }, { [tags.force]: 'all' }, [{ force: 0 }, false]],
    [
      'a force that is over, and one of the cluster',
      { [tags.force]: value('3', before) },
      { [tags.force]: '2' },
      [{ force: 2 }, false],
    ],
    [
      'an invalid force, and one of the cluster',
      { [tags.force]: '3 until=friday' },
      { [tags.force]: '2' },
      [{ force: 2 }, false],
    ],
    ['a hold over a force', { [tags.force]: '2' }, { [tags.hold]: 'true' }, ['hold', false]],
    ['a dry run of the cluster', {}, { [tags.dryRun]: value('on', ahead) }, ['auto', true]],
    ['a dry run that is over', {}, { [tags.dryRun]: value('on', before) }, ['auto', false]],
  ])('with %s', (_, own, ofCluster, expected) => {
    const { mode, dryRun } = operatorSettings(own, ofCluster, now)
    expect([mode, dryRun]).toEqual(expected)
  })

  it('names the tags that lead to it, and ends when the next of them does', () => {
    const own = { [tags.hold]: `${value('true', ahead)} by=alice why=pool`, [tags.force]: '3' }
    const ofCluster = { [tags.dryRun]: value('true', ahead - 1) }
    expect(operatorSettings(own, ofCluster, now)).toEqual({
      mode: 'hold',
      dryRun: true,
      tags: [
        { tag: tags.hold, on: 'service', setting: 'true', until: ahead, by: 'alice', why: 'pool' },
        { tag: tags.dryRun, on: 'cluster', setting: 'true', until: ahead - 1 },
      ],
      endsAt: ahead - 1,
    })
  })

  it('has a meaning for every value, and none of them weakens a hold', () => {
    const anyValue = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .tuple(
          fc.constantFrom('', 'true', '3', 'no', 'all'),
          fc.constantFrom('until', 'by', 'why'),
          fc.string(),
        )
        .map(([setting, field, text]) => `${setting} ${field}=${text}`),
    )
    const found = fc.dictionary(fc.constantFrom(tags.hold, tags.force, tags.dryRun), anyValue)
    fc.assert(
      fc.property(found, found, fc.boolean(), (own, ofCluster, isOwn) => {
        const settings = operatorSettings(own, ofCluster, now)
        expect(settings.tags.length > 0).toBe(settings.mode !== 'auto' || settings.dryRun)
        invalidOperatorTags(own, now)
        const hold = { [tags.hold]: value('true', ahead) }
        const held = isOwn
          ? operatorSettings({ ...own, ...hold }, ofCluster, now)
          : operatorSettings(own, { ...ofCluster, ...hold }, now)
        expect(held.mode).toBe('hold')
      }),
    )
  })
})
