import { type Block, blocks, has, hostName, isTrue, number, one, text, texts } from './blocks'
import type {
  HealthCheck,
  Listener,
  ListenerAction,
  LoadBalancer,
  RuleCondition,
  TargetGroup,
} from './deployed-path'

/** Attributes of a load balancer or a target group, as Elastic Load Balancing names them. */
export type Attributes = Readonly<Record<string, string>>

export function loadBalancerOf(
  balancer: Pick<LoadBalancer, 'arn' | 'name' | 'dnsName' | 'scheme' | 'securityGroupIds'>,
  attributes: Attributes,
  listeners: readonly Listener[],
): LoadBalancer {
  return {
    ...balancer,
    dnsName: hostName(balancer.dnsName),
    listeners,
    dropInvalidHeaderFields:
      attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true',
    idleTimeoutSeconds: number(attributes['idle_timeout.timeout_seconds'], 60),
    xForwardedFor: (attributes['routing.http.xff_header_processing.mode'] ??
      'append') as LoadBalancer['xForwardedFor'],
  }
}

/** @param condition as DescribeRules returns it, or as synthesized */
export function conditionsOf(condition: Block): RuleCondition[] {
  const named = (field: 'host-header' | 'path-pattern' | 'http-request-method' | 'source-ip') => {
    const key = field.replaceAll('-', '_')
    const settings = condition[`${key}_config`] ?? condition[key]
    if (has(settings)) return [{ field, values: texts(one(settings).values) }]
    return condition.field === field ? [{ field, values: texts(condition.values) }] : []
  }
  const header = one(condition.http_header_config ?? condition.http_header)
  const query = condition.query_string_config
    ? one(condition.query_string_config).values
    : condition.query_string
  return [
    ...named('host-header'),
    ...named('path-pattern'),
    ...named('http-request-method'),
    ...named('source-ip'),
    ...(text(header.http_header_name)
      ? [
          {
            field: 'http-header' as const,
            name: String(header.http_header_name).toLowerCase(),
            values: texts(header.values),
          },
        ]
      : []),
    ...(blocks(query).length > 0
      ? [
          {
            field: 'query-string' as const,
            values: blocks(query).map(({ key, value }) => ({
              key: text(key),
              value: String(value),
            })),
          },
        ]
      : []),
  ]
}

/** Sorted as they run. @param actions as DescribeRules returns them, or as synthesized */
export function actionsOf(actions: unknown): ListenerAction[] {
  return [...blocks(actions)].sort((a, b) => number(a.order, 0) - number(b.order, 0)).map(actionOf)
}

function actionOf(action: Block): ListenerAction {
  switch (action.type) {
    case 'forward':
      return forwardOf(action)
    case 'redirect': {
      const settings = one(action.redirect_config ?? action.redirect)
      return {
        type: 'redirect',
        protocol: text(settings.protocol) ?? '#{protocol}',
        host: text(settings.host) ?? '#{host}',
        port: text(settings.port) ?? '#{port}',
        path: text(settings.path) ?? '/#{path}',
        // An empty query removes that of the request.
        query: settings.query === undefined ? '#{query}' : String(settings.query),
        status: settings.status_code === 'HTTP_302' ? 302 : 301,
      }
    }
    case 'fixed-response': {
      const settings = one(action.fixed_response_config ?? action.fixed_response)
      return {
        type: 'fixed-response',
        status: number(settings.status_code, 503),
        contentType: text(settings.content_type),
        body: text(settings.message_body),
      }
    }
    default:
      return { type: 'notRun', name: String(action.type) }
  }
}

function forwardOf(action: Block): ListenerAction {
  const forward = one(action.forward_config ?? action.forward)
  const stickiness = one(forward.target_group_stickiness_config ?? forward.stickiness)
  const weighted = blocks(forward.target_groups ?? forward.target_group).map((each) => ({
    targetGroupArn: String(each.target_group_arn ?? each.arn),
    weight: number(each.weight, 1),
  }))
  const single = text(action.target_group_arn)
  return {
    type: 'forward',
    targetGroups:
      weighted.length === 0 && single !== undefined
        ? [{ targetGroupArn: single, weight: 1 }]
        : weighted,
    ...(isTrue(stickiness.enabled) && {
      stickinessSeconds: number(stickiness.duration_seconds ?? stickiness.duration, 3600),
    }),
  }
}

/** What both ways to read a target group know of it. */
export interface TargetGroupSettings {
  readonly arn: string
  readonly name: string
  readonly protocol: string | undefined
  readonly protocolVersion: string | undefined
  readonly port: number
  readonly targetType: string | undefined
  readonly healthCheck: { readonly [Name in keyof HealthCheck]?: HealthCheck[Name] | undefined }
  readonly attributes: Attributes
  readonly targetSecurityGroupIds: readonly string[] | undefined
}

export function targetGroupOf({
  attributes,
  healthCheck,
  ...group
}: TargetGroupSettings): TargetGroup {
  const protocol = group.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP'
  const version = (group.protocolVersion ?? 'HTTP1') as TargetGroup['protocolVersion']
  const isGrpc = version === 'GRPC'
  const stickinessType = attributes['stickiness.type'] ?? 'lb_cookie'
  return {
    ...group,
    protocol,
    protocolVersion: version,
    targetType: (group.targetType ?? 'instance') as TargetGroup['targetType'],
    healthCheck: {
      isEnabled: healthCheck.isEnabled ?? true,
      protocol: healthCheck.protocol ?? protocol,
      path: healthCheck.path ?? (isGrpc ? '/AWS.ALB/healthcheck' : '/'),
      port: healthCheck.port ?? 'traffic-port',
      matcher: healthCheck.matcher ?? (isGrpc ? '12' : '200'),
      healthyThreshold: healthCheck.healthyThreshold ?? 5,
      unhealthyThreshold: healthCheck.unhealthyThreshold ?? 2,
      intervalSeconds: healthCheck.intervalSeconds ?? 30,
      timeoutSeconds: healthCheck.timeoutSeconds ?? 5,
    },
    deregistrationDelaySeconds: number(attributes['deregistration_delay.timeout_seconds'], 300),
    slowStartSeconds: number(attributes['slow_start.duration_seconds'], 0),
    algorithm: attributes['load_balancing.algorithm.type'] ?? 'round_robin',
    stickiness:
      attributes['stickiness.enabled'] !== 'true'
        ? undefined
        : stickinessType === 'app_cookie'
          ? {
              type: 'app_cookie',
              cookieName: attributes['stickiness.app_cookie.cookie_name'],
              seconds: number(attributes['stickiness.app_cookie.duration_seconds'], 86_400),
            }
          : {
              type: 'lb_cookie',
              seconds: number(attributes['stickiness.lb_cookie.duration_seconds'], 86_400),
            },
  }
}

/** `traffic-port`, or the number in a text. */
export function checkPortOf(port: unknown): HealthCheck['port'] {
  const given = text(port) ?? 'traffic-port'
  return given === 'traffic-port' ? given : Number(given)
}

/** Targets of a release are in the security groups of the service, in either of its target groups. */
export function withPairs(
  targetGroups: readonly TargetGroup[],
  pairs: readonly (readonly string[])[],
): TargetGroup[] {
  return targetGroups.map((group) => {
    if (group.targetSecurityGroupIds !== undefined) return group
    const names = pairs.find((pair) => pair.includes(group.name)) ?? []
    const other = targetGroups.find(
      (each) => names.includes(each.name) && each.targetSecurityGroupIds !== undefined,
    )
    return other === undefined
      ? group
      : { ...group, targetSecurityGroupIds: other.targetSecurityGroupIds }
  })
}
