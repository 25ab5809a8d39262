import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { BatchFailures, type BatchResponse, type QueueEvent } from './batch'
import type { Ecs, ServiceState } from './ecs'
import type { Log } from './log'
import { type NotifyDeps, publish } from './notify'
import { parseBatch, type ResolvedRequest } from './requests'
import { resolveTasks } from './resolve-tasks'
import type { Clock } from './token-bucket'

export interface DrainDeps extends NotifyDeps {
  readonly ecs: Ecs
  readonly targets: ElasticLoadBalancingV2Client
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
  readonly taskArn: string
}

type Target = TaskTarget | { readonly kind: 'instance'; readonly instanceId: string }

/**
 * Handles interruption notices: deregisters the instance or the task from its target groups at once. The target then
 * receives no new requests, and has the two minutes of the notice to finish its open ones.
 */
export async function drainBatch(event: QueueEvent, deps: DrainDeps): Promise<BatchResponse> {
  const { log, clock, ecs } = deps
  const failures = new BatchFailures(log)
  const messages = await resolveTasks(parseBatch(event, clock.now()), failures, ecs)
  const notices = messages.flatMap(({ messageId, isRetry, request }) => {
    const target = targetOf(request)
    if (target !== undefined) return { messageId, isRetry, target }
    const reason = request.kind === 'ignore' ? request.reason : 'no target to deregister'
    log({ level: 'info', message: 'ignored', messageId, reason })
    return []
  })
  const describe = describeTogether(
    notices.flatMap(({ target }) => (target.kind === 'task' ? target : [])),
    ecs,
  )
  for (const { messageId, isRetry, target } of notices) {
    await failures.guard([messageId], async () => {
      for (const deregistration of await deregistrationsFor(target, isRetry, describe, deps)) {
        await deregister(deregistration, target, messageId, deps)
      }
    })
  }
  return failures.response()
}

function targetOf(request: ResolvedRequest): Target | undefined {
  if (request.kind === 'instance') return { kind: 'instance', instanceId: request.instanceId }
  if (request.kind !== 'services') return undefined
  const [{ cluster, service } = { service: '' }] = request.services
  const { address, taskArn } = request.signal ?? {}
  // In bridge mode a task has no address of its own, so the event does not identify its target.
  if (cluster === undefined || address === undefined || taskArn === undefined) return undefined
  return { kind: 'task', cluster, service, address, taskArn }
}

async function deregistrationsFor(
  target: Target,
  isRetry: boolean,
  describe: Describe,
  { targets }: DrainDeps,
): Promise<Deregistration[]> {
  if (target.kind === 'instance') {
    const { instanceId } = target
    return [{ id: instanceId, groups: await groupsWithInstance(instanceId, isRetry, targets) }]
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

/**
 * The target groups of type instance in which the instance is registered. On a retry also those in which it drains: the
 * earlier attempt deregistered it, and then failed to notify.
 */
async function groupsWithInstance(
  instanceId: string,
  isRetry: boolean,
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
          Target?.Id === instanceId && (isRetry || TargetHealth?.State !== 'draining'),
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
  target: Target,
  messageId: string,
  deps: DrainDeps,
): Promise<void> {
  for (const TargetGroupArn of groups) {
    await deps.targets.send(
      new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id, Port: port }] }),
    )
  }
  deps.log({ level: 'info', message: 'deregistered', target: id, groups, messageId })
  if (groups.length === 0) return
  // A task and an instance are interrupted once, so every repeat has the same id.
  const interrupted = target.kind === 'task' ? target.taskArn : target.instanceId
  const notificationId = [interrupted, ...groups].join(' ')
  const message = JSON.stringify({ id: notificationId, target: id, groups })
  await publish({ id: notificationId, subject: `Spot interrupts ${id}`, message }, deps)
}
