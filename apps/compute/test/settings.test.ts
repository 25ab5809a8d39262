import { InvalidSettingsError } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { checkSettings, settings } from '../src/settings'
import { type Changes, compute } from './fixture'

function errorOf(changes: Changes): string {
  try {
    compute({}, changes)
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.message
    throw error
  }
  throw new Error('no error was thrown')
}

describe('compute settings that are invalid', () => {
  const headroom = 'from 50 to 95'
  const cases: [Changes, string, string, string][] = [
    [{ ec2: { minInstances: -1 } }, 'ec2.minInstances', 'from 0 to 1000', '-1'],
    [{ ec2: { minInstances: 1.5 } }, 'ec2.minInstances', 'a whole number', '1.5'],
    [{ ec2: { minInstances: '1' as never } }, 'ec2.minInstances', 'a whole number', '"1"'],
    [{ ec2: { maxInstances: 0 } }, 'ec2.maxInstances', 'from 1 to 1000', '0'],
    [
      { ec2: { minInstances: 3, maxInstances: 2 } },
      'ec2.minInstances',
      'no more than maxInstances, which is 2',
      '3',
    ],
    [{ ec2: { targetCapacityPercent: 100 } }, 'ec2.targetCapacityPercent', headroom, '100'],
    [{ ec2: { targetCapacityPercent: 49 } }, 'ec2.targetCapacityPercent', headroom, '49'],
    [{ ec2: { warmInstances: -1 } }, 'ec2.warmInstances', 'from 0 to 100', '-1'],
    [{ ec2: { warmInstances: undefined as never } }, 'ec2.warmInstances', 'whole', 'nothing'],
    [{ ec2Spot: { targetCapacityPercent: 100 } }, 'ec2Spot.targetCapacityPercent', headroom, '100'],
    [{ ec2Spot: { maxInstances: 1001 } }, 'ec2Spot.maxInstances', 'from 1 to 1000', '1001'],
    [
      { ec2Spot: { minInstances: 9, maxInstances: 8 } },
      'ec2Spot.minInstances',
      'no more than maxInstances, which is 8',
      '9',
    ],
    [
      { externalAlb: { shieldAdvanced: true as never } },
      'externalAlb.shieldAdvanced',
      '"on" or "off"',
      'true',
    ],
    [
      { externalAlb: { originSecretGeneration: 0 } },
      'externalAlb.originSecretGeneration',
      'from 1',
      '0',
    ],
    [
      { failover: { maxCoverDollarsPerHour: -1 } },
      'failover.maxCoverDollarsPerHour',
      'from 0.001 to 1000000',
      '-1',
    ],
    [
      { instances: { imageResolved: 'daily' as never } },
      'instances.imageResolved',
      '"once" or "at-launch"',
      '"daily"',
    ],
    [{ fleets: { use: 'maybe' as never } }, 'fleets.use', '"on" or "off"', '"maybe"'],
    [{ fleets: { webInstances: 1 } }, 'fleets.webInstances', 'from 2 to 100', '1'],
    [{ fleets: { processingOnDemand: 0 } }, 'fleets.processingOnDemand', 'from 1 to 100', '0'],
    [{ fleets: { processingSpot: -1 } }, 'fleets.processingSpot', 'from 0 to 100', '-1'],
  ]
  it.each(cases)('%j', (changes, property, constraint, value) => {
    const path = `apps/compute/src/settings.ts: test.${property}: must `
    const [line] = errorOf(changes)
      .split('\n')
      .filter((text) => text.startsWith(path) && text.includes(constraint))
    expect(line).toContain(`; got ${value}.`)
  })

  it('are reported all at once', () => {
    const message = errorOf({ ec2: { maxInstances: 0 }, fleets: { webInstances: 0 } })
    expect(message).toContain('test.ec2.maxInstances')
    expect(message).toContain('test.fleets.webInstances')
  })
})

describe('compute settings at their limits', () => {
  const cases: Changes[] = [
    { ec2: { minInstances: 0, maxInstances: 1, warmInstances: 0, targetCapacityPercent: 95 } },
    { ec2Spot: { minInstances: 1000, maxInstances: 1000, targetCapacityPercent: 50 } },
    { externalAlb: { originSecretGeneration: 1 } },
    { fleets: { webInstances: 2, processingOnDemand: 1, processingSpot: 0 } },
  ]
  it.each(cases)('accepts %j', (changes) => {
    expect(() => compute({}, changes)).not.toThrow()
  })
})

describe('the compute settings of the repository', () => {
  it.each(Object.keys(environments) as (keyof typeof environments)[])(
    'are valid for %s',
    (name) => {
      expect(() => checkSettings(settings[name], environmentNamed(name))).not.toThrow()
    },
  )

  it('need nothing that a new account refuses: no fleets, no reserved concurrency, no image parameters', () => {
    // The emulator has no quotas.
    const { local, ...onAws } = settings
    const needs = Object.values(onAws).map(({ fleets, failover, instances }) => [
      fleets.use,
      failover.reserveConcurrency,
      instances.imageResolved,
    ])
    expect(new Set(needs.map(String))).toEqual(new Set(['off,off,once']))
  })
})
