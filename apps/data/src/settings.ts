import {
  checkEach,
  type Environment,
  type EnvironmentName,
  isNumber,
  isString,
  type Rule,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

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
  const path = `apps/data/src/settings.ts: ${name}`
  const ofDatabase = checkEach<DatabaseSettings>(`${path}.database`, database, {
    minCapacity: capacity(0.5),
    maxCapacity: capacity(1),
    readers: wholeNumber(
      1,
      15,
      ': without a reader in another zone, the loss of the writer is an outage',
    ),
    backupRetentionDays: wholeNumber(
      7,
      35,
      ': AWS keeps no longer, and less does not outlast a long weekend',
    ),
  })
  const ofCache = checkEach<CacheSettings>(`${path}.cache`, cache, {
    nodeType: {
      hasType: isString,
      isValid: (type) => /^cache\.[cmrt]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$/.test(type),
      must: 'be an ElastiCache node type, such as cache.r7g.large',
      fix: 'Correct it.',
    },
    nodes: wholeNumber(2, 6, ': automatic failover needs a replica, and AWS allows five'),
    snapshotRetentionDays: wholeNumber(1, 35, ' days'),
  })
  const problems = [...ofDatabase.problems, ...ofCache.problems]
  if (
    ofDatabase.areValid('minCapacity', 'maxCapacity') &&
    database.minCapacity > database.maxCapacity
  ) {
    problems.push({
      path: `${path}.database.minCapacity`,
      must: `be no more than maxCapacity, which is ${database.maxCapacity}`,
      got: database.minCapacity,
      fix: 'Lower it, or raise maxCapacity.',
    })
  }
  throwIfInvalid(problems)
}

function capacity(least: number): Rule<number> {
  return {
    hasType: isNumber,
    isValid: (units) => units >= least && units <= 256 && Number.isInteger(units * 2),
    must: `be ${least} to 256 capacity units, in steps of 0.5`,
    fix: 'Choose the next step.',
  }
}
