import { failedChecks, isObject, isStrings, type Problem } from '@tideway/constructs'
import { choice, isUnique } from './values'

/** Service Connect of ECS: calls between services by name, through proxies that ECS runs beside the tasks. */
export interface Connect {
  /**
   * Protocol in which others call this service, as `<service>:<port>`. For services without standbys only: ECS accepts
   * a name for one service, so during a Spot drought it would not lead to the standby. Others use internal traffic.
   *
   * @default others cannot call it by name
   */
  readonly serves?: 'http' | 'http2' | 'grpc' | 'tcp'
  /**
   * Services that this one calls by name. The entry deploys them first, because a task knows only the names of before
   * its deployment, and it grants the network access.
   *
   * @default none
   */
  readonly calls?: readonly string[]
}

export interface ConnectFields {
  /**
   * Calls between services by name, with Service Connect. The proxy needs 256 CPU units and 64 MiB of each task, and
   * ends HTTP requests after 15 seconds, or `slowestRequestSeconds` if that is more. For rolling releases only:
   * CodeDeploy does not support it.
   *
   * @default none: callers use the internal load balancer, or Cloud Map
   * @example connect: { serves: 'http' }, capacity: [{ on: 'fargate', weight: 1 }], standbys: []
   */
  readonly connect?: Connect
}

interface ConnectedService extends ConnectFields {
  readonly runs: string
  readonly release?: { readonly kind: string }
  readonly standbys?: readonly string[]
}

type ConnectedServices = Readonly<Record<string, ConnectedService>>

/** The problems of Service Connect, whose services depend on each other. */
export function connectProblems(
  services: ConnectedServices,
  pathOf: (name: string) => string,
): Problem[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const { connect, runs, release, standbys } = service
    if (connect === undefined) return []
    const refused = failedChecks(pathOf(name), service, {
      connect: [
        [
          runs === 'always',
          'be absent for a scheduled task: Service Connect supports tasks of services only',
          'Remove it, and call the internal load balancer.',
        ],
        [
          release?.kind !== 'blue-green',
          'be absent for blue/green: CodeDeploy does not support Service Connect',
          'Use internal traffic, or a rolling release.',
        ],
        [
          isObject(connect) && (connect.serves !== undefined || connect.calls !== undefined),
          'be an object with serves, calls or both',
          'Write { calls: ["ledger"] }, or remove the field.',
        ],
      ],
    })
    if (refused.length > 0) return refused
    const { serves, calls = [] } = connect
    const areNames = isStrings(calls)
    const names = areNames ? calls : []
    return failedChecks(`${pathOf(name)}.connect`, connect, {
      serves: [
        choice(serves, ['http', 'http2', 'grpc', 'tcp']),
        [
          serves === undefined || !Array.isArray(standbys) || standbys.length === 0,
          'be absent for a service with standbys: ECS accepts a name for one service, so it would not lead to them during a drought',
          'Use internal traffic, or capacity on demand without standbys.',
        ],
      ],
      calls: [
        [areNames && isUnique(names), 'be a list of different services', 'Name each once.'],
        [
          names.every((callee) => servesByName(services, callee)),
          'name services whose connect has serves',
          'Correct the names, or add serves to those services.',
        ],
        [
          !names.some((callee) => reaches(services, callee, name)),
          'not lead back to this service: a task knows only the names of before its deployment',
          'Use internal traffic for one of the calls.',
        ],
      ],
    })
  })
}

function connectOf(services: ConnectedServices, name: string): Connect | undefined {
  // A name such as `constructor` is no service.
  const connect = Object.hasOwn(services, name) ? services[name]?.connect : undefined
  return isObject(connect) ? connect : undefined
}

function servesByName(services: ConnectedServices, name: string): boolean {
  return connectOf(services, name)?.serves !== undefined
}

/** Whether calls lead from one service to another, directly or through others. */
function reaches(
  services: ConnectedServices,
  from: string,
  to: string,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (from === to) return true
  if (seen.has(from)) return false
  const { calls = [] } = connectOf(services, from) ?? {}
  return (
    isStrings(calls) && calls.some((next) => reaches(services, next, to, new Set([...seen, from])))
  )
}
