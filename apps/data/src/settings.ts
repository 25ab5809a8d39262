import {
  type Check,
  checkEach,
  type Environment,
  type EnvironmentName,
  failedChecks,
  isNumber,
  isString,
  noMoreThan,
  type Rule,
  throwIfInvalid,
  wholeNumber,
} from '@tideway/constructs'

export interface DataSettings {
  readonly database: DatabaseSettings
  readonly cache: CacheSettings
}

export interface DatabaseSettings {
  /** Aurora capacity units (2 GB of memory each) of an idle instance, in steps of 0.5. With 0, it pauses. */
  readonly minCapacity: number
  /** The upper limit of each instance. */
  readonly maxCapacity: number
  /**
   * Seconds without a connection until an instance pauses, where `minCapacity` is 0; otherwise `never`. A paused
   * instance costs only its storage. The next connection waits about 15 seconds, and longer after a day.
   */
  readonly pauseAfterSeconds: number | 'never'
  /** Instances besides the writer, in different zones. One of them becomes the writer when the writer fails. */
  readonly readers: number
  readonly backupRetentionDays: number
}

export interface CacheSettings {
  readonly nodeType: string
  /** Primary and replicas, in different zones. */
  readonly nodes: number
  readonly snapshotRetentionDays: number
}

export const settings: Readonly<Record<EnvironmentName, DataSettings>> = {
  local: {
    database: {
      minCapacity: 0.5,
      maxCapacity: 1,
      pauseAfterSeconds: 'never',
      readers: 1,
      backupRetentionDays: 7,
    },
    cache: { nodeType: 'cache.t4g.micro', nodes: 2, snapshotRetentionDays: 1 },
  },
  dev: {
    database: {
      minCapacity: 0,
      maxCapacity: 4,
      pauseAfterSeconds: 300,
      readers: 1,
      backupRetentionDays: 7,
    },
    cache: { nodeType: 'cache.t4g.small', nodes: 2, snapshotRetentionDays: 1 },
  },
  prod: {
    database: {
      minCapacity: 2,
      maxCapacity: 32,
      pauseAfterSeconds: 'never',
      readers: 2,
      backupRetentionDays: 35,
    },
    cache: { nodeType: 'cache.r7g.large', nodes: 3, snapshotRetentionDays: 7 },
  },
}

/** Throws if AWS would reject the settings, or if the tier would not survive the loss of a zone. */
export function checkSettings({ database, cache }: DataSettings, { name }: Environment): void {
  const path = `apps/data/src/settings.ts: ${name}`
  const ofDatabase = checkEach<DatabaseSettings>(`${path}.database`, database, {
    minCapacity: capacity(0),
    maxCapacity: capacity(1),
    pauseAfterSeconds: {
      hasType: (value): value is number | 'never' => value === 'never' || isNumber(value),
      isValid: (value) =>
        value === 'never' || (Number.isInteger(value) && value >= 300 && value <= 86_400),
      must: 'be "never", or a whole number of seconds from 300 to 86400',
      fix: 'Choose from 300 to 86400, which is a day.',
    },
    readers: wholeNumber(
      1,
      15,
      ': without a reader in another zone, the loss of the writer is an outage',
    ),
    backupRetentionDays: wholeNumber(
      7,
      35,
      ': AWS keeps no longer, and fewer may not cover a long weekend',
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
  throwIfInvalid([
    ...ofDatabase.problems,
    ...(ofDatabase.areValid('minCapacity', 'maxCapacity')
      ? failedChecks(`${path}.database`, database, {
          minCapacity: [noMoreThan(database.minCapacity, database.maxCapacity, 'maxCapacity')],
        })
      : []),
    ...(ofDatabase.areValid('minCapacity', 'pauseAfterSeconds')
      ? failedChecks(`${path}.database`, database, { pauseAfterSeconds: pauseChecks(database) })
      : []),
    ...ofCache.problems,
  ])
}

function pauseChecks({ minCapacity, pauseAfterSeconds }: DatabaseSettings): Check[] {
  const neverPauses = pauseAfterSeconds === 'never'
  return [
    [
      minCapacity !== 0 || !neverPauses,
      'be a number where minCapacity is 0: AWS would pause the database after its own default',
      'Choose the seconds, or raise minCapacity to 0.5.',
    ],
    [
      minCapacity === 0 || neverPauses,
      'be "never" where minCapacity is not 0: AWS rejects the combination',
      'Write "never", or lower minCapacity to 0.',
    ],
  ]
}

function capacity(min: number): Rule<number> {
  return {
    hasType: isNumber,
    isValid: (units) => units >= min && units <= 256 && Number.isInteger(units * 2),
    must: `be ${min} to 256 capacity units, in steps of 0.5`,
    fix: 'Choose the next step.',
  }
}
