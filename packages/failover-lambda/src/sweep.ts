import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { chunks } from './chunks'
import type { Ecs } from './ecs'
import { keyOf, newEntry } from './entry'
import type { Settings } from './settings'
import { Conflict, type Store } from './store'
import { tags } from './tags'
import type { Clock } from './token-bucket'

/** Over how long the looks of a sweep are spread, so that they do not all call ECS at once. */
const spreadSeconds = 50

/** One look reads ten services in a call: five pairs. */
const pairsAMessage = 5

export interface SweepParts {
  readonly ecs: Ecs
  readonly store: Store
  readonly sqs: SQSClient
  readonly settings: Settings
  readonly clock: Clock
}

/**
 * The safety net, every minute: looks at every pair that is not calm, and at one page of all services, so
 * that a pair that no event ever named is found in the end. It only orders the looks; the queue paces them.
 */
export async function sweep({ ecs, store, sqs, settings, clock }: SweepParts): Promise<number> {
  const now = clock.now()
  const open = await store.open()
  const wanted = turn(open, mostPairs(settings), Math.floor(now / 60_000))
  for (const cluster of settings.clusters) {
    wanted.push(...(await nextPage(cluster, ecs, store)))
  }
  const byCluster = new Map<string, Set<string>>()
  for (const { cluster, primary } of wanted) {
    byCluster.set(cluster, (byCluster.get(cluster) ?? new Set()).add(primary))
  }
  const looks = [...byCluster].flatMap(([cluster, primaries]) =>
    chunks([...primaries], pairsAMessage).map((services) => ({ cluster, services })),
  )
  for (const [index, batch] of chunks(looks, 10).entries()) {
    const delay = Math.floor((index * spreadSeconds) / Math.max(1, looks.length / 10))
    await send(
      sqs,
      settings.queueUrl,
      batch.map((detail, entry) => ({
        Id: String(entry),
        DelaySeconds: delay,
        MessageBody: lookMessage(detail.cluster, detail.services, now),
      })),
    )
  }
  return wanted.length
}

/**
 * What the function sends itself in order to look.
 *
 * @param at a look at this time or later will do: where looks are slow, they do not pile up
 */
export function lookMessage(cluster: string, services: readonly string[], at?: number): string {
  return JSON.stringify({ 'detail-type': 'Tideway Look', detail: { cluster, services, at } })
}

/** As many as half of a minute's calls can look at: the other half is for what happens meanwhile. */
function mostPairs({ callsPerSecond }: Settings): number {
  return Math.ceil(callsPerSecond * 30) * pairsAMessage
}

/** The next `most` of a list that is gone through in turns. */
function turn<Item>(items: readonly Item[], most: number, turns: number): Item[] {
  if (items.length <= most) return [...items]
  const start = (turns * most) % items.length
  return [...items.slice(start), ...items.slice(0, start)].slice(0, most)
}

/** Sends up to ten messages. What SQS did not take is an error, not a loss. */
export async function send(
  sqs: SQSClient,
  QueueUrl: string,
  Entries: SendMessageBatchRequestEntry[],
): Promise<void> {
  const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  if (Failed.length > 0)
    throw new Error(`SQS refused ${Failed.length} messages: ${Failed[0]?.Message}`)
}

/** The primaries on the next page of all services. The place where we are is kept in the table. */
async function nextPage(cluster: string, ecs: Ecs, store: Store) {
  const place = keyOf(cluster, '#sweep')
  const entry = (await store.read([place])).get(place) ?? newEntry(cluster, '#sweep')
  const [token] = entry.told
  const { names, nextToken } = await ecs.listServices(cluster, token)
  const services = await ecs.describeServices(cluster, names)
  try {
    await store.write({ ...entry, told: nextToken === undefined ? [] : [nextToken] }, false)
  } catch (error) {
    // Two sweeps at once read the same page: one of them turns it.
    if (!(error instanceof Conflict)) throw error
  }
  return [...services.values()]
    .filter((service) => service.tags[tags.standbys] !== undefined)
    .map(({ name }) => ({ cluster, primary: name }))
}
