import type { Service } from '@tideway/spot-simulator'
import type { DeployedPath, ListenerRule, LoadBalancer } from '../path/deployed-path'
import type { PathRequest } from '../path/request'
import type { Routed } from '../path/routed'
import { meanSeconds, requestsAtOnce } from '../tasks/stand-in'

/** Requests of one kind, which a service should answer. */
export interface Flow {
  /** The name of the pair. */
  readonly service: string
  readonly request: PathRequest
  /** How many requests it has for each one of the load. */
  readonly share: number
}

export interface FlowsProps {
  readonly deployed: DeployedPath
  readonly route: (request: PathRequest, now: number) => Routed
  readonly now: number
  readonly primaries: readonly Service[]
  readonly pairOf: (service: Service) => string
}

/**
 * A flow for each service behind a listener: a request that the path routes to it, or else the one that its rule asks
 * for, so that a fault in the path is seen. The load is what viewers send to the site. Internal services get as many
 * requests for each of their tasks as those of the site.
 */
export function flowsOf(props: FlowsProps): { flows: Flow[]; usualRate: number } {
  const flows = props.primaries.flatMap((service) => {
    const groups = service.primary.release.loadBalancers.map((each) => each.targetGroupArn)
    const candidates = candidatesFor(props.deployed, new Set(groups))
    const request = candidates.find((each) => reaches(props, each, groups)) ?? candidates[0]
    if (request === undefined) return []
    return { service: props.pairOf(service), request, share: Math.max(1, service.desiredCount) }
  })
  const site = flows.filter(({ request }) => request.callerGroupIds === undefined)
  const tasks = (site.length > 0 ? site : flows).reduce((sum, { share }) => sum + share, 0)
  return {
    flows: flows.map((flow) => ({ ...flow, share: flow.share / tasks })),
    usualRate: usualRate(tasks),
  }
}

/** Assumed: enough to be seen, and at most half of what the tasks manage. */
function usualRate(tasks: number): number {
  return Math.min(200, (0.5 * tasks * requestsAtOnce) / meanSeconds)
}

function reaches({ route, now }: FlowsProps, request: PathRequest, groups: readonly string[]) {
  const routed = route(request, now)
  if (routed.kind === 'answer') return false
  routed.finish({ kind: 'refused' })
  return groups.includes(routed.targetGroupArn)
}

function candidatesFor(deployed: DeployedPath, groups: ReadonlySet<string>): PathRequest[] {
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
): PathRequest[] {
  const [path = '/'] = valuesOf(rule, 'path-pattern')
  const [method = 'GET'] = valuesOf(rule, 'http-request-method')
  const hosts = valuesOf(rule, 'host-header')
  const names = namesOf(deployed, balancer)
  const isInternal = balancer.scheme === 'internal'
  return [...new Set([...hosts.filter((host) => !host.includes('*')), ...names])].flatMap((host) =>
    (['https', 'http'] as const).map((scheme) => ({
      scheme,
      host,
      method,
      path: `${path.replaceAll(/[*?]/g, '')}${queryOf(rule)}`,
      headers: { host, ...headersOf(rule) },
      ...(isInternal
        ? { clientIp: '10.0.0.10', callerGroupIds: callersOf(deployed, balancer) }
        : { clientIp: '198.18.0.1' }),
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
function namesOf(
  { records, distributions }: DeployedPath,
  { arn, dnsName }: LoadBalancer,
): string[] {
  const pointing = (target: string) =>
    records
      .filter(({ name, values }) => !name.startsWith('*') && values.map(hostOf).includes(target))
      .map(({ name }) => name)
  const own = [hostOf(dnsName), ...pointing(hostOf(dnsName))]
  const behind = distributions.filter(({ origins }) =>
    origins.some(
      ({ domainName, vpcEndpointArn }) =>
        own.includes(hostOf(domainName)) || vpcEndpointArn === arn,
    ),
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

function headersOf(rule: ListenerRule | undefined): Record<string, string> {
  return Object.fromEntries(
    (rule?.conditions ?? []).flatMap((each) =>
      each.field === 'http-header'
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
