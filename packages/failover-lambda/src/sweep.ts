import { chunks, groupBy } from './arrays'
import type { Ecs } from './ecs'
import { type QueueDeps, requestReconciles } from './queue'
import type { Settings } from './settings'
import { Conflict, type Store } from './store'
import { tags } from './tags'
import type { Clock } from './token-bucket'

/** The reconciles of a sweep are spread over this time, so that they do not all call ECS at once. */
const spreadSeconds = 50

/** Messages that start at the same time. */
const messagesAtOnce = 10

/** A call describes ten services, which are five pairs. */
const pairsPerCall = 5

/** Pairs that are read together, so that few calls return less than they could. */
export const pairsPerReconcile = 20

export interface SweepDeps extends QueueDeps {
  readonly ecs: Ecs
  readonly store: Store
  readonly clock: Clock
}

/**
 * The safety net: queues a reconcile of every pair that is not calm, and of the pairs on one page of all services.
 * Successive sweeps read all pages, so they also find pairs that no event named.
 *
 * @returns the number of pairs
 */
export async function sweep(deps: SweepDeps): Promise<number> {
  const { store, settings, clock } = deps
  const now = clock.now()
  const open = await store.openPairs()
  const pairs = nextTurn(open, maxOpenPairs(settings), Math.floor(now / 60_000))
  for (const cluster of settings.clusters) pairs.push(...(await nextPage(cluster, deps)))
  const byCluster = groupBy(pairs, ({ cluster }) => cluster)
  const messages = [...byCluster].flatMap(([cluster, found]) => {
    const primaries = [...new Set(found.map(({ primary }) => primary))]
    return chunks(primaries, pairsPerReconcile).map((services) => ({ cluster, services, at: now }))
  })
  const groups = Math.max(1, messages.length / messagesAtOnce)
  await requestReconciles(
    messages.map((message, index) => ({
      ...message,
      delaySeconds: Math.floor((Math.floor(index / messagesAtOnce) * spreadSeconds) / groups),
    })),
    deps,
  )
  return pairs.length
}

/** As many pairs as half of the ECS calls of a minute can reconcile. The other half remains for events. */
function maxOpenPairs({ callsPerSecond }: Settings): number {
  return Math.ceil(callsPerSecond * 30) * pairsPerCall
}

/** The next `max` items of a list that is processed in turns. */
function nextTurn<Item>(items: readonly Item[], max: number, turn: number): Item[] {
  if (items.length <= max) return [...items]
  const start = (turn * max) % items.length
  return [...items.slice(start), ...items.slice(0, start)].slice(0, max)
}

/** The primaries on the next page of all services. */
async function nextPage(cluster: string, { ecs, store }: SweepDeps) {
  const position = await store.readSweepPosition(cluster)
  const { names, nextToken } = await ecs.listServices(cluster, position.nextToken)
  const services = await ecs.describeServices(cluster, names)
  try {
    await store.writeSweepPosition({ cluster, version: position.version, nextToken })
  } catch (error) {
    // Two concurrent sweeps read the same page. Only one of them writes the next position.
    if (!(error instanceof Conflict)) throw error
  }
  return [...services.values()]
    .filter((service) => service.tags[tags.standbys] !== undefined)
    .map(({ name }) => ({ cluster, primary: name }))
}
