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

/** A deregistered target is `draining`, or not in its group. */
export interface Target {
  readonly state: string
  /** An instance has one for each of its tasks in bridge mode. */
  readonly ports: readonly number[]
}

/** The targets of a group by their ids. */
export type Targets = ReadonlyMap<string, Target>

export type ReadTargets = (group: string) => Promise<Targets>

/** Reads each group at most once. A new reader reads them again. */
export function targetReader(client: ElasticLoadBalancingV2Client): ReadTargets {
  const reads = new Map<string, Promise<Targets>>()
  return (group) => {
    const read = reads.get(group) ?? readGroup(group, client)
    reads.set(group, read)
    return read
  }
}

async function readGroup(
  TargetGroupArn: string,
  client: ElasticLoadBalancingV2Client,
): Promise<Targets> {
  const { TargetHealthDescriptions = [] } = await client.send(
    new DescribeTargetHealthCommand({ TargetGroupArn }),
  )
  const found = new Map<string, Target>()
  for (const { Target: { Id = '', Port } = {}, TargetHealth } of TargetHealthDescriptions) {
    const { State: state = '' } = TargetHealth ?? {}
    const before = found.get(Id)
    const ports = [...(before?.ports ?? []), ...(Port === undefined ? [] : [Port])]
    found.set(Id, { state: isRegistered(before) ? before.state : state, ports })
  }
  return found
}

/** Whether a target receives requests. Undefined: it is not in the group. */
export function isRegistered(target: Target | undefined): target is Target {
  return target !== undefined && target.state !== 'draining'
}

/** Deregisters a target and logs it, if it is in any group. */
export async function deregister(
  id: string,
  from: readonly Registration[],
  about: object,
  { targets, log }: TargetDeps,
): Promise<void> {
  if (from.length === 0) return
  for (const { group: TargetGroupArn, port } of from) {
    await targets.send(
      new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: id, Port: port }] }),
    )
  }
  const groups = [...new Set(from.map(({ group }) => group))]
  log({ level: 'info', message: 'deregistered', target: id, groups, ...about })
}
