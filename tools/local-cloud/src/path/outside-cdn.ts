import { cdnReferences, distributionOf } from './cdn-blocks'
import type { DeployedPath, Distribution, LoadBalancer } from './deployed-path'
import { cloudFrontList } from './network'

const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'
const allViewer = '216adef6-5c7f-47e4-b989-5492eafa07d3'

export const outsideCdn = 'outside.cloudfront.net'

/**
 * Where no stack deploys a distribution, and a load balancer accepts CloudFront alone, something else is its CDN. This one
 * stands for it: it serves the site and the hosts of the rules, caches nothing, and sends the headers that every rule requires.
 */
export function withOutsideCdn(deployed: DeployedPath, site: string): DeployedPath {
  const balancer = deployed.loadBalancers.find((each) => acceptsOnlyCloudFront(deployed, each))
  if (deployed.distributions.length > 0 || balancer === undefined) return deployed
  const rules = balancer.listeners.flatMap((listener) => listener.rules)
  const hosts = rules.flatMap(({ conditions }) =>
    conditions.flatMap((each) => (each.field === 'host-header' ? each.values : [])),
  )
  const aliases = [...new Set([site, ...hosts])]
  const record = (name: string) =>
    ({ name, type: 'A', values: [outsideCdn], isPrivate: false }) as const
  return {
    ...deployed,
    records: [...deployed.records, ...aliases.map(record)],
    distributions: [outsideDistribution(deployed, balancer, aliases)],
  }
}

function acceptsOnlyCloudFront(
  { securityGroups }: DeployedPath,
  { scheme, securityGroupIds }: LoadBalancer,
): boolean {
  const rules = securityGroups
    .filter(({ id }) => securityGroupIds.includes(id))
    .flatMap(({ ingress }) => ingress)
  return (
    scheme === 'internet-facing' &&
    rules.length > 0 &&
    rules.every(({ prefixLists, cidrs }) => prefixLists.includes(cloudFrontList) && !cidrs.length)
  )
}

function outsideDistribution(
  { records }: DeployedPath,
  { dnsName, listeners }: LoadBalancer,
  aliases: readonly string[],
): Distribution {
  const name = records.find(({ values }) =>
    values.some((value) => value.replace(/^dualstack\./, '') === dnsName),
  )
  const config = {
    enabled: true,
    aliases,
    default_cache_behavior: {
      target_origin_id: 'services',
      viewer_protocol_policy: 'redirect-to-https',
      allowed_methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
      cache_policy_id: cachingDisabled,
      origin_request_policy_id: allViewer,
    },
    origin: {
      origin_id: 'services',
      domain_name: name?.name ?? dnsName,
      custom_header: headersOfAll(listeners),
      custom_origin_config: { origin_protocol_policy: 'https-only', origin_read_timeout: 60 },
    },
  }
  const identity = { id: 'outside', arn: outsideCdn, domainName: outsideCdn }
  return distributionOf(config, identity, cdnReferences(new Map(), new Map()))
}

/** The headers that every rule requires, with a value that it accepts. */
function headersOfAll(listeners: LoadBalancer['listeners']) {
  const [first = [], ...others] = listeners
    .flatMap(({ rules }) => rules)
    .map(({ conditions }) =>
      conditions.flatMap((each) =>
        each.field === 'http-header'
          ? [{ name: each.name.toLowerCase(), value: each.values[0] ?? '' }]
          : [],
      ),
    )
  return first.filter(({ name }) =>
    others.every((headers) => headers.some((other) => other.name === name)),
  )
}
