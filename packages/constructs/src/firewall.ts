import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl'
import { Wafv2WebAclLoggingConfiguration } from '@cdktf/provider-aws/lib/wafv2-web-acl-logging-configuration'
import { Construct } from 'constructs'
import { resourceName } from './deployment-context'
import { logGroup } from './log-group'
import { tidewayStackOf } from './tideway-stack'

export interface FirewallProps {
  /** The resource behind the firewall, as a part of the firewall's name. */
  readonly protects: string
  /**
   * Whom the requests come from: `viewers` for a distribution, with the firewall in UsEast1, or `cloudfront` for a
   * load balancer.
   */
  readonly from: Viewers | 'cloudfront'
  /** Key of its log, which CloudWatch Logs may use in the region of the firewall. */
  readonly logKeyArn: string
  /**
   * Headers with secrets, besides `authorization` and `cookie`. They are redacted in the log.
   * @default none
   */
  readonly secretHeaders?: readonly string[]
}

export interface Viewers {
  /** Requests per address in five minutes. Above that, the address gets 403 until its rate drops. */
  readonly requestsPerAddress: number
}

/** AWS's rule groups for any web service. Together they stay within the 1,500 capacity units of a web ACL. */
const managedGroups = [
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesSQLiRuleSet',
]

/** Rules that are counted and not enforced. This one blocks every body over 8 KB, so every upload. */
const countedRules: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: ['SizeRestrictions_BODY'],
}

/**
 * Limits the rate of each viewer. Only the distribution sees their addresses. Behind it, the source address is
 * CloudFront's, and WAF reads the first address of X-Forwarded-For, which the viewer writes: with such a rule, anyone
 * could evade the limit or have another address blocked.
 */
function rateRule({ requestsPerAddress: limit }: Viewers) {
  return {
    name: 'requests-per-address',
    priority: 0,
    action: { block: {} },
    statement: {
      rate_based_statement: { limit, evaluation_window_sec: 300, aggregate_key_type: 'IP' },
    },
    visibilityConfig: visibility('requests-per-address'),
  }
}

function visibility(metricName: string) {
  return { metricName, cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true }
}

/** A web ACL, and a log of the requests that it blocks. */
export class Firewall extends Construct {
  readonly arn: string
  readonly metricName: string

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id)
    const name = resourceName(this, 'aws_wafv2_web_acl', props.protects)
    const { from } = props
    const acl = new Wafv2WebAcl(this, 'acl', {
      name,
      description: `What is refused before the ${props.protects}`,
      scope: from === 'cloudfront' ? 'REGIONAL' : 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rule: [
        ...(from === 'cloudfront' ? [] : [rateRule(from)]),
        ...managedGroups.map((group, index) => ({
          name: group,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managed_rule_group_statement: {
              vendor_name: 'AWS',
              name: group,
              rule_action_override: (countedRules[group] ?? []).map((rule) => ({
                name: rule,
                action_to_use: { count: {} },
              })),
            },
          },
          visibilityConfig: visibility(group),
        })),
      ],
      visibilityConfig: visibility(name),
    })
    this.arn = acl.arn
    this.metricName = name
    this.log(props)
  }

  /** Logs blocked and counted requests only. The resource behind the firewall logs all requests. */
  private log({ protects, logKeyArn, secretHeaders = [] }: FirewallProps): void {
    const { environment } = tidewayStackOf(this)
    const group = logGroup(this, 'log-group', {
      // WAF requires the prefix aws-waf-logs-.
      name: `aws-waf-logs-tideway-${environment.name}-${protects}`,
      keyArn: logKeyArn,
    })
    new Wafv2WebAclLoggingConfiguration(this, 'log', {
      resourceArn: this.arn,
      logDestinationConfigs: [group.arn],
      redactedFields: [
        ...['authorization', 'cookie', ...secretHeaders].map((header) => ({
          singleHeader: { name: header },
        })),
        { queryString: {} },
      ],
      loggingFilter: {
        defaultBehavior: 'DROP',
        filter: [
          {
            behavior: 'KEEP',
            requirement: 'MEETS_ANY',
            condition: ['BLOCK', 'COUNT'].map((action) => ({ actionCondition: { action } })),
          },
        ],
      },
    })
  }
}
