import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import { BatchFailures, type BatchResponse, type QueueEvent } from './batch'
import type { Ecs, ServiceState } from './ecs'
import type { Log } from './log'
import { parseBatch, type Request } from './requests'
import type { Settings } from './settings'
import type { Clock } from './token-bucket'

export interface DrainDeps {
  readonly ecs: Ecs
  readonly targets: ElasticLoadBalancingV2Client
  readonly sns: SNSClient
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Log
}

/** A target, and the target groups that it is deregistered from. */
interface Deregistration {
  readonly id: string
  readonly port?: number
  readonly groups: readonly string[]
}

/** A task with a network interface of its own. */
interface TaskTarget {
  readonly kind: 'task'
  readonly cluster: string
  readonly service: string
  readonly address: string
}

type Target = TaskTarget | { readonly kind: 'instance'; readonly instanceId: string }

/**
 * Handles interruption notices: deregisters the instance or the task from its target groups at once. The target then
 * receives no new requests, and has the two minutes of the notice to finish its open ones.
 */
export async function drainBatch(event: QueueEvent, deps: DrainDeps): Promise<BatchResponse> {
  const { log, clock, ecs } = deps
  const failures = new BatchFailures(log)
  const notices = parseBatch(event, clock.now()).flatMap(({ messageId, request }) => {
    const target = targetOf(request)
    if (target !== undefined) return { messageId, target }
    const reason = request.kind === 'ignore' ? request.reason : 'no target to deregister'
    log({ level: 'info', message: 'ignored', messageId, reason })
    return []
  })
  const describe = describeTogether(
    notices.flatMap(({ target }) => (target.kind === 'task' ? target : [])),
    ecs,
  )
  for (const { messageId, target } of notices) {
    await failures.guard([messageId], async () => {
      for (const deregistration of await deregistrationsFor(target, describe, deps)) {
        await deregister(deregistration, messageId, deps)
      }
    })
  }
  return failures.response()
}

function targetOf(request: Request): Target | undefined {
  if (request.kind === 'instance') return { kind: 'instance', instanceId: request.instanceId }
  if (request.kind !== 'services' || request.signal?.taskArn === undefined) return undefined
  const [{ cluster, service } = { service: '' }] = request.services
  const { address } = request.signal
  // In bridge mode a task has no address of its own, so the event does not identify its target.
  if (cluster === undefined || address === undefined) return undefined
  return { kind: 'task', cluster, service, address }
}

async function deregistrationsFor(
  target: Target,
  describe: Describe,
  { targets }: DrainDeps,
): Promise<Deregistration[]> {
  if (target.kind === 'instance') {
    const { instanceId } = target
    return [{ id: instanceId, groups: await groupsWithInstance(instanceId, targets) }]
  }
  const state = (await describe(target.cluster)).get(target.service)
  return state === undefined ? [] : taskDeregistrations(target.address, state)
}

type Describe = (cluster: string) => Promise<ReadonlyMap<string, ServiceState>>

/** Describes all services of a cluster in a batch together, when the first of them is needed. */
function describeTogether(tasks: readonly TaskTarget[], ecs: Ecs): Describe {
  const described = new Map<string, ReturnType<Describe>>()
  return (cluster) => {
    const names = tasks.filter((task) => task.cluster === cluster).map(({ service }) => service)
    const states = described.get(cluster) ?? ecs.describeServices(cluster, names)
    described.set(cluster, states)
    return states
  }
}

/** The target groups of type instance in which the instance is registered. */
async function groupsWithInstance(
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
      const isRegistered = (TargetHealthDescriptions ?? []).some(
        ({ Target, TargetHealth }) =>
          Target?.Id === instanceId && TargetHealth?.State !== 'draining',
      )
      if (isRegistered) found.push(TargetGroupArn)
    }
  }
  return found
}

/** A task is registered by its address in the groups of its service, and during a release in blue and green. */
function taskDeregistrations(id: string, state: ServiceState): Deregistration[] {
  const all = [...state.configured.loadBalancers, ...(state.serving?.loadBalancers ?? [])]
  const ports = new Map(
    all.map(({ targetGroupArn, containerPort }) => [targetGroupArn, containerPort]),
  )
  return [...ports].flatMap(([group, port]) =>
    group === undefined ? [] : [{ id, port, groups: [group] }],
  )
}

async function deregister(
  { id, port, groups }: Deregistration,
  messageId: string,
  { targets, sns, settings, log }: DrainDeps,
): Promise<void> {
  for (const TargetGroupArn of groups) {
    await targets.send(
      new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id, Port: port }] }),
    )
  }
  log({ level: 'info', message: 'deregistered', target: id, groups, messageId })
  if (groups.length === 0 || settings.topicArn === '') return
  await sns.send(
    new PublishCommand({
      TopicArn: settings.topicArn,
      Subject: `Spot interrupts ${id}`.slice(0, 100),
      Message: JSON.stringify({ target: id, groups }),
    }),
  )
}
