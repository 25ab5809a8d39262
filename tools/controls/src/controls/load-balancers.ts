import { mustBeOn, mustBeOneOf, mustBeReferencedBy, mustMatch } from '../checks'
import { controlsFor } from '../control'
import type { Resource } from '../platform'
import { block, blocks, isOn, isSet, listOf, valueAt } from '../values'

const isApplication = ({ values }: Resource) =>
  (values.load_balancer_type ?? 'application') === 'application'

/** Policies that accept TLS 1.2 and later only. */
const modernPolicy = /^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-/

/** These also exclude ciphers without forward secrecy. */
const recommendedPolicy = /^ELBSecurityPolicy-TLS13-1-(2|2-Res|3)(-FIPS)?(-PQ)?-20\d\d-\d\d$/

export const loadBalancerControls = [
  ...controlsFor(['aws_lb_listener', 'aws_alb_listener'], {
    CKV2_AWS_20: {
      title: 'HTTP listeners redirect to HTTPS',
      appliesTo: ({ values }) => values.protocol === 'HTTP',
      check: ({ values }) =>
        !blocks(values, 'default_action').every(
          (action) => valueAt(action, 'redirect.protocol') === 'HTTPS',
        ) && 'serves plain HTTP',
    },
    'FSBP ELB.17': {
      title: 'Listeners use a security policy that AWS recommends',
      appliesTo: ({ values }) => values.protocol === 'HTTPS' || values.protocol === 'TLS',
      check: mustMatch('ssl_policy', recommendedPolicy),
    },
    CKV_AWS_103: {
      title: 'Listeners require TLS 1.2 or later',
      appliesTo: ({ values }) => values.protocol === 'HTTPS' || values.protocol === 'TLS',
      check: mustMatch('ssl_policy', modernPolicy),
    },
  }),
  ...controlsFor(['aws_lb', 'aws_alb'], {
    CKV_AWS_91: {
      title: 'Load balancers have access logs',
      check: ({ values }) =>
        !(
          isOn(valueAt(values, 'access_logs.enabled')) &&
          isSet(valueAt(values, 'access_logs.bucket'))
        ) && 'no access_logs',
    },
    CKV_AWS_150: {
      title: 'Load balancers have deletion protection',
      check: mustBeOn('enable_deletion_protection'),
    },
    CKV_AWS_131: {
      title: 'Load balancers drop invalid headers',
      appliesTo: isApplication,
      check: mustBeOn('drop_invalid_header_fields'),
    },
    'FSBP ELB.13': {
      title: 'Load balancers span several zones',
      check: ({ stack, values }, platform) => {
        const subnets = [
          ...listOf(platform.resolve(stack, values.subnets)),
          ...blocks(values, 'subnet_mapping'),
        ]
        return subnets.length < 2 && `${subnets.length} subnets`
      },
    },
    CKV_AWS_328: {
      title: 'Load balancers mitigate HTTP desync attacks',
      appliesTo: isApplication,
      check: mustBeOneOf('desync_mitigation_mode', ['defensive', 'strictest'], 'defensive'),
    },
    CKV2_AWS_28: {
      title: 'Internet-facing load balancers have a web ACL',
      appliesTo: (balancer) => isApplication(balancer) && !isOn(balancer.values.internal),
      check: mustBeReferencedBy('aws_wafv2_web_acl_association', 'resource_arn'),
    },
  }),
  ...controlsFor(['aws_lb_target_group', 'aws_alb_target_group'], {
    CKV_AWS_261: {
      title: 'Target groups have a health check',
      check: ({ values }) => {
        const health = block(values, 'health_check')
        const isHttp = ['HTTP', 'HTTPS'].includes(String(values.protocol))
        return (
          (health === undefined || health.enabled === false || (isHttp && !isSet(health.path))) &&
          'no health_check with a path'
        )
      },
    },
  }),
]
