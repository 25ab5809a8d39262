import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { AwsEndpoint, DynamoDb } from '@tideway/spot-simulator'
import { type Alerts, noAlerts } from '../src/alerts'
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
  const storedEntry = () => {
    const [call] = endpoint.calls.filter(({ operation }) => operation === 'PutItem')
    const item = call?.input.Item as { entry: { S: string } }
    return JSON.parse(item.entry.S)
  }
  return { client, store: new Store(client, 'pairs'), put, storedEntry }
}

const record: PairRecord = {
  ...newPairRecord('main', 'api'),
  standbys: ['api-standby'],
  memory: { standbys: {}, spotShortAt: 1, fullStrengthAt: 2, stabilizationSeconds: 120 },
  interruptedTasks: { 'task-1': 3 },
  alerts: { active: { covering: { beganAt: 5, version: 4 } }, pending: [] },
  reconciledAt: 5,
}

/** An alert that has begun, and one that is over. Neither change has been published. */
const pendingAlerts: Alerts = {
  active: { covering: { beganAt: 7, version: 2 } },
  pending: [
    { alert: 'covering', beganAt: 7, version: 2, dryRun: false },
    { alert: 'uncovered', beganAt: 6, version: 1, endedAt: 8, dryRun: false },
  ],
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

  it('writes the item as the first release reads it, with one more field', async () => {
    const { store, storedEntry } = setUp()
    await store.write(record, true)
    const alerts = { ...record.alerts, version: 1 }
    expect(storedEntry()).toEqual({ ...firstRelease, alerts })
  })

  it('writes no such field for a pair without alerts', async () => {
    const { store, storedEntry } = setUp()
    await store.write({ ...record, alerts: noAlerts }, true)
    expect(storedEntry()).toEqual({ ...firstRelease, told: [] })
  })

  it('reads the pending notifications that it has written', async () => {
    const { store } = setUp()
    await store.write({ ...record, alerts: pendingAlerts }, true)
    const read = await store.read(['main/api'])
    expect(read.get('main/api')?.alerts).toEqual(pendingAlerts)
  })

  it('leaves pending notifications to the previous release, which sends what `told` lacks', async () => {
    const { store, storedEntry } = setUp()
    await store.write({ ...record, alerts: pendingAlerts }, true)
    expect(storedEntry().told).toEqual(['uncovered'])
  })

  it('does not repeat what the previous release has sent since', async () => {
    const { store, put, storedEntry } = setUp()
    await store.write({ ...record, alerts: pendingAlerts }, true)
    // The previous release keeps fields that it does not know.
    await put('main/api', { ...storedEntry(), told: ['covering'] })
    const read = await store.read(['main/api'])
    expect(read.get('main/api')).toEqual({ ...record, version: 4 })
  })

  it('rejects a write at an old version', async () => {
    const { store } = setUp()
    await store.write(record, false)
    await expect(store.write(record, false)).rejects.toThrow(Conflict)
  })

  it.each<[string, string]>([
    ['that is no JSON', '{"cluster":'],
    ['of another shape', '{"memory":[],"told":{}}'],
    ['that is null', 'null'],
    ['without its memory', JSON.stringify({ ...firstRelease, memory: undefined })],
    ['without its time', JSON.stringify({ ...firstRelease, lookedAt: 'now' })],
  ])('begins a pair again with an entry %s, and reads the others', async (_, entry) => {
    const { client, put } = setUp()
    await put('main/api', firstRelease)
    await client.send(
      new PutItemCommand({
        TableName: 'pairs',
        Item: { pair: { S: 'main/web' }, version: { N: '7' }, entry: { S: entry } },
      }),
    )
    const unreadable: string[] = []
    const store = new Store(client, 'pairs', (key) => unreadable.push(key))
    const records = await store.read(['main/api', 'main/web'])
    expect(records.get('main/api')?.standbys).toEqual(['api-standby'])
    expect(unreadable).toEqual(['main/web'])
    const again = records.get('main/web') as PairRecord
    expect(again).toEqual({ ...newPairRecord('main', 'web'), version: 7 })
    await store.write({ ...again, standbys: ['web-standby'] }, false)
    expect((await store.read(['main/web'])).get('main/web')).toMatchObject({
      standbys: ['web-standby'],
      version: 8,
    })
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
