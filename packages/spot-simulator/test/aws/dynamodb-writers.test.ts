import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { AwsEndpoint, DynamoDb, runBefore } from '../../src'
import { clientsOf } from './clients'

const TableName = 'states'
const Key = { id: { S: 'web' } }

function tableOf() {
  const aws = new AwsEndpoint()
  const model = new DynamoDb()
  aws.register('dynamodb', model)
  return {
    aws,
    table: model.createTable({ name: TableName, hashKey: 'id' }),
    client: clientsOf(aws).dynamodb,
  }
}

/** A writer that reads the log, and some time later writes it back with an entry of its own. */
function writerOf({ client }: ReturnType<typeof tableOf>) {
  let seen: { version: string; log: string[] } | undefined
  return {
    read: async () => {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key }))
      const log = Item?.log?.L?.map(({ S = '' }) => S) ?? []
      seen = { version: Item?.version?.N ?? '', log }
    },
    hasRead: () => seen !== undefined,
    /** Whether the write was accepted. */
    write: async (entry: string) => {
      const { version = '', log = [] } = seen ?? {}
      seen = undefined
      const command = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET version = :next, #log = :log',
        ConditionExpression: 'version = :seen',
        ExpressionAttributeNames: { '#log': 'log' },
        ExpressionAttributeValues: {
          ':seen': { N: version },
          ':next': { N: String(Number(version) + 1) },
          ':log': { L: [...log, entry].map((S) => ({ S })) },
        },
      })
      return client.send(command).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(ConditionalCheckFailedException)
          return false
        },
      )
    },
  }
}

it('versioned conditional updates of two writers lose none, however they interleave', async () => {
  const turns = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 16 })
  await fc.assert(
    fc.asyncProperty(turns, async (whose) => {
      const world = tableOf()
      world.table.put({ ...Key, version: { N: '0' }, log: { L: [] } })
      const writers = [writerOf(world), writerOf(world)]
      const accepted: string[] = []
      for (const [turn, who] of whose.entries()) {
        const writer = writers[who]
        if (!writer?.hasRead()) await writer?.read()
        else if (await writer.write(`${who} ${turn}`)) accepted.push(`${who} ${turn}`)
      }
      const [item] = world.table.all()
      expect(item?.version).toEqual({ N: String(accepted.length) })
      expect(item?.log).toEqual({ L: accepted.map((S) => ({ S })) })
    }),
  )
})

it('a second writer right before the write of the first makes it fail', async () => {
  const { aws, client, table } = tableOf()
  const increment = () =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET version = :new',
        ConditionExpression: 'attribute_not_exists(version)',
        ExpressionAttributeValues: { ':new': { N: '1' } },
      }),
    )
  aws.interceptors.push(
    runBefore({ operation: 'UpdateItem' }, 1, async () => {
      await increment()
    }),
  )
  await expect(increment()).rejects.toBeInstanceOf(ConditionalCheckFailedException)
  expect(table.all()).toEqual([{ ...Key, version: { N: '1' } }])
})
