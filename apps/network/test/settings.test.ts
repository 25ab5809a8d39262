import { InvalidSettingsError } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { checkSettings, interfaceServices, type NetworkSettings, settings } from '../src/settings'
import { network, twoZones } from './fixture'

/** A value that the types forbid, as from JavaScript or an unset variable. */
function mistyped<Type>(value: unknown): Type {
  return value as Type
}

function errorOf(changes: Partial<NetworkSettings>, availabilityZones?: string[]): string {
  try {
    network(changes, availabilityZones && { availabilityZones })
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.message
    throw error
  }
  throw new Error('no error was thrown')
}

describe('network settings that are invalid', () => {
  const cases: [string, Partial<NetworkSettings>, string, string, string][] = [
    ['no endpoint zone', { endpointZones: 0 }, 'endpointZones', '1 to 3', '0'],
    ['four endpoint zones of three', { endpointZones: 4 }, 'endpointZones', '1 to 3', '4'],
    ['half an endpoint zone', { endpointZones: 1.5 }, 'endpointZones', 'whole number', '1.5'],
    [
      'an unknown endpoint',
      { endpoints: mistyped(['ecr.api', 's3']) },
      'endpoints',
      'each once',
      '["ecr.api","s3"]',
    ],
    ['an endpoint twice', { endpoints: ['sqs', 'sqs'] }, 'endpoints', 'each once', '["sqs","sqs"]'],
    ['no list of endpoints', { endpoints: mistyped('sqs') }, 'endpoints', 'each once', '"sqs"'],
    [
      'an unknown number of NAT gateways',
      { natGateways: mistyped('two') },
      'natGateways',
      '"one" or "one-per-zone"',
      '"two"',
    ],
    [
      'an unknown mode of the public zone',
      { publicZone: mistyped('borrow') },
      'publicZone',
      '"create" or "adopt"',
      '"borrow"',
    ],
    [
      'no mode of the public zone',
      { publicZone: mistyped(undefined) },
      'publicZone',
      '"create" or "adopt"',
      'nothing',
    ],
  ]
  it.each(cases)('%s', (_, changes, property, constraint, value) => {
    const message = errorOf(changes)
    expect(message).toContain(`apps/network/src/settings.ts: test.${property}: must `)
    expect(message).toContain(constraint)
    expect(message).toContain(`; got ${value}.`)
  })

  it('depends on the number of zones', () => {
    expect(errorOf({ endpointZones: 3 }, twoZones)).toContain('1 to 2')
  })

  it('are reported all at once', () => {
    const message = errorOf({ endpointZones: 0, natGateways: mistyped('two') })
    expect(message).toContain('test.endpointZones')
    expect(message).toContain('test.natGateways')
  })
})

describe('the network settings of the repository', () => {
  it.each(Object.keys(environments) as (keyof typeof environments)[])(
    'are valid for %s',
    (name) => {
      expect(() => checkSettings(settings[name], environmentNamed(name))).not.toThrow()
    },
  )

  it('survive the loss of a zone in prod', () => {
    expect(settings.prod.natGateways).toBe('one-per-zone')
    expect(settings.prod.endpointZones).toBe(environments.prod.availabilityZones.length)
    expect(settings.prod.endpoints).toEqual(interfaceServices)
  })
})
