import { type BatchResponse, Failures, type QueueEvent } from './batch'
import { chunks } from './chunks'
import type { Ecs, ServiceState } from './ecs'
import { keyOf } from './entry'
import type { Looker, LookParts } from './look'
import { recentNotices } from './observe'
import { Conflict } from './store'
import { lookMessage, send } from './sweep'
import { tags } from './tags'
import { isNews, type Wanted, type WantedParts, wantedBy } from './wanted'

export interface ReconcileParts extends LookParts, WantedParts {
  readonly looker: Looker
}

/** Five pairs are ten services: one call. */
const pairsAtOnce = 5

/** SQS delays a message for fifteen minutes at most. */
const longestDelaySeconds = 900

/**
 * Handles a batch: reads what each message asks for, looks at each service once however many messages name
 * it, and gives back to the queue the messages whose services could not be looked at.
 */
export async function reconcile(event: QueueEvent, parts: ReconcileParts): Promise<BatchResponse> {
  const failures = new Failures(parts.log)
  const wanted = await wantedBy(event, failures, parts)
  const messageIds = wanted.flatMap((one) => [...one.messageIds])
  await failures.guard(messageIds, async () => {
    const entries = await parts.store.read(wanted.map(keyOfWanted))
    const now = parts.clock.now()
    const news = wanted.filter((one) => isNews(one, entries.get(keyOfWanted(one)), now))
    for (const [cluster, services] of byCluster(news)) {
      for (const some of chunks(services, pairsAtOnce)) {
        await lookAtSome(cluster, some, failures, parts)
      }
    }
  })
  return failures.response()
}

/** How often a pair is looked at again at once that another function has looked at in the meantime. */
const mostConflicts = 2

/** Looks at up to five pairs, which ECS describes in one call where their standbys are remembered. */
async function lookAtSome(
  cluster: string,
  wanted: readonly Wanted[],
  failures: Failures,
  parts: ReconcileParts,
  conflicts = 0,
): Promise<void> {
  const { ecs, store, looker, clock, primaries } = parts
  const all = wanted.flatMap(({ messageIds }) => [...messageIds])
  await failures.guard(all, async () => {
    // Read again: the first of a batch may have taken a while, and another function may have looked.
    const entries = await store.read(wanted.map(keyOfWanted))
    const lookedAt = clock.now()
    const services = await ecs.describeServices(cluster, [
      ...wanted.map(({ service }) => service),
      ...[...entries.values()].flatMap(({ standbys }) => standbys),
    ])
    await describeMore(cluster, services, ecs)
    const asked = byPrimary(wanted, services)
    const unread = asked.filter(({ key }) => !entries.has(key)).map(({ key }) => key)
    for (const [key, entry] of await store.read(unread)) entries.set(key, entry)
    const noticed = asked.flatMap(({ key, signs }) =>
      Object.keys(recentNotices(entries.get(key)?.noticed ?? {}, signs, lookedAt)),
    )
    const fetched = await ecs.describeTasks(cluster, [...new Set(noticed)])
    const again: Wanted[] = []
    for (const one of asked) {
      const { service: primary, key, signs, messageIds } = one
      await failures.guard(messageIds, async () => {
        const own = new Map(
          [...services].filter(
            ([name, state]) => name === primary || isSibling(primary, name, state, services),
          ),
        )
        for (const name of own.keys()) {
          if (name !== primary) primaries.set(keyOf(cluster, name), primary)
        }
        const entry = entries.get(key)
        try {
          const { lookAgainInSeconds } = await looker.look(
            cluster,
            primary,
            own,
            signs,
            entry,
            fetched,
            lookedAt,
          )
          if (lookAgainInSeconds !== undefined)
            await lookLater(cluster, primary, lookAgainInSeconds, parts)
        } catch (error) {
          if (!(error instanceof Conflict) || conflicts >= mostConflicts) throw error
          again.push(one)
        }
      })
    }
    if (again.length > 0) await lookAtSome(cluster, again, failures, parts, conflicts + 1)
  })
}

function keyOfWanted({ cluster, service }: Wanted): string {
  return keyOf(cluster, service)
}

/** Standbys of primaries that are new to us, and primaries of standbys that an event named. */
async function describeMore(
  cluster: string,
  services: Map<string, ServiceState>,
  ecs: Ecs,
): Promise<void> {
  // A standby leads to its primary, and that to its other standbys.
  for (let step = 0; step < 2; step++) {
    const missing = [...services.values()]
      .flatMap((state) => [
        state.tags[tags.standbyOf] ?? '',
        ...(state.tags[tags.standbys] ?? '').split(/\s+/),
      ])
      .filter((name) => name !== '' && !services.has(name))
    if (missing.length === 0) return
    for (const [name, state] of await ecs.describeServices(cluster, missing))
      services.set(name, state)
  }
}

/** What was asked of a standby is asked of its primary. */
function byPrimary(
  wanted: readonly Wanted[],
  services: ReadonlyMap<string, ServiceState>,
): (Wanted & { readonly key: string })[] {
  const asked = new Map<string, Wanted & { readonly key: string }>()
  for (const one of wanted) {
    const service = services.get(one.service)?.tags[tags.standbyOf] ?? one.service
    const key = keyOf(one.cluster, service)
    const before = asked.get(key)
    asked.set(key, {
      ...one,
      service,
      key,
      signs: [...(before?.signs ?? []), ...one.signs],
      messageIds: new Set([...(before?.messageIds ?? []), ...one.messageIds]),
    })
  }
  return [...asked.values()]
}

function isSibling(
  primary: string,
  name: string,
  state: ServiceState,
  services: ReadonlyMap<string, ServiceState>,
): boolean {
  const named = services.get(primary)?.tags[tags.standbys]?.split(/\s+/) ?? []
  return named.includes(name) || state.tags[tags.standbyOf] === primary
}

async function lookLater(
  cluster: string,
  primary: string,
  seconds: number,
  { sqs, settings }: ReconcileParts,
): Promise<void> {
  const DelaySeconds = Math.min(longestDelaySeconds, Math.max(1, Math.ceil(seconds)))
  await send(sqs, settings.queueUrl, [
    { Id: '0', DelaySeconds, MessageBody: lookMessage(cluster, [primary]) },
  ])
}

function byCluster(wanted: readonly Wanted[]): Map<string, Wanted[]> {
  const groups = new Map<string, Wanted[]>()
  for (const one of wanted) groups.set(one.cluster, [...(groups.get(one.cluster) ?? []), one])
  return groups
}
