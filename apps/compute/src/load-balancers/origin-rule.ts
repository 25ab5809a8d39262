import {
  LbListenerRule,
  type LbListenerRuleCondition,
} from '@cdktf/provider-aws/lib/lb-listener-rule'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { ExternalAlb } from './external-alb'

export interface OriginRuleProps {
  readonly alb: Pick<ExternalAlb, 'httpsListenerArn' | 'originHeader'>
  /** Priority of the rule, from 1. Of the rules that match, the lowest applies. */
  readonly priority: number
  /** Of the requests of the CDN. With the header of the CDN, a rule has at most five values. */
  readonly conditions: readonly LbListenerRuleCondition[]
  readonly targetGroupArn: string
  /** `code-deploy` switches the target group with each release, and Terraform must not switch it back. */
  readonly switchedBy: 'terraform' | 'code-deploy'
  /** All target groups that a release can switch to: the rule is destroyed before them. @default none besides that one */
  readonly possibleTargets?: readonly ITerraformDependable[]
}

/** Forwards requests of the CDN to a target group. Requests without the origin header get 403. */
export class OriginRule extends Construct {
  readonly rule: LbListenerRule

  constructor(scope: Construct, id: string, props: OriginRuleProps) {
    super(scope, id)
    const { httpsListenerArn, originHeader } = props.alb
    this.rule = new LbListenerRule(this, 'rule', {
      listenerArn: httpsListenerArn,
      priority: props.priority,
      condition: [
        { httpHeader: { httpHeaderName: originHeader.name, values: originHeader.values } },
        ...props.conditions,
      ],
      action: [{ type: 'forward', targetGroupArn: props.targetGroupArn }],
      dependsOn: props.possibleTargets && [...props.possibleTargets],
      lifecycle: props.switchedBy === 'code-deploy' ? { ignoreChanges: ['action'] } : undefined,
    })
  }
}
