import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm'
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
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum'
  readonly breach: 'above' | 'below'
  readonly threshold: number
  /** Every instance tells it every minute, so silence means that the instance is gone. */
  readonly alwaysTold?: boolean
  /** What it means, for whoever is woken by it. */
  readonly means: string
}

const megabytes = 1024 * 1024

/**
 * Each is watched on every instance: a cluster's average hides the one that is full, and the writer
 * of today is a reader after a failover.
 */
const databaseRules = ({ maxConnections }: Database): readonly AlarmRule[] => [
  {
    metric: 'CPUUtilization',
    statistic: 'Average',
    breach: 'above',
    threshold: 90,
    alwaysTold: true,
    means: 'an instance is at its limit, or gone; look at Performance Insights for the statement',
  },
  {
    metric: 'ACUUtilization',
    statistic: 'Average',
    breach: 'above',
    threshold: 90,
    means: 'an instance has nearly grown to maxCapacity; raise it in apps/data/src/settings.ts',
  },
  {
    metric: 'FreeableMemory',
    statistic: 'Minimum',
    breach: 'below',
    threshold: 256 * megabytes,
    means: 'memory is nearly used up; connections and large sorts are the usual cause',
  },
  {
    metric: 'AuroraReplicaLag',
    statistic: 'Maximum',
    breach: 'above',
    threshold: 2000,
    means: 'a reader is over two seconds behind and serves old rows',
  },
  {
    metric: 'DatabaseConnections',
    statistic: 'Maximum',
    breach: 'above',
    threshold: Math.floor(0.8 * maxConnections),
    means: `over 80% of the about ${maxConnections} connections are taken; pool them in the clients`,
  },
]

const cacheRules: readonly AlarmRule[] = [
  {
    metric: 'EngineCPUUtilization',
    statistic: 'Average',
    breach: 'above',
    threshold: 90,
    alwaysTold: true,
    means: 'the one thread that serves commands is busy, or the node is gone; look at the slow log',
  },
  {
    metric: 'DatabaseMemoryUsagePercentage',
    statistic: 'Maximum',
    breach: 'above',
    threshold: 80,
    means: 'evictions are near; choose a larger node type or shorter lives for the keys',
  },
  {
    metric: 'Evictions',
    statistic: 'Sum',
    breach: 'above',
    threshold: 100,
    means: 'keys are thrown out to make room, and their readers go to the database',
  },
  {
    metric: 'CurrConnections',
    statistic: 'Maximum',
    breach: 'above',
    threshold: 50_000,
    means: 'clients open connections without end; a node takes 65,000',
  },
  {
    metric: 'ReplicationLag',
    statistic: 'Maximum',
    breach: 'above',
    threshold: 5,
    means: 'a replica is over five seconds behind, and that much is lost if it takes over',
  },
]

/** The alarms of the data tier. All of them go to its topic, and say so when they are over. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { topicArn, database, cache }: AlarmsProps) {
    super(scope, id)
    const alarm = (
      part: string,
      subject: string,
      namespace: string,
      dimensions: Record<string, string>,
      rule: AlarmRule,
    ) =>
      new CloudwatchMetricAlarm(this, `${part}-${rule.metric}`, {
        alarmName: `${subject} ${rule.metric}`,
        alarmDescription: `${subject}: ${rule.means}`,
        namespace,
        metricName: rule.metric,
        dimensions,
        statistic: rule.statistic,
        comparisonOperator: rule.breach === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
        threshold: rule.threshold,
        period: 60,
        // Five minutes in a row: what passes by itself wakes nobody.
        evaluationPeriods: 5,
        treatMissingData: rule.alwaysTold ? 'breaching' : 'missing',
        alarmActions: [topicArn],
        okActions: [topicArn],
      })

    for (const [index, { name, identifier }] of database.instances.entries()) {
      for (const rule of databaseRules(database)) {
        alarm(`database-${index}`, name, 'AWS/RDS', { DBInstanceIdentifier: identifier }, rule)
      }
    }
    for (const [index, name] of cache.nodeNames.entries()) {
      for (const rule of cacheRules) {
        alarm(`cache-${index}`, name, 'AWS/ElastiCache', { CacheClusterId: name }, rule)
      }
    }
  }
}
