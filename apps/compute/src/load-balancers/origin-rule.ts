import { LbListenerRule } from '@cdktf/provider-aws/lib/lb-listener-rule'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { ExternalAlb } from './external-alb'

export interface OriginRuleProps {
  readonly alb: Pick<ExternalAlb, 'httpsListenerArn' | 'originHeader'>
  /** Its place among the rules of the listener, from 1; the lowest that matches counts. */
  readonly priority: number
  /** Such as `/api/*`. */
  readonly paths: string[]
  readonly targetGroupArn: string
  /** `code-deploy` moves the rule to the other target group with each release, and Terraform must not move it back. */
  readonly switchedBy: 'terraform' | 'code-deploy'
  /** All that it may ever lead to: none of them can go while a rule leads to it. @default that target group alone */
  readonly mayLeadTo?: readonly ITerraformDependable[]
}

/** Sends requests of the CDN on to a target group. All others have no rule, and are answered 403. */
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
        { pathPattern: { values: props.paths } },
      ],
      action: [{ type: 'forward', targetGroupArn: props.targetGroupArn }],
      dependsOn: props.mayLeadTo && [...props.mayLeadTo],
      lifecycle: props.switchedBy === 'code-deploy' ? { ignoreChanges: ['action'] } : undefined,
    })
  }
}
