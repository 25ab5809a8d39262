import type { Evidence } from './observation'

/** What a message asks for. Events are only ever a reason to look: what is done depends on what is seen then. */
export type Request =
  | {
      readonly kind: 'look'
      readonly services: readonly ServiceRef[]
      readonly sign?: Sign
      /** When it happened, or was asked for. Without, it is to be done whatever is known. */
      readonly at?: number
    }
  | { readonly kind: 'look-at-group'; readonly autoScalingGroup: string; readonly at: number }
  | { readonly kind: 'look-at-instance'; readonly instanceId: string; readonly at: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'drop'; readonly why: string }

export interface ServiceRef {
  /** The name of the cluster. Undefined in old ARNs, which have none. */
  readonly cluster?: string
  readonly service: string
}

/** What the event says of the service, to be weighed with what is seen. */
export interface Sign {
  readonly kind: Evidence['kind']
  readonly at: number
  /** Names of the providers that it blames. Empty where it blames none. */
  readonly providers: readonly string[]
  /** The task that was given notice, and where it is reached. */
  readonly taskArn?: string
  readonly address?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads one message, whatever it is: an event of EventBridge as it is, or wrapped by SNS or SQS, of any
 * shape and age. Never throws. What is of no use is dropped, with the reason for the log.
 *
 * @param now for events without a time
 */
export function readEvent(body: unknown, now: number): Request {
  const event = unwrap(body)
  if (event === undefined) return drop('not a JSON object')
  const detail = fields(event.detail)
  const at = timeOf(event, now)
  switch (event['detail-type']) {
    case 'ECS Service Action':
      return serviceAction(event, detail, at)
    case 'ECS Task State Change':
      return taskStateChange(detail, at)
    case 'ECS Deployment State Change':
      return lookAt(serviceOf(event.resources), 'the event names no service', at)
    case 'EC2 Spot Instance Interruption Warning':
      return instance(detail, at)
    case 'EC2 Instance Launch Unsuccessful':
      return launchUnsuccessful(detail, at)
    case 'Tideway Look':
      return tidewayLook(detail)
    case 'Tideway Sweep':
      return { kind: 'sweep' }
    case 'EC2 Instance Rebalance Recommendation':
      return drop('a rebalance recommendation is no loss: following it only churns')
    default:
      return drop(`not an event that is known: ${String(event['detail-type']).slice(0, 80)}`)
  }
}

function serviceAction(event: Fields, detail: Fields, at: number): Request {
  const service = serviceOf(event.resources)
  if (detail.eventName !== 'SERVICE_TASK_PLACEMENT_FAILURE') {
    return lookAt(service, 'the event names no service', at)
  }
  const providers = strings(detail.capacityProviderArns).map(lastPart)
  return lookAt(service, 'the event names no service', at, {
    kind: 'placement-failure',
    at,
    providers,
  })
}

function taskStateChange(detail: Fields, at: number): Request {
  const group = typeof detail.group === 'string' ? detail.group : ''
  if (!group.startsWith('service:')) return drop('a task that belongs to no service')
  const service = { cluster: clusterOf(detail.clusterArn), service: group.slice('service:'.length) }
  const taskArn = typeof detail.taskArn === 'string' ? detail.taskArn : undefined
  if (taskArn === undefined || !isInterrupted(detail)) {
    if (isPassing(detail)) return drop('a task on its way: it is looked at when it arrives')
    return lookAt(service, 'no name', at)
  }
  const provider = detail.capacityProviderName
  const providers = typeof provider === 'string' ? [provider] : []
  const address = addressIn(detail.attachments)
  return lookAt(service, 'no name', at, {
    kind: 'interruption',
    at,
    providers,
    taskArn,
    ...(address && { address }),
  })
}

/** States that change nothing by themselves: each look costs calls of a limit that is shared. */
const passing = new Set(['PENDING', 'ACTIVATING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'])

/** A task that waits for an instance may wait for long, and in silence. On Fargate there is nothing to wait for. */
function isPassing({ lastStatus, capacityProviderName, launchType }: Fields): boolean {
  if (lastStatus !== 'PROVISIONING') return passing.has(String(lastStatus))
  return String(capacityProviderName).startsWith('FARGATE') || launchType === 'FARGATE'
}

/** The private address on the task's network interface. */
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

/** Interruptions have come without a stop code, so their own words count as well. */
export function isInterrupted(task: Fields): boolean {
  return (
    task.stopCode === 'SpotInterruption' ||
    task.stopCode === 'TerminationNotice' ||
    (typeof task.stoppedReason === 'string' &&
      task.stoppedReason.includes('Your Spot Task was interrupted'))
  )
}

function instance(detail: Fields, at: number): Request {
  const instanceId = detail['instance-id']
  if (typeof instanceId !== 'string' || instanceId === '') return drop('it names no instance')
  return { kind: 'look-at-instance', instanceId, at }
}

function launchUnsuccessful(detail: Fields, at: number): Request {
  const autoScalingGroup = detail.AutoScalingGroupName
  if (typeof autoScalingGroup !== 'string') return drop('it names no Auto Scaling group')
  // A wrong launch template fails too, and is no shortage.
  if (!isShortage(detail.StatusMessage))
    return drop('a launch that failed for want of something else')
  return { kind: 'look-at-group', autoScalingGroup, at }
}

function isShortage(message: unknown): boolean {
  return (
    typeof message === 'string' &&
    /UnfulfillableCapacity|InsufficientInstanceCapacity|MaxSpotInstanceCountExceeded|no (Spot )?capacity/i.test(
      message,
    )
  )
}

function tidewayLook({ cluster, services, at }: Fields): Request {
  const names = strings(services).filter((name) => name !== '')
  if (typeof cluster !== 'string' || names.length === 0) return drop('it names no service')
  return {
    kind: 'look',
    services: names.map((service) => ({ cluster, service })),
    ...(typeof at === 'number' && { at }),
  }
}

function lookAt(
  service: ServiceRef | undefined,
  otherwise: string,
  at: number,
  sign?: Sign,
): Request {
  if (service === undefined || service.service === '') return drop(otherwise)
  return { kind: 'look', services: [service], at, ...(sign !== undefined && { sign }) }
}

function drop(why: string): Request {
  return { kind: 'drop', why }
}

/** At most three layers: the event in an SQS record in an SNS notification is two. */
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

function serviceOf(resources: unknown): ServiceRef | undefined {
  const [arn] = strings(Array.isArray(resources) ? resources : [resources])
  const parts = arn?.match(/^arn:[^:]*:ecs:[^:]*:[^:]*:service\/(.+)$/)?.[1]?.split('/')
  if (parts === undefined) return undefined
  // Old ARNs have no cluster in them.
  const [first = '', second] = parts
  return second === undefined ? { service: first } : { cluster: first, service: second }
}

function clusterOf(arn: unknown): string | undefined {
  return typeof arn === 'string' && arn !== '' ? lastPart(arn) : undefined
}

function lastPart(arn: string): string {
  return arn.split('/').at(-1) ?? arn
}

function timeOf(event: Fields, now: number): number {
  const at = typeof event.time === 'string' ? Date.parse(event.time) : Number.NaN
  return Number.isNaN(at) ? now : Math.min(at, now)
}

function strings(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string')
    : []
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {}
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
