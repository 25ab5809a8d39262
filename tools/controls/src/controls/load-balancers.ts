import { type Control, mustBeNamedBy, mustBeOn } from '../control'
import type { Resource } from '../platform'
import { block, blocks, isOn, isSet } from '../values'

const isApplication = ({ values }: Resource) =>
  (values.load_balancer_type ?? 'application') === 'application'

/** Policies that accept TLS 1.2 and newer only. */
const modernPolicy = /^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-/

export const loadBalancerControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_20',
    requires: 'HTTP listeners redirect to HTTPS',
    types: ['aws_lb_listener', 'aws_alb_listener'],
    where: ({ values }) => values.protocol === 'HTTP',
    fault: ({ values }) =>
      !blocks(values, 'default_action').every(
        (action) => block(action, 'redirect')?.protocol === 'HTTPS',
      ) && 'does not redirect to HTTPS',
  },
  {
    id: 'CKV_AWS_103',
    requires: 'Listeners require TLS 1.2 or newer',
    types: ['aws_lb_listener', 'aws_alb_listener'],
    where: ({ values }) => values.protocol === 'HTTPS' || values.protocol === 'TLS',
    fault: ({ values }) =>
      !modernPolicy.test(String(values.ssl_policy)) && `ssl_policy is ${values.ssl_policy}`,
  },
  {
    id: 'CKV_AWS_91',
    requires: 'Load balancers have access logs',
    types: ['aws_lb', 'aws_alb'],
    fault: ({ values }) => {
      const log = block(values, 'access_logs')
      return !(isOn(log?.enabled) && isSet(log?.bucket)) && 'no access_logs'
    },
  },
  {
    id: 'CKV_AWS_150',
    requires: 'Load balancers have deletion protection',
    types: ['aws_lb', 'aws_alb'],
    fault: mustBeOn('enable_deletion_protection'),
  },
  {
    id: 'CKV_AWS_328',
    requires: 'Load balancers mitigate HTTP desync attacks',
    types: ['aws_lb', 'aws_alb'],
    where: isApplication,
    fault: ({ values }) =>
      !['defensive', 'strictest'].includes(String(values.desync_mitigation_mode ?? 'defensive')) &&
      `desync_mitigation_mode is ${values.desync_mitigation_mode}`,
  },
  {
    id: 'CKV2_AWS_28',
    requires: 'Internet-facing load balancers have a web ACL',
    types: ['aws_lb', 'aws_alb'],
    where: (balancer) => isApplication(balancer) && !isOn(balancer.values.internal),
    fault: mustBeNamedBy('aws_wafv2_web_acl_association', 'resource_arn'),
  },
]
