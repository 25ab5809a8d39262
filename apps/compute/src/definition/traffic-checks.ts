import {
  type Check,
  environments,
  failedChecks,
  isObject,
  isString,
  isStrings,
  type Problem,
} from '@tideway/constructs'
import {
  externalHosts,
  healthCheckOf,
  type Method,
  originHeaderName,
  reservedPriorities,
  rulesOf,
  type Traffic,
  type TrafficRule,
} from './traffic'
import { choice, isList, isUnique, isWhole, problemUnless } from './values'

/** What a service's traffic is checked against. */
interface RoutedService {
  readonly runs: string
  readonly image?: unknown
  readonly release?: unknown
  readonly traffic?: Traffic
}

/** The problems of the traffic of all services, which share the load balancers. */
export function trafficProblems(
  services: Readonly<Record<string, RoutedService>>,
  pathOf: (name: string) => string,
): Problem[] {
  const taken = new Map([[`external ${reservedPriorities.webFleet}`, 'the web fleet']])
  const routed = Object.fromEntries(
    Object.entries(services).filter(([, service]) => hasRightType(service)),
  )
  const certified = new Set<string>()
  return Object.entries(services).flatMap(([name, service]) => {
    const { traffic } = service
    if (traffic === undefined) return []
    const path = `${pathOf(name)}.traffic`
    if (!hasRightType(service)) return wrongType(path, traffic)
    const hostsOfOthers = externalHosts(
      routed,
      (protocol) => (protocol === 'grpc') !== (traffic.protocol === 'grpc'),
    )
    const names = certificateNames(externalHosts({ [name]: service }, () => true))
    for (const it of names) certified.add(it)
    return [
      ...problemUnless(names.length === 0 || certified.size <= maxCertificateNames, {
        path,
        must: `not need another name of the certificate, which covers hosts without dots and those below ${maxCertificateNames} names`,
        got: names,
        fix: 'Use hosts without dots, or below the names that other services use.',
      }),
      ...targetProblems(path, service, traffic),
      ...rulesOf(traffic).flatMap((rule, index) => {
        const rulePath = index === 0 ? path : `${path}.rules[${index - 1}]`
        const place = `${traffic.from} ${rule.priority}`
        const other = taken.get(place)
        if (other === undefined) taken.set(place, name)
        return ruleProblems(rulePath, rule, traffic.from, other, hostsOfOthers)
      }),
    ]
  })
}

function hasRightType({ traffic }: RoutedService): boolean {
  return isObject(traffic) && (traffic.rules === undefined || isList(traffic.rules, isObject))
}

function wrongType(path: string, traffic: unknown): Problem[] {
  const fix = 'Write it like the others.'
  if (!isObject(traffic)) {
    return [{ path, must: 'be an object with from and priority', got: traffic, fix }]
  }
  const must = 'be a list of rules, such as { priority: 210, paths: ["/v2/*"] }'
  return [{ path: `${path}.rules`, must, got: traffic.rules, fix }]
}

/** ACM issues certificates of ten names. One of them is the wildcard below the domain. */
const maxCertificateNames = 9

/** The names below which hosts need a wildcard of their own: a wildcard covers one label. */
function certificateNames(hosts: readonly unknown[]): string[] {
  const parents = hosts.filter(isString).map((host) => host.split('.').slice(1).join('.'))
  return [...new Set(parents)].filter((parent) => parent !== '')
}

const choose = 'Choose another.'

/** Of the five values of a listener rule, a rotation of the origin header needs two. */
const maxValues = { external: 3, internal: 5 }

function ruleProblems(
  path: string,
  rule: TrafficRule,
  from: Traffic['from'],
  other: string | undefined,
  hostsOfOthers: readonly string[],
): Problem[] {
  const { priority, hosts, paths, headers, methods, query } = rule
  const problems = failedChecks(path, rule, {
    priority: [
      [isWhole(priority, 1, 50_000), 'be 1 to 50000', choose],
      [other === undefined, `be unique on the ${from} load balancer: ${other} has it`, choose],
    ],
    hosts: [
      ...(from === 'internal'
        ? [internalHostCheck(hosts)]
        : externalHostChecks(hosts, hostsOfOthers)),
    ],
    paths: [
      [
        isConditionOf(paths, (it) => /^\/[\w.$/~"'@:+&*?-]*$/.test(it) && it.length <= 128),
        'be one to three different paths that begin with / and have up to 128 letters, digits or _-.$/~"\'@:+&*?',
        'Correct them, or put more of them into rules.',
      ],
    ],
    methods: [
      [
        isConditionOf(methods, (it) => allMethods.includes(it)),
        `be one to three different methods of ${allMethods.join(', ')}`,
        'Correct them, or put more of them into rules.',
      ],
    ],
    headers: [
      namedValues(headers, /^[\w!#$%&'*+.^`|~-]{1,40}$/, 'headers of up to 40 characters'),
      [
        !hasName(headers, 'host', originHeaderName),
        `not name host, which is in hosts, or ${originHeaderName}, which the CDN sets`,
        'Remove it.',
      ],
    ],
    query: [namedValues(query, /^[\x21-\x7e]{1,128}$/, 'parameters of up to 128 characters')],
  })
  if (problems.length > 0) return problems
  const values = valuesOf(rule)
  const count = values.length + (from === 'internal' && hosts === undefined ? 1 : 0)
  const wildcards = values.join('').replace(/[^*?]/g, '').length
  const max = maxValues[from]
  return [
    ...problemUnless(count <= max, {
      path,
      must: `have at most ${max} values in its conditions: a listener rule has five, ${from === 'external' ? 'and the header of the CDN takes two' : 'the host among them'}`,
      got: count,
      fix: moveSome,
    }),
    ...problemUnless(wildcards <= 5, {
      path,
      must: 'have at most five wildcards in its conditions',
      got: wildcards,
      fix: moveSome,
    }),
    ...problemUnless(from === 'internal' || count > 0, {
      path,
      must: 'have a condition: without one, it would receive all requests',
      got: rule,
      fix: 'Add paths, ["/*"] for all of them.',
    }),
  ]
}

const moveSome = 'Move some of them to another of the rules.'

/** A label of a DNS name. */
const label = '[a-z\\d]([a-z\\d-]{0,61}[a-z\\d])?'
const labelOnly = new RegExp(`^${label}$`)
const hostName = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`)

function internalHostCheck(hosts: unknown): Check {
  return [
    isConditionOf(hosts, (it) => labelOnly.test(it)),
    'be one to three different names without the domain and without dots, such as "orders": the certificate covers no others',
    'Correct the names.',
  ]
}

/** @param others the hosts of services with another protocol */
function externalHostChecks(hosts: unknown, others: readonly string[]): Check[] {
  const names = isStrings(hosts) ? hosts : []
  return [
    [
      isConditionOf(hosts, (it) => hostName.test(it) && it.length <= 63),
      'be one to three different names of up to 63 characters without the domain, such as "shop" or "*.shop"',
      'Correct the names.',
    ],
    [
      !names.some((it) => takenHosts.some((taken) => it === taken || it.endsWith(`.${taken}`))),
      `not be or end with ${takenHosts.join(', ')}, which are names of the platform`,
      choose,
    ],
    [
      !names.some((it) => others.includes(it)),
      'differ from the hosts of services of another protocol: the CDN serves gRPC and HTTP at different hosts',
      choose,
    ],
  ]
}

/** The names of the load balancers, and those of environments below the domain of another. */
const takenHosts: readonly string[] = (() => {
  const domains = Object.values(environments).map(({ domain }) => domain)
  const below = domains.flatMap((parent) =>
    domains
      .filter((domain) => domain.endsWith(`.${parent}`))
      .map((domain) => domain.slice(0, -parent.length - 1)),
  )
  return [...new Set(['internal', 'origin', ...below])]
})()

const allMethods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
] satisfies Method[]

function targetProblems(path: string, service: RoutedService, traffic: Traffic): Problem[] {
  const { from, protocol = 'http1', stickiness, slowStartSeconds, healthCheck = {} } = traffic
  const { requestsPerTask } = traffic
  const isBlueGreen = isObject(service.release) && service.release.kind === 'blue-green'
  const isSticky = stickiness !== undefined
  return [
    ...failedChecks(path, traffic, {
      from: [[from === 'external' || from === 'internal', 'be "external" or "internal"', choose]],
      requestsPerTask: [
        [
          requestsPerTask === 'off' || (Number.isFinite(requestsPerTask) && requestsPerTask > 0),
          'be a number above 0, or "off"',
          choose,
        ],
      ],
      protocol: [
        choice(protocol, ['http1', 'http2', 'grpc']),
        [
          from !== 'external' || protocol !== 'http2',
          'not be "http2" for external traffic: the CDN sends HTTP/1.1 to the load balancer, which then rejects requests for such tasks',
          'Use internal traffic, or http1.',
        ],
        [
          from !== 'external' ||
            protocol !== 'grpc' ||
            rulesOf(traffic).every(({ hosts }) => hosts !== undefined),
          'be "grpc" for external traffic only with hosts in every rule: the CDN accepts gRPC for these hosts alone',
          'Add hosts, or use internal traffic.',
        ],
        [
          service.image !== 'example' || protocol === 'http1',
          'be "http1" for the image "example", which understands nothing else',
          'Add an image of your own first.',
        ],
      ],
      stickiness: [
        [
          !isSticky || (isObject(stickiness) && isWhole(stickiness.seconds, 1, 604_800)),
          'have seconds from 1 to 604800, a week',
          'Correct the seconds.',
        ],
        [
          !isObject(stickiness) || isCookie(stickiness.cookie),
          'have a cookie of up to 256 letters, digits or -_.~ that does not begin with AWSALB, which is reserved',
          'Rename the cookie, or remove it.',
        ],
        [
          !isSticky || !isBlueGreen,
          'be absent for blue/green: during a release, the load balancer rejects sticky target groups in a rule with two',
          'Remove it, or use a rolling release.',
        ],
        [
          !isSticky || protocol !== 'grpc',
          'be absent for gRPC, whose clients keep no cookies',
          'Remove it.',
        ],
      ],
      slowStartSeconds: [
        [
          slowStartSeconds === undefined || isWhole(slowStartSeconds, 30, 900),
          'be 30 to 900',
          'Choose from that range, or remove the field.',
        ],
      ],
      healthCheck: [[isObject(healthCheck), 'be an object', 'Write { path: "/ready" }.']],
    }),
    ...(isObject(healthCheck) ? healthCheckProblems(`${path}.healthCheck`, traffic) : []),
  ]
}

function healthCheckProblems(path: string, traffic: Traffic): Problem[] {
  const check = healthCheckOf(traffic)
  const { intervalSeconds, timeoutSeconds } = check
  const [min, max] = traffic.protocol === 'grpc' ? [0, 99] : [200, 499]
  const fix = 'Choose from that range.'
  const threshold = (value: number): Check => [isWhole(value, 2, 10), 'be 2 to 10', fix]
  return failedChecks(path, check, {
    path: [
      [
        isString(check.path) && /^\/[\x21-\x7e]{0,1023}$/.test(check.path),
        'begin with / and have up to 1024 characters without spaces',
        'Correct the path.',
      ],
    ],
    codes: [
      [
        areCodes(check.codes, min, max),
        `be codes from ${min} to ${max}, as a list such as "${min},${min + 4}" or a range such as "${min}-${max}"`,
        'Correct the codes.',
      ],
    ],
    intervalSeconds: [[isWhole(intervalSeconds, 5, 300), 'be 5 to 300', fix]],
    timeoutSeconds: [
      [isWhole(timeoutSeconds, 2, 120), 'be 2 to 120', fix],
      [
        timeoutSeconds < intervalSeconds,
        `be less than intervalSeconds, which is ${intervalSeconds}`,
        'Lower it, or raise intervalSeconds.',
      ],
    ],
    healthyThreshold: [threshold(check.healthyThreshold)],
    unhealthyThreshold: [threshold(check.unhealthyThreshold)],
    graceSeconds: [[isWhole(check.graceSeconds, 0, 2_147_483_647), 'be 0 to 2147483647', fix]],
  })
}

function areCodes(codes: unknown, min: number, max: number): boolean {
  if (!isString(codes) || !/^\d{1,3}(-\d{1,3}|(,\d{1,3})*)$/.test(codes)) return false
  const numbers = codes.split(/[,-]/).map(Number)
  const [first = 0, last = 0] = numbers
  return numbers.every((it) => it >= min && it <= max) && !(codes.includes('-') && first > last)
}

function isCookie(cookie: unknown): boolean {
  return (
    cookie === undefined ||
    (isString(cookie) && /^[\w.~-]{1,256}$/.test(cookie) && !/^AWSALB/i.test(cookie))
  )
}

/** Whether a condition is absent, or has values that the load balancer accepts. */
function isConditionOf(values: unknown, isValid: (value: string) => boolean): boolean {
  return (
    values === undefined ||
    (isStrings(values) &&
      values.length >= 1 &&
      values.length <= 3 &&
      isUnique(values) &&
      values.every(isValid))
  )
}

function namedValues(values: unknown, name: RegExp, what: string): Check {
  return [
    values === undefined ||
      (isObject(values) &&
        Object.keys(values).length > 0 &&
        Object.entries(values).every(
          ([key, list]) =>
            name.test(key) &&
            list !== undefined &&
            isConditionOf(list, (it) => /^[\x20-\x7e]{1,128}$/.test(it)),
        )),
    `be ${what}, each with one to three different values of up to 128 characters`,
    'Write them like { name: ["value"] }.',
  ]
}

function hasName(values: unknown, ...names: readonly string[]): boolean {
  return isObject(values) && Object.keys(values).some((key) => names.includes(key.toLowerCase()))
}

function valuesOf({ hosts, paths, headers, methods, query }: TrafficRule): readonly string[] {
  return [
    hosts,
    paths,
    methods,
    ...Object.values({ ...headers }),
    ...Object.values({ ...query }),
  ].flatMap((values) => values ?? [])
}
