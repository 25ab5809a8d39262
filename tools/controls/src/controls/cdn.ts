import { type Control, mustBeSet } from '../control'
import type { Platform, Resource, Values } from '../platform'
import { block, blocks, isOn, isSet } from '../values'

const distribution = ['aws_cloudfront_distribution']
const acl = ['aws_wafv2_web_acl']

function behaviorsOf({ values }: Resource): Values[] {
  return [...blocks(values, 'default_cache_behavior'), ...blocks(values, 'ordered_cache_behavior')]
}

/** Whether CloudWatch delivers the log of a distribution, which needs no setting in the distribution. */
function isDelivered(resource: Resource, platform: Platform): boolean {
  return platform
    .about(resource, 'aws_cloudwatch_log_delivery_source', 'resource_arn')
    .some(
      (source) =>
        platform.about(source, 'aws_cloudwatch_log_delivery', 'delivery_source_name').length > 0,
    )
}

const knownBadInputs = 'AWSManagedRulesKnownBadInputsRuleSet'

/** Whether a rule of an ACL blocks Log4j lookups. */
function blocksLog4j(rule: Values): boolean {
  const group = block(rule, 'statement', 'managed_rule_group_statement')
  if (group?.name !== knownBadInputs) return false
  if (block(rule, 'override_action', 'count') !== undefined) return false
  return !blocks(group, 'rule_action_override').some(({ name }) => /^Log4JRCE/.test(String(name)))
}

export const cdnControls: readonly Control[] = [
  {
    id: 'CKV_AWS_34',
    requires: 'Distributions require HTTPS from viewers',
    types: distribution,
    fault: (resource) =>
      !behaviorsOf(resource).every(({ viewer_protocol_policy }) =>
        ['redirect-to-https', 'https-only'].includes(String(viewer_protocol_policy)),
      ) && 'a behavior allows plain HTTP',
  },
  {
    id: 'CKV_AWS_174',
    requires: 'Distributions require TLS 1.2 or newer',
    types: distribution,
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
    requires: 'Distributions use HTTPS to origins',
    types: distribution,
    fault: ({ values }) =>
      blocks(values, 'origin')
        .flatMap((origin) => blocks(origin, 'custom_origin_config'))
        .some((origin) => origin.origin_protocol_policy !== 'https-only') &&
      'an origin is reached over plain HTTP',
  },
  {
    id: 'CKV_AWS_68',
    requires: 'Distributions have a web ACL',
    types: distribution,
    fault: mustBeSet('web_acl_id'),
  },
  {
    id: 'CKV_AWS_86',
    requires: 'Distributions have access logs',
    types: distribution,
    fault: (resource, platform) =>
      block(resource.values, 'logging_config') === undefined &&
      !isDelivered(resource, platform) &&
      'no logging_config and no delivery of its log',
  },
  {
    id: 'CKV2_AWS_46',
    requires: 'S3 origins use origin access control',
    types: distribution,
    fault: ({ values }) =>
      blocks(values, 'origin').some(
        (origin) =>
          block(origin, 'custom_origin_config') === undefined &&
          block(origin, 'vpc_origin_config') === undefined &&
          !isSet(origin.origin_access_control_id) &&
          !isSet(block(origin, 's3_origin_config')?.origin_access_identity),
      ) && 'an S3 origin has no origin access control',
  },
  {
    id: 'CKV2_AWS_32',
    requires: 'Distributions add security headers',
    types: distribution,
    fault: (resource) =>
      !behaviorsOf(resource).every(({ response_headers_policy_id }) =>
        isSet(response_headers_policy_id),
      ) && 'a behavior has no response_headers_policy_id',
  },
  {
    id: 'CKV2_AWS_42',
    requires: 'Distributions have a custom certificate',
    types: distribution,
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
    requires: 'Web ACLs have rules',
    types: acl,
    fault: ({ values }) => blocks(values, 'rule').length === 0 && 'no rule',
  },
  {
    id: 'CKV_AWS_192',
    requires: 'Web ACLs block Log4j lookups',
    types: acl,
    fault: ({ values }) =>
      !blocks(values, 'rule').some(blocksLog4j) && `${knownBadInputs} is missing, or only counts`,
  },
  {
    id: 'FSBP WAF.12',
    requires: 'Web ACL rules have metrics',
    types: [...acl, 'aws_wafv2_rule_group'],
    fault: ({ values }) =>
      ![values, ...blocks(values, 'rule')].every((part) =>
        isOn(block(part, 'visibility_config')?.cloudwatch_metrics_enabled),
      ) && 'cloudwatch_metrics_enabled is off',
  },
]
