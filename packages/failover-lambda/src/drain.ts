import type { Task } from '@aws-sdk/client-ecs'
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import type { Ecs } from './ecs'
import type { Log } from './log'
import { addressOf } from './observe'
import { readEvent } from './read-event'
import type { BatchResponse, QueueEvent } from './reconcile'
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

/**
 * Answers notices of two minutes at their beginning: takes the instance or the task out of the target groups
 * that it is in, so that the two minutes are spent finishing what was begun, and nothing new arrives.
 */
export async function drain(event: QueueEvent, parts: DrainParts): Promise<BatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of event.Records) {
    try {
      await drainOne(body, messageId, parts)
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error))
      parts.log({
        level: 'error',
        message: 'failed, and will be tried again',
        error: name,
        detail: message,
        messageId,
      })
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

async function drainOne(body: string, messageId: string, parts: DrainParts): Promise<void> {
  const request = readEvent(body, parts.clock.now())
  if (request.kind === 'look-at-instance') {
    const groups = await groupsWith(request.instanceId, parts.targets)
    return leave({ id: request.instanceId, groups }, messageId, parts)
  }
  if (request.kind === 'look' && request.sign?.taskArn !== undefined) {
    for (const { cluster, service } of request.services) {
      if (cluster === undefined) continue
      for (const leaving of await leavingTask(cluster, service, request.sign.taskArn, parts)) {
        await leave(leaving, messageId, parts)
      }
    }
    return
  }
  const why = request.kind === 'drop' ? request.why : 'no notice'
  parts.log({ level: 'info', message: 'dropped', messageId, why })
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

/** A task of ECS has an address of its own, in the groups of its service. */
async function leavingTask(
  cluster: string,
  service: string,
  taskArn: string,
  { ecs }: DrainParts,
): Promise<Leaving[]> {
  const [task] = await ecs.describeTasks(cluster, [taskArn])
  const id = task === undefined ? undefined : addressOf(task as Task)
  const state = (await ecs.describeServices(cluster, [service])).get(service)
  if (id === undefined || state === undefined) return []
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
