import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group'
import { Wafv2WebAcl } from '@cdktf/provider-aws/lib/wafv2-web-acl'
import { Wafv2WebAclLoggingConfiguration } from '@cdktf/provider-aws/lib/wafv2-web-acl-logging-configuration'
import { Construct } from 'constructs'
import { nameOf } from './names'
import { tidewayStackOf } from './tideway-stack'

export interface FirewallProps {
  /** What it stands before, as a part of its name. */
  readonly protects: string
  /** `viewers` come to CloudFront, and the firewall stands in UsEast1; `cloudfront` comes to a load balancer. */
  readonly requestsComeFrom: 'viewers' | 'cloudfront'
  /** Requests of one address in five minutes, after which it is answered 403 for a while. */
  readonly requestsPerAddress: number
  /** Key of its log, which CloudWatch Logs may use in the region that it stands in. */
  readonly logKeyArn: string
  /**
   * Names of headers that hold secrets, beside those of every web service. They do not get into the log.
   * @default none
   */
  readonly secretHeaders?: readonly string[]
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

/** Whose requests a rate is counted for. */
const byAddressOf = {
  viewers: { aggregate_key_type: 'IP' },
  // Every request comes from an address of CloudFront, which notes the viewer's.
  cloudfront: {
    aggregate_key_type: 'FORWARDED_IP',
    forwarded_ip_config: {
      header_name: 'X-Forwarded-For',
      // Without an address that can be read, it counts as one over the limit.
      fallback_behavior: 'MATCH',
    },
  },
}

/** A web ACL, and the log of what it refuses. */
export class Firewall extends Construct {
  readonly arn: string
  readonly metricName: string

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const name = nameOf(environment, 'aws_wafv2_web_acl', props.protects, this.node.path)
    const measured = (metricName: string) => ({
      metricName,
      cloudwatchMetricsEnabled: true,
      sampledRequestsEnabled: true,
    })
    const acl = new Wafv2WebAcl(this, 'acl', {
      name,
      description: `What is refused before the ${props.protects}`,
      scope: props.requestsComeFrom === 'viewers' ? 'CLOUDFRONT' : 'REGIONAL',
      defaultAction: { allow: {} },
      rule: [
        {
          name: 'requests-per-address',
          priority: 0,
          action: { block: {} },
          statement: {
            rate_based_statement: {
              limit: props.requestsPerAddress,
              evaluation_window_sec: 300,
              ...byAddressOf[props.requestsComeFrom],
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
    this.metricName = name
    this.log(props)
  }

  /** Of what was refused, or would have been: all requests are in the access log of what stands behind. */
  private log({ protects, logKeyArn, secretHeaders = [] }: FirewallProps): void {
    const { name, logRetentionDays } = tidewayStackOf(this).environment
    const group = new CloudwatchLogGroup(this, 'log-group', {
      // WAF delivers to no group whose name begins otherwise.
      name: `aws-waf-logs-tideway-${name}-${protects}`,
      retentionInDays: logRetentionDays,
      kmsKeyId: logKeyArn,
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
