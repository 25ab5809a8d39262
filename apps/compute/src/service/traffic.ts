import { LbListenerRule } from '@cdktf/provider-aws/lib/lb-listener-rule'
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { healthCheck, OriginRule } from '../load-balancers'
import { Passage } from '../security-group'
import type { ServiceContext } from './context'
import {
  defaultDeregistrationSeconds,
  type LongRunningDefinition,
  type Traffic as TrafficDefinition,
} from './definition'
import { containerPort, type Task } from './task'

export interface TrafficProps {
  readonly name: string
  readonly definition: LongRunningDefinition
  readonly traffic: TrafficDefinition
  readonly task: Task
  readonly context: ServiceContext
}

/** How requests reach a service: its target group, or two where CodeDeploy moves the traffic, and the rule of a listener. */
export class Traffic extends Construct {
  /** The one that the service begins in. */
  readonly blue: LbTargetGroup
  /** Either or both. */
  readonly targetGroups: readonly LbTargetGroup[]
  readonly listenerArn: string
  readonly albArnSuffix: string
  readonly requestsPerTask: number
  /** ECS refuses a service whose target group belongs to no load balancer yet. */
  readonly attached: LbListenerRule

  constructor(scope: Construct, id: string, props: TrafficProps) {
    super(scope, id)
    const { name, definition, traffic, task, context } = props
    const isBlueGreen = definition.release.kind === 'blue-green'
    this.blue = this.targetGroup(isBlueGreen ? `${name}-blue` : name, props)
    this.targetGroups = isBlueGreen
      ? [this.blue, this.targetGroup(`${name}-green`, props)]
      : [this.blue]
    const alb = traffic.from === 'external' ? context.externalAlb : context.internalAlb
    const switchedBy = isBlueGreen ? 'code-deploy' : 'terraform'
    this.attached =
      traffic.from === 'external'
        ? new OriginRule(this, 'rule', {
            alb: context.externalAlb,
            priority: traffic.priority,
            paths: [...traffic.paths],
            targetGroupArn: this.blue.arn,
            switchedBy,
            mayLeadTo: this.targetGroups,
          }).rule
        : new LbListenerRule(this, 'rule', {
            listenerArn: alb.httpsListenerArn,
            priority: traffic.priority,
            condition: [{ hostHeader: { values: [context.internalAlb.hostNameOf(name)] } }],
            action: [{ type: 'forward', targetGroupArn: this.blue.arn }],
            // After a release it leads to the other colour, which cannot go before it.
            dependsOn: [...this.targetGroups],
            lifecycle: isBlueGreen ? { ignoreChanges: ['action'] } : undefined,
          })
    new Passage(this, 'from-alb', {
      fromGroupId: alb.securityGroupId,
      toGroupId: task.securityGroupId,
      port: containerPort,
      description: `${traffic.from} load balancer to ${name}`,
    })
    this.listenerArn = alb.httpsListenerArn
    this.albArnSuffix = alb.arnSuffix
    this.requestsPerTask = traffic.requestsPerTask
  }

  private targetGroup(part: string, { definition, context }: TrafficProps): LbTargetGroup {
    const { environment } = tidewayStackOf(this)
    const seconds = definition.deregistrationSeconds ?? defaultDeregistrationSeconds
    return new LbTargetGroup(this, part, {
      name: nameOf(environment, 'aws_lb_target_group', part, this.node.path),
      vpcId: context.vpcId,
      targetType: 'ip',
      port: containerPort,
      protocol: 'HTTP',
      deregistrationDelay: `${seconds}`,
      healthCheck,
    })
  }
}
