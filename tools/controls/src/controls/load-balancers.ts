import type { Control } from '../control'
import type { Resource } from '../platform'
import { block, blocks, isOn, isSet } from '../values'

const isApplication = ({ values }: Resource) =>
  (values.load_balancer_type ?? 'application') === 'application'

/** Those that take TLS 1.2 and newer, and nothing older. */
const modernPolicy = /^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-/

export const loadBalancerControls: readonly Control[] = [
  {
    id: 'CKV2_AWS_20',
    asks: 'HTTP is sent on to HTTPS',
    looksAt: ['aws_lb_listener', 'aws_alb_listener'],
    where: ({ values }) => values.protocol === 'HTTP',
    fault: ({ values }) =>
      !blocks(values, 'default_action').every(
        (action) => block(action, 'redirect')?.protocol === 'HTTPS',
      ) && 'answers in the clear',
  },
  {
    id: 'CKV_AWS_103',
    asks: 'Listeners take TLS 1.2 or newer',
    looksAt: ['aws_lb_listener', 'aws_alb_listener'],
    where: ({ values }) => values.protocol === 'HTTPS' || values.protocol === 'TLS',
    fault: ({ values }) =>
      !modernPolicy.test(String(values.ssl_policy)) && `ssl_policy is ${values.ssl_policy}`,
  },
  {
    id: 'CKV_AWS_91',
    asks: 'Load balancers write down who asks',
    looksAt: ['aws_lb', 'aws_alb'],
    fault: ({ values }) => {
      const log = block(values, 'access_logs')
      return !(isOn(log?.enabled) && isSet(log?.bucket)) && 'no access_logs'
    },
  },
  {
    id: 'CKV_AWS_150',
    asks: 'Load balancers are not deleted by mistake',
    looksAt: ['aws_lb', 'aws_alb'],
    fault: ({ values }) =>
      !isOn(values.enable_deletion_protection) && 'enable_deletion_protection is off',
  },
  {
    id: 'CKV_AWS_328',
    asks: 'Requests that servers would read in different ways are refused',
    looksAt: ['aws_lb', 'aws_alb'],
    where: isApplication,
    fault: ({ values }) =>
      !['defensive', 'strictest'].includes(String(values.desync_mitigation_mode ?? 'defensive')) &&
      `desync_mitigation_mode is ${values.desync_mitigation_mode}`,
  },
  {
    id: 'CKV2_AWS_28',
    asks: 'A load balancer that the world reaches stands behind a web ACL',
    looksAt: ['aws_lb', 'aws_alb'],
    where: (balancer) => isApplication(balancer) && !isOn(balancer.values.internal),
    fault: (balancer, platform) =>
      platform.about(balancer, 'aws_wafv2_web_acl_association', 'resource_arn').length === 0 &&
      'no aws_wafv2_web_acl_association names it',
  },
]
