import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import { type BatchResponse, Failures, type QueueEvent } from './batch'
import type { Ecs, ServiceState } from './ecs'
import type { Log } from './log'
import { type Request, readEvent } from './read-event'
import type { Clock } from './token-bucket'

export interface DrainParts {
  readonly ecs: Ecs
  readonly targets: ElasticLoadBalancingV2Client
  readonly sns: SNSClient
  readonly topicArn: string
  readonly clock: Clock
  readonly log: Log
}

/** A target, and the groups that it is taken out of. */
interface Leaving {
  readonly id: string
  readonly port?: number
  readonly groups: readonly string[]
}

/** A notice, and the message that told it. */
interface Notice {
  readonly messageId: string
  readonly request: Request
}

/**
 * Answers notices of two minutes at their beginning: takes the instance or the task out of the target groups
 * that it is in, so that the two minutes are spent finishing what was begun, and nothing new arrives.
 */
export async function drain(event: QueueEvent, parts: DrainParts): Promise<BatchResponse> {
  const failures = new Failures(parts.log)
  const notices = event.Records.map(({ messageId, body }) => ({
    messageId,
    request: readEvent(body, parts.clock.now()),
  }))
  for (const notice of notices) {
    if (!isNotice(notice.request)) {
      const why = notice.request.kind === 'drop' ? notice.request.why : 'no notice'
      parts.log({ level: 'info', message: 'dropped', messageId: notice.messageId, why })
    }
  }
  const services = new ServiceLookup(notices, parts.ecs)
  for (const { messageId, request } of notices) {
    await failures.guard([messageId], async () => {
      for (const leaving of await leavingFor(request, services, parts)) {
        await leave(leaving, messageId, parts)
      }
    })
  }
  return failures.response()
}

function isNotice(request: Request): boolean {
  return (
    request.kind === 'look-at-instance' ||
    (request.kind === 'look' && request.sign?.taskArn !== undefined)
  )
}

async function leavingFor(
  request: Request,
  services: ServiceLookup,
  parts: DrainParts,
): Promise<Leaving[]> {
  if (request.kind === 'look-at-instance') {
    const groups = await groupsWith(request.instanceId, parts.targets)
    return [{ id: request.instanceId, groups }]
  }
  if (request.kind !== 'look' || request.sign?.taskArn === undefined) return []
  const [{ cluster, service } = { service: '' }] = request.services
  if (cluster === undefined) return []
  const state = await services.find(cluster, service)
  const { address } = request.sign
  // Without an address of its own, as in bridge mode, ECS alone knows how the task is reached.
  return address === undefined || state === undefined ? [] : leavingTask(address, state)
}

/** All services of a batch that lose a task, described together, ten in a call, at the first that is asked for. */
class ServiceLookup {
  private readonly found = new Map<string, Promise<Map<string, ServiceState>>>()

  constructor(
    private readonly notices: readonly Notice[],
    private readonly ecs: Ecs,
  ) {}

  async find(cluster: string, service: string): Promise<ServiceState | undefined> {
    const names = this.notices.flatMap(({ request }) =>
      isNotice(request) && request.kind === 'look'
        ? request.services.filter((ref) => ref.cluster === cluster).map((ref) => ref.service)
        : [],
    )
    const asked = this.found.get(cluster) ?? this.ecs.describeServices(cluster, names)
    this.found.set(cluster, asked)
    return (await asked).get(service)
  }
}

/** Of the groups of instances, exactly those that the instance is registered in. */
async function groupsWith(
  instanceId: string,
  client: ElasticLoadBalancingV2Client,
): Promise<string[]> {
  const found: string[] = []
  for await (const { TargetGroups } of paginateDescribeTargetGroups({ client }, {})) {
    for (const { TargetGroupArn, TargetType } of TargetGroups ?? []) {
      if (TargetGroupArn === undefined || TargetType !== 'instance') continue
      const { TargetHealthDescriptions } = await client.send(
        new DescribeTargetHealthCommand({ TargetGroupArn }),
      )
      const isIn = (TargetHealthDescriptions ?? []).some(
        ({ Target, TargetHealth }) =>
          Target?.Id === instanceId && TargetHealth?.State !== 'draining',
      )
      if (isIn) found.push(TargetGroupArn)
    }
  }
  return found
}

/** A task of ECS has an address of its own, in the groups of its service: of both colours, while there are two. */
function leavingTask(id: string, state: ServiceState): Leaving[] {
  const all = [...state.configured.loadBalancers, ...(state.serving?.loadBalancers ?? [])]
  const ports = new Map(
    all.map(({ targetGroupArn, containerPort }) => [targetGroupArn, containerPort]),
  )
  return [...ports].flatMap(([group, port]) =>
    group === undefined ? [] : [{ id, port, groups: [group] }],
  )
}

async function leave(
  { id, port, groups }: Leaving,
  messageId: string,
  { targets, sns, topicArn, log }: DrainParts,
): Promise<void> {
  for (const TargetGroupArn of groups) {
    await targets.send(
      new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id, Port: port }] }),
    )
  }
  log({ level: 'info', message: 'drained', target: id, groups, messageId })
  if (groups.length === 0 || topicArn === '') return
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: `Spot takes ${id} back`.slice(0, 100),
      Message: JSON.stringify({ target: id, groups }),
    }),
  )
}
