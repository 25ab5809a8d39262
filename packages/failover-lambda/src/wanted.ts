import type { Failures, QueueEvent } from './batch'
import { type Entry, keyOf } from './entry'
import type { Log } from './log'
import { isRecent, type SignOf } from './observe'
import { type Request, readEvent, type ServiceRef } from './read-event'
import { type SweepParts, sweep } from './sweep'
import type { Clock } from './token-bucket'

/** All that the messages of a batch ask about one service. */
export interface Wanted {
  readonly cluster: string
  readonly service: string
  readonly signs: readonly SignOf[]
  /** When the newest of them happened. Infinity where a look is wanted whatever is known. */
  readonly at: number
  /** The messages that are only done when this is. */
  readonly messageIds: ReadonlySet<string>
}

export interface WantedParts extends SweepParts {
  readonly clock: Clock
  readonly log: Log
  /** The primaries of standbys, by their keys, as this process has seen them: what it does not know it looks at. */
  readonly primaries: Map<string, string>
}

interface Found {
  readonly ref: ServiceRef
  readonly sign?: SignOf['sign']
}

/** What a batch asks for: each service once, however many messages name it. */
export async function wantedBy(
  { Records }: QueueEvent,
  failures: Failures,
  parts: WantedParts,
): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>()
  const add = (cluster: string, { ref, sign }: Found, at: number, messageId: string) => {
    const primary = parts.primaries.get(keyOf(cluster, ref.service))
    // What the tasks of a standby do changes nothing, unless its own capacity is short.
    if (primary !== undefined && sign === undefined && Number.isFinite(at)) return
    const service = primary ?? ref.service
    const before = wanted.get(keyOf(cluster, service))
    const signs = sign === undefined ? [] : [{ service: ref.service, sign }]
    wanted.set(keyOf(cluster, service), {
      cluster,
      service,
      signs: [...(before?.signs ?? []), ...signs],
      at: Math.max(before?.at ?? 0, at),
      messageIds: new Set([...(before?.messageIds ?? []), messageId]),
    })
  }
  for (const { messageId, body, attributes } of Records) {
    const request = readEvent(body, parts.clock.now())
    const isAgain = Number(attributes?.ApproximateReceiveCount ?? 1) > 1
    await failures.guard([messageId], async () => {
      for (const found of await servicesIn(request, messageId, parts)) {
        const { cluster } = found.ref
        // What could not be done before is to be done whatever is known.
        const at = isAgain || request.kind !== 'look' ? undefined : request.at
        for (const one of cluster === undefined ? parts.settings.clusters : [cluster]) {
          add(one, found, at ?? Number.POSITIVE_INFINITY, messageId)
        }
      }
    })
  }
  return [...wanted.values()]
}

/** ECS may answer with what was true a little earlier, and EventBridge leaves out the fraction of a second. */
const settledMilliseconds = 5000

/**
 * Whether a look could see anything that the last one did not. A loss of capacity makes a flood of events,
 * and one look sees what all of them tell.
 */
export function isNews({ signs, at }: Wanted, entry: Entry | undefined, now: number): boolean {
  if (entry === undefined || at + settledMilliseconds > entry.lookedAt) return true
  const { spotShortAt = -1, wholeAt = -1, standbys } = entry.memory
  return signs.some(({ service, sign }) => {
    if (service !== entry.primary) return (standbys[service]?.shortAt ?? -1) < sign.at
    const isKnown = sign.taskArn === undefined || entry.noticed[sign.taskArn] !== undefined
    return Math.max(spotShortAt, wholeAt) < sign.at || (!isKnown && isRecent(sign.at, now))
  })
}

/** The services that a request is about. */
async function servicesIn(
  request: Request,
  messageId: string,
  parts: WantedParts,
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
  { ecs, settings }: WantedParts,
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
