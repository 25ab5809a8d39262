import type {
  Behavior,
  BucketObject,
  DeployedPath,
  Distribution,
  Listener,
  ListenerRule,
  LoadBalancer,
  SecurityRule,
  TargetGroup,
  WebAcl,
} from '../src/path/deployed-path'
import { managedCachePolicies, managedOriginRequestPolicies } from '../src/path/managed-policies'
import type { PathRequest, PathResponse } from '../src/path/request'
import { RequestPath } from '../src/path/request-path'
import type { Finished, PathTarget, Routed } from '../src/path/routed'
import type { TaskReply } from '../src/tasks/program'

/** A value in which a test may change everything. */
export type Draft<Value> = Value extends Buffer | ((key: string) => unknown)
  ? Value
  : { -readonly [Key in keyof Value]: Draft<Value[Key]> }

export const site = 'shop.example'
export const originHost = 'origin.shop.example'
export const internalHost = 'worker.internal.shop.example'
const secret = 'a-secret'

export const apiGroup = arnOf('targetgroup/api')
export const workerGroup = arnOf('targetgroup/worker')

/** Tests add what they need. */
export const emptyPath: DeployedPath = {
  records: [],
  distributions: [],
  webAcls: [],
  loadBalancers: [],
  targetGroups: [],
  certificates: [],
  securityGroups: [],
  buckets: [],
}

/** A site behind CloudFront, a web ACL on each side, and an internal service. */
export function deployedPath(): Draft<DeployedPath> {
  const path: DeployedPath = {
    records: [
      record(site, 'd111.cloudfront.net'),
      record(originHost, 'external-1.elb.amazonaws.com'),
      record('*.internal.shop.example', 'internal-1.elb.amazonaws.com'),
    ],
    distributions: [distribution()],
    webAcls: [
      webAcl('cdn', 'CLOUDFRONT', []),
      webAcl('external', 'REGIONAL', [arnOf('loadbalancer/app/external')]),
    ],
    loadBalancers: [
      balancer(
        'external',
        'internet-facing',
        ['sg-external'],
        [
          listener('external', 443, [
            rule('external', 1000, [
              { field: 'http-header', name: 'X-Origin', values: [secret] },
              { field: 'path-pattern', values: ['/*'] },
            ]),
          ]),
          {
            ...listener('external', 80, []),
            protocol: 'HTTP',
            defaultActions: [
              {
                type: 'redirect',
                protocol: 'HTTPS',
                host: '#{host}',
                port: '443',
                path: '/#{path}',
                query: '#{query}',
                status: 301,
              },
            ],
          },
        ],
      ),
      balancer(
        'internal',
        'internal',
        ['sg-internal'],
        [
          listener('internal', 443, [
            {
              ...rule('internal', 100, [{ field: 'host-header', values: [internalHost] }]),
              actions: [forwardTo(workerGroup)],
            },
          ]),
        ],
      ),
    ],
    targetGroups: [targetGroup(apiGroup, 'api'), targetGroup(workerGroup, 'worker')],
    certificates: [
      { arn: 'cert-site', names: [site], status: 'ISSUED' },
      { arn: 'cert-external', names: [originHost], status: 'ISSUED' },
      { arn: 'cert-internal', names: ['*.internal.shop.example'], status: 'ISSUED' },
    ],
    securityGroups: [
      securityGroup('sg-external', [
        securityRule(443, { prefixLists: ['com.amazonaws.global.cloudfront.origin-facing'] }),
      ]),
      securityGroup('sg-internal', [securityRule(443, { groupIds: ['sg-clients'] })]),
      securityGroup('sg-clients', []),
      securityGroup('sg-task', [securityRule(8080, { groupIds: ['sg-external', 'sg-internal'] })]),
    ],
    buckets: [
      {
        name: 'assets',
        policy: {
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::assets/*',
            Condition: {
              StringEquals: { 'aws:SourceArn': 'arn:aws:cloudfront::123456789012:distribution/E1' },
            },
          },
        },
        objects: new Map<string, BucketObject>([
          [
            'index.html',
            { body: Buffer.from('front page'), headers: { 'content-type': 'text/html' } },
          ],
          ['assets/app.js', { body: Buffer.from('script'), headers: { etag: '"1"' } }],
        ]),
      },
    ],
  }
  return path as Draft<DeployedPath>
}

function record(name: string, value: string) {
  return { name, type: 'A', values: [value], isPrivate: false } as const
}

function arnOf(resource: string): string {
  return `arn:aws:elasticloadbalancing:us-east-1:123456789012:${resource}`
}

function distribution(): Distribution {
  const assets: Behavior = {
    pathPattern: '/assets/*',
    originId: 'assets',
    viewerProtocolPolicy: 'redirect-to-https',
    allowedMethods: ['GET', 'HEAD'],
    cachedMethods: ['GET', 'HEAD'],
    cachePolicy: policy(managedCachePolicies, '658327ea-f89d-4fab-a63d-7e88639e58f6'),
    functions: [],
  }
  return {
    id: 'E1',
    arn: 'arn:aws:cloudfront::123456789012:distribution/E1',
    domainName: 'd111.cloudfront.net',
    isEnabled: true,
    aliases: [site],
    certificateArn: 'cert-site',
    defaultRootObject: 'index.html',
    behaviors: [assets, { ...assets, pathPattern: '/index.html' }],
    defaultBehavior: {
      ...assets,
      pathPattern: '*',
      originId: 'services',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
      cachePolicy: policy(managedCachePolicies, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'),
      originRequestPolicy: policy(
        managedOriginRequestPolicies,
        '216adef6-5c7f-47e4-b989-5492eafa07d3',
      ),
    },
    origins: [
      {
        id: 'assets',
        domainName: 'assets.s3.us-east-1.amazonaws.com',
        path: '',
        customHeaders: {},
        accessControlId: 'OAC1',
      },
      {
        id: 'services',
        domainName: originHost,
        path: '',
        customHeaders: { 'x-origin': secret },
        custom: {
          protocolPolicy: 'https-only',
          httpPort: 80,
          httpsPort: 443,
          readTimeoutSeconds: 60,
        },
      },
    ],
    errorResponses: [],
    webAclArn: 'acl-cdn',
  }
}

function policy<Value>(policies: Readonly<Record<string, Value>>, id: string): Value {
  const found = policies[id]
  if (found === undefined) throw new Error(`no managed policy ${id}`)
  return found
}

function webAcl(name: string, scope: WebAcl['scope'], resourceArns: string[]): WebAcl {
  const defaultAction = { type: 'allow' } as const
  return { arn: `acl-${name}`, name, scope, defaultAction, rules: [], resourceArns }
}

export function balancer(
  name: string,
  scheme: LoadBalancer['scheme'],
  securityGroupIds: string[],
  listeners: Listener[],
): LoadBalancer {
  return {
    arn: arnOf(`loadbalancer/app/${name}`),
    name,
    dnsName: `${name}-1.elb.amazonaws.com`,
    scheme,
    securityGroupIds,
    listeners,
    dropInvalidHeaderFields: true,
    idleTimeoutSeconds: 60,
    xForwardedFor: 'append',
  }
}

export function listener(name: string, port: number, rules: ListenerRule[]): Listener {
  return {
    arn: arnOf(`listener/app/${name}/${port}`),
    port,
    protocol: 'HTTPS',
    certificateArns: [`cert-${name}`],
    rules,
    defaultActions: [{ type: 'fixed-response', status: 403, body: 'Forbidden' }],
  }
}

export function rule(
  name: string,
  priority: number,
  conditions: ListenerRule['conditions'],
): ListenerRule {
  const arn = arnOf(`listener-rule/app/${name}/${priority}`)
  return { arn, priority, conditions, actions: [forwardTo(apiGroup)] }
}

export function forwardTo(...targetGroupArns: string[]) {
  return {
    type: 'forward',
    targetGroups: targetGroupArns.map((targetGroupArn) => ({ targetGroupArn, weight: 1 })),
  } as const
}

export function targetGroup(arn: string, name: string): TargetGroup {
  return {
    arn,
    name,
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    port: 8080,
    targetType: 'ip',
    healthCheck: {
      isEnabled: true,
      protocol: 'HTTP',
      path: '/health',
      port: 'traffic-port',
      matcher: '200',
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      intervalSeconds: 10,
      timeoutSeconds: 5,
    },
    deregistrationDelaySeconds: 60,
    slowStartSeconds: 0,
    algorithm: 'round_robin',
    targetSecurityGroupIds: ['sg-task'],
  }
}

function securityGroup(id: string, ingress: SecurityRule[]) {
  return { id, name: id, ingress, egress: [securityRule(undefined, { cidrs: ['0.0.0.0/0'] })] }
}

export function securityRule(
  port: number | undefined,
  peers: Partial<Draft<SecurityRule>>,
): Draft<SecurityRule> {
  return {
    protocol: port === undefined ? '-1' : 'tcp',
    fromPort: port,
    toPort: port,
    cidrs: [],
    groupIds: [],
    prefixLists: [],
    ...peers,
  }
}

export function healthy(...ids: string[]): PathTarget[] {
  return ids.map((id) => ({ id, port: 8080, state: 'healthy', since: 0 }))
}

export const ok: TaskReply = {
  kind: 'response',
  response: { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('ok') },
  seconds: 0.01,
}

/** The path with one change, and what it makes of requests. */
export class TestPath {
  readonly path: RequestPath
  targets: PathTarget[] = healthy('10.0.1.1', '10.0.1.2')
  now = 1_700_000_000_000
  reply: TaskReply = ok

  constructor(change: (deployed: Draft<DeployedPath>) => void = () => {}) {
    const deployed = deployedPath()
    change(deployed)
    this.path = new RequestPath(deployed as DeployedPath, { targets: () => this.targets })
  }

  route(path = '/api', request: Partial<PathRequest> = {}): Routed {
    return this.path.route(
      {
        scheme: 'https',
        host: site,
        method: 'GET',
        path,
        headers: {},
        clientIp: '203.0.113.7',
        ...request,
      },
      this.now,
    )
  }

  /** What the viewer receives. */
  get(path?: string, request?: Partial<PathRequest>): Finished {
    const routed = this.route(path, request)
    return routed.kind === 'answer' ? routed : routed.finish(this.reply)
  }

  /** What the task receives. */
  received(path?: string, request?: Partial<PathRequest>): PathRequest {
    const routed = this.route(path, request)
    if (routed.kind === 'answer') throw new Error(textOf(routed.response))
    return routed.request
  }
}

export function textOf({ body }: PathResponse): string {
  return body.toString()
}
