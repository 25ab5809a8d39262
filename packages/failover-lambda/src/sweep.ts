import { chunks, groupBy } from './arrays'
import type { Ecs, ServiceState } from './ecs'
import { standbyNames } from './pair'
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

/**
 * When a primary that is not on the page of its standby should have been reconciled, with a page of its own or because it
 * was deleted. A cycle of all pages takes a minute for each hundred services.
 */
const maxCycleSeconds = { onePage: 600, manyPages: 2 * 3600 }

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
  const open = (await store.openPairs()).map((pair) => ({ ...pair, at: now }))
  const pairs = nextTurn(open, maxOpenPairs(settings), Math.floor(now / 60_000))
  for (const cluster of settings.clusters) {
    const { services, isWhole } = await nextPage(cluster, deps)
    pairs.push(...pairsOnPage(services, isWhole, now).map((pair) => ({ cluster, ...pair })))
  }
  const messages = [...groupBy(pairs, ({ cluster, at }) => `${cluster} ${at}`).values()].flatMap(
    (found) => {
      const primaries = [...new Set(found.map(({ primary }) => primary))]
      const common = found.slice(0, 1)
      return common.flatMap(({ cluster, at }) =>
        chunks(primaries, pairsPerReconcile).map((services) => ({ cluster, services, at })),
      )
    },
  )
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

/** The next page of all services. */
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
  return { services, isWhole: position.nextToken === undefined && nextToken === undefined }
}

/**
 * The primaries on a page, and the standbys whose primary does not name them. A primary that is not on the page is
 * reconciled only if the record of its pair shows that this has not happened for long: that costs no call to ECS.
 *
 * @param isWhole the page has all services of the cluster
 */
export function pairsOnPage(
  services: ReadonlyMap<string, ServiceState>,
  isWhole: boolean,
  now: number,
): { readonly primary: string; readonly at: number }[] {
  return [...services.values()].flatMap(({ name, active, tags: found }) => {
    const of = found[tags.standbyOf]
    if (found[tags.standbys] !== undefined) return [{ primary: name, at: now }]
    if (of === undefined || !active) return []
    const primary = services.get(of)
    if (primary !== undefined && standbyNames(primary.tags).includes(name)) return []
    if (primary !== undefined) return [of, name].map((one) => ({ primary: one, at: now }))
    const { onePage, manyPages } = maxCycleSeconds
    const at = now - 1000 * (isWhole ? onePage : manyPages)
    return (isWhole ? [of, name] : [of]).map((one) => ({ primary: one, at }))
  })
}
