import {
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb'
import { type Entry, keyOf } from './entry'

/** Another function has looked at the pair in the meantime. What it saw is newer: look again. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

/** The entries of all pairs, in one table. An index holds only those that are not calm. */
export class Store {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  /** Those that are there, by their keys. */
  async read(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>()
    let wanted = [...new Set(keys)]
    while (wanted.length > 0) {
      const asked = wanted.slice(0, 100)
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [this.tableName]: {
              Keys: asked.map((key) => ({ pair: { S: key } })),
              ConsistentRead: true,
            },
          },
        }),
      )
      for (const { pair, entry, version } of Responses?.[this.tableName] ?? []) {
        const key = pair?.S ?? ''
        found.set(key, { ...JSON.parse(entry?.S ?? '{}'), version: Number(version?.N ?? 0) })
      }
      const left = (UnprocessedKeys?.[this.tableName]?.Keys ?? []).map(({ pair }) => pair?.S ?? '')
      wanted = [...left, ...wanted.slice(100)]
    }
    return found
  }

  /** Writes an entry that was read at its version. Throws a Conflict where it has changed since. */
  async write(entry: Entry, isOpen: boolean): Promise<Entry> {
    const { version, ...rest } = entry
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: {
            pair: { S: keyOf(entry.cluster, entry.primary) },
            version: { N: String(version + 1) },
            entry: { S: JSON.stringify(rest) },
            // Items without the attribute are not in the index.
            ...(isOpen && { open: { S: 'open' } }),
          },
          ConditionExpression: version === 0 ? 'attribute_not_exists(pair)' : 'version = :version',
          ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
        }),
      )
    } catch (error) {
      if ((error as Error).name !== 'ConditionalCheckFailedException') throw error
      throw new Conflict(`${keyOf(entry.cluster, entry.primary)} was changed by another function`)
    }
    return { ...entry, version: version + 1 }
  }

  /** The pairs that are not calm. */
  async open(): Promise<{ cluster: string; primary: string }[]> {
    const found: { cluster: string; primary: string }[] = []
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.tableName,
        IndexName: 'open',
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
}
