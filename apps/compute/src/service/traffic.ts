import { LbListenerRule } from '@cdktf/provider-aws/lib/lb-listener-rule'
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group'
import { AllowTraffic, resourceName } from '@tideway/constructs'
import { Construct } from 'constructs'
import {
  defaultDeregistrationSeconds,
  defaultPort,
  type EcsServiceDefinition,
  portOf,
  type Traffic as TrafficDefinition,
} from '../definition'
import { healthCheck, OriginRule } from '../load-balancers'
import type { ServiceProps } from './context'
import type { Task } from './task'

export interface TrafficProps extends ServiceProps<EcsServiceDefinition> {
  readonly traffic: TrafficDefinition
  readonly task: Task
}

/** The load balancing of a service: a listener rule and one target group, or two for a blue/green release. */
export class Traffic extends Construct {
  /** The initial target group. */
  readonly blue: LbTargetGroup
  readonly targetGroups: readonly LbTargetGroup[]
  readonly listenerArn: string
  readonly albArnSuffix: string
  readonly requestsPerTask: number
  /** ECS rejects a service whose target group has no load balancer yet. */
  readonly attached: LbListenerRule

  constructor(scope: Construct, id: string, props: TrafficProps) {
    super(scope, id)
    const { name, definition, traffic, task, context } = props
    const isBlueGreen = definition.release.kind === 'blue-green'
    this.blue = this.targetGroup(isBlueGreen ? `${name}-blue` : name, props)
    this.targetGroups = isBlueGreen
      ? [this.blue, this.targetGroup(`${name}-green`, props)]
      : [this.blue]
    const { externalAlb, internalAlb } = context
    const alb = traffic.from === 'external' ? externalAlb : internalAlb
    this.attached =
      traffic.from === 'external'
        ? new OriginRule(this, 'rule', {
            alb: externalAlb,
            priority: traffic.priority,
            paths: [...traffic.paths],
            targetGroupArn: this.blue.arn,
            switchedBy: isBlueGreen ? 'code-deploy' : 'terraform',
            possibleTargets: this.targetGroups,
          }).rule
        : new LbListenerRule(this, 'rule', {
            listenerArn: alb.httpsListenerArn,
            priority: traffic.priority,
            condition: [{ hostHeader: { values: [internalAlb.hostNameOf(name)] } }],
            action: [{ type: 'forward', targetGroupArn: this.blue.arn }],
            // A release can switch the rule to the other group, so the rule is destroyed before both.
            dependsOn: [...this.targetGroups],
            lifecycle: isBlueGreen ? { ignoreChanges: ['action'] } : undefined,
          })
    new AllowTraffic(this, 'from-alb', {
      fromGroupId: alb.securityGroupId,
      toGroupId: task.securityGroupId,
      port: portOf(definition),
      description: `${traffic.from} load balancer to ${name}`,
    })
    this.listenerArn = alb.httpsListenerArn
    this.albArnSuffix = alb.loadBalancer.arnSuffix
    this.requestsPerTask = traffic.requestsPerTask
  }

  private targetGroup(part: string, { definition, context }: TrafficProps): LbTargetGroup {
    const seconds = definition.deregistrationSeconds ?? defaultDeregistrationSeconds
    return new LbTargetGroup(this, part, {
      name: resourceName(this, 'aws_lb_target_group', part),
      vpcId: context.vpcId,
      targetType: 'ip',
      // ECS registers tasks with their own port. AWS replaces a group whose port changes.
      port: defaultPort,
      protocol: 'HTTP',
      deregistrationDelay: `${seconds}`,
      healthCheck,
    })
  }
}
