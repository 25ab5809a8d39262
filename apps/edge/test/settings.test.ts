import { InvalidSettingsError } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { checkSettings, type EdgeSettings, settings } from '../src/settings'
import { edge } from './fixture'

function errorOf(changes: Partial<EdgeSettings>): string {
  try {
    edge({}, changes)
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.message
    throw error
  }
  throw new Error('no error was thrown')
}

describe('edge settings that are invalid', () => {
  it.each([
    [{ requestsPerAddress: 99 }, 'requestsPerAddress', '99'],
    [{ requestsPerAddress: 150.5 }, 'requestsPerAddress', '150.5'],
    [{ priceClass: 'PriceClass_300' as never }, 'priceClass', '"PriceClass_300"'],
    [{ shieldAdvanced: true as never }, 'shieldAdvanced', 'true'],
    [{ dnssec: 'yes' as never }, 'dnssec', '"yes"'],
  ])('%j', (changes, property, got) => {
    const message = errorOf(changes)
    expect(message).toContain(`apps/edge/src/settings.ts: test.${property}: must `)
    expect(message).toContain(`got ${got}`)
  })

  it('are reported all at once', () => {
    const message = errorOf({ dnssec: 'no' as never, requestsPerAddress: 1 })
    expect(message).toContain('test.dnssec')
    expect(message).toContain('test.requestsPerAddress')
  })
})

describe('the edge settings of the repository', () => {
  it.each(Object.keys(environments) as (keyof typeof environments)[])(
    'are valid for %s',
    (name) => {
      expect(() => checkSettings(settings[name], environmentNamed(name))).not.toThrow()
    },
  )
})
