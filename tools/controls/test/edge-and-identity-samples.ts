import type { Values } from '../src/values'
import { only, policy, type Sample, variants } from './samples'

const behavior = {
  viewer_protocol_policy: 'redirect-to-https',
  response_headers_policy_id: 'policy',
}
const distribution = variants('aws_cloudfront_distribution', {
  web_acl_id: 'acl',
  origin: [
    { origin_id: 'assets', origin_access_control_id: 'control' },
    { origin_id: 'api', custom_origin_config: { origin_protocol_policy: 'https-only' } },
  ],
  default_cache_behavior: behavior,
  ordered_cache_behavior: [behavior],
  viewer_certificate: { acm_certificate_arn: 'arn', minimum_protocol_version: 'TLSv1.2_2021' },
})
const measured = { visibility_config: { cloudwatch_metrics_enabled: true } }
const knownBadInputs = (changes = {}, ofGroup = {}) => ({
  ...measured,
  override_action: { none: {} },
  statement: {
    managed_rule_group_statement: {
      vendor_name: 'AWS',
      name: 'AWSManagedRulesKnownBadInputsRuleSet',
      ...ofGroup,
    },
  },
  ...changes,
})
const acl = variants('aws_wafv2_web_acl', { ...measured, rule: [knownBadInputs()] })

const grant = (statement: Values) => only('aws_iam_role_policy', { policy: policy(statement) })
const onAll = (statement: Values) => grant({ Resource: '*', ...statement })
const when = (operator: string, key: string, value: string) => ({ [operator]: { [key]: value } })
const trust = (statement: Values) =>
  only('aws_iam_role', { assume_role_policy: policy({ Action: 'sts:AssumeRole', ...statement }) })
const github = 'token.actions.githubusercontent.com'
const subject = (sub: string | string[] | undefined, operator = 'StringEquals') =>
  only('aws_iam_role', {
    assume_role_policy: policy({
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${github}` },
      Condition: {
        [operator]: {
          [`${github}:aud`]: 'sts.amazonaws.com',
          ...(sub && { [`${github}:sub`]: sub }),
        },
      },
    }),
  })
const boundary = {
  aws_iam_policy: {
    it: { name: 'limit', policy: policy({ NotAction: ['iam:*'], Resource: '*' }) },
  },
  aws_iam_role: { some: { permissions_boundary: 'arn:aws:iam::123456789012:policy/limit' } },
}

const strict = (changes = {}) =>
  only('aws_cloudfront_response_headers_policy', {
    security_headers_config: {
      strict_transport_security: {
        access_control_max_age_sec: 31_536_000,
        include_subdomains: true,
        override: true,
        ...changes,
      },
    },
  })
const attachment = (name: string) =>
  only('aws_iam_role_policy_attachment', { policy_arn: `arn:aws:iam::aws:policy/${name}` })

export const edgeAndIdentitySamples: Readonly<Record<string, Sample>> = {
  CKV_AWS_34: {
    violations: [
      [
        distribution({
          ordered_cache_behavior: [{ ...behavior, viewer_protocol_policy: 'allow-all' }],
        }),
        'plain HTTP',
      ],
    ],
    compliant: [distribution()],
  },
  CKV_AWS_174: {
    violations: [
      [distribution({ viewer_certificate: { minimum_protocol_version: 'TLSv1.2_2019' } }), '2019'],
      [distribution({ viewer_certificate: { cloudfront_default_certificate: true } }), 'undefined'],
    ],
    compliant: [
      distribution(),
      distribution({ viewer_certificate: { minimum_protocol_version: 'TLSv1.3_2025' } }),
    ],
  },
  CKV2_AWS_72: {
    violations: [
      [
        distribution({
          origin: [{ custom_origin_config: [{ origin_protocol_policy: 'match-viewer' }] }],
        }),
        'plain HTTP',
      ],
    ],
    compliant: [distribution()],
  },
  CKV_AWS_68: {
    violations: [[distribution({ web_acl_id: '' }), 'web_acl_id']],
    compliant: [distribution()],
  },
  CKV_AWS_86: {
    violations: [
      [distribution(), 'no delivery'],
      [
        {
          ...distribution(),
          aws_cloudwatch_log_delivery_source: {
            it: { resource_arn: '${aws_cloudfront_distribution.it.arn}' },
          },
        },
        'no delivery',
      ],
    ],
    compliant: [
      distribution({ logging_config: { bucket: 'logs' } }),
      {
        ...distribution(),
        aws_cloudwatch_log_delivery_source: {
          it: { resource_arn: '${aws_cloudfront_distribution.it.arn}' },
        },
        aws_cloudwatch_log_delivery: {
          it: { delivery_source_name: '${aws_cloudwatch_log_delivery_source.it.name}' },
        },
      },
    ],
  },
  CKV2_AWS_46: {
    violations: [[distribution({ origin: [{ origin_id: 'assets' }] }), 'no origin access control']],
    compliant: [
      distribution(),
      distribution({ origin: { s3_origin_config: { origin_access_identity: 'identity' } } }),
    ],
  },
  CKV2_AWS_32: {
    violations: [
      [
        distribution({ default_cache_behavior: { viewer_protocol_policy: 'https-only' } }),
        'response_headers_policy_id',
      ],
    ],
    compliant: [distribution()],
  },
  CKV2_AWS_42: {
    violations: [
      [
        distribution({ viewer_certificate: { cloudfront_default_certificate: true } }),
        'CloudFront',
      ],
    ],
    compliant: [distribution()],
  },
  CKV_AWS_175: { violations: [[acl({ rule: [] }), 'no rule']], compliant: [acl()] },
  CKV_AWS_192: {
    violations: [
      [acl({ rule: [] }), 'KnownBadInputs'],
      [acl({ rule: knownBadInputs({ override_action: { count: {} } }) }), 'only counts'],
      [
        acl({ rule: knownBadInputs({}, { rule_action_override: [{ name: 'Log4JRCE_HEADER' }] }) }),
        'only counts',
      ],
    ],
    compliant: [
      acl(),
      acl({ rule: knownBadInputs({}, { rule_action_override: [{ name: 'Other' }] }) }),
    ],
  },
  'FSBP WAF.12': {
    violations: [
      [acl({ visibility_config: { cloudwatch_metrics_enabled: false } }), 'cloudwatch_metrics'],
      [acl({ rule: [knownBadInputs({ visibility_config: undefined })] }), 'cloudwatch_metrics'],
    ],
    compliant: [acl()],
  },
  CKV_AWS_290: {
    violations: [
      [grant({ Action: 's3:PutObject', Resource: '*' }), 's3:PutObject on all resources'],
      [grant({ Action: ['s3:Get*', 's3:*'], Resource: ['*'] }), 's3:* on all resources'],
      [
        grant({ NotAction: ['iam:*'], Resource: '*' }),
        'all actions with exceptions on all resources',
      ],
      [only('aws_iam_policy', { policy: '${data.x.json}' }), 'cannot be read'],
      [{ aws_iam_policy: boundary.aws_iam_policy }, 'all actions with exceptions on all resources'],
    ],
    compliant: [
      grant({ Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket/*' }),
      grant({ Action: ['ec2:DescribeImages', 'xray:PutTraceSegments'], Resource: '*' }),
      grant({ Effect: 'Deny', Action: 's3:PutObject', Resource: '*' }),
      grant({
        Action: 'ecs:UpdateService',
        Resource: '*',
        Condition: { ArnEquals: { 'ecs:cluster': 'arn' } },
      }),
      // A permissions boundary grants nothing.
      { ...boundary, ...grant({ Action: 's3:PutObject', Resource: 'arn:aws:s3:::bucket/*' }) },
    ],
  },
  CKV_AWS_355: {
    violations: [
      [onAll({ Action: 'sqs:GetQueueUrl' }), 'sqs:GetQueueUrl on all resources'],
      [onAll({ Action: ['logs:DescribeLogGroups', 's3:Get*'] }), ': s3:Get* on all resources'],
      [onAll({ Action: 'SQS:*' }), 'SQS:*'],
      [onAll({ Action: '*' }), '* (unknown)'],
      [onAll({ Action: 'sqs:SendMesage' }), 'sqs:SendMesage (unknown)'],
      [onAll({ NotAction: 'iam:*' }), 'all actions with exceptions'],
      [grant({ Action: 'sqs:PurgeQueue', NotResource: 'arn:aws:sqs:eu-west-1:1:a' }), 'PurgeQueue'],
      [grant({ Action: 'sqs:PurgeQueue', Resource: ['arn:aws:sqs:*:*:*'] }), 'PurgeQueue'],
      [grant({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::*' }), 's3:GetObject'],
      [grant({ Action: 's3:GetObject', Resource: '${var.bucket}' }), 'cannot be read'],
      // Conditions that every request can meet, that some cannot be refused by, or of other actions.
      [
        onAll({ Action: 'sqs:PurgeQueue', Condition: when('Bool', 'aws:SecureTransport', 'true') }),
        'Purge',
      ],
      [
        onAll({ Action: 's3:GetObject', Condition: when('StringEquals', 's3:TlsVersion', '1.3') }),
        'GetObj',
      ],
      [
        onAll({ Action: 'ecs:StopTask', Condition: when('ArnLike', 'ecs:cluster', '*') }),
        'StopTask',
      ],
      [
        onAll({ Action: 'ecs:StopTask', Condition: when('ArnNotEquals', 'ecs:cluster', 'arn') }),
        'StopTask',
      ],
      [
        onAll({ Action: 'ecs:StopTask', Condition: when('ArnEqualsIfExists', 'ecs:cluster', 'a') }),
        'Stop',
      ],
      [
        onAll({
          Action: 'ecs:StopTask',
          Condition: when('ForAllValues:StringEquals', 'ecs:cluster', 'a'),
        }),
        'Stop',
      ],
      [
        onAll({ Action: 'sqs:PurgeQueue', Condition: when('ArnEquals', 'ecs:cluster', 'arn') }),
        'Purge',
      ],
      [
        only('aws_iam_role', {
          inline_policy: [
            { policy: policy({ Action: 'xray:PutTraceSegments', Resource: '*' }) },
            { policy: policy({ Action: 'sqs:PurgeQueue', Resource: '*' }) },
          ],
        }),
        'sqs:PurgeQueue',
      ],
    ],
    compliant: [
      onAll({
        Action: ['xray:PutTraceSegments', 'logs:DescribeLogGroups', 'ecs:DescribeTaskDefinition'],
      }),
      onAll({ Action: 'ecr:GetAuthorization*' }),
      onAll({ Effect: 'Deny', Action: 'sqs:*' }),
      onAll({
        Action: 'ecs:StopTask',
        Condition: when('ArnEquals', 'ecs:cluster', '${aws_ecs_cluster.c.arn}'),
      }),
      onAll({
        Action: 'sqs:PurgeQueue',
        Condition: when('StringEquals', 'aws:ResourceTag/owner', 'shop'),
      }),
      grant({ Action: 'sqs:PurgeQueue', Resource: '${aws_sqs_queue.it.arn}' }),
      grant({ Action: 's3:Get*', Resource: ['arn:aws:s3:::logs', 'arn:aws:s3:::${var.bucket}/*'] }),
      grant({ Action: 'logs:GetLogEvents', Resource: 'arn:aws:logs:eu-west-1:123456789012:*' }),
    ],
  },
  CKV_AWS_286: {
    violations: [
      [grant({ Action: 'iam:PassRole', Resource: '*' }), 'iam:PassRole'],
      [grant({ Action: 'iam:Put*', Resource: '*' }), 'iam:PutRolePolicy'],
      [grant({ NotAction: ['s3:*'], Resource: '*' }), 'iam:CreateAccessKey'],
    ],
    compliant: [
      grant({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::123456789012:role/app' }),
      grant({ NotAction: ['iam:*', 'sts:*'], Resource: '*' }),
    ],
  },
  CKV_AWS_60: {
    violations: [
      [trust({ Principal: '*' }), 'anyone'],
      [trust({ Principal: { AWS: '*' } }), 'anyone'],
    ],
    compliant: [trust({ Principal: { Service: 'ecs-tasks.amazonaws.com' } })],
  },
  'FSBP IAM.21': {
    violations: [
      [grant({ Action: ['s3:GetObject', 'sqs:*'], Resource: 'arn:aws:sqs:::q' }), 'sqs:*'],
      [only('aws_iam_policy', { policy: policy({ Action: '*', Resource: 'arn' }) }), '*'],
    ],
    compliant: [
      grant({ Action: 's3:Get*', Resource: 'arn:aws:s3:::b' }),
      grant({ Effect: 'Deny', Action: 's3:*', Resource: '*' }),
    ],
  },
  'Access Analyzer INVALID_ACTION': {
    violations: [
      [
        grant({ Action: ['s3:GetObject', 's3:GetObjekt'], Resource: 'arn:aws:s3:::b/*' }),
        's3:GetObjekt',
      ],
      [grant({ Action: 'qsq:SendMessage', Resource: 'arn:aws:sqs:::q' }), 'qsq:SendMessage'],
      [grant({ Effect: 'Deny', NotAction: 'iam:Geet*', Resource: '*' }), 'iam:Geet*'],
    ],
    compliant: [
      grant({ Action: ['s3:getobject', 's3:Get*'], Resource: 'arn:aws:s3:::b/*' }),
      grant({ Effect: 'Deny', Action: '*', Resource: '*' }),
    ],
  },
  CKV_AWS_393: {
    violations: [
      [subject(undefined), 'no condition'],
      [subject('repo:acme@*/shop@34:pull_request', 'StringLike'), 'repo:acme@*'],
      [subject('repo:acme/shop:*', 'StringLike'), 'repo:acme/shop:*'],
      [subject(['repo:acme/shop:pull_request', 'repo:acme/*:environment:prod']), 'repo:acme/*'],
      [subject('repo:acme@12/shop@*:environment:prod', 'StringLike'), 'shop@*'],
      [subject('repo:acme@12/shop:environment:prod'), 'repo:acme@12/shop:'],
    ],
    compliant: [
      subject('repo:acme/shop:ref:refs/heads/main'),
      subject('repo:acme@12/shop@34:pull_request'),
      subject(['repo:acme/shop:environment:prod']),
      subject(['repo:acme@12/shop@34:environment:prod']),
    ],
  },

  CKV_AWS_216: {
    violations: [[distribution({ enabled: false }), 'enabled is off']],
    compliant: [distribution({ enabled: true })],
  },
  CKV_AWS_305: {
    violations: [
      [distribution(), 'no default_root_object'],
      [
        distribution({
          origin: [{ custom_origin_config: { https_port: 443 } }, { domain_name: 'a' }],
        }),
        'no default_root_object',
      ],
    ],
    compliant: [
      distribution({ default_root_object: 'index.html' }),
      distribution({ origin: [{ custom_origin_config: { https_port: 443 } }] }),
    ],
  },
  CKV2_AWS_54: {
    violations: [
      [
        distribution({
          origin: { custom_origin_config: { origin_ssl_protocols: ['TLSv1', 'TLSv1.2'] } },
        }),
        'older protocol',
      ],
    ],
    compliant: [
      distribution({ origin: { custom_origin_config: [{ origin_ssl_protocols: ['TLSv1.2'] }] } }),
    ],
  },
  'FSBP CloudFront.8': {
    violations: [
      [distribution({ viewer_certificate: { ssl_support_method: 'vip' } }), 'is vip'],
      [distribution(), 'not sni-only'],
    ],
    compliant: [distribution({ viewer_certificate: { ssl_support_method: 'sni-only' } })],
  },
  CKV_AWS_259: {
    violations: [
      [strict({ access_control_max_age_sec: 300 }), 'strict_transport_security'],
      [strict({ override: false }), 'strict_transport_security'],
      [only('aws_cloudfront_response_headers_policy', {}), 'strict_transport_security'],
    ],
    compliant: [strict()],
  },
  CKV2_AWS_31: {
    violations: [[acl(), 'no aws_wafv2_web_acl_logging_configuration']],
    compliant: [
      {
        ...acl(),
        ...only('aws_wafv2_web_acl_logging_configuration', {
          resource_arn: '${aws_wafv2_web_acl.it.arn}',
        }),
      },
    ],
  },
  CKV_AWS_342: {
    violations: [[acl({ rule: [knownBadInputs({ override_action: undefined })] }), 'no action']],
    compliant: [
      acl(),
      acl({ rule: [knownBadInputs({ override_action: undefined, action: { block: {} } })] }),
    ],
  },
  CKV_AWS_61: {
    violations: [
      [trust({ Principal: { AWS: 'arn:aws:iam::123456789012:root' } }), ':root can assume it'],
      [trust({ Principal: { AWS: ['123456789012'] } }), '123456789012 can assume it'],
    ],
    compliant: [trust({ Principal: { AWS: 'arn:aws:iam::123456789012:role/ci' } })],
  },
  CKV_AWS_274: {
    violations: [
      [attachment('AdministratorAccess'), 'AdministratorAccess'],
      [
        only('aws_iam_role', { managed_policy_arns: ['arn:aws:iam::aws:policy/IAMFullAccess'] }),
        'IAMFullAccess',
      ],
    ],
    compliant: [attachment('ReadOnlyAccess')],
  },
  'FSBP KMS.2': {
    violations: [
      [onAll({ Action: 'kms:*' }), 'kms:Decrypt, kms:ReEncryptFrom with all keys'],
      [
        grant({ Action: 'kms:Decrypt', Resource: 'arn:aws:kms:eu-west-1:123456789012:key/*' }),
        'kms:Decrypt with all keys',
      ],
      [onAll({ NotAction: 'iam:*' }), 'kms:Decrypt'],
    ],
    compliant: [
      grant({ Action: 'kms:Decrypt', Resource: '${aws_kms_key.it.arn}' }),
      onAll({
        Action: 'kms:Decrypt',
        Condition: when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/a'),
      }),
    ],
  },
}
