import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { ServiceState } from './ecs'
import type { Log } from './log'

export interface TargetDeps {
  readonly targets: ElasticLoadBalancingV2Client
  readonly log: Log
}

/** A target group that tasks of a service are registered in, and their port. */
export interface Registration {
  readonly group: string
  readonly port?: number
}

/** A service that can be in target groups. */
export type Targeted = Pick<ServiceState, 'configured' | 'serving'>

/** A task is registered in the groups of its service, and during a release in blue and green. */
export function registrationsOf({ configured, serving }: Targeted): Registration[] {
  const all = [...configured.loadBalancers, ...(serving?.loadBalancers ?? [])]
  const ports = new Map(
    all.map(({ targetGroupArn, containerPort }) => [targetGroupArn, containerPort]),
  )
  return [...ports].flatMap(([group, port]) => (group === undefined ? [] : [{ group, port }]))
}

/** The state of each target of a group, by its id. A deregistered target is `draining`, or not in the group. */
export type TargetStates = ReadonlyMap<string, string>

export type ReadTargets = (group: string) => Promise<TargetStates>

/** Reads each group at most once. A new reader reads them again. */
export function targetReader(client: ElasticLoadBalancingV2Client): ReadTargets {
  const reads = new Map<string, Promise<TargetStates>>()
  return (group) => {
    const read = reads.get(group) ?? readStates(group, client)
    reads.set(group, read)
    return read
  }
}

async function readStates(
  TargetGroupArn: string,
  client: ElasticLoadBalancingV2Client,
): Promise<TargetStates> {
  const { TargetHealthDescriptions = [] } = await client.send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  )
  return new Map(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
      Target?.Id ?? '',
      TargetHealth?.State ?? '',
    ]),
  )
}

/** Whether a target of this state receives requests. A target that is not in the group has no state. */
export function isRegistered(state: string | undefined): boolean {
  return state !== undefined && state !== 'draining'
}

/** Deregisters a target and logs it. */
export async function deregister(
  id: string,
  from: readonly Registration[],
  about: object,
  { targets, log }: TargetDeps,
): Promise<void> {
  for (const { group: TargetGroupArn, port } of from) {
    await targets.send(
      new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id, Port: port }] }),
    )
  }
  const groups = from.map(({ group }) => group)
  log({ level: 'info', message: 'deregistered', target: id, groups, ...about })
}
