import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb'
import { type Alerts, publishedAlerts } from './alerts'
import { deployment } from './deployment'
import type { Memory } from './observation'
import { newPairRecord, type PairRecord, pairKey } from './pair-record'

/** Another function has written the item since it was read, with a newer observation. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** Where a cluster's sweep continues. */
export interface SweepPosition {
  readonly cluster: string
  /** The page token of ListServices. Undefined: the first page. */
  readonly nextToken?: string
  readonly version: number
}

export type Item = Record<string, AttributeValue>

/** The stored form of a record. It is an interface: functions of two releases read the same table. */
interface StoredRecord extends Omit<PairRecord, RenamedField> {
  readonly memory: Omit<Memory, 'fullStrengthAt' | 'stabilizationSeconds'> & {
    readonly wholeAt?: number
    readonly dwellSeconds?: number
  }
  readonly noticed: PairRecord['interruptedTasks']
  /** The alerts whose beginning has been published, and their end has not. */
  readonly told: readonly string[]
  /**
   * Absent in items of the previous release, which publishes what differs from `told`. It keeps this field unchanged
   * when it writes, so the field counts only in the version of the item that it was written with.
   */
  readonly alerts?: Alerts & { readonly version: number }
  readonly lookedAt: number
}

type RenamedField = 'alerts' | 'interruptedTasks' | 'memory' | 'reconciledAt' | 'version'

/** The records of all pairs in one table, and the position of each sweep. An index holds only open pairs. */
export class Store {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
    private readonly onUnreadable: (key: string) => void = () => {},
  ) {}

  /** The records that exist, by their keys. */
  async read(keys: readonly string[]): Promise<Map<string, PairRecord>> {
    const items = await this.readItems(keys)
    return new Map([...items].map(([key, item]) => [key, this.recordOf(key, item)]))
  }

  /** Writes a record that was read at its version. Throws a Conflict if it has changed since. */
  async write(record: PairRecord, isOpen: boolean): Promise<void> {
    await this.writeItem(pairKey(record.cluster, record.primary), record.version, {
      entry: { S: JSON.stringify(storedRecord(record)) },
      // Items without the attribute are not in the index.
      ...(isOpen && { open: { S: 'open' } }),
    })
  }

  /** One record that nobody can read must not fail the batch of all others: its pair begins again, at its version. */
  private recordOf(key: string, item: Item): PairRecord {
    const record = recordOf(item)
    if (record !== undefined) return record
    this.onUnreadable(key)
    const [cluster = '', primary = ''] = key.split('/')
    return { ...newPairRecord(cluster, primary), version: versionOf(item) }
  }

  async readSweepPosition(cluster: string): Promise<SweepPosition> {
    const key = sweepKey(cluster)
    const item = (await this.readItems([key])).get(key)
    const nextToken = item?.nextToken?.S ?? legacyToken(item)
    return { cluster, version: versionOf(item), ...(nextToken !== undefined && { nextToken }) }
  }

  /** Throws a Conflict if another sweep has written the position since. */
  async writeSweepPosition({ cluster, nextToken, version }: SweepPosition): Promise<void> {
    await this.writeItem(
      sweepKey(cluster),
      version,
      nextToken ? { nextToken: { S: nextToken } } : {},
    )
  }

  /** The pairs that are not calm. */
  async openPairs(): Promise<{ cluster: string; primary: string }[]> {
    const found: { cluster: string; primary: string }[] = []
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.tableName,
        IndexName: deployment.table.index,
        KeyConditionExpression: '#open = :open',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: { ':open': { S: 'open' } },
      },
    )
    for await (const { Items } of pages) {
      for (const { pair } of Items ?? []) {
        const [cluster = '', primary = ''] = (pair?.S ?? '').split('/')
        found.push({ cluster, primary })
      }
    }
    return found
  }

  /** What the standby tasks of each open pair cost per hour, by the key of the pair. */
  async coverPrices(): Promise<Map<string, number>> {
    const open = await this.openPairs()
    const records = await this.read(open.map(({ cluster, primary }) => pairKey(cluster, primary)))
    return new Map([...records].map(([key, { coverPrice = 0 }]) => [key, coverPrice]))
  }

  /** Items of any kind, by their keys. */
  async readItems(keys: readonly string[]): Promise<Map<string, Item>> {
    const found = new Map<string, Item>()
    let remaining = [...new Set(keys)]
    while (remaining.length > 0) {
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [this.tableName]: {
              Keys: remaining.slice(0, 100).map((key) => ({ pair: { S: key } })),
              ConsistentRead: true,
            },
          },
        }),
      )
      for (const item of Responses?.[this.tableName] ?? []) found.set(item.pair?.S ?? '', item)
      const unprocessed = UnprocessedKeys?.[this.tableName]?.Keys ?? []
      remaining = [...unprocessed.map(({ pair }) => pair?.S ?? ''), ...remaining.slice(100)]
    }
    return found
  }

  /** Writes an item of any kind that was read at its version, 0 if there was none. Throws a Conflict if it has changed. */
  async writeItem(key: string, version: number, attributes: Item): Promise<void> {
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: { pair: { S: key }, version: { N: String(version + 1) }, ...attributes },
          ConditionExpression: version === 0 ? 'attribute_not_exists(pair)' : 'version = :version',
          ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
        }),
      )
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
      throw new Conflict(`${key} was changed by another function`)
    }
  }
}

/** Reads one record, for programs other than the controller. */
export async function readPairRecord(props: {
  readonly region: string
  readonly tableName: string
  readonly cluster: string
  readonly primary: string
}): Promise<PairRecord | undefined> {
  const store = new Store(new DynamoDBClient({ region: props.region }), props.tableName)
  const key = pairKey(props.cluster, props.primary)
  return (await store.read([key])).get(key)
}

function storedRecord(record: PairRecord): StoredRecord {
  const { alerts, interruptedTasks, memory, reconciledAt, version, ...rest } = record
  const { fullStrengthAt, stabilizationSeconds, ...others } = memory
  return {
    ...rest,
    memory: { ...others, wholeAt: fullStrengthAt, dwellSeconds: stabilizationSeconds },
    noticed: interruptedTasks,
    told: publishedAlerts(alerts),
    // A calm pair has none.
    ...(publishedAlerts(alerts).length + alerts.pending.length > 0 && {
      alerts: { ...alerts, version: version + 1 },
    }),
    lookedAt: reconciledAt,
  }
}

/** Undefined for an item that the controller has not written. */
export function recordOf(item: Item): PairRecord | undefined {
  const stored = storedIn(item)
  if (stored === undefined) return undefined
  const { memory, noticed, told, lookedAt, alerts, ...rest } = stored
  const { wholeAt, dwellSeconds, ...others } = memory
  const version = versionOf(item)
  return {
    ...rest,
    memory: { ...others, fullStrengthAt: wholeAt, stabilizationSeconds: dwellSeconds },
    interruptedTasks: noticed,
    alerts:
      alerts?.version === version
        ? { active: alerts.active, pending: alerts.pending }
        : alertsWithoutTimes(told, lookedAt, version),
    reconciledAt: lookedAt,
    version,
  }
}

function storedIn(item: Item): StoredRecord | undefined {
  let stored: Partial<Record<keyof StoredRecord, unknown>> | null
  try {
    stored = JSON.parse(item.entry?.S ?? '')
  } catch {
    return undefined
  }
  const isReadable =
    isFields((stored?.memory as Partial<Memory> | undefined)?.standbys) &&
    isFields(stored?.noticed) &&
    Array.isArray(stored?.standbys) &&
    Array.isArray(stored?.told) &&
    Number.isFinite(stored?.lookedAt)
  return isReadable ? (stored as StoredRecord) : undefined
}

function isFields(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The alerts of an item that the previous release wrote. The times when they began are unknown. */
function alertsWithoutTimes(told: readonly string[], beganAt: number, version: number): Alerts {
  return {
    active: Object.fromEntries(told.map((alert) => [alert, { beganAt, version }])),
    pending: [],
  }
}

function versionOf(item: Item | undefined): number {
  return Number(item?.version?.N ?? 0)
}

function sweepKey(cluster: string): string {
  return pairKey(cluster, '#sweep')
}

/** The previous release stored the token in the field for alerts. Remove this in the next release. */
function legacyToken(item: Item | undefined): string | undefined {
  const stored: Partial<StoredRecord> = JSON.parse(item?.entry?.S ?? '{}')
  return stored.told?.[0]
}
