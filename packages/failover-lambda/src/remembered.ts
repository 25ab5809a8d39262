import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Entry, keyOf } from './entry'
import { Store } from './store'

/** What the controller remembers of a service, for who wants to know and is not the controller. */
export async function remembered(of: {
  readonly region: string
  readonly tableName: string
  readonly cluster: string
  readonly primary: string
}): Promise<Entry | undefined> {
  const store = new Store(new DynamoDBClient({ region: of.region }), of.tableName)
  const key = keyOf(of.cluster, of.primary)
  return (await store.read([key])).get(key)
}
