import { alarm } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { Cache } from './cache'
import type { Database } from './database'

export interface AlarmsProps {
  readonly topicArn: string
  readonly database: Database
  readonly cache: Cache
}

interface AlarmRule {
  readonly metric: string
  readonly page: string
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum'
  /** Threshold above or below which the alarm goes off. */
  readonly above?: number
  readonly below?: number
  /** Every instance reports the metric every minute, so missing data means that the instance is down. */
  readonly alwaysReported?: boolean
  /** The cause, and what to do. */
  readonly description: string
}

const megabytes = 1024 * 1024

/** For every instance: a cluster average hides a single full instance, and readers become writers in a failover. */
const databaseRules = ({ maxConnections, pauses }: Database): readonly AlarmRule[] => [
  {
    metric: 'CPUUtilization',
    page: 'database-cpu',
    statistic: 'Average',
    above: 90,
    alwaysReported: !pauses,
    description:
      'an instance is at its limit, or gone; look at Performance Insights for the statement',
  },
  {
    metric: 'ACUUtilization',
    page: 'database-capacity',
    statistic: 'Average',
    above: 90,
    description:
      'an instance has nearly grown to maxCapacity; raise it in apps/data/src/settings.ts',
  },
  // A paused instance has no memory. Where it pauses, ACUUtilization shows that memory runs out.
  ...(pauses
    ? []
    : [
        {
          metric: 'FreeableMemory',
          page: 'database-memory',
          statistic: 'Minimum' as const,
          below: 256 * megabytes,
          description: 'memory is nearly used up; connections and large sorts are the usual cause',
        },
      ]),
  {
    metric: 'AuroraReplicaLag',
    page: 'database-replica-lag',
    statistic: 'Maximum',
    above: 2000,
    description: 'a reader is over two seconds behind and serves old rows',
  },
  {
    metric: 'DatabaseConnections',
    page: 'database-connections',
    statistic: 'Maximum',
    above: Math.floor(0.8 * maxConnections),
    description: `over 80% of the about ${maxConnections} connections are taken; pool them in the clients`,
  },
]

const cacheRules: readonly AlarmRule[] = [
  {
    metric: 'EngineCPUUtilization',
    page: 'cache-cpu',
    statistic: 'Average',
    above: 90,
    alwaysReported: true,
    description:
      'the one thread that serves commands is busy, or the node is gone; look at the slow log',
  },
  {
    metric: 'DatabaseMemoryUsagePercentage',
    page: 'cache-memory',
    statistic: 'Maximum',
    above: 80,
    description: 'evictions are near; choose a larger node type or shorter lives for the keys',
  },
  {
    metric: 'Evictions',
    page: 'cache-evictions',
    statistic: 'Sum',
    above: 100,
    description: 'keys are thrown out to make room, and their readers go to the database',
  },
  {
    metric: 'CurrConnections',
    page: 'cache-connections',
    statistic: 'Maximum',
    above: 50_000,
    description: 'clients open connections without end; a node takes 65,000',
  },
  {
    metric: 'ReplicationLag',
    page: 'cache-replication-lag',
    statistic: 'Maximum',
    above: 5,
    description: 'a replica is over five seconds behind, and that much is lost if it takes over',
  },
]

/** The alarms of the data tier. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topicArn, database, cache }: AlarmsProps) {
    super(scope, id)
    const monitored = [
      ...database.instanceIdentifiers.map((identifier, index) => ({
        part: `database-${index}`,
        name: identifier,
        namespace: 'AWS/RDS',
        dimensions: { DBInstanceIdentifier: identifier },
        rules: databaseRules(database),
      })),
      ...cache.nodeNames.map((name, index) => ({
        part: `cache-${index}`,
        name,
        namespace: 'AWS/ElastiCache',
        dimensions: { CacheClusterId: name },
        rules: cacheRules,
      })),
    ]
    for (const { part, name, namespace, dimensions, rules } of monitored) {
      for (const { metric, page, statistic, above, below, alwaysReported, description } of rules) {
        alarm(this, `${part}-${metric}`, {
          topicArn,
          page,
          alarmName: `${name} ${metric}`,
          alarmDescription: `${name}: ${description}`,
          namespace,
          metricName: metric,
          dimensions: { ...dimensions },
          statistic,
          comparisonOperator: below === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold',
          threshold: above ?? below,
          period: 60,
          // Five consecutive minutes: short peaks raise no alarm.
          evaluationPeriods: 5,
          treatMissingData: alwaysReported ? 'breaching' : 'missing',
        })
      }
    }
  }
}
