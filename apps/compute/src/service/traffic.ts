import {
  LbListenerRule,
  type LbListenerRuleCondition,
} from '@cdktf/provider-aws/lib/lb-listener-rule'
import type { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group'
import { AllowTraffic, literal, tidewayStackOf } from '@tideway/constructs'
import { targetGroup } from '@tideway/ecs-spot'
import { Construct } from 'constructs'
import {
  defaultDeregistrationSeconds,
  type EcsServiceDefinition,
  healthCheckOf,
  portOf,
  rulesOf,
  type Traffic as TrafficDefinition,
  type TrafficRule,
} from '../definition'
import { OriginRule } from '../load-balancers'
import type { ServiceProps } from './context'
import type { Task } from './task'

export interface TrafficProps extends ServiceProps<EcsServiceDefinition> {
  readonly traffic: TrafficDefinition
  readonly task: Task
}

/** The load balancing of a service: listener rules and one target group, or two for a blue/green release. */
export class Traffic extends Construct {
  /** The initial target group. */
  readonly blue: LbTargetGroup
  /** Of a blue/green release. */
  readonly green?: LbTargetGroup
  readonly targetGroups: readonly LbTargetGroup[]
  readonly listenerArn: string
  readonly albArnSuffix: string
  readonly requestsPerTask: number | 'off'
  readonly graceSeconds: number
  /** ECS rejects a service whose target group has no load balancer yet. */
  readonly rules: readonly LbListenerRule[]

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TrafficProps,
  ) {
    super(scope, id)
    const { name, definition, traffic, task, context } = props
    const isBlueGreen = definition.release.kind === 'blue-green'
    this.blue = this.targetGroup(isBlueGreen ? `${name}-blue` : name)
    this.green = isBlueGreen ? this.targetGroup(`${name}-green`) : undefined
    this.targetGroups = this.green ? [this.blue, this.green] : [this.blue]
    const alb = traffic.from === 'external' ? context.externalAlb : context.internalAlb
    // The priority identifies a further rule, so that a new one before it replaces none.
    this.rules = rulesOf(traffic).map((rule, index) =>
      this.rule(index === 0 ? 'rule' : `rule-${rule.priority}`, rule),
    )
    new AllowTraffic(this, 'from-alb', {
      fromGroupId: alb.securityGroupId,
      toGroupId: task.securityGroupId,
      port: portOf(definition),
      description: `${traffic.from} load balancer to ${name}`,
    })
    this.listenerArn = alb.httpsListenerArn
    this.albArnSuffix = alb.loadBalancer.arnSuffix
    this.requestsPerTask = traffic.requestsPerTask
    this.graceSeconds = healthCheckOf(traffic).graceSeconds
  }

  private rule(id: string, rule: TrafficRule): LbListenerRule {
    const { name, definition, traffic, context } = this.props
    const isBlueGreen = definition.release.kind === 'blue-green'
    const { priority } = rule
    if (traffic.from === 'external') {
      // The CDN forwards the Host header of the viewer.
      const { domain } = tidewayStackOf(this).environment
      return new OriginRule(this, id, {
        alb: context.externalAlb,
        priority,
        conditions: [
          ...(rule.hosts
            ? [{ hostHeader: { values: rule.hosts.map((host) => `${host}.${domain}`) } }]
            : []),
          ...conditionsOf(rule),
        ],
        targetGroupArn: this.blue.arn,
        switchedBy: isBlueGreen ? 'code-deploy' : 'terraform',
        possibleTargets: this.targetGroups,
      }).rule
    }
    const { internalAlb } = context
    return new LbListenerRule(this, id, {
      listenerArn: internalAlb.httpsListenerArn,
      priority,
      condition: [
        {
          hostHeader: {
            values: (rule.hosts ?? [name]).map((host) => internalAlb.hostNameOf(host)),
          },
        },
        ...conditionsOf(rule),
      ],
      action: [{ type: 'forward', targetGroupArn: this.blue.arn }],
      // A release can switch the rule to the other group, so the rule is destroyed before both.
      dependsOn: [...this.targetGroups],
      lifecycle: isBlueGreen ? { ignoreChanges: ['action'] } : undefined,
    })
  }

  private targetGroup(part: string): LbTargetGroup {
    const { definition, traffic, context } = this.props
    return targetGroup(this, part, {
      ...traffic,
      name: part,
      vpcId: context.vpcId,
      healthCheck: healthCheckOf(traffic),
      deregistrationSeconds: definition.deregistrationSeconds ?? defaultDeregistrationSeconds,
    })
  }
}

/** The conditions besides the host. */
function conditionsOf({
  paths,
  headers = {},
  methods,
  query = {},
}: TrafficRule): LbListenerRuleCondition[] {
  return [
    ...(paths ? [{ pathPattern: { values: [...paths] } }] : []),
    ...Object.entries(headers).map(([httpHeaderName, values]) => ({
      httpHeader: { httpHeaderName, values: values.map(literal) },
    })),
    ...(methods ? [{ httpRequestMethod: { values: [...methods] } }] : []),
    ...Object.entries(query).map(([key, values]) => ({
      queryString: values.map((value) => ({ key: literal(key), value: literal(value) })),
    })),
  ]
}
