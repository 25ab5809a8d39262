import { mustBeOn, mustBeOneOf, mustBeReferencedBy, mustBeSet, mustMatch } from '../checks'
import { controlsFor } from '../control'
import type { Platform, Resource } from '../platform'
import { block, blocks, isOn, isSet, strings, type Values, valueAt } from '../values'

function behaviorsOf(values: Values): Values[] {
  return [...blocks(values, 'default_cache_behavior'), ...blocks(values, 'ordered_cache_behavior')]
}

/** Whether no origin is a bucket. */
function hasOnlyCustomOrigins(values: Values): boolean {
  const origins = blocks(values, 'origin')
  return origins.length > 0 && !origins.some(isBucket)
}

function isBucket(origin: Values): boolean {
  return (
    block(origin, 'custom_origin_config') === undefined &&
    block(origin, 'vpc_origin_config') === undefined
  )
}

/** Standard logging v2: CloudWatch delivers the log, and the distribution does not reference it. */
function hasLogDelivery(distribution: Resource, platform: Platform): boolean {
  return platform
    .referrers(distribution, 'aws_cloudwatch_log_delivery_source', 'resource_arn')
    .some(
      (source) =>
        platform.referrers(source, 'aws_cloudwatch_log_delivery', 'delivery_source_name').length >
        0,
    )
}

const knownBadInputs = 'AWSManagedRulesKnownBadInputsRuleSet'

/** Whether a rule of a web ACL blocks requests that exploit the JNDI lookups of Log4j. */
function blocksLog4j(rule: Values): boolean {
  const group = block(rule, 'statement.managed_rule_group_statement')
  if (group?.name !== knownBadInputs) return false
  if (block(rule, 'override_action.count') !== undefined) return false
  return !blocks(group, 'rule_action_override').some(({ name }) => /^Log4JRCE/.test(String(name)))
}

export const cdnControls = [
  ...controlsFor(['aws_cloudfront_distribution'], {
    CKV_AWS_34: {
      title: 'Distributions serve HTTPS only',
      check: ({ values }) =>
        !behaviorsOf(values).every(({ viewer_protocol_policy: policy }) =>
          ['redirect-to-https', 'https-only'].includes(String(policy)),
        ) && 'a behavior serves plain HTTP',
    },
    CKV_AWS_174: {
      title: 'Distributions require TLS 1.2 or later',
      check: mustMatch(
        'viewer_certificate.minimum_protocol_version',
        /^TLSv1\.(2_20(2[1-9]|[3-9]\d)|3_)/,
      ),
    },
    CKV2_AWS_72: {
      title: 'Distributions connect to origins over HTTPS',
      check: ({ values }) =>
        blocks(values, 'origin')
          .flatMap((origin) => blocks(origin, 'custom_origin_config'))
          .some((origin) => origin.origin_protocol_policy !== 'https-only') &&
        'an origin uses plain HTTP',
    },
    CKV_AWS_68: { title: 'Distributions have a web ACL', check: mustBeSet('web_acl_id') },
    CKV_AWS_86: {
      title: 'Distributions have access logs',
      check: (distribution, platform) =>
        block(distribution.values, 'logging_config') === undefined &&
        !hasLogDelivery(distribution, platform) &&
        'no logging_config and no delivery of its log',
    },
    CKV2_AWS_46: {
      title: 'S3 origins use origin access control',
      check: ({ values }) =>
        blocks(values, 'origin').some(
          (origin) =>
            isBucket(origin) &&
            !isSet(origin.origin_access_control_id) &&
            !isSet(valueAt(origin, 's3_origin_config.origin_access_identity')),
        ) && 'an S3 origin has no origin access control',
    },
    CKV2_AWS_32: {
      title: 'Distributions add security headers',
      check: ({ values }) =>
        !behaviorsOf(values).every((behavior) => isSet(behavior.response_headers_policy_id)) &&
        'a behavior has no response_headers_policy_id',
    },
    CKV2_AWS_42: {
      title: 'Distributions have a custom certificate',
      check: ({ values }) =>
        !isSet(valueAt(values, 'viewer_certificate.acm_certificate_arn')) &&
        !isSet(valueAt(values, 'viewer_certificate.iam_certificate_id')) &&
        'the certificate of CloudFront',
    },
    CKV_AWS_216: { title: 'Distributions are enabled', check: mustBeOn('enabled') },
    CKV_AWS_305: {
      title: 'Distributions with a bucket have a default root object',
      // As CloudFront.1 of Security Hub: a service answers / itself.
      check: (distribution, platform) =>
        !hasOnlyCustomOrigins(distribution.values) &&
        mustBeSet('default_root_object')(distribution, platform),
    },
    CKV2_AWS_54: {
      title: 'Distributions connect to origins with TLS 1.2',
      check: ({ values }) =>
        blocks(values, 'origin')
          .flatMap((origin) => blocks(origin, 'custom_origin_config'))
          .flatMap((origin) => strings(origin.origin_ssl_protocols))
          .some((protocol) => protocol !== 'TLSv1.2') && 'an origin accepts an older protocol',
    },
    'FSBP CloudFront.8': {
      title: 'Distributions serve HTTPS by SNI',
      check: mustBeOneOf('viewer_certificate.ssl_support_method', ['sni-only']),
    },
  }),
  ...controlsFor(['aws_cloudfront_response_headers_policy'], {
    CKV_AWS_259: {
      title: 'Responses require HTTPS for a year',
      check: ({ values }) => {
        const header = block(values, 'security_headers_config.strict_transport_security')
        const isStrict =
          Number(header?.access_control_max_age_sec) >= 31_536_000 &&
          isOn(header?.include_subdomains) &&
          isOn(header?.override)
        return !isStrict && 'strict_transport_security is missing, short or can be overridden'
      },
    },
  }),
  ...controlsFor(['aws_wafv2_web_acl'], {
    CKV_AWS_175: {
      title: 'Web ACLs have rules',
      check: ({ values }) => blocks(values, 'rule').length === 0 && 'no rule',
    },
    CKV2_AWS_31: {
      title: 'Web ACLs have logs',
      check: mustBeReferencedBy('aws_wafv2_web_acl_logging_configuration', 'resource_arn'),
    },
    CKV_AWS_342: {
      title: 'Rules of web ACLs have an action',
      check: ({ values }) =>
        !blocks(values, 'rule').every(
          (rule) => isSet(rule.action) || isSet(rule.override_action),
        ) && 'a rule has no action',
    },
    CKV_AWS_192: {
      title: 'Web ACLs block Log4j lookups',
      check: ({ values }) =>
        !blocks(values, 'rule').some(blocksLog4j) && `${knownBadInputs} is missing, or only counts`,
    },
  }),
  ...controlsFor(['aws_wafv2_web_acl', 'aws_wafv2_rule_group'], {
    'FSBP WAF.12': {
      title: 'Web ACLs and their rules have metrics',
      check: ({ values }) =>
        ![values, ...blocks(values, 'rule')].every((part) =>
          isOn(valueAt(part, 'visibility_config.cloudwatch_metrics_enabled')),
        ) && 'cloudwatch_metrics_enabled is off',
    },
  }),
]
