import type { PolicyDocument } from '@tideway/constructs/iam-evaluator'

/** What a request passes between its viewer and a task, as deployed. Names of hosts are in lower case, without a final dot. */
export interface DeployedPath {
  readonly records: readonly DnsRecord[]
  readonly distributions: readonly Distribution[]
  readonly webAcls: readonly WebAcl[]
  readonly loadBalancers: readonly LoadBalancer[]
  readonly targetGroups: readonly TargetGroup[]
  readonly certificates: readonly Certificate[]
  readonly securityGroups: readonly SecurityGroup[]
  readonly buckets: readonly Bucket[]
}

export interface DnsRecord {
  /** `*` as its first label matches any name below. */
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CNAME'
  /** The name of the alias target, or the values of the record. */
  readonly values: readonly string[]
  /** Of a private zone: only callers in the network resolve it. */
  readonly isPrivate: boolean
}

export interface Certificate {
  readonly arn: string
  /** The domain and its alternative names, with or without `*.`. */
  readonly names: readonly string[]
  /** As in ACM. Only an ISSUED one serves. */
  readonly status: string
}

export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly ingress: readonly SecurityRule[]
  readonly egress: readonly SecurityRule[]
}

export interface SecurityRule {
  /** `-1` is every protocol. */
  readonly protocol: string
  /** Undefined: every port. */
  readonly fromPort?: number | undefined
  readonly toPort?: number | undefined
  readonly cidrs: readonly string[]
  /** Ids of security groups. */
  readonly groupIds: readonly string[]
  /** Names of prefix lists, such as `com.amazonaws.global.cloudfront.origin-facing`. */
  readonly prefixLists: readonly string[]
}

export interface Bucket {
  readonly name: string
  readonly policy?: PolicyDocument | undefined
  /** By key. A map, or an object that reads the emulator. */
  readonly objects: { get(key: string): BucketObject | undefined }
}

export interface BucketObject {
  readonly body: Buffer
  /** `content-type`, `cache-control`, `etag`, `last-modified`, ... */
  readonly headers: Readonly<Record<string, string>>
}

// CloudFront

export interface Distribution {
  readonly id: string
  readonly arn: string
  /** `d111111abcdef8.cloudfront.net` */
  readonly domainName: string
  readonly isEnabled: boolean
  readonly aliases: readonly string[]
  /** Of ACM. Undefined: the certificate of CloudFront, which serves no aliases. */
  readonly certificateArn?: string | undefined
  readonly defaultRootObject?: string | undefined
  /** In their order. */
  readonly behaviors: readonly Behavior[]
  /** `pathPattern` is `*`. */
  readonly defaultBehavior: Behavior
  readonly origins: readonly Origin[]
  readonly errorResponses: readonly ErrorResponse[]
  readonly webAclArn?: string | undefined
  readonly geoRestriction?: GeoRestriction | undefined
}

export interface GeoRestriction {
  readonly type: 'whitelist' | 'blacklist'
  readonly countries: readonly string[]
}

export interface Behavior {
  readonly pathPattern: string
  readonly originId: string
  readonly viewerProtocolPolicy: 'allow-all' | 'https-only' | 'redirect-to-https'
  readonly allowedMethods: readonly string[]
  readonly cachedMethods: readonly string[]
  /** Managed policies by their ids: see managed-policies.ts. */
  readonly cachePolicy: CachePolicy
  readonly originRequestPolicy?: OriginRequestPolicy | undefined
  readonly responseHeadersPolicy?: ResponseHeadersPolicy | undefined
  /** Functions and Lambda@Edge of the behaviour. */
  readonly functions: readonly EdgeFunction[]
}

export interface EdgeFunction {
  readonly name: string
  /** `viewer-request`, `viewer-response`, `origin-request`, `origin-response` */
  readonly event: string
  /** The source of a CloudFront function. Undefined for Lambda@Edge, which does not run here. */
  readonly code?: string | undefined
}

/** Which headers, cookies or query strings. */
export interface Selection {
  /** `allExcept` and `allViewerAndWhitelistCloudFront` as CloudFront names them. */
  readonly behavior:
    | 'none'
    | 'whitelist'
    | 'allExcept'
    | 'all'
    | 'allViewer'
    | 'allViewerAndWhitelistCloudFront'
  readonly names: readonly string[]
}

export interface CachePolicy {
  readonly name: string
  readonly minTtlSeconds: number
  readonly defaultTtlSeconds: number
  readonly maxTtlSeconds: number
  readonly headers: Selection
  readonly cookies: Selection
  readonly queryStrings: Selection
  readonly gzip: boolean
  readonly brotli: boolean
}

export interface OriginRequestPolicy {
  readonly name: string
  readonly headers: Selection
  readonly cookies: Selection
  readonly queryStrings: Selection
}

export interface ResponseHeadersPolicy {
  readonly name: string
  /** Security, custom and other headers of a fixed value, by the name in lower case. */
  readonly headers: readonly ResponseHeader[]
  readonly remove: readonly string[]
  /** Headers for cross-origin requests, which are not added here. */
  readonly hasCors: boolean
}

export interface ResponseHeader {
  readonly name: string
  readonly value: string
  /** Also where the origin has sent the header. */
  readonly override: boolean
}

export interface Origin {
  readonly id: string
  readonly domainName: string
  /** Before the path of each request, such as `/v1`. Empty: none. */
  readonly path: string
  readonly customHeaders: Readonly<Record<string, string>>
  /** Of an origin that is not a bucket. */
  readonly custom?: CustomOrigin | undefined
  /** Signs requests to a bucket. Empty or undefined: requests are anonymous. */
  readonly accessControlId?: string | undefined
}

export interface CustomOrigin {
  readonly protocolPolicy: 'http-only' | 'https-only' | 'match-viewer'
  readonly httpPort: number
  readonly httpsPort: number
  readonly readTimeoutSeconds: number
}

export interface ErrorResponse {
  readonly status: number
  /** Undefined: the response stays, and only its time in the cache changes. */
  readonly responseStatus?: number | undefined
  readonly responsePath?: string | undefined
  readonly ttlSeconds: number
}

// Web ACLs

export interface WebAcl {
  readonly arn: string
  readonly name: string
  readonly scope: 'CLOUDFRONT' | 'REGIONAL'
  readonly defaultAction: FirewallAction
  /** Sorted by the reader or not: the priority decides. */
  readonly rules: readonly FirewallRule[]
  /** ARNs of load balancers. Distributions name their web ACL themselves. */
  readonly resourceArns: readonly string[]
}

export interface FirewallAction {
  readonly type: 'allow' | 'block' | 'count' | 'captcha' | 'challenge'
  /** Of block. */
  readonly response?: FirewallResponse | undefined
  /** Inserted by allow and count. The origin receives each with the prefix `x-amzn-waf-`. */
  readonly insertHeaders?: Readonly<Record<string, string>> | undefined
}

export interface FirewallResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly contentType?: string | undefined
  readonly body?: string | undefined
}

export interface FirewallRule {
  readonly name: string
  readonly priority: number
  /** Of a rule group: `none` runs the actions of its rules, `count` counts them. */
  readonly action: FirewallAction | 'none'
  readonly statement: FirewallStatement
  readonly labels: readonly string[]
}

export type FirewallStatement =
  | { readonly kind: 'and' | 'or'; readonly statements: readonly FirewallStatement[] }
  | { readonly kind: 'not'; readonly statement: FirewallStatement }
  | ({
      readonly kind: 'byteMatch'
      /** Decoded from its base64. */
      readonly search: string
      readonly position: 'EXACTLY' | 'STARTS_WITH' | 'ENDS_WITH' | 'CONTAINS' | 'CONTAINS_WORD'
    } & InspectedField)
  | ({ readonly kind: 'regex'; readonly patterns: readonly string[] } & InspectedField)
  | ({
      readonly kind: 'size'
      readonly operator: 'EQ' | 'NE' | 'LE' | 'LT' | 'GE' | 'GT'
      readonly bytes: number
    } & InspectedField)
  | {
      readonly kind: 'ipSet'
      readonly addresses: readonly string[]
      readonly forwardedIp?: ForwardedIp | undefined
    }
  | {
      readonly kind: 'geo'
      readonly countries: readonly string[]
      readonly forwardedIp?: ForwardedIp | undefined
    }
  | { readonly kind: 'label'; readonly scope: 'LABEL' | 'NAMESPACE'; readonly key: string }
  | RateStatement
  /** A rule group of the account. */
  | { readonly kind: 'ruleGroup'; readonly name: string; readonly rules: readonly FirewallRule[] }
  /** A managed rule group, or a statement that does not run here, such as SQL injection. It never matches. */
  | { readonly kind: 'notRun'; readonly name: string }

export interface RateStatement {
  readonly kind: 'rate'
  readonly limit: number
  readonly windowSeconds: number
  readonly key: 'IP' | 'FORWARDED_IP' | 'CONSTANT'
  readonly forwardedIp?: ForwardedIp | undefined
  readonly scopeDown?: FirewallStatement | undefined
}

export interface ForwardedIp {
  readonly header: string
  /** Where the header has no valid address. */
  readonly fallback: 'MATCH' | 'NO_MATCH'
}

export interface InspectedField {
  readonly field:
    | 'uriPath'
    | 'queryString'
    | 'allQueryArguments'
    | 'queryArgument'
    | 'header'
    | 'headers'
    | 'cookies'
    | 'method'
    | 'body'
    | 'jsonBody'
  /** Of the header or the query argument, in lower case. */
  readonly name?: string | undefined
  /** `NONE`, `LOWERCASE`, `URL_DECODE`, ..., in their order. */
  readonly transformations: readonly string[]
  /** Of what is too long to be inspected. @default its beginning is inspected */
  readonly oversize?: 'MATCH' | 'NO_MATCH' | undefined
}

// Load balancers

export interface LoadBalancer {
  readonly arn: string
  readonly name: string
  readonly dnsName: string
  readonly scheme: 'internet-facing' | 'internal'
  readonly securityGroupIds: readonly string[]
  readonly listeners: readonly Listener[]
  readonly dropInvalidHeaderFields: boolean
  readonly idleTimeoutSeconds: number
  readonly xForwardedFor: 'append' | 'preserve' | 'remove'
}

export interface Listener {
  readonly arn: string
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  /** The default certificate first. */
  readonly certificateArns: readonly string[]
  /** Without the default one. */
  readonly rules: readonly ListenerRule[]
  readonly defaultActions: readonly ListenerAction[]
}

export interface ListenerRule {
  readonly arn: string
  readonly priority: number
  readonly conditions: readonly RuleCondition[]
  readonly actions: readonly ListenerAction[]
}

export type RuleCondition =
  | {
      readonly field: 'host-header' | 'path-pattern' | 'http-request-method' | 'source-ip'
      readonly values: readonly string[]
    }
  | { readonly field: 'http-header'; readonly name: string; readonly values: readonly string[] }
  | {
      readonly field: 'query-string'
      readonly values: readonly { readonly key?: string | undefined; readonly value: string }[]
    }

export type ListenerAction =
  | ForwardAction
  | {
      readonly type: 'redirect'
      /** Each with the placeholders `#{protocol}`, `#{host}`, ..., which are the defaults. */
      readonly protocol: string
      readonly host: string
      readonly port: string
      /** `/#{path}` */
      readonly path: string
      readonly query: string
      readonly status: 301 | 302
    }
  | {
      readonly type: 'fixed-response'
      readonly status: number
      readonly contentType?: string | undefined
      readonly body?: string | undefined
    }
  /** `authenticate-oidc` and others, which do not run here: the next action follows. */
  | { readonly type: 'notRun'; readonly name: string }

export interface ForwardAction {
  readonly type: 'forward'
  readonly targetGroups: readonly WeightedTargetGroup[]
  /** Of the rule: the same target group for the next requests. */
  readonly stickinessSeconds?: number | undefined
}

export interface WeightedTargetGroup {
  readonly targetGroupArn: string
  readonly weight: number
}

export interface TargetGroup {
  readonly arn: string
  readonly name: string
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC'
  readonly port: number
  readonly targetType: 'ip' | 'instance' | 'lambda'
  readonly healthCheck: HealthCheck
  readonly deregistrationDelaySeconds: number
  readonly slowStartSeconds: number
  /** Only `round_robin` runs here. */
  readonly algorithm: string
  readonly stickiness?: TargetStickiness | undefined
  /** Of the tasks or instances that register here. Undefined: unknown, and no security group is checked. */
  readonly targetSecurityGroupIds?: readonly string[] | undefined
}

export interface HealthCheck {
  readonly isEnabled: boolean
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly path: string
  readonly port: 'traffic-port' | number
  /** `200`, `200,202` or `200-299`, or codes of gRPC. */
  readonly matcher: string
  readonly healthyThreshold: number
  readonly unhealthyThreshold: number
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
}

export interface TargetStickiness {
  readonly type: 'lb_cookie' | 'app_cookie'
  /** Of app_cookie. */
  readonly cookieName?: string | undefined
  readonly seconds: number
}
