import { type Environment, type EnvironmentName, type Problem, refuse } from '@tideway/constructs'

export interface DataSettings {
  readonly database: DatabaseSettings
  readonly cache: CacheSettings
}

export interface DatabaseSettings {
  /** Aurora capacity units (2 GB of memory each) that each instance keeps when idle, in steps of 0.5. */
  readonly minCapacity: number
  /** What each instance may grow to. */
  readonly maxCapacity: number
  /** Instances beside the writer, spread over the zones: one of them takes over when the writer is lost. */
  readonly readers: number
  readonly backupRetentionDays: number
}

export interface CacheSettings {
  readonly nodeType: string
  /** Primary and replicas together, spread over the zones. */
  readonly nodes: number
  readonly snapshotRetentionDays: number
}

export const settings: Readonly<Record<EnvironmentName, DataSettings>> = {
  local: {
    database: { minCapacity: 0.5, maxCapacity: 1, readers: 1, backupRetentionDays: 7 },
    cache: { nodeType: 'cache.t4g.micro', nodes: 2, snapshotRetentionDays: 1 },
  },
  dev: {
    database: { minCapacity: 0.5, maxCapacity: 4, readers: 1, backupRetentionDays: 7 },
    cache: { nodeType: 'cache.t4g.small', nodes: 2, snapshotRetentionDays: 1 },
  },
  prod: {
    database: { minCapacity: 2, maxCapacity: 32, readers: 2, backupRetentionDays: 35 },
    cache: { nodeType: 'cache.r7g.large', nodes: 3, snapshotRetentionDays: 7 },
  },
}

/** Stops the synthesis where AWS would refuse the settings, or where the tier would not survive the loss of a zone. */
export function checkSettings({ database, cache }: DataSettings, { name }: Environment): void {
  const problems: Problem[] = []
  const check = (ok: boolean, property: string, must: string, got: unknown, fix: string) => {
    if (!ok)
      problems.push({ path: `apps/data/src/settings.ts: ${name}.${property}`, must, got, fix })
  }
  const wholeBetween = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most

  for (const [property, least] of [
    ['minCapacity', 0.5],
    ['maxCapacity', 1],
  ] as const) {
    const got = database[property]
    check(
      got >= least && got <= 256 && Number.isInteger(got * 2),
      `database.${property}`,
      `be ${least} to 256 capacity units, in steps of 0.5`,
      got,
      'Choose the next step.',
    )
  }
  check(
    database.minCapacity <= database.maxCapacity,
    'database.minCapacity',
    `be no more than maxCapacity, which is ${database.maxCapacity}`,
    database.minCapacity,
    'Lower it, or raise maxCapacity.',
  )
  check(
    wholeBetween(database.readers, 1, 15),
    'database.readers',
    'be 1 to 15: without a reader in another zone, the loss of the writer is an outage',
    database.readers,
    'Set 1 or more.',
  )
  check(
    wholeBetween(database.backupRetentionDays, 7, 35),
    'database.backupRetentionDays',
    'be 7 to 35 days: AWS keeps no longer, and less does not outlast a long weekend',
    database.backupRetentionDays,
    'Choose from 7 to 35.',
  )
  check(
    /^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(cache.nodeType),
    'cache.nodeType',
    'be an ElastiCache node type, such as cache.r7g.large',
    cache.nodeType,
    'Correct it.',
  )
  check(
    wholeBetween(cache.nodes, 2, 6),
    'cache.nodes',
    'be 2 to 6: automatic failover needs a replica, and AWS allows five',
    cache.nodes,
    'Choose from 2 to 6.',
  )
  check(
    wholeBetween(cache.snapshotRetentionDays, 1, 35),
    'cache.snapshotRetentionDays',
    'be 1 to 35 days',
    cache.snapshotRetentionDays,
    'Choose from 1 to 35.',
  )
  refuse(problems)
}
