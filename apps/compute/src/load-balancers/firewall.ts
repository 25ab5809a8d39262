import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface FirewallProps {
  readonly requestsPerAddress: number
}

/** AWS's rule groups that fit any web service, and together stay within the 1,500 units that a web ACL has. */
const managedGroups = [
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesSQLiRuleSet',
]

/** Rules that are counted and not enforced: the first refuses every body over 8 KB, so every upload. */
const onlyCounted: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: ['SizeRestrictions_BODY'],
}

/** The regional web ACL of the external load balancer, behind the one that the CDN has for the world. */
export class Firewall extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { requestsPerAddress }: FirewallProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const name = nameOf(environment, 'aws_wafv2_web_acl', 'external-alb', this.node.path)
    const measured = (metricName: string) => ({
      metricName,
      cloudwatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
    })
    const acl = new Wafv2WebAcl(this, 'acl', {
      name,
      description: 'What the external load balancer does not answer',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      rule: [
        {
          name: 'requests-per-address',
          priority: 0,
          action: { block: {} },
          statement: {
            rate_based_statement: {
              limit: requestsPerAddress,
              evaluation_window_sec: 300,
              // Every request comes from an address of CloudFront, which notes the viewer's.
              aggregate_key_type: 'FORWARDED_IP',
              forwarded_ip_config: {
                header_name: 'X-Forwarded-For',
                // Without an address that can be read, it counts as one over the limit.
                fallback_behavior: 'MATCH',
              },
            },
          },
          visibilityConfig: measured('requests-per-address'),
        },
        ...managedGroups.map((group, index) => ({
          name: group,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managed_rule_group_statement: {
              vendor_name: 'AWS',
              name: group,
              rule_action_override: (onlyCounted[group] ?? []).map((rule) => ({
                name: rule,
                action_to_use: { count: {} },
              })),
            },
          },
          visibilityConfig: measured(group),
        })),
      ],
      visibilityConfig: measured(name),
    })
    this.arn = acl.arn
  }
}
