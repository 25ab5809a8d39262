import type { DeployedPath, Distribution, LoadBalancer } from './deployed-path'
import { managedCachePolicies, managedOriginRequestPolicies } from './managed-policies'
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
    distributions: [distributionOf(deployed, balancer, aliases)],
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

function distributionOf(
  { records }: DeployedPath,
  { dnsName, listeners }: LoadBalancer,
  aliases: readonly string[],
): Distribution {
  const name = records.find(({ values }) =>
    values.some((value) => value.replace(/^dualstack\./, '') === dnsName),
  )
  const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE']
  return {
    id: 'outside',
    arn: outsideCdn,
    domainName: outsideCdn,
    isEnabled: true,
    aliases,
    behaviors: [],
    defaultBehavior: {
      pathPattern: '*',
      originId: 'services',
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: methods,
      cachedMethods: ['GET', 'HEAD'],
      cachePolicy: present(managedCachePolicies[cachingDisabled]),
      originRequestPolicy: present(managedOriginRequestPolicies[allViewer]),
      functions: [],
    },
    origins: [
      {
        id: 'services',
        domainName: name?.name ?? dnsName,
        path: '',
        customHeaders: headersOfAll(listeners),
        custom: {
          protocolPolicy: 'https-only',
          httpPort: 80,
          httpsPort: 443,
          readTimeoutSeconds: 60,
        },
      },
    ],
    errorResponses: [],
  }
}

/** The headers that every rule requires, with a value that it accepts. */
function headersOfAll(listeners: LoadBalancer['listeners']): Record<string, string> {
  const all = listeners
    .flatMap(({ rules }) => rules)
    .map(({ conditions }) =>
      conditions.flatMap((each) =>
        each.field === 'http-header'
          ? [[each.name.toLowerCase(), each.values[0] ?? ''] as const]
          : [],
      ),
    )
  const [first = [], ...others] = all
  return Object.fromEntries(
    first.filter(([name]) => others.every((headers) => headers.some(([other]) => other === name))),
  )
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a managed policy of CloudFront is missing')
  return value
}
