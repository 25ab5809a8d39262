import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { AwsEndpoint, DynamoDb, type DynamoDbOptions, Random } from '../../src'
import { clientsOf } from './clients'

const TableName = 'states'

function tableOf(options?: DynamoDbOptions) {
  const aws = new AwsEndpoint()
  const model = new DynamoDb(options)
  aws.register('dynamodb', model)
  const table = model.createTable({ name: TableName, hashKey: 'id' })
  return { table, client: clientsOf(aws).dynamodb }
}

const key = (id: string) => ({ id: { S: id } })

describe('an item', () => {
  it('is put, got, changed and deleted, bytes and all', async () => {
    const { client, table } = tableOf()
    const Item = { ...key('a'), bytes: { B: new Uint8Array([1, 2]) }, count: { N: '1.50' } }
    await client.send(new PutItemCommand({ TableName, Item }))
    const get = new GetItemCommand({ TableName, Key: key('a') })
    expect((await client.send(get)).Item).toEqual({ ...Item, count: { N: '1.5' } })
    await client.send(new DeleteItemCommand({ TableName, Key: key('a') }))
    expect((await client.send(get)).Item).toBeUndefined()
    expect(table.all()).toEqual([])
  })

  it.each([
    ['NONE', undefined],
    ['ALL_OLD', { ...key('a'), count: { N: '1' }, other: { N: '5' } }],
    ['ALL_NEW', { ...key('a'), count: { N: '2' }, other: { N: '5' } }],
    ['UPDATED_OLD', { count: { N: '1' } }],
    ['UPDATED_NEW', { count: { N: '2' } }],
  ] as const)('answers an update with %s', async (ReturnValues, expected) => {
    const { client, table } = tableOf()
    table.put({ ...key('a'), count: { N: '1' }, other: { N: '5' } })
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: key('a'),
        UpdateExpression: 'ADD #c :one',
        ExpressionAttributeNames: { '#c': 'count' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues,
      }),
    )
    expect(Attributes).toEqual(expected)
  })

  it('is made by an update where there is none', async () => {
    const { client, table } = tableOf()
    await client.send(new UpdateItemCommand({ TableName, Key: key('a') }))
    expect(table.all()).toEqual([key('a')])
  })

  it('is as it was when its put or delete returns the old', async () => {
    const { client } = tableOf()
    const put = (version: string) => {
      const Item = { ...key('a'), version: { N: version } }
      return client.send(new PutItemCommand({ TableName, Item, ReturnValues: 'ALL_OLD' }))
    }
    expect((await put('1')).Attributes).toBeUndefined()
    expect((await put('2')).Attributes).toEqual({ ...key('a'), version: { N: '1' } })
    const command = { TableName, Key: key('a'), ReturnValues: 'ALL_OLD' } as const
    const { Attributes } = await client.send(new DeleteItemCommand(command))
    expect(Attributes).toEqual({ ...key('a'), version: { N: '2' } })
  })
})

describe('a condition that fails', () => {
  const refused = (input: Partial<UpdateItemCommandInput>) => {
    const { client, table } = tableOf()
    table.put({ ...key('a'), version: { N: '7' } })
    const command = new UpdateItemCommand({
      TableName,
      Key: key('a'),
      UpdateExpression: 'SET version = :new',
      ConditionExpression: 'version = :old',
      ExpressionAttributeValues: { ':new': { N: '3' }, ':old': { N: '2' } },
      ...input,
    })
    return { table, error: client.send(command).catch((error: unknown) => error) }
  }

  it('leaves the item, and says so as the SDK has it', async () => {
    const { table, error } = refused({})
    expect(await error).toBeInstanceOf(ConditionalCheckFailedException)
    expect(await error).toHaveProperty('Item', undefined)
    expect(table.all()).toEqual([{ ...key('a'), version: { N: '7' } }])
  })

  it('tells what the item is, when it is asked to', async () => {
    const { error } = refused({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
    expect(await error).toBeInstanceOf(ConditionalCheckFailedException)
    expect(await error).toMatchObject({ Item: { version: { N: '7' } } })
  })

  it('stops a put and a delete too', async () => {
    const { client, table } = tableOf()
    table.put(key('a'))
    const name = 'ConditionalCheckFailedException'
    const ConditionExpression = 'attribute_not_exists(id)'
    const put = new PutItemCommand({ TableName, Item: key('a'), ConditionExpression })
    const remove = new DeleteItemCommand({ TableName, Key: key('a'), ConditionExpression })
    await expect(client.send(put)).rejects.toMatchObject({ name })
    await expect(client.send(remove)).rejects.toMatchObject({ name })
    expect(table.all()).toHaveLength(1)
  })
})

describe('a batch', () => {
  const puts = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ PutRequest: { Item: key(`${id}`) } }))
  const keys = (count: number) => Array.from({ length: count }, (_, id) => key(`${id}`))

  it('writes up to 25 and reads up to 100', async () => {
    const { client, table } = tableOf()
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts(25) } }))
    const removal = { DeleteRequest: { Key: key('3') } }
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [removal] } }))
    expect(table.all()).toHaveLength(24)
    const read = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys(100) } } })
    expect((await client.send(read)).Responses?.[TableName]).toHaveLength(24)
  })

  it.each([
    ['Too many items', new BatchWriteItemCommand({ RequestItems: { [TableName]: puts(26) } })],
    [
      'Too many items',
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys(101) } } }),
    ],
    [
      'duplicates',
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [...puts(1), ...puts(1)] } }),
    ],
  ])('is refused: %s', async (message, command) => {
    const { client } = tableOf()
    await expect(client.send(command as BatchGetItemCommand)).rejects.toThrow(message)
  })

  it('leaves some undone when it is told to, and names them', async () => {
    const unprocessed = { probability: 0.5, random: new Random(1) }
    const { client, table } = tableOf({ unprocessed })
    const RequestItems = { [TableName]: puts(20) }
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems }))
    const left = UnprocessedItems?.[TableName]?.length ?? 0
    expect(left).toBeGreaterThan(0)
    expect(left + table.all().length).toBe(20)
  })
})

describe('DynamoDB refuses', () => {
  it.each([
    ['ResourceNotFoundException', new GetItemCommand({ TableName: 'other', Key: key('a') })],
    ['ValidationException', new GetItemCommand({ TableName, Key: { other: { S: 'a' } } })],
    ['ValidationException', new GetItemCommand({ TableName, Key: { id: { N: '1' } } })],
    ['ValidationException', new GetItemCommand({ TableName, Key: key('') })],
    ['ValidationException', new PutItemCommand({ TableName, Item: { other: { S: 'a' } } })],
    [
      'ValidationException',
      new PutItemCommand({ TableName, Item: { ...key('a'), text: { S: 'x'.repeat(410_000) } } }),
    ],
    [
      'ValidationException',
      new PutItemCommand({ TableName, Item: { ...key('a'), set: { SS: [] } } }),
    ],
    [
      'ValidationException',
      new PutItemCommand({ TableName, Item: key('a'), ReturnValues: 'ALL_NEW' }),
    ],
    ['ValidationException', new DeleteItemCommand({ TableName, Key: key('a'), Expected: {} })],
    ['UnknownOperationException', new ListTablesCommand({})],
  ])('%s', async (name, command) => {
    const { client } = tableOf()
    await expect(client.send(command as GetItemCommand)).rejects.toMatchObject({ name })
  })
})
