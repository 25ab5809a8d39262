import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group'
import { literal, resourceName } from '@tideway/constructs/parts'
import type { Construct } from 'constructs'

export interface TargetGroupProps {
  /** A part of the name of the group. */
  readonly name: string
  readonly vpcId: string
  /** How the load balancer finds out that a task can serve. */
  readonly healthCheck: {
    /** Path that the load balancer requests. */
    readonly path: string
    /** Codes of a healthy task, as a list or a range. @default 200 */
    readonly codes?: string
    /** @default 10 */
    readonly intervalSeconds?: number
    /** Less than the interval. @default 5 */
    readonly timeoutSeconds?: number
    /** Successful checks in a row after which a task receives requests. @default 2 */
    readonly healthyThreshold?: number
    /** Failed checks in a row after which ECS replaces a task. @default 2 */
    readonly unhealthyThreshold?: number
  }
  /** Time for in-flight requests of a deregistered task, within the two minutes of an interruption notice. @default 60 */
  readonly deregistrationSeconds?: number
  /** AWS cannot change it later. @default http1 */
  readonly protocol?: 'http1' | 'http2' | 'grpc'
  /** Seconds in which the share of a new task grows to that of the others. @default none */
  readonly slowStartSeconds?: number
  /** Sends the requests of a client to the same task. Without a cookie of the application, the load balancer sets one. @default none */
  readonly stickiness?: { readonly seconds: number; readonly cookie?: string }
}

/** ECS registers tasks with their own port, and AWS replaces a group whose port changes. */
const anyPort = 8080

/** A target group for tasks with network interfaces of their own, which lose targets fast enough for Spot. */
export function targetGroup(scope: Construct, id: string, props: TargetGroupProps): LbTargetGroup {
  const { healthCheck, protocol = 'http1', stickiness } = props
  return new LbTargetGroup(scope, id, {
    name: resourceName(scope, 'aws_lb_target_group', props.name),
    vpcId: props.vpcId,
    targetType: 'ip',
    port: anyPort,
    protocol: 'HTTP',
    ...(protocol !== 'http1' && { protocolVersion: protocol.toUpperCase() }),
    deregistrationDelay: `${props.deregistrationSeconds ?? 60}`,
    slowStart: props.slowStartSeconds,
    healthCheck: {
      path: literal(healthCheck.path),
      matcher: healthCheck.codes ?? '200',
      interval: healthCheck.intervalSeconds ?? 10,
      timeout: healthCheck.timeoutSeconds ?? 5,
      healthyThreshold: healthCheck.healthyThreshold ?? 2,
      unhealthyThreshold: healthCheck.unhealthyThreshold ?? 2,
    },
    ...(stickiness && {
      stickiness: {
        cookieDuration: stickiness.seconds,
        ...(stickiness.cookie === undefined
          ? { type: 'lb_cookie' }
          : { type: 'app_cookie', cookieName: stickiness.cookie }),
      },
    }),
  })
}
