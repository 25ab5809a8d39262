import { groupBy } from './arrays'
import type { BatchFailures, QueueEvent } from './batch'
import type { Ecs } from './ecs'
import { gameDay, readGameDay } from './game-day'
import type { Evidence } from './observation'
import { type PairRecord, pairKey } from './pair-record'
import type { Registration } from './targets'

/** What a message requests. Events only trigger a reconcile: its decision depends on what it observes. */
export type Request = TaskRequest | ResolvedRequest

export type ResolvedRequest =
  | {
      readonly kind: 'services'
      readonly services: readonly ServiceRef[]
      readonly signal?: Signal
      readonly stopped?: StoppedTask
      /** When the number of tasks that are paid for changed. */
      readonly changedAt?: number
      /** When it happened. Without a time, the reconcile is never skipped as already done. */
      readonly at?: number
    }
  | { readonly kind: 'instance'; readonly instanceId: string; readonly at: number }
  | { readonly kind: 'spot-group'; readonly autoScalingGroup: string; readonly at: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'ignore'; readonly reason: string }

/** A notice that counts only with what ECS describes of its task. */
export interface TaskRequest {
  readonly kind: 'task'
  readonly cluster: string
  readonly taskArn: string
  readonly at: number
  readonly detail: Fields
  /** The service that a game day names, and who runs it. */
  readonly simulated?: { readonly service: string; readonly by: string }
}

export interface ServiceRef {
  /** The name of the cluster. Undefined in ARNs of the old format, which do not contain it. */
  readonly cluster?: string
  readonly service: string
}

/** A task that has ended, and how long it was paid for after it began to stop. */
export interface StoppedTask {
  readonly taskArn: string
  readonly provider: string
  readonly seconds: number
}

/** What an event reports about the capacity of a service. */
export interface Signal {
  readonly kind: Evidence['kind']
  readonly at: number
  /** The capacity providers that the event names. Empty if it names none. */
  readonly providers: readonly string[]
  /** The interrupted task, and its private address while it runs. */
  readonly taskArn?: string
  readonly address?: string
  /** Where it is registered: only in a notice that the drain function has returned to its queue. */
  readonly registrations?: readonly Registration[]
  /** Who simulates it, in a game day. Absent for what AWS reports. */
  readonly simulatedBy?: string
}

/** The interruption notice of a task with an address of its own. */
export interface TaskNotice extends Required<Pick<Signal, 'address' | 'at' | 'taskArn'>> {
  readonly cluster: string
  readonly service: string
  readonly registrations?: readonly Registration[]
}

/** A signal, and the service of the pair that it is about. */
export interface ServiceSignal {
  readonly service: string
  readonly signal: Signal
}

export interface Message {
  readonly messageId: string
  readonly isRetry: boolean
  readonly request: ResolvedRequest
}

/** A request for one service, from one message. */
export interface ServiceRequest {
  readonly messageId: string
  readonly ref: ServiceRef
  readonly signal?: Signal
  /** Infinity if the reconcile must not be skipped. */
  readonly at: number
  readonly changedAt?: number | undefined
}

/** Everything that a batch requests for one pair. */
export interface PairRequest {
  readonly cluster: string
  /** The primary, or a standby whose primary is not known yet. */
  readonly service: string
  readonly signals: readonly ServiceSignal[]
  /** When the newest of the events happened. */
  readonly at: number
  /** When events say that tasks were placed, or began to stop. In no order. */
  readonly changes: readonly number[]
  /** The messages that are done when this request is. */
  readonly messageIds: ReadonlySet<string>
}

/**
 * Parses a batch. Messages about other clusters are ignored. The tasks of notices that name no service are described, all of a cluster
 * together.
 */
export async function readBatch(
  { Records }: QueueEvent,
  now: number,
  failures: BatchFailures,
  ecs: Pick<Ecs, 'describeTasks'>,
  clusters: readonly string[],
): Promise<Message[]> {
  const messages: Message[] = []
  const unresolved: (Omit<Message, 'request'> & { readonly notice: TaskRequest })[] = []
  for (const { messageId, body, attributes } of Records) {
    const isRetry = Number(attributes?.ApproximateReceiveCount ?? 1) > 1
    const request = inClusters(parseMessage(body, now), clusters)
    if (request.kind === 'task') unresolved.push({ messageId, isRetry, notice: request })
    else messages.push({ messageId, isRetry, request })
  }
  for (const [cluster, group] of groupBy(unresolved, ({ notice }) => notice.cluster)) {
    const messageIds = group.map(({ messageId }) => messageId)
    await failures.guard(messageIds, async () => {
      const arns = new Set(group.map(({ notice }) => notice.taskArn))
      const tasks = await ecs.describeTasks(cluster, [...arns])
      for (const { notice, ...message } of group) {
        const task = tasks.find(({ taskArn }) => taskArn === notice.taskArn)
        messages.push({ ...message, request: requestOfTask(notice, { ...task }) })
      }
    })
  }
  return messages
}

/** A service of another cluster can have the name of one of ours. */
function inClusters(request: Request, clusters: readonly string[]): Request {
  const isOurs = ({ cluster }: { readonly cluster?: string }) =>
    cluster === undefined || clusters.includes(cluster)
  const isIgnored =
    (request.kind === 'task' && !isOurs(request)) ||
    (request.kind === 'services' && !request.services.every(isOurs))
  return isIgnored ? ignore('the cluster is not one of CLUSTERS') : request
}

/**
 * Groups requests by pair.
 *
 * @param clusters the clusters to try where a request names none
 * @param primaries the primaries of known standbys, by the key of the standby
 */
export function groupByPair(
  requests: readonly ServiceRequest[],
  clusters: readonly string[],
  primaries: ReadonlyMap<string, string>,
): PairRequest[] {
  const groups = new Map<string, PairRequest>()
  for (const { messageId, ref, signal, at, changedAt } of requests) {
    for (const cluster of ref.cluster === undefined ? clusters : [ref.cluster]) {
      const primary = primaries.get(pairKey(cluster, ref.service))
      // Events of a standby's tasks are ignored, unless they report that its own capacity is short.
      if (primary !== undefined && signal === undefined && Number.isFinite(at)) continue
      mergeInto(groups, {
        cluster,
        service: primary ?? ref.service,
        signals: signal === undefined ? [] : [{ service: ref.service, signal }],
        at,
        changes: changedAt === undefined ? [] : [changedAt],
        messageIds: new Set([messageId]),
      })
    }
  }
  return [...groups.values()]
}

/** Groups requests by primary, after the services have been described. */
export function regroup(
  requests: readonly PairRequest[],
  primaryOf: (request: PairRequest) => string,
): PairRequest[] {
  const groups = new Map<string, PairRequest>()
  for (const request of requests) mergeInto(groups, { ...request, service: primaryOf(request) })
  return [...groups.values()]
}

function mergeInto(groups: Map<string, PairRequest>, request: PairRequest): void {
  const key = pairKey(request.cluster, request.service)
  const group = groups.get(key)
  if (group === undefined) {
    groups.set(key, request)
    return
  }
  groups.set(key, {
    ...group,
    signals: [...group.signals, ...request.signals],
    at: Math.max(group.at, request.at),
    changes: [...group.changes, ...request.changes],
    messageIds: new Set([...group.messageIds, ...request.messageIds]),
  })
}

/** An ECS read can be slightly out of date, and EventBridge omits the fraction of a second. */
const staleReadMilliseconds = 5000

/** A task ends two minutes after its notice. Later, the notice is obsolete. */
const noticeMilliseconds = 180_000

/**
 * Whether a reconcile can observe anything that the last one did not. A loss of capacity causes a flood of
 * events, and one reconcile observes the result of all of them.
 */
export function needsReconcile(
  { signals, at }: PairRequest,
  record: PairRecord | undefined,
  now: number,
): boolean {
  if (record === undefined || at + staleReadMilliseconds > record.reconciledAt) return true
  const { spotShortAt = -1, fullStrengthAt = -1, standbys } = record.memory
  return signals.some(({ service, signal }) => {
    if (service !== record.primary) return (standbys[service]?.shortAt ?? -1) < signal.at
    const isKnown =
      signal.taskArn === undefined || record.interruptedTasks[signal.taskArn] !== undefined
    return (
      Math.max(spotShortAt, fullStrengthAt) < signal.at || (!isKnown && isRecent(signal.at, now))
    )
  })
}

/** Whether an interruption notice still counts. */
export function isRecent(at: number, now: number): boolean {
  return now - at <= noticeMilliseconds
}

type Fields = Readonly<Record<string, unknown>>
type Parser = (event: Fields, detail: Fields, at: number, now: number) => Request

/** The EventBridge events that lead to a reconcile. Each has a rule in `event-rules.ts`. */
export const eventParsers: Readonly<Record<string, Parser>> = {
  'ECS Service Action': from('aws.ecs', parseServiceAction),
  'ECS Task State Change': from('aws.ecs', (_event, detail, at) =>
    parseTaskStateChange(detail, at),
  ),
  'ECS Deployment State Change': from('aws.ecs', (event, _detail, at) =>
    serviceRequest(serviceOf(event.resources), at),
  ),
  'EC2 Spot Instance Interruption Warning': from('aws.ec2', (_event, detail, at) =>
    parseInstance(detail, at),
  ),
  'EC2 Instance Launch Unsuccessful': from('aws.autoscaling', (_event, detail, at) =>
    parseLaunchFailure(detail, at),
  ),
}

/** Every account can publish events, but only AWS can publish them with its own source. */
function from(source: string, parse: Parser): Parser {
  return (event, detail, at, now) =>
    event.source === source ? parse(event, detail, at, now) : ignore(`the source is not ${source}`)
}

/** Events that are ignored on purpose, and why. They have no rule. */
const ignoredEvents: Readonly<Record<string, string>> = {
  'EC2 Instance Rebalance Recommendation': 'a rebalance recommendation is not an interruption',
}

/** The messages that the controller, its schedule and a game day send. Queued messages are an interface: keep these names. */
const messageParsers: Readonly<Record<string, Parser>> = {
  'Tideway Look': (_event, detail) => parseReconcileMessage(detail),
  'Tideway Sweep': () => ({ kind: 'sweep' }),
  [gameDay.detailType]: from(gameDay.source, (_event, detail, at, now) =>
    parseGameDay(detail, at, now),
  ),
}

/**
 * Parses a message of any shape and age: an EventBridge event as it is, or wrapped by SNS or SQS. Never throws.
 * Unrecognised events are ignored, with the reason for the log.
 *
 * @param now for events without a time
 */
export function parseMessage(body: unknown, now: number): Request {
  const event = unwrap(body)
  if (event === undefined) return ignore('not a JSON object')
  const type = event['detail-type']
  if (typeof type !== 'string') return ignore('no detail-type')
  const parse = own(eventParsers, type) ?? own(messageParsers, type)
  if (parse === undefined) {
    return ignore(own(ignoredEvents, type) ?? `unknown detail-type: ${type.slice(0, 80)}`)
  }
  return parse(event, fields(event.detail), timeOf(event, now), now)
}

function parseServiceAction(event: Fields, detail: Fields, at: number): Request {
  const service = serviceOf(event.resources, detail.clusterArn)
  if (detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') return serviceRequest(service, at)
  const providers = strings(detail.capacityProviderArns).map(lastPart)
  return serviceRequest(service, at, { kind: 'placement-failure', at, providers })
}

function parseTaskStateChange(detail: Fields, at: number): Request {
  return detail.group === undefined && isInterrupted(detail)
    ? parseTaskNotice(detail, at)
    : parseTaskOfService(detail, at)
}

function parseTaskOfService(detail: Fields, at: number): ResolvedRequest {
  const group = typeof detail.group === 'string' ? detail.group : ''
  if (!group.startsWith('service:')) return ignore('the task belongs to no service')
  const cluster = typeof detail.clusterArn === 'string' ? lastPart(detail.clusterArn) : undefined
  const service = { ...(cluster && { cluster }), service: group.slice('service:'.length) }
  const { taskArn, capacityProviderName } = detail
  if (typeof taskArn !== 'string' || !isInterrupted(detail)) {
    if (isTransitional(detail)) return ignore('the task is between two states')
    return { ...serviceRequest(service, at), ...billingOf(detail, at) }
  }
  const providers = typeof capacityProviderName === 'string' ? [capacityProviderName] : []
  // Later events of the task have the same stop code. ECS deregisters a task that no longer runs.
  const runs = (detail.lastStatus ?? 'RUNNING') === 'RUNNING'
  const address = runs ? addressIn(detail.attachments) : undefined
  const request = serviceRequest(service, at, {
    kind: 'interruption',
    at: runs ? timeIn(detail.stoppingAt, at) : at,
    providers,
    taskArn,
    ...(address && { address }),
    ...(Array.isArray(detail.registrations) && {
      registrations: registrationsIn(detail.registrations),
    }),
  })
  return { ...request, ...billingOf(detail, at) }
}

/**
 * A notice as ECS sends it, to be handled later. So a function of a release that does not read `registrations`
 * deregisters the task as well.
 */
export function noticeMessage(notice: TaskNotice): string {
  const { cluster, service, taskArn, address, at, registrations } = notice
  return JSON.stringify({
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    time: new Date(at).toISOString(),
    detail: {
      clusterArn: cluster,
      group: `service:${service}`,
      taskArn,
      stopCode: 'SpotInterruption',
      attachments: [{ details: [{ name: 'privateIPv4Address', value: address }] }],
      registrations,
    },
  })
}

function registrationsIn(list: readonly unknown[]): Registration[] {
  return list.map(fields).flatMap(({ group, port }) => {
    if (typeof group !== 'string') return []
    return [{ group, ...(typeof port === 'number' && { port }) }]
  })
}

/** The documented example of a notice has no group. The task itself has one. */
function parseTaskNotice(detail: Fields, at: number): Request {
  const { taskArn, clusterArn } = detail
  if (typeof taskArn !== 'string') return ignore('the event names no task')
  const [, clusterInTask] = taskArn.match(/:task\/([^/]+)\/[^/]+$/) ?? []
  const cluster = typeof clusterArn === 'string' ? lastPart(clusterArn) : clusterInTask
  if (!cluster) return ignore('the event names no cluster')
  return { kind: 'task', cluster, taskArn, at, detail }
}

/** The request of a notice, completed with what ECS describes of its task. */
export function requestOfTask(notice: TaskRequest, task: Fields): ResolvedRequest {
  const { detail, at, simulated } = notice
  if (simulated !== undefined) return simulatedNotice(notice, simulated, task)
  const { group = '' } = task
  const attachments = [detail.attachments, task.attachments].flatMap((found) => found ?? [])
  return parseTaskOfService({ ...task, ...detail, group, attachments }, at)
}

function parseGameDay(detail: Fields, at: number, now: number): Request {
  const found = readGameDay(detail, now)
  if (typeof found === 'string') return ignore(found)
  const { clusterArn, taskArn, service, by } = found
  return {
    kind: 'task',
    cluster: lastPart(clusterArn),
    taskArn,
    at,
    detail,
    simulated: { service, by },
  }
}

/** A game day cannot interrupt the tasks of another service than it names. */
function simulatedNotice(
  { at, cluster, taskArn }: TaskRequest,
  { service, by }: NonNullable<TaskRequest['simulated']>,
  { group, capacityProviderName }: Fields,
): ResolvedRequest {
  if (group !== `service:${service}`) return ignore('the task is not one of the service')
  const providers = typeof capacityProviderName === 'string' ? [capacityProviderName] : []
  return serviceRequest({ cluster, service }, at, {
    kind: 'interruption',
    at,
    providers,
    taskArn,
    simulatedBy: by,
  })
}

/** These states change no decision, and each reconcile uses calls of a shared API limit. */
const transitional = new Set([
  'PENDING',
  'ACTIVATING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
])

/** A task may wait long for an instance, and ECS sends no other event meanwhile. On Fargate it never waits. */
function isTransitional({ lastStatus, capacityProviderName, launchType }: Fields): boolean {
  if (typeof lastStatus !== 'string') return false
  if (lastStatus !== 'PROVISIONING') return transitional.has(lastStatus)
  const isOnFargate =
    typeof capacityProviderName === 'string' && capacityProviderName.startsWith('FARGATE')
  return isOnFargate || launchType === 'FARGATE'
}

/** When a task began or ceased to count as paid for, and how long it was paid for after that. Nothing where the event does not say. */
function billingOf(detail: Fields, at: number): { changedAt?: number; stopped?: StoppedTask } {
  const { taskArn, capacityProviderName: provider = '', startedAt, lastStatus } = detail
  const isEnd = lastStatus === 'STOPPED'
  // ECS counts an interrupted task as running until its containers end.
  const isInterruption = isInterrupted(detail)
  const end = detail.executionStoppedAt ?? detail.stoppedAt
  const change = !isEnd ? detail.createdAt : isInterruption ? end : detail.stoppingAt
  if (change === undefined || (lastStatus === 'RUNNING' && isInterruption)) return {}
  const changedAt = timeIn(change, at)
  const seconds = (timeIn(end, at) - changedAt) / 1000
  const isPaid = isEnd && !isInterruption && startedAt !== undefined && seconds > 0
  if (!isPaid || typeof taskArn !== 'string' || typeof provider !== 'string') return { changedAt }
  return { changedAt, stopped: { taskArn, provider, seconds } }
}

/** The private address of the task's network interface. */
function addressIn(attachments: unknown): string | undefined {
  for (const attachment of Array.isArray(attachments) ? attachments : []) {
    const { details } = fields(attachment)
    for (const detail of Array.isArray(details) ? details : []) {
      const { name, value } = fields(detail)
      if (name === 'privateIPv4Address' && typeof value === 'string') return value
    }
  }
  return undefined
}

/** Some interruptions arrive without a stop code, so the reason text counts as well. */
export function isInterrupted(task: Fields): boolean {
  return (
    task.stopCode === 'SpotInterruption' ||
    task.stopCode === 'TerminationNotice' ||
    (typeof task.stoppedReason === 'string' &&
      task.stoppedReason.includes('Your Spot Task was interrupted'))
  )
}

function parseInstance(detail: Fields, at: number): Request {
  const instanceId = detail['instance-id']
  if (typeof instanceId !== 'string' || instanceId === '') return ignore('no instance-id')
  return { kind: 'instance', instanceId, at }
}

/** The codes and texts of EC2 for too little capacity, a price that is too low, and a limit of the account. */
const launchShortage = new RegExp(
  [
    'UnfulfillableCapacity|InsufficientInstanceCapacity|no (Spot )?capacity',
    'do not have sufficient .*capacity',
    'SpotMaxPriceTooLow|lower than the minimum required Spot request',
    'MaxSpotInstanceCountExceeded|Max spot instance count exceeded',
    'VcpuLimitExceeded|InstanceLimitExceeded|your current (vCPU|instance) limit',
  ].join('|'),
  'i',
)

function parseLaunchFailure(detail: Fields, at: number): Request {
  const { AutoScalingGroupName: autoScalingGroup, StatusMessage: message } = detail
  if (typeof autoScalingGroup !== 'string') return ignore('no AutoScalingGroupName')
  // An invalid launch template fails too, and is not a shortage.
  const isShortage = typeof message === 'string' && launchShortage.test(message)
  if (!isShortage) return ignore('the launch failed for another reason than capacity')
  return { kind: 'spot-group', autoScalingGroup, at }
}

function parseReconcileMessage({ cluster, services, at }: Fields): Request {
  const names = strings(services).filter((name) => name !== '')
  if (typeof cluster !== 'string' || names.length === 0) return ignore('no cluster or service')
  return {
    kind: 'services',
    services: names.map((service) => ({ cluster, service })),
    ...(typeof at === 'number' && { at }),
  }
}

function serviceRequest(
  service: ServiceRef | undefined,
  at: number,
  signal?: Signal,
): ResolvedRequest {
  if (service === undefined || service.service === '') return ignore('no service')
  return { kind: 'services', services: [service], at, ...(signal !== undefined && { signal }) }
}

function ignore(reason: string): ResolvedRequest {
  return { kind: 'ignore', reason }
}

/** At most three layers: an event in an SQS record in an SNS notification is two. */
function unwrap(body: unknown, layers = 3): Fields | undefined {
  let value = body
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value)
    } catch {
      return undefined
    }
  }
  if (!isFields(value)) return undefined
  if (layers === 0) return value
  if (value.Type === 'Notification' && value.Message !== undefined) {
    return unwrap(value.Message, layers - 1)
  }
  if (value['detail-type'] === undefined && value.body !== undefined) {
    return unwrap(value.body, layers - 1)
  }
  return value
}

function serviceOf(resources: unknown, clusterArn?: unknown): ServiceRef | undefined {
  const [arn] = strings(Array.isArray(resources) ? resources : [resources])
  const parts = arn?.match(/^arn:[^:]*:ecs:[^:]*:[^:]*:service\/(.+)$/)?.[1]?.split('/')
  if (parts === undefined) return undefined
  const [first = '', second] = parts
  if (second !== undefined) return { cluster: first, service: second }
  // ARNs of the old format contain no cluster.
  const isClusterKnown = typeof clusterArn === 'string'
  return { ...(isClusterKnown && { cluster: lastPart(clusterArn) }), service: first }
}

function lastPart(arn: string): string {
  return arn.split('/').at(-1) ?? arn
}

function timeOf(event: Fields, now: number): number {
  return timeIn(event.time, now)
}

/** A time in an event, but none later than `max`. */
function timeIn(value: unknown, max: number): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? max : Math.min(at, max)
}

function strings(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string')
    : []
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {}
}

/** Ignores inherited properties: a detail-type may be called `toString`. */
function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
