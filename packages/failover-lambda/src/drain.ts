import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns'
import { groupBy } from './arrays'
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

/** An interruption notice, and the message that contained it. */
interface Notice {
  readonly messageId: string
  readonly target: InstanceTarget | TaskTarget
}

interface InstanceTarget {
  readonly kind: 'instance'
  readonly instanceId: string
}

interface TaskTarget {
  readonly kind: 'task'
  readonly cluster: string
  readonly service: string
  readonly address: string
}

/**
 * Handles interruption notices: deregisters the instance or the task from its target groups at once. The target then
 * receives no new requests, and has the two minutes of the notice to finish its open ones.
 */
export async function drainBatch(event: QueueEvent, deps: DrainDeps): Promise<BatchResponse> {
  const failures = new BatchFailures(deps.log)
  const notices: Notice[] = []
  for (const { messageId, request } of parseBatch(event, deps.clock.now())) {
    const target = targetOf(request)
    if (target !== undefined) notices.push({ messageId, target })
    else {
      const reason = request.kind === 'ignore' ? request.reason : 'no target to deregister'
      deps.log({ level: 'info', message: 'ignored', messageId, reason })
    }
  }
  const services = new ServiceLookup(notices, deps.ecs)
  for (const { messageId, target } of notices) {
    await failures.guard([messageId], async () => {
      for (const deregistration of await deregistrationsFor(target, services, deps)) {
        await deregister(deregistration, messageId, deps)
      }
    })
  }
  return failures.response()
}

function targetOf(request: Request): InstanceTarget | TaskTarget | undefined {
  if (request.kind === 'instance') return { kind: 'instance', instanceId: request.instanceId }
  if (request.kind !== 'services' || request.signal?.taskArn === undefined) return undefined
  const [{ cluster, service } = { service: '' }] = request.services
  const { address } = request.signal
  // In bridge mode a task has no address of its own, so the event does not identify its target.
  if (cluster === undefined || address === undefined) return undefined
  return { kind: 'task', cluster, service, address }
}

async function deregistrationsFor(
  target: InstanceTarget | TaskTarget,
  services: ServiceLookup,
  { targets }: DrainDeps,
): Promise<Deregistration[]> {
  if (target.kind === 'instance') {
    const { instanceId } = target
    return [{ id: instanceId, groups: await groupsWithInstance(instanceId, targets) }]
  }
  const state = await services.find(target.cluster, target.service)
  return state === undefined ? [] : taskDeregistrations(target.address, state)
}

/** Describes all services of a batch together, ten per call, when the first of them is needed. */
class ServiceLookup {
  private readonly services: ReadonlyMap<string, TaskTarget[]>
  private readonly states = new Map<string, Promise<Map<string, ServiceState>>>()

  constructor(
    notices: readonly Notice[],
    private readonly ecs: Ecs,
  ) {
    const tasks = notices.flatMap(({ target }) => (target.kind === 'task' ? [target] : []))
    this.services = groupBy(tasks, ({ cluster }) => cluster)
  }

  async find(cluster: string, service: string): Promise<ServiceState | undefined> {
    const names = (this.services.get(cluster) ?? []).map((target) => target.service)
    const states = this.states.get(cluster) ?? this.ecs.describeServices(cluster, names)
    this.states.set(cluster, states)
    return (await states).get(service)
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
