import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ECSClient } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { chunks, groupBy } from './arrays'
import { BatchFailures, type BatchResponse, type QueueEvent } from './batch'
import { ClusterTags } from './cluster-tags'
import { CoverBudget } from './cover-budget'
import { type DrainDeps, drainBatch } from './drain'
import { Ecs } from './ecs'
import { consoleLog, type Log, metricLine } from './log'
import { StoppingTasks } from './meters'
import { pairKey } from './pair-record'
import { type ReconcileDeps, reconcile as reconcilePairs } from './reconcile'
import {
  groupByPair,
  type Message,
  needsReconcile,
  readBatch,
  type ServiceRequest,
} from './requests'
import { readSettings, type Settings } from './settings'
import { Store } from './store'
import { pairsPerReconcile, type SweepDeps, sweep } from './sweep'
import { type Clock, systemClock, TokenBucket } from './token-bucket'

/** Options of the SDK clients. Empty in AWS; tests pass an endpoint in the same process. */
export type ClientOptions = ConstructorParameters<typeof ECSClient>[0]

export type HandlerDeps = DrainDeps & ReconcileDeps & SweepDeps

export function createClients(options: ClientOptions = {}) {
  return {
    ecs: new ECSClient(options),
    dynamodb: new DynamoDBClient(options),
    targets: new ElasticLoadBalancingV2Client(options),
    sns: new SNSClient(options),
    // With the queue's URL as its endpoint, the client would ignore AWS_ENDPOINT_URL.
    sqs: new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
  }
}

export type Clients = ReturnType<typeof createClients>

export interface HandlerProps {
  readonly settings: Settings
  /** @default clients of AWS */
  readonly clients?: Clients
  /** @default the system's time */
  readonly clock?: Clock
  /** @default standard output */
  readonly log?: Log
}

export function createDeps({
  settings,
  clients = createClients(),
  clock = systemClock,
  log = consoleLog,
}: HandlerProps): HandlerDeps {
  const { ecs, dynamodb, targets, sns, sqs } = clients
  const { callsPerSecond, callsBurst, writesPerSecond } = settings
  const calls = new TokenBucket(callsPerSecond, callsBurst, clock)
  const writes =
    writesPerSecond === undefined ? calls : new TokenBucket(writesPerSecond, callsBurst, clock)
  const limitedEcs = new Ecs(ecs, calls, writes)
  const store = new Store(dynamodb, settings.tableName, (pair) =>
    log({ level: 'error', message: 'unreadable record', pair }),
  )
  return {
    ecs: limitedEcs,
    clusterTags: new ClusterTags(limitedEcs, clock, log),
    store,
    budget: new CoverBudget(store, settings.maxCoverPrice, clock),
    targets,
    sns,
    sqs,
    settings,
    clock,
    log,
    primaries: new Map(),
    stopping: new StoppingTasks(),
  }
}

/** While one waits to write, the others read. */
const reconcilesAtOnce = 4

/** Created at the first event and kept for the life of the process, so that connections are reused. */
let deps: HandlerDeps | undefined

/** The handler of the queue of events and requests that lead to a reconcile. */
export async function reconcile(event: QueueEvent): Promise<BatchResponse> {
  deps ??= createDeps({ settings: readSettings(process.env) })
  return reconcileBatch(event, deps)
}

/** The handler of the queue of interruption notices. */
export async function drain(event: QueueEvent): Promise<BatchResponse> {
  deps ??= createDeps({ settings: readSettings(process.env) })
  return drainBatch(event, deps)
}

/**
 * Handles a batch: parses the messages, reconciles each pair once however many messages name it, and returns the
 * messages that failed to the queue.
 */
export async function reconcileBatch(event: QueueEvent, deps: HandlerDeps): Promise<BatchResponse> {
  const { store, clock, settings, primaries } = deps
  const failures = new BatchFailures(deps.log)
  const requests: ServiceRequest[] = []
  for (const message of await readBatch(
    event,
    clock.now(),
    failures,
    deps.ecs,
    settings.clusters,
  )) {
    await failures.guard([message.messageId], async () => {
      requests.push(...(await serviceRequests(message, deps)))
    })
  }
  const pairs = groupByPair(requests, settings.clusters, primaries)
  await failures.guard(
    pairs.flatMap(({ messageIds }) => [...messageIds]),
    async () => {
      const keyOf = (pair: (typeof pairs)[number]) => pairKey(pair.cluster, pair.service)
      const records = await store.read(pairs.map(keyOf))
      const now = clock.now()
      const pending = pairs.filter((pair) => needsReconcile(pair, records.get(keyOf(pair)), now))
      for (const [cluster, group] of groupBy(pending, (pair) => pair.cluster)) {
        const remaining = chunks(group, pairsPerReconcile)
        const reconcileNext = async () => {
          for (let chunk = remaining.shift(); chunk; chunk = remaining.shift()) {
            await reconcilePairs(cluster, chunk, failures, deps)
          }
        }
        await Promise.all(Array.from({ length: reconcilesAtOnce }, reconcileNext))
      }
    },
  )
  return failures.response()
}

/** The services that a message is about. A sweep runs here, and queues its reconciles. */
async function serviceRequests(
  { messageId, isRetry, request }: Message,
  deps: HandlerDeps,
): Promise<ServiceRequest[]> {
  const { log, settings, store } = deps
  switch (request.kind) {
    case 'ignore':
      log({ level: 'info', message: 'ignored', messageId, reason: request.reason })
      return []
    case 'sweep':
      log({ level: 'info', message: 'swept', pairs: await sweep(deps) })
      // An alarm notices when they stop.
      for (const Cluster of settings.clusters) {
        log(metricLine(deps.clock.now(), { dimensions: { Cluster }, counts: { Sweeps: 1 } }))
      }
      return []
    case 'services': {
      const { services, signal, stopped, changedAt } = request
      if (signal?.simulatedBy !== undefined) {
        const { taskArn, simulatedBy } = signal
        log({
          level: 'info',
          message: 'simulated notice',
          messageId,
          ...services[0],
          taskArn,
          simulatedBy,
        })
      }
      for (const { cluster, service } of stopped === undefined ? [] : services) {
        if (stopped && cluster) deps.stopping.add(pairKey(cluster, service), stopped)
      }
      // A message that failed before is never skipped.
      const at = isRetry ? undefined : request.at
      return services.map((ref) => ({
        messageId,
        ref,
        signal,
        at: at ?? Number.POSITIVE_INFINITY,
        changedAt,
      }))
    }
    case 'instance':
      return tasksOnInstance(request.instanceId, request.at, messageId, deps)
    case 'spot-group': {
      const provider = settings.spotGroups.get(request.autoScalingGroup)
      if (provider === undefined) {
        const reason = `no Spot capacity provider uses the group ${request.autoScalingGroup}`
        log({ level: 'info', message: 'ignored', messageId, reason })
        return []
      }
      const signal = { kind: 'launch-failure' as const, at: request.at, providers: [provider] }
      const open = await store.openPairs()
      return open.map(({ cluster, primary }) => ({
        messageId,
        ref: { cluster, service: primary },
        signal,
        at: Number.POSITIVE_INFINITY,
      }))
    }
  }
}

/** Every service with a task on the instance loses that task. */
async function tasksOnInstance(
  instanceId: string,
  at: number,
  messageId: string,
  { ecs, settings }: HandlerDeps,
): Promise<ServiceRequest[]> {
  const found: ServiceRequest[] = []
  for (const cluster of settings.clusters) {
    const tasks = await ecs.tasksOnInstance(cluster, instanceId)
    for (const { taskArn, group, capacityProviderName } of tasks) {
      if (taskArn === undefined || !group?.startsWith('service:')) continue
      const providers = capacityProviderName === undefined ? [] : [capacityProviderName]
      found.push({
        messageId,
        ref: { cluster, service: group.slice('service:'.length) },
        signal: { kind: 'interruption', at, providers, taskArn },
        at: Number.POSITIVE_INFINITY,
      })
    }
  }
  return found
}
