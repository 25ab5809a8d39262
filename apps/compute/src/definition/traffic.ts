import { healthCheck as defaults } from '../load-balancers/health-check'

export type Method = 'DELETE' | 'GET' | 'HEAD' | 'OPTIONS' | 'PATCH' | 'POST' | 'PUT'

/** Values by the name of a header or parameter. */
type ValuesByName = Readonly<Record<string, readonly string[]>>

/** Which requests a service receives: those that meet every condition. A condition is met by any of its values. */
export interface TrafficRule {
  /** Priority of the listener rule: of the rules that match, the lowest number applies. */
  readonly priority: number
  /**
   * Host names, without the domain. For external traffic, `shop` is `shop.<domain>` and `*.shop` all names below it. Deploy
   * the CDN after compute: it then serves them. A rule without hosts matches them too, so give this one a lower
   * priority number. For internal traffic, `orders` is `orders.internal.<domain>`.
   * @default every host for external traffic, the name of the service for internal traffic
   */
  readonly hosts?: readonly string[]
  /**
   * Paths, with `*` for any characters and `?` for one.
   * @default every path
   */
  readonly paths?: readonly string[]
  /**
   * Values of request headers, with the same wildcards.
   * @default any headers
   */
  readonly headers?: ValuesByName
  /**
   * HTTP methods.
   * @default every method
   */
  readonly methods?: readonly Method[]
  /**
   * Values of query parameters, with the same wildcards.
   * @default any query
   */
  readonly query?: ValuesByName
}

/** How the load balancer finds out that a task can serve. */
export interface HealthCheck {
  /**
   * Path that the load balancer requests.
   * @default /health, for gRPC /grpc.health.v1.Health/Check
   */
  readonly path?: string
  /**
   * Codes of a healthy task, as a list or a range: of HTTP from 200 to 499, of gRPC from 0 to 99.
   * @default 200, for gRPC 0
   */
  readonly codes?: string
  /**
   * Seconds between two checks of a task.
   * @default 10
   */
  readonly intervalSeconds?: number
  /**
   * Seconds until a check without a response fails. Less than the interval.
   * @default 5
   */
  readonly timeoutSeconds?: number
  /**
   * Successful checks in a row after which a task receives requests, those of a standby included.
   * @default 2
   */
  readonly healthyThreshold?: number
  /**
   * Failed checks in a row after which ECS replaces a task.
   * @default 2
   */
  readonly unhealthyThreshold?: number
  /**
   * Seconds after the start of a task in which ECS ignores failed checks. As long as the slowest start.
   * @default 60
   */
  readonly graceSeconds?: number
}

/** Sends the requests of a client to the task that served it before, while that task is healthy. */
export interface Stickiness {
  /** Seconds after which a client may get another task, up to a week. */
  readonly seconds: number
  /**
   * Cookie of the application that starts a session.
   * @default a cookie of the load balancer, from the first response on
   */
  readonly cookie?: string
}

export interface Traffic extends TrafficRule {
  /**
   * The load balancer: `external` receives the requests of the CDN, `internal` those of other services, by name.
   */
  readonly from: 'external' | 'internal'
  /** Requests per task and minute that autoscaling aims for. `off` if they say little, as streams that stay open. */
  readonly requestsPerTask: number | 'off'
  /**
   * More rules, each with a priority of its own.
   * @default none
   * @example traffic: { from: 'internal', priority: 1020, requestsPerTask: 500, rules: [{ priority: 1021, hosts: ['orders'], paths: ['/v2/*'], methods: ['GET'], headers: { 'x-tenant': ['north'] }, query: { version: ['2'] } }] }
   */
  readonly rules?: readonly TrafficRule[]
  /**
   * Health check of the load balancer.
   * @default a check of /health every ten seconds
   * @example traffic: { from: 'internal', priority: 1030, requestsPerTask: 500, healthCheck: { path: '/ready', codes: '200-204', intervalSeconds: 15, timeoutSeconds: 3, healthyThreshold: 3, unhealthyThreshold: 5, graceSeconds: 180 } }
   */
  readonly healthCheck?: HealthCheck
  /**
   * Protocol of the tasks. The clients of the last two must use HTTP/2 with TLS. External traffic has no `http2`, because
   * the CDN sends HTTP/1.1, and `grpc` only with `hosts` in every rule: the CDN accepts gRPC for these hosts alone, because
   * its firewall does not inspect the bodies of gRPC. It ends streams that are silent for a minute. Choose it before the first deploy: AWS cannot change the protocol of a target group.
   * @default http1
   * @example image: { tag: '1.4.2' }, traffic: { from: 'internal', priority: 1040, requestsPerTask: 500, protocol: 'grpc' }
   */
  readonly protocol?: 'http1' | 'http2' | 'grpc'
  /**
   * Sends the requests of a client to the same task. An interruption ends that, so keep no session in a task alone.
   * @default each request goes to any task
   * @example traffic: { from: 'internal', priority: 1050, requestsPerTask: 500, stickiness: { seconds: 3600, cookie: 'SESSION' } }
   */
  readonly stickiness?: Stickiness
  /**
   * Seconds in which the share of a new task grows to that of the others, for tasks that are slow at first. A standby
   * takes that much longer to help.
   * @default a new task gets its full share at once
   * @example traffic: { from: 'internal', priority: 1060, requestsPerTask: 500, slowStartSeconds: 60 }
   */
  readonly slowStartSeconds?: number
}

/** Priorities of the external load balancer that the platform uses itself. */
export const reservedPriorities = { webFleet: 900 } as const

/** The header with which the CDN authenticates itself. */
export const originHeaderName = 'x-tideway-origin'

/** All rules of a service: the first one is that of the entry itself. */
export function rulesOf(traffic: Traffic): readonly TrafficRule[] {
  return [traffic, ...(traffic.rules ?? [])]
}

/** The hosts that the CDN serves for services of some protocols, without the domain. */
export function externalHosts(
  services: Readonly<Record<string, { readonly runs: string; readonly traffic?: Traffic }>>,
  isServed: (protocol: Traffic['protocol']) => boolean,
): string[] {
  const hosts = Object.values(services).flatMap(({ traffic }) =>
    traffic?.from === 'external' && isServed(traffic.protocol)
      ? rulesOf(traffic).flatMap((rule) => rule.hosts ?? [])
      : [],
  )
  return [...new Set(hosts)].sort()
}

/** The health check of a service, with its defaults. */
export function healthCheckOf({
  healthCheck = {},
  protocol,
}: Pick<Traffic, 'healthCheck' | 'protocol'>): Required<HealthCheck> {
  const isGrpc = protocol === 'grpc'
  const {
    path = isGrpc ? '/grpc.health.v1.Health/Check' : defaults.path,
    codes = isGrpc ? '0' : defaults.matcher,
    intervalSeconds = defaults.interval,
    timeoutSeconds = defaults.timeout,
    healthyThreshold = defaults.healthyThreshold,
    unhealthyThreshold = defaults.unhealthyThreshold,
    graceSeconds = 60,
  } = healthCheck
  return {
    path,
    codes,
    intervalSeconds,
    timeoutSeconds,
    healthyThreshold,
    unhealthyThreshold,
    graceSeconds,
  }
}
