import type { Service } from '@tideway/spot-simulator'
import type { DeployedPath, ListenerRule, LoadBalancer } from '../path/deployed-path'
import type { PathRequest } from '../path/request'
import type { Routed } from '../path/routed'
import type { Application } from '../tasks/stand-in'

/** Requests of one kind, which a service should answer. */
export interface Flow {
  /** The name of the pair. */
  readonly service: string
  readonly request: PathRequest
  /** The rule matches any path that starts with this one. */
  readonly isBelow: boolean
  /** How many requests it has for each one of the load. */
  readonly share: number
}

export interface FlowsProps extends Pick<Application, 'limitOf'> {
  readonly deployed: DeployedPath
  readonly route: (request: PathRequest, now: number) => Routed
  readonly now: number
  readonly primaries: readonly Service[]
  readonly pairOf: (service: Service) => string
}

/**
 * A flow for each service behind a listener: a request that the path routes to it, or else the one that its rule asks
 * for, so that a fault in the path is seen. The load is what viewers send to the site. Internal services are as busy as
 * those of the site.
 */
export function flowsOf(props: FlowsProps): { flows: Flow[]; usualRate: number } {
  const flows = props.primaries.flatMap((service) => {
    const groups = service.primary.release.loadBalancers.map((each) => each.targetGroupArn)
    const candidates = candidatesFor(props.deployed, new Set(groups))
    const found = candidates.find((each) => reaches(props, each, groups)) ?? candidates[0]
    if (found === undefined) return []
    const share = Math.max(1, service.desiredCount) * props.limitOf(service)
    return { ...found, service: props.pairOf(service), share }
  })
  const site = flows.filter(({ request }) => request.callerGroupIds === undefined)
  const limit = (site.length > 0 ? site : flows).reduce((sum, { share }) => sum + share, 0)
  return {
    flows: flows.map((flow) => ({ ...flow, share: flow.share / limit })),
    usualRate: usualRate(limit),
  }
}

/** Assumed: enough to be seen, but so few that autoscaling is at rest. A round number. */
function usualRate(limit: number): number {
  const rate = Math.min(200, 0.45 * limit)
  const digit = 10 ** Math.floor(Math.log10(rate))
  return Math.floor(rate / digit) * digit
}

type Candidate = Pick<Flow, 'request' | 'isBelow'>

/** One of the requests of a flow. Viewers ask for many paths, so a response that CloudFront caches serves some of them. */
export function requestOf({ request, isBelow }: Candidate, number: number): PathRequest {
  if (!isBelow) return request
  const [pathname = '', ...query] = request.path.split('?')
  return { ...request, path: [`${pathname}${number}`, ...query].join('?') }
}

/** No cache keeps its reply. */
const probeReply = {
  kind: 'response',
  response: { status: 400, headers: {}, body: Buffer.alloc(0) },
  seconds: 0,
} as const

function reaches({ route, now }: FlowsProps, candidate: Candidate, groups: readonly string[]) {
  const routed = route(requestOf(candidate, 0), now)
  if (routed.kind === 'answer') return false
  routed.finish(probeReply)
  return groups.includes(routed.targetGroupArn)
}

function candidatesFor(deployed: DeployedPath, groups: ReadonlySet<string>): Candidate[] {
  return deployed.loadBalancers.flatMap((balancer) =>
    balancer.listeners.flatMap((listener) => [
      ...listener.rules
        .filter((rule) => forwardsTo(rule.actions, groups))
        .flatMap((rule) => requestsFor(deployed, balancer, rule)),
      ...(forwardsTo(listener.defaultActions, groups) ? requestsFor(deployed, balancer) : []),
    ]),
  )
}

function forwardsTo(actions: ListenerRule['actions'], groups: ReadonlySet<string>): boolean {
  return actions.some(
    (action) =>
      action.type === 'forward' &&
      action.targetGroups.some(({ targetGroupArn }) => groups.has(targetGroupArn)),
  )
}

/** Requests that a rule should match, for each name of its load balancer: of distributions, then of DNS. */
function requestsFor(
  deployed: DeployedPath,
  balancer: LoadBalancer,
  rule?: ListenerRule,
): Candidate[] {
  const [path = '/*'] = valuesOf(rule, 'path-pattern')
  const [method = 'GET'] = valuesOf(rule, 'http-request-method')
  const hosts = valuesOf(rule, 'host-header')
  const names = namesOf(deployed, balancer)
  const isInternal = balancer.scheme === 'internal'
  return [...new Set([...hosts.filter((host) => !host.includes('*')), ...names])].flatMap((host) =>
    (['https', 'http'] as const).map((scheme) => ({
      isBelow: path.endsWith('*'),
      request: {
        scheme,
        host,
        method,
        path: `${path.replaceAll(/[*?]/g, '')}${queryOf(rule)}`,
        headers: { host, ...headersOf(rule, addedFor(deployed, host)) },
        ...(isInternal
          ? { clientIp: '10.0.0.10', callerGroupIds: callersOf(deployed, balancer) }
          : { clientIp: '198.18.0.1' }),
      },
    })),
  )
}

/** Groups that may call a load balancer. */
function callersOf({ securityGroups }: DeployedPath, balancer: LoadBalancer): string[] {
  return securityGroups
    .filter(({ id }) => balancer.securityGroupIds.includes(id))
    .flatMap(({ ingress }) => ingress.flatMap(({ groupIds }) => groupIds))
}

/** The names under which requests reach a load balancer: aliases of distributions first. */
function namesOf({ records, distributions }: DeployedPath, { dnsName }: LoadBalancer): string[] {
  const pointing = (target: string) =>
    records
      .filter(({ name, values }) => !name.startsWith('*') && values.map(hostOf).includes(target))
      .map(({ name }) => name)
  const own = [hostOf(dnsName), ...pointing(hostOf(dnsName))]
  const behind = distributions.filter(({ origins }) =>
    origins.some(({ domainName }) => own.includes(hostOf(domainName))),
  )
  return [
    ...behind.flatMap(({ aliases, domainName }) => [...aliases, domainName]),
    ...own.slice(1),
    dnsName,
  ]
}

function hostOf(name: string): string {
  return name.toLowerCase().replace(/^dualstack\.|\.$/g, '')
}

function valuesOf(
  rule: ListenerRule | undefined,
  field: 'host-header' | 'http-request-method' | 'path-pattern',
): readonly string[] {
  return (rule?.conditions ?? []).flatMap((each) => (each.field === field ? each.values : []))
}

/** Headers that CloudFront adds for a host. Viewers do not send them. */
function addedFor({ distributions }: DeployedPath, host: string): readonly string[] {
  return distributions
    .filter(({ aliases, domainName }) => domainName === host || aliases.includes(host))
    .flatMap(({ origins }) => origins.flatMap(({ customHeaders }) => Object.keys(customHeaders)))
    .map((name) => name.toLowerCase())
}

function headersOf(
  rule: ListenerRule | undefined,
  added: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    (rule?.conditions ?? []).flatMap((each) =>
      each.field === 'http-header' && !added.includes(each.name.toLowerCase())
        ? [[each.name.toLowerCase(), each.values[0]?.replaceAll(/[*?]/g, '') ?? '']]
        : [],
    ),
  )
}

function queryOf(rule: ListenerRule | undefined): string {
  const [first] = (rule?.conditions ?? []).flatMap((each) =>
    each.field === 'query-string' ? each.values : [],
  )
  return first === undefined
    ? ''
    : `?${first.key === undefined ? '' : `${first.key}=`}${first.value}`
}
