import {
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { chunks } from './arrays'
import { BatchFailures, type BatchResponse, type QueueEvent } from './batch'
import { hasEnded, lastSafeMoment } from './deregistration'
import type { Ecs, ServiceState } from './ecs'
import { type NotifyDeps, publish } from './notify'
import { defaultPolicy } from './observation'
import { pairOf } from './pair'
import { maxBatchSize, type QueueDeps, type QueuedMessage, sendToQueue } from './queue'
import { type Message, noticeMessage, readBatch, type TaskNotice } from './requests'
import {
  deregister,
  isRegistered,
  type ReadTargets,
  type Registration,
  registrationsOf,
  type TargetDeps,
  targetReader,
} from './targets'
import type { Clock } from './token-bucket'

export interface DrainDeps extends NotifyDeps, TargetDeps, QueueDeps {
  readonly ecs: Ecs
  readonly clock: Clock
}

interface Notice<Of> {
  readonly messageId: string
  readonly isRetry: boolean
  readonly of: Of
}

type ReadService = (notice: TaskNotice) => Promise<ServiceState | undefined>

/**
 * Handles interruption notices. An instance, and a task that leaves at its notice, is deregistered from its target
 * groups at once. It then receives no new requests, and has the two minutes of the notice to finish its open ones.
 *
 * A task that serves until it is drained is deregistered at the last safe moment: its notice returns to the queue until
 * then. The reconcile function deregisters it before that, once others have taken its place.
 */
export async function drainBatch(event: QueueEvent, deps: DrainDeps): Promise<BatchResponse> {
  const { log, clock, settings } = deps
  const failures = new BatchFailures(log)
  const readTargets = targetReader(deps.targets)
  const tasks: Notice<TaskNotice>[] = []
  for (const message of await readBatch(
    event,
    clock.now(),
    failures,
    deps.ecs,
    settings.clusters,
  )) {
    const { messageId, isRetry, request } = message
    const task = taskNotice(message)
    if (task !== undefined) tasks.push({ messageId, isRetry, of: task })
    else if (request.kind === 'instance') {
      await failures.guard([messageId], () =>
        drainInstance({ messageId, isRetry, of: request.instanceId }, readTargets, deps),
      )
    } else {
      const reason = request.kind === 'ignore' ? request.reason : 'no target to deregister'
      log({ level: 'info', message: 'ignored', messageId, reason })
    }
  }
  const readService = serviceReader(
    tasks.map(({ of }) => of),
    deps.ecs,
  )
  const later: Notice<QueuedMessage>[] = []
  for (const task of tasks) {
    await failures.guard([task.messageId], async () => {
      const message = await drainTask(task, readService, readTargets, deps)
      if (message !== undefined) later.push({ ...task, of: message })
    })
  }
  for (const batch of chunks(later, maxBatchSize)) {
    const messageIds = batch.map(({ messageId }) => messageId)
    await failures.guard(messageIds, () =>
      sendToQueue(
        batch.map(({ of }) => of),
        deps,
      ),
    )
  }
  return failures.response()
}

/** In bridge mode a task has no address of its own, so its notice does not identify its target. */
function taskNotice({ request }: Message): TaskNotice | undefined {
  if (request.kind !== 'services' || request.signal?.taskArn === undefined) return undefined
  const [{ cluster, service } = { service: '' }] = request.services
  const { address, at, taskArn, registrations } = request.signal
  if (cluster === undefined || address === undefined) return undefined
  return { cluster, service, taskArn, address, at, registrations }
}

/** Deregisters the task, or returns its notice for the last safe moment. */
async function drainTask(
  { messageId, of: notice }: Notice<TaskNotice>,
  readService: ReadService,
  readTargets: ReadTargets,
  deps: DrainDeps,
): Promise<QueuedMessage | undefined> {
  const { address, at, registrations: known } = notice
  const now = deps.clock.now()
  if (known !== undefined) {
    // The reconcile function, or ECS itself, may have deregistered it before.
    const left = hasEnded(at, defaultPolicy, now)
      ? []
      : await stillRegistered(address, known, readTargets)
    if (left.length > 0) await deregister(address, left, { messageId }, deps)
    return undefined
  }
  const service = await readService(notice)
  const pair = service && pairOf(notice.cluster, notice.service, service.tags, now)
  if (service === undefined || pair === undefined) {
    deps.log({ level: 'info', message: 'ignored', messageId, reason: 'the service is no primary' })
    return undefined
  }
  const registrations = registrationsOf(service)
  const { policy } = pair
  const delaySeconds = Math.floor((lastSafeMoment(at, policy) - now) / 1000)
  const waits = delaySeconds > 0 && registrations.length > 0
  if (!waits && !hasEnded(at, policy, now))
    await deregister(address, registrations, { messageId }, deps)
  await notifyOf(notice.taskArn, address, registrations, deps)
  return waits ? { delaySeconds, body: noticeMessage({ ...notice, registrations }) } : undefined
}

async function stillRegistered(
  address: string,
  registrations: readonly Registration[],
  readTargets: ReadTargets,
): Promise<Registration[]> {
  const found: Registration[] = []
  for (const registration of registrations) {
    if (isRegistered((await readTargets(registration.group)).get(address))) found.push(registration)
  }
  return found
}

/** Describes all services of a cluster in a batch together, when the first of them is needed. */
function serviceReader(notices: readonly TaskNotice[], ecs: Ecs): ReadService {
  const reads = new Map<string, Promise<ReadonlyMap<string, ServiceState>>>()
  return async ({ cluster, service }) => {
    const names = notices
      .filter((notice) => notice.cluster === cluster && notice.registrations === undefined)
      .map((notice) => notice.service)
    const read = reads.get(cluster) ?? ecs.describeServices(cluster, names)
    reads.set(cluster, read)
    return (await read).get(service)
  }
}

async function drainInstance(
  { messageId, isRetry, of: instanceId }: Notice<string>,
  readTargets: ReadTargets,
  deps: DrainDeps,
): Promise<void> {
  const registrations = await registrationsOfInstance(
    instanceId,
    isRetry,
    readTargets,
    deps.targets,
  )
  const changed: Registration[] = []
  for (const registration of registrations) {
    try {
      await deregister(instanceId, [registration], { messageId }, deps)
      changed.push(registration)
    } catch (error) {
      // Every failover of an account receives the notices of all its instances.
      if (!(error instanceof Error && error.name.startsWith('AccessDenied'))) throw error
      const reason = `the role may not change the target group ${registration.group}`
      deps.log({ level: 'warn', message: 'ignored', messageId, reason })
    }
  }
  await notifyOf(instanceId, instanceId, changed, deps)
}

/** @param id of the task or the instance: it is interrupted once, so every repeat has the same id */
async function notifyOf(
  id: string,
  target: string,
  registrations: readonly Registration[],
  deps: DrainDeps,
): Promise<void> {
  const groups = [...new Set(registrations.map(({ group }) => group))]
  if (groups.length === 0) return
  const message = JSON.stringify({ id, target, groups })
  await publish({ id, subject: `Spot interrupts ${target}`, message }, deps)
}

/**
 * The target groups of type instance in which the instance is registered. On a retry also those in which it drains: the
 * earlier attempt deregistered it, and then failed to notify.
 */
async function registrationsOfInstance(
  instanceId: string,
  isRetry: boolean,
  readTargets: ReadTargets,
  client: ElasticLoadBalancingV2Client,
): Promise<Registration[]> {
  const found: Registration[] = []
  for await (const { TargetGroups } of paginateDescribeTargetGroups({ client }, {})) {
    for (const { TargetGroupArn, TargetType } of TargetGroups ?? []) {
      if (TargetGroupArn === undefined || TargetType !== 'instance') continue
      const target = (await readTargets(TargetGroupArn)).get(instanceId)
      if (target === undefined || !(isRetry || isRegistered(target))) continue
      found.push(...target.ports.map((port) => ({ group: TargetGroupArn, port })))
    }
  }
  return found
}
