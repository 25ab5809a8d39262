import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type AttributeValue, AwsEndpoint, DynamoDb, type Item } from '../../src'
import { clientsOf } from './clients'

export const key = { id: { S: 'web' } }
export const present: Item = {
  ...key,
  desired: { N: '4' },
  title: { S: 'shop-web' },
  held: { BOOL: true },
  tags: { SS: ['a', 'b'] },
  steps: { L: [{ S: 'one' }, { S: 'two' }, { S: 'three' }] },
  memory: { M: { dwell: { N: '60' }, 'last-seen': { N: '7' } } },
  nothing: { NULL: true },
}

const values: Readonly<Record<string, AttributeValue>> = {
  ':one': { N: '1' },
  ':three': { N: '3' },
  ':four': { N: '4.0' },
  ':ten': { N: '10' },
  ':text': { S: '4' },
  ':shop': { S: 'shop' },
  ':title': { S: 'shop-web' },
  ':yes': { BOOL: true },
  ':tags': { SS: ['b', 'a'] },
  ':a': { S: 'a' },
  ':S': { S: 'S' },
  ':more': { L: [{ S: 'four' }] },
  ':c': { SS: ['c'] },
  ':ab': { SS: ['a', 'b'] },
}
const names = { '#state': 'state', '#last': 'last-seen', '#d': 'desired' }

/** Those that an expression mentions, since DynamoDB refuses extras. */
function placeholders(expression: string) {
  const mentioned = new Set(expression.match(/[#:]\w+/g) ?? [])
  const pick = <Value>(all: Readonly<Record<string, Value>>) => {
    const entries = Object.entries(all).filter(([name]) => mentioned.has(name))
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  return {
    ExpressionAttributeNames: pick(names),
    ExpressionAttributeValues: pick(values) as Record<string, never> | undefined,
  }
}

export function tableWith(item: Item) {
  const aws = new AwsEndpoint()
  const model = new DynamoDb()
  aws.register('dynamodb', model)
  const table = model.createTable({ name: 'states', hashKey: 'id' })
  table.put(item)
  return { table, client: clientsOf(aws).dynamodb }
}

export async function check(ConditionExpression: string): Promise<boolean> {
  const { client } = tableWith(present)
  const command = new PutItemCommand({
    TableName: 'states',
    Item: key,
    ConditionExpression,
    ...placeholders(ConditionExpression),
  })
  try {
    await client.send(command)
    return true
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false
    throw error
  }
}

export async function apply(UpdateExpression: string): Promise<Item> {
  const { table, client } = tableWith(present)
  const settings = { TableName: 'states', Key: key, ...placeholders(UpdateExpression) }
  await client.send(new UpdateItemCommand({ ...settings, UpdateExpression }))
  const [item = {}] = table.all()
  return item
}
