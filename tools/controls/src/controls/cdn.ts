import type { Control } from '../control'
import type { Platform, Resource, Values } from '../platform'
import { block, blocks, isOn, isSet } from '../values'

const distribution = ['aws_cloudfront_distribution']
const acl = ['aws_wafv2_web_acl']

function behaviorsOf({ values }: Resource): Values[] {
  return [...blocks(values, 'default_cache_behavior'), ...blocks(values, 'ordered_cache_behavior')]
}

/** The newer way to log: CloudWatch delivers, and the distribution does not know of it. */
function isDelivered(resource: Resource, platform: Platform): boolean {
  return platform
    .about(resource, 'aws_cloudwatch_log_delivery_source', 'resource_arn')
    .some(
      (source) =>
        platform.about(source, 'aws_cloudwatch_log_delivery', 'delivery_source_name').length > 0,
    )
}

const knownBadInputs = 'AWSManagedRulesKnownBadInputsRuleSet'

/** Whether a rule of an ACL blocks the look-ups that Log4j makes of what it is told to log. */
function blocksLog4j(rule: Values): boolean {
  const group = block(rule, 'statement', 'managed_rule_group_statement')
  if (group?.name !== knownBadInputs) return false
  if (block(rule, 'override_action', 'count') !== undefined) return false
  return !blocks(group, 'rule_action_override').some(({ name }) => /^Log4JRCE/.test(String(name)))
}

export const cdnControls: readonly Control[] = [
  {
    id: 'CKV_AWS_34',
    asks: 'Viewers are served over HTTPS',
    looksAt: distribution,
    fault: (resource) =>
      !behaviorsOf(resource).every(({ viewer_protocol_policy }) =>
        ['redirect-to-https', 'https-only'].includes(String(viewer_protocol_policy)),
      ) && 'a behavior answers in the clear',
  },
  {
    id: 'CKV_AWS_174',
    asks: 'Viewers use TLS 1.2 or newer',
    looksAt: distribution,
    fault: ({ values }) => {
      const version = block(values, 'viewer_certificate')?.minimum_protocol_version
      return (
        !/^TLSv1\.(2_20(2[1-9]|[3-9]\d)|3_)/.test(String(version)) &&
        `minimum_protocol_version is ${version}`
      )
    },
  },
  {
    id: 'CKV2_AWS_72',
    asks: 'Origins are reached over HTTPS',
    looksAt: distribution,
    fault: ({ values }) =>
      blocks(values, 'origin')
        .flatMap((origin) => blocks(origin, 'custom_origin_config'))
        .some((origin) => origin.origin_protocol_policy !== 'https-only') &&
      'an origin is reached in the clear',
  },
  {
    id: 'CKV_AWS_68',
    asks: 'Distributions stand behind a web ACL',
    looksAt: distribution,
    fault: ({ values }) => !isSet(values.web_acl_id) && 'no web_acl_id',
  },
  {
    id: 'CKV_AWS_86',
    asks: 'Distributions write down who asks',
    looksAt: distribution,
    fault: (resource, platform) =>
      block(resource.values, 'logging_config') === undefined &&
      !isDelivered(resource, platform) &&
      'no logging_config and no delivery of its log',
  },
  {
    id: 'CKV2_AWS_46',
    asks: 'Buckets answer the distribution alone',
    looksAt: distribution,
    fault: ({ values }) =>
      blocks(values, 'origin').some(
        (origin) =>
          block(origin, 'custom_origin_config') === undefined &&
          block(origin, 'vpc_origin_config') === undefined &&
          !isSet(origin.origin_access_control_id) &&
          !isSet(block(origin, 's3_origin_config')?.origin_access_identity),
      ) && 'a bucket is asked without a signature',
  },
  {
    id: 'CKV2_AWS_32',
    asks: 'Answers have security headers',
    looksAt: distribution,
    fault: (resource) =>
      !behaviorsOf(resource).every(({ response_headers_policy_id }) =>
        isSet(response_headers_policy_id),
      ) && 'a behavior has no response_headers_policy_id',
  },
  {
    id: 'CKV2_AWS_42',
    asks: 'Distributions have a certificate of ours',
    looksAt: distribution,
    fault: ({ values }) => {
      const certificate = block(values, 'viewer_certificate')
      return (
        !isSet(certificate?.acm_certificate_arn) &&
        !isSet(certificate?.iam_certificate_id) &&
        'the certificate of CloudFront'
      )
    },
  },
  {
    id: 'CKV_AWS_175',
    asks: 'A web ACL has rules',
    looksAt: acl,
    fault: ({ values }) => blocks(values, 'rule').length === 0 && 'no rule',
  },
  {
    id: 'CKV_AWS_192',
    asks: 'Look-ups of Log4j are blocked',
    looksAt: acl,
    fault: ({ values }) =>
      !blocks(values, 'rule').some(blocksLog4j) && `${knownBadInputs} is missing, or only counts`,
  },
  {
    id: 'FSBP WAF.12',
    asks: 'Rules of the firewall are measured',
    looksAt: [...acl, 'aws_wafv2_rule_group'],
    fault: ({ values }) =>
      ![values, ...blocks(values, 'rule')].every((part) =>
        isOn(block(part, 'visibility_config')?.cloudwatch_metrics_enabled),
      ) && 'cloudwatch_metrics_enabled is off',
  },
]
