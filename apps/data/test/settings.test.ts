import { InvalidSettingsError } from '@tideway/constructs'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { checkSettings, settings } from '../src/settings'
import { type Changes, dataTier } from './fixture'

function errorOf(changes: Changes): string {
  try {
    dataTier({}, changes)
  } catch (error) {
    if (error instanceof InvalidSettingsError) return error.message
    throw error
  }
  throw new Error('no error was thrown')
}

describe('data settings that are invalid', () => {
  const capacity = 'steps of 0.5'
  const backups = 'from 7 to 35'
  const snapshots = 'from 1 to 35'
  const nodeType = 'ElastiCache node type'
  const cases: [Changes, string, string, string][] = [
    [{ database: { minCapacity: -0.5 } }, 'database.minCapacity', capacity, '-0.5'],
    [
      { database: { minCapacity: 0 } },
      'database.pauseAfterSeconds',
      'number where minCapacity is 0',
      '"never"',
    ],
    [
      { database: { pauseAfterSeconds: 300 } },
      'database.pauseAfterSeconds',
      '"never" where minCapacity is not 0',
      '300',
    ],
    [
      { database: { minCapacity: 0, pauseAfterSeconds: 299 } },
      'database.pauseAfterSeconds',
      '300 to 86400',
      '299',
    ],
    [
      { database: { minCapacity: 0, pauseAfterSeconds: 86_401 } },
      'database.pauseAfterSeconds',
      '300 to 86400',
      '86401',
    ],
    [
      { database: { minCapacity: 0, pauseAfterSeconds: 300.5 } },
      'database.pauseAfterSeconds',
      '300 to 86400',
      '300.5',
    ],
    [{ database: { minCapacity: 0.7 } }, 'database.minCapacity', capacity, '0.7'],
    [{ database: { minCapacity: 256.5 } }, 'database.minCapacity', capacity, '256.5'],
    [{ database: { maxCapacity: 0 } }, 'database.maxCapacity', capacity, '0'],
    [
      { database: { minCapacity: 0.5, maxCapacity: 0.5 } },
      'database.maxCapacity',
      'be 1 to 256 capacity units',
      '0.5',
    ],
    [{ database: { minCapacity: '4' as never } }, 'database.minCapacity', capacity, '"4"'],
    [{ database: { maxCapacity: 4.2 } }, 'database.maxCapacity', capacity, '4.2'],
    [{ database: { maxCapacity: 256.5 } }, 'database.maxCapacity', capacity, '256.5'],
    [
      { database: { minCapacity: 8, maxCapacity: 4 } },
      'database.minCapacity',
      'no more than maxCapacity, which is 4',
      '8',
    ],
    [{ database: { readers: 0 } }, 'database.readers', '1 to 15', '0'],
    [{ database: { readers: 16 } }, 'database.readers', '1 to 15', '16'],
    [{ database: { readers: 1.5 } }, 'database.readers', '1 to 15', '1.5'],
    [{ database: { backupRetentionDays: 6 } }, 'database.backupRetentionDays', backups, '6'],
    [{ database: { backupRetentionDays: 36 } }, 'database.backupRetentionDays', backups, '36'],
    [{ database: { backupRetentionDays: 7.5 } }, 'database.backupRetentionDays', backups, '7.5'],
    [{ cache: { nodeType: 'db.r7g.large' } }, 'cache.nodeType', nodeType, '"db.r7g.large"'],
    [{ cache: { nodeType: 'cache.r7g' } }, 'cache.nodeType', nodeType, '"cache.r7g"'],
    [{ cache: { nodes: 1 } }, 'cache.nodes', '2 to 6', '1'],
    [{ cache: { nodes: 7 } }, 'cache.nodes', '2 to 6', '7'],
    [{ cache: { nodes: 2.5 } }, 'cache.nodes', '2 to 6', '2.5'],
    [{ cache: { snapshotRetentionDays: 0 } }, 'cache.snapshotRetentionDays', snapshots, '0'],
    [{ cache: { snapshotRetentionDays: 36 } }, 'cache.snapshotRetentionDays', snapshots, '36'],
    [{ cache: { snapshotRetentionDays: 1.5 } }, 'cache.snapshotRetentionDays', snapshots, '1.5'],
  ]
  it.each(cases)('%j', (changes, property, constraint, value) => {
    const lines = errorOf(changes).split('\n')
    const path = `apps/data/src/settings.ts: test.${property}: must `
    const [line] = lines.filter((text) => text.startsWith(path) && text.includes(constraint))
    expect(line).toContain(`; got ${value}.`)
  })

  it('are reported all at once', () => {
    const message = errorOf({ database: { readers: 0 }, cache: { nodes: 1 } })
    expect(message).toContain('test.database.readers')
    expect(message).toContain('test.cache.nodes')
  })
})

describe('data settings at their limits', () => {
  const cases: Changes[] = [
    { database: { minCapacity: 0.5, maxCapacity: 1 } },
    { database: { minCapacity: 256, maxCapacity: 256 } },
    { database: { minCapacity: 0, pauseAfterSeconds: 300 } },
    { database: { minCapacity: 0, pauseAfterSeconds: 86_400 } },
    { database: { readers: 1, backupRetentionDays: 7 } },
    { database: { readers: 15, backupRetentionDays: 35 } },
    { cache: { nodes: 2, snapshotRetentionDays: 1 } },
    { cache: { nodes: 6, snapshotRetentionDays: 35 } },
  ]
  it.each(cases)('accepts %j', (changes) => {
    expect(() => dataTier({}, changes)).not.toThrow()
  })
})

describe('the data settings of the repository', () => {
  it.each(Object.keys(environments) as (keyof typeof environments)[])(
    'are valid for %s',
    (name) => {
      expect(() => checkSettings(settings[name], environmentNamed(name))).not.toThrow()
    },
  )

  it('never pause the database of prod', () => {
    expect(settings.prod.database.pauseAfterSeconds).toBe('never')
  })
})
