import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import {
  AwsEndpoint,
  DynamoDb,
  type DynamoDbOptions,
  type Item,
  Random,
  runBefore,
} from '../../src'

const TableName = 'states'

function tableOf(options?: DynamoDbOptions) {
  const aws = new AwsEndpoint()
  const model = new DynamoDb(options)
  aws.register('dynamodb', model)
  const table = model.createTable({
    name: TableName,
    hashKey: 'id',
    indexes: [{ name: 'open', hashKey: 'open' }],
  })
  return { aws, table, client: new DynamoDBClient(aws.clientOptions) }
}

const key = (id: string) => ({ id: { S: id } })
const keys = (count: number) => Array.from({ length: count }, (_, id) => key(`${id}`))

describe('BatchGetItem', () => {
  const get = async (client: DynamoDBClient, Keys: Item[], ConsistentRead = true) =>
    client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead } } }),
    )

  it('returns the items that exist, up to 100', async () => {
    const { client, table } = tableOf()
    for (const id of keys(3)) table.put({ ...id, version: { N: '07' }, entry: { S: '{}' } })
    const { Responses, UnprocessedKeys } = await get(client, keys(100))
    expect(Responses?.[TableName]).toEqual(
      keys(3).map((id) => ({ ...id, version: { N: '7' }, entry: { S: '{}' } })),
    )
    expect(UnprocessedKeys).toEqual({})
  })

  it('returns some keys as unprocessed, by chance', async () => {
    const unprocessed = { probability: 0.5, random: new Random(1) }
    const { client, table } = tableOf({ unprocessed })
    for (const id of keys(20)) table.put(id)
    const { Responses, UnprocessedKeys } = await get(client, keys(20))
    const found = Responses?.[TableName] ?? []
    const left = UnprocessedKeys?.[TableName]?.Keys ?? []
    expect(left.length).toBeGreaterThan(0)
    expect(found.length).toBeGreaterThan(0)
    expect(new Set([...found, ...left].map(({ id }) => id?.S)).size).toBe(20)
    expect(UnprocessedKeys?.[TableName]?.ConsistentRead).toBe(true)
  })

  it.each<[string, string, Item[]]>([
    ['ValidationException', 'takes 1 to 100 keys, got 101', keys(101)],
    ['ValidationException', 'duplicates', [key('a'), key('a')]],
    ['ValidationException', 'does not match the schema', [{ id: { N: '1' } }]],
    ['ValidationException', 'does not match the schema', [{ ...key('a'), more: { S: 'a' } }]],
    ['ValidationException', 'empty string', [key('')]],
  ])('throws %s: %s', async (name, message, Keys) => {
    const call = get(tableOf().client, Keys)
    await expect(call).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
  })

  it('rejects an eventually consistent read, which is not simulated', async () => {
    await expect(get(tableOf().client, keys(1), false)).rejects.toThrow(
      'an eventually consistent read is not simulated; simulated: ConsistentRead: true',
    )
  })
})

describe('PutItem', () => {
  const put = (client: DynamoDBClient, input: Partial<PutItemCommandInput>) =>
    client.send(new PutItemCommand({ TableName, Item: key('a'), ...input }))

  it('replaces the whole item', async () => {
    const { client, table } = tableOf()
    await put(client, { Item: { ...key('a'), open: { S: 'open' } } })
    await put(client, { Item: { ...key('a'), version: { N: '2' } } })
    expect(table.all()).toEqual([{ ...key('a'), version: { N: '2' } }])
  })

  it('creates an item only if there is none', async () => {
    const { client, table } = tableOf()
    const ConditionExpression = 'attribute_not_exists(id)'
    await put(client, { ConditionExpression })
    const again = put(client, { ConditionExpression, Item: { ...key('a'), open: { S: 'x' } } })
    await expect(again).rejects.toBeInstanceOf(ConditionalCheckFailedException)
    expect(table.all()).toEqual([key('a')])
  })

  it.each<[string, string, Item[string], boolean]>([
    ['version', '7', { N: '7' }, true],
    ['#v', '7', { N: '7' }, true],
    ['version', '07', { N: '7' }, true],
    ['version', '8', { N: '7' }, false],
    ['version', '7', { S: '7' }, false],
    ['absent', '7', { N: '7' }, false],
  ])('compares %s = %s with the stored %j: %s', async (name, expected, version, isWritten) => {
    const { client, table } = tableOf()
    table.put({ ...key('a'), version })
    const call = put(client, {
      ConditionExpression: `${name} = :version`,
      ExpressionAttributeValues: { ':version': { N: expected } },
      ...(name === '#v' && { ExpressionAttributeNames: { '#v': 'version' } }),
    })
    if (isWritten) await call
    else await expect(call).rejects.toBeInstanceOf(ConditionalCheckFailedException)
    expect(table.all()).toEqual([isWritten ? key('a') : { ...key('a'), version }])
  })

  it.each<[string, string, Partial<PutItemCommandInput>]>([
    ['ResourceNotFoundException', 'Requested resource not found', { TableName: 'other' }],
    ['ValidationException', 'Missing the key id', { Item: { other: { S: 'a' } } }],
    ['ValidationException', 'size', { Item: { ...key('a'), text: { S: 'x'.repeat(410_000) } } }],
    ['ValidationException', 'Index Key open', { Item: { ...key('a'), open: { N: '1' } } }],
    ['ValidationException', 'reserved', { ConditionExpression: 'attribute_not_exists(open)' }],
    ['ValidationException', 'not defined: #v', { ConditionExpression: '#v = :v' }],
    ['ValidationException', 'not defined: :v', { ConditionExpression: 'version = :v' }],
    [
      'ValidationException',
      'unused in expressions: keys: {:other}',
      {
        ConditionExpression: 'attribute_not_exists(id)',
        ExpressionAttributeValues: { ':other': { N: '1' } },
      },
    ],
    ['NotSimulated', 'parameter ReturnValues is not', { ReturnValues: 'ALL_OLD' }],
    [
      'NotSimulated',
      'attribute set: type SS is not',
      { Item: { ...key('a'), set: { SS: ['a'] } } },
    ],
    ['NotSimulated', 'the number 1.5 is not', { Item: { ...key('a'), share: { N: '1.5' } } }],
    [
      'NotSimulated',
      '"version < :v" is not simulated; simulated: attribute_not_exists(attribute), attribute = :value',
      { ConditionExpression: 'version < :v' },
    ],
  ])('throws %s: %s', async (name, message, input) => {
    const { client, table } = tableOf()
    const call = put(client, input)
    await expect(call).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
    expect(table.all()).toEqual([])
  })

  it('fails when another writer was faster', async () => {
    const { aws, client, table } = tableOf()
    const create = () =>
      put(client, {
        Item: { ...key('a'), version: { N: '1' } },
        ConditionExpression: 'attribute_not_exists(id)',
      })
    aws.interceptors.push(
      runBefore({ operation: 'PutItem' }, 1, async () => {
        await create()
      }),
    )
    await expect(create()).rejects.toBeInstanceOf(ConditionalCheckFailedException)
    expect(table.all()).toEqual([{ ...key('a'), version: { N: '1' } }])
  })

  it('loses no write of two writers that check the version, however they interleave', async () => {
    const turns = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 16 })
    await fc.assert(
      fc.asyncProperty(turns, async (writers) => {
        const { table, client } = tableOf()
        table.put({ ...key('a'), version: { N: '0' }, log: { S: '' } })
        const read: (Item | undefined)[] = [undefined, undefined]
        let accepted = ''
        for (const [turn, writer] of writers.entries()) {
          const seen = read[writer]
          read[writer] = seen === undefined ? table.get('a') : undefined
          if (seen === undefined) continue
          const { version, log } = seen as { version: { N: string }; log: { S: string } }
          const entry = `${writer}-${turn} `
          const isAccepted = await put(client, {
            Item: {
              ...key('a'),
              version: { N: String(Number(version.N) + 1) },
              log: { S: log.S + entry },
            },
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': version },
          }).then(
            () => true,
            (error: unknown) => {
              expect(error).toBeInstanceOf(ConditionalCheckFailedException)
              return false
            },
          )
          if (isAccepted) accepted += entry
        }
        const count = accepted.split(' ').length - 1
        expect(table.get('a')).toMatchObject({ version: { N: `${count}` }, log: { S: accepted } })
      }),
    )
  })
})

describe('DeleteItem', () => {
  it('deletes an item that meets the condition, and nothing where there is none', async () => {
    const { client, table } = tableOf()
    const remove = (version: string) =>
      client.send(
        new DeleteItemCommand({
          TableName,
          Key: key('a'),
          ConditionExpression: 'version = :version',
          ExpressionAttributeValues: { ':version': { N: version } },
        }),
      )
    const Item = { ...key('a'), version: { N: '2' } }
    await client.send(new PutItemCommand({ TableName, Item }))
    await expect(remove('1')).rejects.toBeInstanceOf(ConditionalCheckFailedException)
    expect(table.all()).toEqual([Item])
    await remove('2')
    expect(table.all()).toEqual([])
    await client.send(new DeleteItemCommand({ TableName, Key: key('a') }))
    await expect(remove('2')).rejects.toBeInstanceOf(ConditionalCheckFailedException)
  })
})

describe('Query', () => {
  const open: QueryCommandInput = {
    TableName,
    IndexName: 'open',
    KeyConditionExpression: '#open = :open',
    ExpressionAttributeNames: { '#open': 'open' },
    ExpressionAttributeValues: { ':open': { S: 'open' } },
  }

  it('returns the keys of the items that are in the index, in order', async () => {
    const { client, table } = tableOf()
    for (const id of ['c', 'a', 'b', 'closed']) {
      table.put({ ...key(id), open: { S: 'open' }, entry: { S: '{}' } })
    }
    table.put({ ...key('other'), open: { S: 'other' } })
    table.put(key('closed'))
    const { Items, Count, LastEvaluatedKey } = await client.send(new QueryCommand(open))
    expect(Items).toEqual(['a', 'b', 'c'].map((id) => ({ ...key(id), open: { S: 'open' } })))
    expect([Count, LastEvaluatedKey]).toEqual([3, undefined])
  })

  it('returns pages of 1 MB, and continues after a key that is gone', async () => {
    const { client, table } = tableOf()
    const idOf = (index: number) => `${String(index).padStart(4, '0')}${'x'.repeat(2000)}`
    const ids = Array.from({ length: 1200 }, (_, index) => idOf(index))
    for (const id of ids) table.put({ ...key(id), open: { S: 'open' } })
    const sizes: number[] = []
    const seen: string[] = []
    for await (const { Items = [], LastEvaluatedKey } of paginateQuery({ client }, open)) {
      sizes.push(Items.length)
      seen.push(...Items.map(({ id }) => id?.S ?? ''))
      if (LastEvaluatedKey?.id?.S) table.put(key(LastEvaluatedKey.id.S))
    }
    expect(seen).toEqual(ids)
    expect(sizes.length).toBeGreaterThan(2)
  })

  it.each<[string, string, Partial<QueryCommandInput>]>([
    ['ValidationException', 'does not have the specified index: other', { IndexName: 'other' }],
    [
      'ValidationException',
      'reserved',
      { KeyConditionExpression: 'open = :open', ExpressionAttributeNames: undefined },
    ],
    [
      'ValidationException',
      'missed key schema element: open',
      { ExpressionAttributeNames: { '#open': 'version' } },
    ],
    ['ValidationException', 'Missing the key id', { ExclusiveStartKey: { open: { S: 'open' } } }],
    ['NotSimulated', 'a query without IndexName is not', { IndexName: undefined }],
    ['NotSimulated', 'parameter Limit is not', { Limit: 1 }],
    ['NotSimulated', 'parameter FilterExpression is not', { FilterExpression: 'version = :open' }],
    ['NotSimulated', 'parameter ConsistentRead is not', { ConsistentRead: true }],
    [
      'NotSimulated',
      '"begins_with(#open, :open)" is not simulated; simulated: attribute = :value',
      { KeyConditionExpression: 'begins_with(#open, :open)' },
    ],
  ])('throws %s: %s', async (name, message, input) => {
    const call = tableOf().client.send(new QueryCommand({ ...open, ...input }))
    await expect(call).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
  })
})

it.each([
  ['GetItem', new GetItemCommand({ TableName, Key: key('a') })],
  ['UpdateItem', new UpdateItemCommand({ TableName, Key: key('a') })],
])('%s is rejected, with the operations that are simulated', async (name, command) => {
  await expect(tableOf().client.send(command as GetItemCommand)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: `dynamodb: operation ${name} is not simulated; simulated: BatchGetItem, DeleteItem, PutItem, Query`,
  })
})
