import type { DeployedPath, FirewallRule } from '../src/path/deployed-path'
import type { PathRequest } from '../src/path/request'
import type { TaskReply } from '../src/tasks/program'
import {
  type Draft,
  healthy,
  internalHost,
  originHost,
  securityRule,
  site,
  TestPath,
} from './deployed-path'

interface Fault {
  /** The one thing that is wrong. */
  readonly fault: string
  readonly change?: (deployed: Draft<DeployedPath>) => void
  readonly targets?: TestPath['targets']
  readonly reply?: TaskReply
  readonly path?: string
  readonly request?: Partial<PathRequest>
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** The part that the problem names, and its message. */
  readonly part: string
  readonly message: RegExp
}

const toInternal = { host: internalHost, callerGroupIds: ['sg-clients'] }
const first = <Item>(items: Item[]): Item => items[0] as Item
const distribution = ({ distributions }: Draft<DeployedPath>) => first(distributions)
const external = ({ loadBalancers }: Draft<DeployedPath>) => first(loadBalancers)
const httpsListener = (deployed: Draft<DeployedPath>) => first(external(deployed).listeners)
const cdnAcl = ({ webAcls }: Draft<DeployedPath>) => first(webAcls)
const services = (deployed: Draft<DeployedPath>) => {
  const origin = distribution(deployed).origins[1]
  if (origin?.custom === undefined) throw new Error('no origin of services')
  return { origin, custom: origin.custom }
}
const fromCloudFront = { server: 'CloudFront', 'x-cache': 'Error from cloudfront' }
const fromBalancer = { server: 'awselb/2.0', 'x-cache': 'Error from cloudfront' }
const blockPath = (): Draft<FirewallRule> => ({
  name: 'no-api',
  priority: 0,
  action: { type: 'block' },
  labels: [],
  statement: {
    kind: 'byteMatch',
    field: 'uriPath',
    position: 'STARTS_WITH',
    search: '/api',
    transformations: ['LOWERCASE'],
  },
})

const faults: readonly Fault[] = [
  {
    fault: 'no record of the site',
    change: (deployed) => deployed.records.shift(),
    status: 502,
    part: 'Route 53',
    message: /no record of Route 53 for shop\.example/,
  },
  {
    fault: 'a record of an address outside',
    change: (deployed) => {
      first(deployed.records).values = ['192.0.2.1']
    },
    status: 502,
    part: 'Route 53',
    message: /shop\.example is 192\.0\.2\.1/,
  },
  {
    fault: 'a distribution without the alias',
    change: (deployed) => {
      distribution(deployed).aliases = ['www.shop.example']
    },
    status: 403,
    headers: { server: 'CloudFront' },
    part: 'CloudFront',
    message: /no distribution has the alias shop\.example/,
  },
  {
    fault: 'a host that no distribution serves',
    request: { host: 'other.example', address: site },
    status: 403,
    headers: { server: 'CloudFront' },
    part: 'CloudFront',
    message: /other\.example/,
  },
  {
    fault: 'a disabled distribution',
    change: (deployed) => {
      distribution(deployed).isEnabled = false
    },
    status: 403,
    part: 'CloudFront',
    message: /E1 .*disabled/,
  },
  {
    fault: 'a certificate of the distribution for another host',
    change: (deployed) => {
      first(deployed.certificates).names = ['www.shop.example']
    },
    status: 502,
    part: 'distribution shop.example',
    message: /does not cover shop\.example/,
  },
  {
    fault: 'a geo restriction',
    change: (deployed) => {
      distribution(deployed).geoRestriction = { type: 'whitelist', countries: ['DE'] }
    },
    status: 403,
    headers: fromCloudFront,
    part: 'distribution shop.example',
    message: /geo restriction blocks US/,
  },
  {
    fault: 'a web ACL of the distribution that blocks the path',
    change: (deployed) => cdnAcl(deployed).rules.push(blockPath()),
    path: '/API/items',
    status: 403,
    headers: fromCloudFront,
    part: 'web ACL cdn',
    message: /rule no-api blocks/,
  },
  {
    fault: 'a web ACL of the load balancer that blocks the path',
    change: (deployed) => deployed.webAcls[1]?.rules.push(blockPath()),
    status: 403,
    headers: fromBalancer,
    part: 'web ACL external',
    message: /rule no-api blocks/,
  },
  {
    fault: 'a web ACL with a limit of no requests',
    change: (deployed) => {
      cdnAcl(deployed).rules.push({
        ...blockPath(),
        name: 'rate',
        statement: { kind: 'rate', limit: 0, windowSeconds: 300, key: 'IP' },
      })
    },
    status: 403,
    part: 'web ACL cdn',
    message: /rule rate blocks/,
  },
  {
    fault: 'a web ACL with a response of its own',
    change: (deployed) => {
      cdnAcl(deployed).defaultAction = {
        type: 'block',
        response: { status: 429, headers: { 'retry-after': '60' }, body: 'later' },
      }
    },
    status: 429,
    headers: { 'retry-after': '60' },
    part: 'web ACL cdn',
    message: /default action/,
  },
  {
    fault: 'a web ACL that requires a captcha',
    change: (deployed) => {
      cdnAcl(deployed).defaultAction = { type: 'captcha' }
    },
    status: 405,
    headers: { 'x-amzn-waf-action': 'captcha' },
    part: 'web ACL cdn',
    message: /captcha, which does not run here/,
  },
  {
    fault: 'a behavior without the method',
    path: '/assets/app.js',
    request: { method: 'POST' },
    status: 403,
    headers: fromCloudFront,
    part: 'behavior /assets/* of distribution shop.example',
    message: /does not allow POST; allowed: GET, HEAD/,
  },
  {
    fault: 'a behavior that allows HTTPS only',
    change: (deployed) => {
      distribution(deployed).defaultBehavior.viewerProtocolPolicy = 'https-only'
    },
    request: { scheme: 'http' },
    status: 403,
    headers: fromCloudFront,
    part: 'behavior * of distribution shop.example',
    message: /HTTPS only/,
  },
  {
    fault: 'a path of the service that goes to the bucket',
    path: '/assets/api',
    status: 403,
    headers: { server: 'AmazonS3', 'x-cache': 'Error from cloudfront' },
    part: 'bucket assets',
    message: /no object assets\/api/,
  },
  {
    fault: 'a bucket policy for another distribution',
    change: ({ buckets }) => {
      first(buckets).policy = { Statement: [] }
    },
    path: '/',
    status: 403,
    headers: { server: 'AmazonS3' },
    part: 'bucket assets',
    message: /policy does not allow distribution E1 to read index\.html/,
  },
  {
    fault: 'an origin of a bucket that does not exist',
    change: ({ buckets }) => buckets.pop(),
    path: '/',
    status: 404,
    part: 'bucket assets',
    message: /does not exist/,
  },
  {
    fault: 'an origin without a record',
    change: (deployed) => deployed.records.splice(1, 1),
    status: 502,
    headers: fromCloudFront,
    part: 'origin services',
    message: /no record of Route 53 for origin\.shop\.example/,
  },
  {
    fault: 'an origin port without a listener',
    change: (deployed) => {
      services(deployed).custom.httpsPort = 8443
      first(deployed.securityGroups).ingress.push(securityRule(8443, { cidrs: ['0.0.0.0/0'] }))
    },
    status: 502,
    headers: fromCloudFront,
    part: 'external',
    message: /no listener on port 8443; it has HTTPS 443, HTTP 80/,
  },
  {
    fault: 'an origin that is an internal load balancer',
    change: (deployed) => {
      external(deployed).scheme = 'internal'
    },
    status: 504,
    headers: fromCloudFront,
    part: 'external',
    message: /internal/,
  },
  {
    fault: 'a certificate of the load balancer for another host',
    change: (deployed) => {
      deployed.certificates[1] = { arn: 'cert-external', names: ['x.example'], status: 'ISSUED' }
    },
    status: 502,
    headers: fromCloudFront,
    part: 'listener 443 of external',
    message: /x\.example does not cover shop\.example or origin\.shop\.example/,
  },
  {
    fault: 'a certificate of the load balancer that is not issued',
    change: (deployed) => {
      deployed.certificates[1] = {
        arn: 'cert-external',
        names: [originHost],
        status: 'PENDING_VALIDATION',
      }
    },
    status: 502,
    part: 'listener 443 of external',
    message: /no certificate that is ISSUED/,
  },
  {
    fault: 'a security group before the load balancer',
    change: ({ securityGroups }) => {
      first(securityGroups).ingress = []
    },
    status: 504,
    headers: fromCloudFront,
    part: 'security groups of external',
    message: /sg-external.*port 443 from CloudFront/,
  },
  {
    fault: 'an origin without its secret header',
    change: (deployed) => {
      services(deployed).origin.customHeaders = {}
    },
    status: 403,
    headers: fromBalancer,
    part: 'rule default of listener 443 of external',
    message: /no rule matches GET shop\.example\/api: rule 1000 requires http-header X-Origin$/,
  },
  {
    fault: 'an origin with another secret',
    change: (deployed) => {
      services(deployed).origin.customHeaders = { 'x-origin': 'old' }
    },
    status: 403,
    headers: fromBalancer,
    part: 'rule default of listener 443 of external',
    message: /http-header X-Origin$/,
  },
  {
    fault: 'a rule for another path',
    change: (deployed) => {
      first(httpsListener(deployed).rules).conditions[1] = {
        field: 'path-pattern',
        values: ['/v2/*'],
      }
    },
    status: 403,
    headers: fromBalancer,
    part: 'rule default of listener 443 of external',
    message: /rule 1000 requires path-pattern \/v2\/\*/,
  },
  {
    fault: 'a rule for another host',
    change: ({ loadBalancers }) => {
      const [rule] = loadBalancers[1]?.listeners[0]?.rules ?? []
      if (rule) rule.conditions = [{ field: 'host-header', values: ['api.internal.shop.example'] }]
    },
    request: toInternal,
    status: 403,
    headers: { server: 'awselb/2.0' },
    part: 'rule default of listener 443 of internal',
    message: /rule 100 requires host-header api\.internal\.shop\.example/,
  },
  {
    fault: 'a rule with the weight 0',
    change: (deployed) => {
      const [action] = first(httpsListener(deployed).rules).actions
      if (action?.type === 'forward') first(action.targetGroups).weight = 0
    },
    status: 503,
    headers: fromBalancer,
    part: 'rule 1000 of listener 443 of external',
    message: /weight above 0/,
  },
  {
    fault: 'HTTP to the origin that redirects to HTTPS',
    change: (deployed) => {
      services(deployed).custom.protocolPolicy = 'http-only'
      first(deployed.securityGroups).ingress.push(securityRule(80, { cidrs: ['0.0.0.0/0'] }))
    },
    status: 301,
    headers: { location: 'https://shop.example:443/api' },
    part: 'origin services',
    message: /redirects https:\/\/shop\.example\/api to itself/,
  },
  {
    fault: 'an internal service, called from the Internet',
    request: { host: internalHost },
    status: 504,
    part: 'internal',
    message: /not reachable from the Internet/,
  },
  {
    fault: 'an internal service, called without its group of clients',
    request: { ...toInternal, callerGroupIds: ['sg-task'] },
    status: 504,
    part: 'security groups of internal',
    message: /port 443 from 203\.0\.113\.7/,
  },
  {
    fault: 'a target group without targets',
    targets: [],
    status: 503,
    headers: fromBalancer,
    part: 'target group api',
    message: /no registered targets/,
  },
  {
    fault: 'a target group whose targets are draining',
    targets: healthy('10.0.1.1').map((target) => ({ ...target, state: 'draining' })),
    status: 503,
    part: 'target group api',
    message: /no registered targets/,
  },
  {
    fault: 'a security group between the load balancer and the task',
    change: ({ securityGroups }) => {
      const task = securityGroups.find(({ id }) => id === 'sg-task')
      if (task) task.ingress = [securityRule(9090, { groupIds: ['sg-external'] })]
    },
    status: 504,
    headers: fromBalancer,
    part: 'security groups of the targets of external',
    message: /sg-task.*port 8080 from sg-external/,
  },
  {
    fault: 'a security group of the load balancer that lets nothing out',
    change: ({ securityGroups }) => {
      first(securityGroups).egress = []
    },
    status: 504,
    part: 'security groups of external',
    message: /port 8080 to sg-task/,
  },
  {
    fault: 'a port that nothing listens on',
    reply: { kind: 'refused' },
    targets: healthy('10.0.1.1'),
    status: 502,
    headers: fromBalancer,
    part: 'target group api',
    message:
      /target 10\.0\.1\.1:8080 \(healthy\) refuses connections: nothing listens on port 8080/,
  },
  {
    fault: 'a task that ends in a request',
    reply: { kind: 'reset' },
    status: 502,
    headers: fromBalancer,
    part: 'target group api',
    message: /closed the connection/,
  },
  {
    fault: 'a task that is slower than the idle timeout',
    reply: {
      kind: 'response',
      response: { status: 200, headers: {}, body: Buffer.alloc(0) },
      seconds: 61,
    },
    status: 504,
    headers: fromBalancer,
    part: 'target group api',
    message: /did not respond in 60 s/,
  },
  {
    fault: 'an origin with a shorter timeout',
    change: (deployed) => {
      services(deployed).custom.readTimeoutSeconds = 5
    },
    reply: {
      kind: 'response',
      response: { status: 200, headers: {}, body: Buffer.alloc(0) },
      seconds: 6,
    },
    status: 504,
    headers: fromCloudFront,
    part: 'origin services',
    message: /no response in 5 s/,
  },
]

test.each(faults)('answers as AWS does, and names the part: $fault', (fault) => {
  const path = new TestPath(fault.change)
  if (fault.targets) path.targets = fault.targets
  if (fault.reply) path.reply = fault.reply

  const { response, problem } = path.get(fault.path, fault.request)

  expect(response).toMatchObject({ status: fault.status, headers: fault.headers ?? {} })
  expect(problem).toEqual({ part: fault.part, message: expect.stringMatching(fault.message) })
})

test.each([{ path: '/' }, { path: '/api' }, { path: '/assets/app.js' }, { request: toInternal }])(
  'names nothing without a fault: %j',
  ({ path, request }) => {
    const { response, problem } = new TestPath().get(path, request)
    expect(response.status).toBe(200)
    expect(problem).toBeUndefined()
  },
)
