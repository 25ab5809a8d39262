import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { AwsEndpoint, DynamoDb } from '@tideway/spot-simulator'
import { newPairRecord, type PairRecord } from '../src/pair-record'
import { Conflict, Store } from '../src/store'

function setUp() {
  const endpoint = new AwsEndpoint()
  const dynamodb = new DynamoDb()
  dynamodb.createTable({
    name: 'pairs',
    hashKey: 'pair',
    indexes: [{ name: 'open', hashKey: 'open' }],
  })
  endpoint.register('dynamodb', dynamodb)
  const client = new DynamoDBClient(endpoint.clientOptions)
  const put = (pair: string, entry: object) =>
    client.send(
      new PutItemCommand({
        TableName: 'pairs',
        Item: { pair: { S: pair }, version: { N: '4' }, entry: { S: JSON.stringify(entry) } },
      }),
    )
  const storedItems = () => endpoint.calls.filter(({ operation }) => operation === 'PutItem')
  return { store: new Store(client, 'pairs'), put, storedItems }
}

const record: PairRecord = {
  ...newPairRecord('main', 'api'),
  standbys: ['api-standby'],
  memory: { standbys: {}, spotShortAt: 1, fullStrengthAt: 2, stabilizationSeconds: 120 },
  interruptedTasks: { 'task-1': 3 },
  activeAlerts: ['covering'],
  reconciledAt: 5,
}

/** The item as the first release wrote it. */
const firstRelease = {
  cluster: 'main',
  primary: 'api',
  standbys: ['api-standby'],
  memory: { standbys: {}, spotShortAt: 1, wholeAt: 2, dwellSeconds: 120 },
  noticed: { 'task-1': 3 },
  told: ['covering'],
  lookedAt: 5,
}

describe('the store', () => {
  it('reads an item of the first release', async () => {
    const { store, put } = setUp()
    await put('main/api', firstRelease)
    expect(await store.read(['main/api'])).toEqual(
      new Map([['main/api', { ...record, version: 4 }]]),
    )
  })

  it('writes the item as the first release reads it', async () => {
    const { store, storedItems } = setUp()
    await store.write(record, true)
    const [call] = storedItems()
    const item = call?.input.Item as { entry: { S: string } }
    expect(JSON.parse(item.entry.S)).toEqual(firstRelease)
  })

  it('rejects a write at an old version', async () => {
    const { store } = setUp()
    await store.write(record, false)
    await expect(store.write(record, false)).rejects.toThrow(Conflict)
  })

  it('lists only open pairs', async () => {
    const { store } = setUp()
    await store.write(record, true)
    await store.write({ ...record, primary: 'web' }, false)
    expect(await store.openPairs()).toEqual([{ cluster: 'main', primary: 'api' }])
  })
})

describe('the position of a sweep', () => {
  it('starts at the first page', async () => {
    expect(await setUp().store.readSweepPosition('main')).toEqual({ cluster: 'main', version: 0 })
  })

  it('is kept in a record of its own, and cleared after the last page', async () => {
    const { store } = setUp()
    await store.writeSweepPosition({ cluster: 'main', nextToken: 'page 2', version: 0 })
    const position = { cluster: 'main', nextToken: 'page 2', version: 1 }
    expect(await store.readSweepPosition('main')).toEqual(position)
    await store.writeSweepPosition({ cluster: 'main', version: 1 })
    expect(await store.readSweepPosition('main')).toEqual({ cluster: 'main', version: 2 })
  })

  it('is read from an item of the first release, which kept it in the field for alerts', async () => {
    const { store, put } = setUp()
    await put('main/#sweep', { ...firstRelease, primary: '#sweep', told: ['page 3'] })
    const position = { cluster: 'main', nextToken: 'page 3', version: 4 }
    expect(await store.readSweepPosition('main')).toEqual(position)
    await store.writeSweepPosition({ ...position, nextToken: 'page 4' })
    expect(await store.readSweepPosition('main')).toMatchObject({ nextToken: 'page 4' })
  })

  it('conflicts with another sweep', async () => {
    const { store } = setUp()
    await store.writeSweepPosition({ cluster: 'main', nextToken: 'page 2', version: 0 })
    const same = store.writeSweepPosition({ cluster: 'main', nextToken: 'page 2', version: 0 })
    await expect(same).rejects.toThrow(Conflict)
  })
})
