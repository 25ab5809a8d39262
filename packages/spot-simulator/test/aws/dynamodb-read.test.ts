import { QueryCommand, type QueryCommandInput, ScanCommand } from '@aws-sdk/client-dynamodb'
import { AwsEndpoint, DynamoDb } from '../../src'
import { clientsOf } from './clients'

const TableName = 'histories'

/** Items of two services, at times 1 to 9; every third is open, so in the index. */
function history() {
  const aws = new AwsEndpoint()
  const model = new DynamoDb()
  aws.register('dynamodb', model)
  const table = model.createTable({
    name: TableName,
    hashKey: 'service',
    sortKey: 'at',
    keyTypes: { at: 'N' },
    indexes: [{ name: 'open', hashKey: 'openSince' }],
  })
  for (const service of ['web', 'api']) {
    for (const at of [10, 9, 1, 2, 3, 8, 7, 4, 5, 6]) {
      table.put({
        service: { S: service },
        at: { N: `${at}` },
        ...(at % 3 === 0 ? { openSince: { S: 'today' } } : {}),
      })
    }
  }
  return { table, client: clientsOf(aws).dynamodb }
}

const ofWeb = {
  TableName,
  KeyConditionExpression: 'service = :s',
  ExpressionAttributeValues: { ':s': { S: 'web' } },
}

async function query(input: Partial<QueryCommandInput> = {}) {
  const { client } = history()
  return client.send(new QueryCommand({ ...ofWeb, ...input }))
}

const times = (items: readonly Record<string, { N?: string }>[] = []) =>
  items.map(({ at }) => Number(at?.N))

describe('a query', () => {
  it('has one partition, in the order of the sort key as a number', async () => {
    const { Items, Count, LastEvaluatedKey } = await query()
    expect(times(Items)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect([Count, LastEvaluatedKey]).toEqual([10, undefined])
    expect(times((await query({ ScanIndexForward: false })).Items)[0]).toBe(10)
  })

  it.each([
    ['at = :a', [3]],
    ['at < :a', [1, 2]],
    ['at >= :b', [9, 10]],
    ['at BETWEEN :a AND :b', [3, 4, 5, 6, 7, 8, 9]],
  ])('of a range: %s', async (range, expected) => {
    const all = { ':s': { S: 'web' }, ':a': { N: '3' }, ':b': { N: '9' } }
    const used = Object.entries(all).filter(([name]) => name === ':s' || range.includes(name))
    const { Items } = await query({
      KeyConditionExpression: `service = :s AND #${range}`,
      ExpressionAttributeNames: { '#at': 'at' },
      ExpressionAttributeValues: Object.fromEntries(used),
    })
    expect(times(Items)).toEqual(expected)
  })

  it.each([true, false])('comes in pages, forward %s', async (ScanIndexForward) => {
    const { client, table } = history()
    const seen: number[] = []
    const sizes: number[] = []
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
    do {
      const command = { ...ofWeb, Limit: 5, ScanIndexForward, ExclusiveStartKey }
      const page = await client.send(new QueryCommand(command))
      seen.push(...times(page.Items))
      sizes.push(page.Count ?? 0)
      ExclusiveStartKey = page.LastEvaluatedKey
      // What a page ended with may be gone when the next is asked for.
      if (ExclusiveStartKey?.at?.N === '5') {
        table.delete({ service: { S: 'web' }, at: { N: '5' } })
      }
    } while (ExclusiveStartKey)
    expect(seen).toEqual(seen.toSorted((one, other) => (one - other) * (ScanIndexForward ? 1 : -1)))
    expect(new Set(seen).size).toBe(10)
    // A page that is full to its limit does not know that it is the last.
    expect(sizes).toEqual([5, 5, 0])
  })

  it('counts what it looks at, not what the filter leaves', async () => {
    const { Items, Count, ScannedCount } = await query({
      FilterExpression: 'attribute_exists(openSince)',
      Limit: 4,
    })
    expect(times(Items)).toEqual([3])
    expect([Count, ScannedCount]).toEqual([1, 4])
  })

  it('of an index has only items with its attribute', async () => {
    const input = {
      IndexName: 'open',
      KeyConditionExpression: 'openSince = :day',
      ExpressionAttributeValues: { ':day': { S: 'today' } },
    }
    const { Items, Count } = await query(input)
    expect(Count).toBe(6)
    expect(new Set(times(Items))).toEqual(new Set([3, 6, 9]))
    const page = await query({ ...input, Limit: 4 })
    expect(Object.keys(page.LastEvaluatedKey ?? {}).sort()).toEqual(['at', 'openSince', 'service'])
    const rest = await query({ ...input, ExclusiveStartKey: page.LastEvaluatedKey })
    expect(rest.Count).toBe(2)
  })

  it('of an index does not find what has left it', async () => {
    const { client, table } = history()
    table.put({ service: { S: 'web' }, at: { N: '3' } })
    table.delete({ service: { S: 'web' }, at: { N: '6' } })
    const command = new QueryCommand({
      TableName,
      IndexName: 'open',
      KeyConditionExpression: 'openSince = :day',
      ExpressionAttributeValues: { ':day': { S: 'today' } },
    })
    expect((await client.send(command)).Count).toBe(4)
  })

  it.each<[string, Partial<QueryCommandInput>]>([
    ['missed key schema element', { KeyConditionExpression: 'elsewhere = :s' }],
    ['not supported', { KeyConditionExpression: 'service = :s AND elsewhere = :s' }],
    ['not supported', { KeyConditionExpression: 'service = :s AND service = :s' }],
    ['missed key schema element', { KeyConditionExpression: 'service = :s OR service = :s' }],
    ['does not have the specified index', { IndexName: 'other' }],
    ['non-primary key attributes', { FilterExpression: 'service = :s' }],
    ['starting key is invalid', { ExclusiveStartKey: { service: { S: 'web' } } }],
    [
      'Consistent reads',
      { IndexName: 'open', KeyConditionExpression: 'openSince = :s', ConsistentRead: true },
    ],
  ])('is refused: %s', async (message, input) => {
    await expect(query(input)).rejects.toThrow(message)
  })
})

describe('a scan', () => {
  it('has all, page by page, in an order that is not that of the keys', async () => {
    const { client } = history()
    const seen: string[] = []
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']
    do {
      const page = await client.send(new ScanCommand({ TableName, Limit: 7, ExclusiveStartKey }))
      for (const { service, at } of page.Items ?? []) seen.push(`${service?.S} ${at?.N}`)
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
    expect(new Set(seen).size).toBe(20)
    expect(seen).toHaveLength(20)
    expect(seen).not.toEqual([...seen].sort())
  })

  it('filters, counts, and goes through an index', async () => {
    const { client } = history()
    const { Items, Count } = await client.send(
      new ScanCommand({
        TableName,
        FilterExpression: '#at > :eight',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':eight': { N: '8' } },
        Select: 'COUNT',
      }),
    )
    expect([Count, Items]).toEqual([4, undefined])
    expect((await client.send(new ScanCommand({ TableName, IndexName: 'open' }))).Count).toBe(6)
  })

  it('ends a page after a megabyte without being told to', async () => {
    const { client, table } = history()
    for (let index = 0; index < 5; index++) {
      table.put({ service: { S: 'big' }, at: { N: `${index}` }, text: { S: 'x'.repeat(300_000) } })
    }
    const { Count, LastEvaluatedKey } = await client.send(new ScanCommand({ TableName }))
    expect(Count).toBeLessThan(25)
    expect(LastEvaluatedKey).toBeDefined()
  })
})
