import { type BatchResponse, Failures, type QueueEvent } from './batch'
import { chunks } from './chunks'
import type { Ecs, ServiceState } from './ecs'
import type { Looker, LookParts } from './look'
import { recentNotices, type SignOf } from './observe'
import { tags } from './pair'
import { type Request, readEvent, type ServiceRef } from './read-event'
import { keyOf } from './store'
import { lookMessage, type SweepParts, send, sweep } from './sweep'

export interface ReconcileParts extends LookParts, SweepParts {
  readonly looker: Looker
}

/** All that the messages of a batch ask about one service. */
interface Wanted {
  readonly cluster: string
  readonly service: string
  readonly signs: SignOf[]
  /** The messages that are only done when this is. */
  readonly messageIds: Set<string>
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
  const wanted = new Map<string, Wanted>()
  for (const { messageId, body } of event.Records) {
    const request = readEvent(body, parts.clock.now())
    await failures.guard([messageId], async () => {
      for (const { ref, sign } of await servicesIn(request, messageId, parts)) {
        for (const cluster of ref.cluster === undefined ? parts.settings.clusters : [ref.cluster]) {
          add(wanted, cluster, ref.service, messageId, sign)
        }
      }
    })
  }
  for (const [cluster, services] of byCluster([...wanted.values()])) {
    for (const some of chunks(services, pairsAtOnce)) {
      await lookAtSome(cluster, some, failures, parts)
    }
  }
  return failures.response()
}

interface Found {
  readonly ref: ServiceRef
  readonly sign?: SignOf['sign']
}

/** The services that a request is about. */
async function servicesIn(
  request: Request,
  messageId: string,
  parts: ReconcileParts,
): Promise<Found[]> {
  switch (request.kind) {
    case 'drop':
      parts.log({ level: 'info', message: 'dropped', messageId, why: request.why })
      return []
    case 'sweep': {
      const looks = await sweep(parts)
      parts.log({ level: 'info', message: 'swept', looks })
      return []
    }
    case 'look':
      return request.services.map((ref) => ({ ref, sign: request.sign }))
    case 'look-at-instance':
      return tasksOnInstance(request.instanceId, request.at, parts)
    case 'look-at-group': {
      const provider = parts.settings.spotGroups.get(request.autoScalingGroup)
      if (provider === undefined) {
        parts.log({
          level: 'info',
          message: 'dropped',
          messageId,
          why: `no Spot provider has the group ${request.autoScalingGroup}`,
        })
        return []
      }
      const sign = { kind: 'launch-failure' as const, at: request.at, providers: [provider] }
      const open = await parts.store.open()
      return open.map(({ cluster, primary }) => ({ ref: { cluster, service: primary }, sign }))
    }
  }
}

/** Every service with a task on the instance loses that task. */
async function tasksOnInstance(
  instanceId: string,
  at: number,
  { ecs, settings }: ReconcileParts,
): Promise<Found[]> {
  const found: Found[] = []
  for (const cluster of settings.clusters) {
    for (const { taskArn, group, capacityProviderName } of await ecs.tasksOnInstance(
      cluster,
      instanceId,
    )) {
      if (taskArn === undefined || !group?.startsWith('service:')) continue
      const providers = capacityProviderName === undefined ? [] : [capacityProviderName]
      found.push({
        ref: { cluster, service: group.slice('service:'.length) },
        sign: { kind: 'interruption', at, providers, taskArn },
      })
    }
  }
  return found
}

/** Looks at up to five pairs, which ECS describes in one call where their standbys are remembered. */
async function lookAtSome(
  cluster: string,
  wanted: readonly Wanted[],
  failures: Failures,
  parts: ReconcileParts,
): Promise<void> {
  const all = wanted.flatMap(({ messageIds }) => [...messageIds])
  await failures.guard(all, async () => {
    const entries = await parts.store.read(wanted.map(({ service }) => keyOf(cluster, service)))
    const remembered = wanted.flatMap(
      ({ service }) => entries.get(keyOf(cluster, service))?.standbys ?? [],
    )
    const services = await parts.ecs.describeServices(cluster, [
      ...wanted.map(({ service }) => service),
      ...remembered,
    ])
    await describeMore(cluster, services, parts.ecs)
    const now = parts.clock.now()
    const noticed = wanted.flatMap(({ service, signs }) =>
      Object.keys(recentNotices(entries.get(keyOf(cluster, service))?.noticed ?? {}, signs, now)),
    )
    const fetched = await parts.ecs.describeTasks(cluster, [...new Set(noticed)])
    for (const [primary, asked] of byPrimary(wanted, services)) {
      await failures.guard(asked.messageIds, async () => {
        const key = keyOf(cluster, primary)
        const entry = entries.get(key) ?? (await parts.store.read([key])).get(key)
        const own = new Map(
          [...services].filter(
            ([name, state]) => name === primary || isSibling(primary, name, state, services),
          ),
        )
        const { lookAgainInSeconds } = await parts.looker.look(
          cluster,
          primary,
          own,
          asked.signs,
          entry,
          fetched,
        )
        if (lookAgainInSeconds !== undefined)
          await lookLater(cluster, primary, lookAgainInSeconds, parts)
      })
    }
  })
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
): Map<string, { signs: SignOf[]; messageIds: string[] }> {
  const asked = new Map<string, { signs: SignOf[]; messageIds: string[] }>()
  for (const { service, signs, messageIds } of wanted) {
    const primary = services.get(service)?.tags[tags.standbyOf] ?? service
    const before = asked.get(primary) ?? { signs: [], messageIds: [] }
    asked.set(primary, {
      signs: [...before.signs, ...signs],
      messageIds: [...before.messageIds, ...messageIds],
    })
  }
  return asked
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

function add(
  wanted: Map<string, Wanted>,
  cluster: string,
  service: string,
  messageId: string,
  sign: SignOf['sign'] | undefined,
): void {
  const key = keyOf(cluster, service)
  const entry = wanted.get(key) ?? { cluster, service, signs: [], messageIds: new Set<string>() }
  if (sign !== undefined) entry.signs.push({ service, sign })
  entry.messageIds.add(messageId)
  wanted.set(key, entry)
}

function byCluster(wanted: readonly Wanted[]): Map<string, Wanted[]> {
  const groups = new Map<string, Wanted[]>()
  for (const one of wanted) groups.set(one.cluster, [...(groups.get(one.cluster) ?? []), one])
  return groups
}
