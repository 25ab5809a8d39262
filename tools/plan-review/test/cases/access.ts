import type { JsonObject } from '../../src/json'
import type { PlanCase } from '../plan-case'
import {
  account,
  allow,
  changed,
  changesOf,
  configuration,
  deny,
  document,
  type Resources,
  trustOf,
  without,
} from './configurations'

const oidc = 'token.actions.githubusercontent.com'
const trustsGithub = (subject: JsonObject) =>
  document({
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${oidc}` },
    Condition: {
      ...subject,
      StringEquals: {
        [`${oidc}:aud`]: 'sts.amazonaws.com',
        ...(subject.StringEquals as JsonObject),
      },
    },
  })
const sub = (value: string | readonly string[]): JsonObject => ({ [`${oidc}:sub`]: value })
const onMain = { StringEquals: sub('repo:acme/shop:ref:refs/heads/main') }

const releases = 'arn:aws:s3:::releases/shop/*'
const service = `arn:aws:ecs:us-east-1:${account}:service/main/shop`
const reads = allow('s3:GetObject', releases)
const deploys = allow(['ecs:UpdateService', 'ecs:DescribeServices'], service)
const keepsObjects = deny('s3:DeleteObject', '*')

const role: Resources = {
  aws_iam_role: { ci: { name: 'ci', assume_role_policy: trustsGithub(onMain) } },
  aws_iam_role_policy: {
    ci: {
      name: 'deploy',
      role: '${aws_iam_role.ci.name}',
      policy: document(reads, deploys, keepsObjects),
    },
  },
}
const trusts = (subject: JsonObject) =>
  changed(role, 'aws_iam_role', { assume_role_policy: trustsGithub(subject) }, 'ci')
const permits = (...statements: readonly JsonObject[]) =>
  changed(role, 'aws_iam_role_policy', { policy: document(...statements) }, 'ci')
const with3 = (...statements: readonly JsonObject[]) =>
  permits(reads, deploys, keepsObjects, ...statements)

/** The role of a pipeline. */
const roleCases = changesOf(role, {
  'trust-branch-to-all': [
    trusts({ StringLike: sub('repo:acme/shop:*') }),
    'iam-widened aws_iam_role.ci',
  ],
  'trust-branch-to-organization': [
    trusts({ StringLike: sub('repo:acme/*') }),
    'iam-widened aws_iam_role.ci',
  ],
  'trust-without-subject': [trusts({}), 'iam-widened aws_iam_role.ci'],
  'trust-second-branch': [
    trusts({
      StringEquals: sub([
        'repo:acme/shop:ref:refs/heads/main',
        'repo:acme/shop:ref:refs/heads/next',
      ]),
    }),
    'iam-widened aws_iam_role.ci',
  ],
  'trust-if-exists': [
    trusts({ StringEqualsIfExists: sub('repo:acme/shop:ref:refs/heads/main') }),
    'iam-widened aws_iam_role.ci',
  ],
  'trust-like-without-pattern': [trusts({ StringLike: sub('repo:acme/shop:ref:refs/heads/main') })],
  'trust-narrower': [
    trusts({
      StringEquals: {
        ...sub('repo:acme/shop:ref:refs/heads/main'),
        [`${oidc}:job_workflow_ref`]: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
      },
    }),
  ],
  'role-deny-removed': [permits(reads, deploys), 'deny-lost aws_iam_role_policy.ci'],
  'role-deny-narrower': [
    permits(reads, deploys, deny('s3:DeleteObject', releases)),
    'deny-lost aws_iam_role_policy.ci',
  ],
  'role-deny-wider': [permits(reads, deploys, deny('s3:Delete*', '*'))],
  'role-resource-wider': [
    permits(allow('s3:GetObject', 'arn:aws:s3:::releases/*'), deploys, keepsObjects),
    'iam-widened aws_iam_role_policy.ci',
  ],
  'role-action-wider': [
    permits(allow('s3:Get*', releases), deploys, keepsObjects),
    'iam-widened aws_iam_role_policy.ci',
  ],
  'role-not-action': [
    with3({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
    'iam-widened aws_iam_role_policy.ci',
  ],
  'role-statements-rewritten': [
    permits(
      { ...keepsObjects, Sid: 'KeepObjects', Action: ['S3:DeleteObject'] },
      allow('ecs:DescribeServices', [service]),
      allow(['ecs:UpdateService'], service),
      { ...reads, Sid: 'Read', Resource: [releases, 'arn:aws:s3:::releases/shop/latest/*'] },
    ),
  ],
  'role-less': [permits(reads, keepsObjects)],
  'role-escalation': [
    with3(allow('iam:UpdateAssumeRolePolicy', `arn:aws:iam::${account}:role/admin`)),
    'iam-widened aws_iam_role_policy.ci',
  ],
  'role-passes-any': [
    with3(allow(['iam:PassRole', 'ecs:RunTask'], '*')),
    'iam-widened aws_iam_role_policy.ci',
  ],
  'role-further-read': [
    with3(allow('s3:GetObject', 'arn:aws:s3:::settings/shop.json')),
    'iam-added aws_iam_role_policy.ci',
  ],
  'role-only-on-star': [
    with3(
      allow(['ecr:GetAuthorizationToken', 'ec2:DescribeInstances', 'xray:PutTraceSegments'], '*'),
    ),
    'iam-added aws_iam_role_policy.ci',
  ],
  'role-policy-unknown': [
    {
      ...changed(
        role,
        'aws_iam_role_policy',
        {
          policy: document(
            reads,
            deploys,
            keepsObjects,
            allow('sqs:SendMessage', '${aws_sqs_queue.jobs.arn}'),
          ),
        },
        'ci',
      ),
      aws_sqs_queue: { jobs: { name: 'jobs' } },
    },
    'policy-unknown aws_iam_role_policy.ci',
  ],
  'role-administrator': [
    {
      ...role,
      aws_iam_role_policy_attachment: {
        it: {
          role: '${aws_iam_role.ci.name}',
          policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        },
      },
    },
    'iam-widened aws_iam_role_policy_attachment.it',
  ],
  'role-full-access-of-a-service': [
    {
      ...role,
      aws_iam_role_policy_attachment: {
        it: {
          role: '${aws_iam_role.ci.name}',
          policy_arn: 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess',
        },
      },
    },
    'iam-widened aws_iam_role_policy_attachment.it',
  ],
  'role-execution-policy': [
    {
      ...role,
      aws_iam_role_policy_attachment: {
        it: {
          role: '${aws_iam_role.ci.name}',
          policy_arn: 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy',
        },
      },
    },
  ],
  'role-destroyed': [{}, 'access-destroyed aws_iam_role.ci'],
})

const boundary: Resources = {
  aws_iam_policy: {
    boundary: {
      name: 'boundary',
      policy: document(allow('*', '*'), deny(['iam:*', 'organizations:*'], '*')),
    },
  },
}
const boundaryCases = changesOf(boundary, {
  'boundary-deny-removed': [
    changed(boundary, 'aws_iam_policy', { policy: document(allow('*', '*')) }, 'boundary'),
    'deny-lost aws_iam_policy.boundary',
  ],
  'boundary-deny-with-exception': [
    changed(
      boundary,
      'aws_iam_policy',
      {
        policy: document(
          allow('*', '*'),
          deny(['iam:*', 'organizations:*'], '*', {
            Condition: {
              StringNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/ops-*` },
            },
          }),
        ),
      },
      'boundary',
    ),
    'deny-lost aws_iam_policy.boundary',
  ],
  'boundary-deny-more': [
    changed(
      boundary,
      'aws_iam_policy',
      { policy: document(allow('*', '*'), deny(['organizations:*', 'iam:*', 'account:*'], '*')) },
      'boundary',
    ),
  ],
})

const arn = 'arn:aws:s3:::a-bucket-for-access'
const app = `arn:aws:iam::${account}:role/app`
const overTls = deny('s3:*', [arn, `${arn}/*`], {
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
})
const appReads = allow('s3:GetObject', `${arn}/*`, { Principal: { AWS: app } })
const bucket: Resources = {
  aws_s3_bucket: { it: { bucket: 'a-bucket-for-access' } },
  aws_s3_bucket_policy: {
    it: { bucket: '${aws_s3_bucket.it.id}', policy: document(overTls, appReads) },
  },
}
const bucketAllows = (...statements: readonly JsonObject[]) =>
  changed(bucket, 'aws_s3_bucket_policy', { policy: document(...statements) })
const bucketCases = changesOf(bucket, {
  'bucket-deny-removed': [bucketAllows(appReads), 'deny-lost aws_s3_bucket_policy.it'],
  'bucket-policy-destroyed': [
    without(bucket, 'aws_s3_bucket_policy'),
    'deny-lost aws_s3_bucket_policy.it',
  ],
  'bucket-principal-added': [
    bucketAllows(overTls, {
      ...appReads,
      Principal: { AWS: [app, 'arn:aws:iam::111122223333:root'] },
    }),
    'iam-widened aws_s3_bucket_policy.it',
  ],
  'bucket-anyone-of-organization': [
    bucketAllows(overTls, appReads, {
      ...appReads,
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-exampleorg' } },
    }),
    'iam-widened aws_s3_bucket_policy.it',
  ],
  'bucket-allow-removed': [bucketAllows(overTls)],
  'bucket-deny-added': [
    bucketAllows(
      overTls,
      appReads,
      deny('s3:PutObject', `${arn}/*`, {
        Principal: '*',
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      }),
    ),
  ],
})

const code = { package_type: 'Image', image_uri: `${account}.dkr.ecr.us-east-1.amazonaws.com/f:1` }
const lambda: Resources = {
  aws_iam_role: { it: { name: 'f', assume_role_policy: trustOf('lambda.amazonaws.com') } },
  aws_lambda_function: { it: { function_name: 'f', role: '${aws_iam_role.it.arn}', ...code } },
}
const url = (authorization_type: string) => ({
  ...lambda,
  aws_lambda_function_url: {
    it: { function_name: '${aws_lambda_function.it.function_name}', authorization_type },
  },
})
const invocation = (values: JsonObject) => ({
  ...lambda,
  aws_lambda_permission: {
    it: {
      function_name: '${aws_lambda_function.it.function_name}',
      action: 'lambda:InvokeFunction',
      ...values,
    },
  },
})
const lambdaCases = changesOf(lambda, {
  'url-without-authorization': [url('NONE'), 'auth-off aws_lambda_function_url.it'],
  'url-with-authorization': [url('AWS_IAM')],
  'invocation-public': [invocation({ principal: '*' }), 'iam-widened aws_lambda_permission.it'],
  'invocation-of-any-bucket': [
    invocation({ principal: 's3.amazonaws.com' }),
    'invoke-unscoped aws_lambda_permission.it',
  ],
  'invocation-of-a-rule': [
    invocation({
      principal: 'events.amazonaws.com',
      source_arn: `arn:aws:events:us-east-1:${account}:rule/nightly`,
    }),
  ],
  'function-destroyed': [
    without(lambda, 'aws_lambda_function'),
    'work-destroyed aws_lambda_function.it',
  ],
})

const key: Resources = {
  aws_kms_key: {
    it: {
      description: 'it',
      policy: document(allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${account}:root` } })),
    },
  },
}
const keyCases: Readonly<Record<string, PlanCase>> = {
  'key-of-the-account': { after: configuration(key), finds: [] },
  'role-anything': {
    after: configuration({
      aws_iam_policy: { it: { name: 'all', policy: document(allow('*', '*')) } },
    }),
    finds: ['iam-widened aws_iam_policy.it'],
  },
  ...changesOf(key, {
    'key-of-another-account': [
      changed(key, 'aws_kms_key', {
        policy: document(
          allow('kms:*', '*', { Principal: { AWS: `arn:aws:iam::${account}:root` } }),
          allow('kms:Decrypt', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:root' } }),
        ),
      }),
      'iam-widened aws_kms_key.it',
    ],
  }),
}

/** Who may do what: policies of roles, buckets, keys and functions. */
export const accessCases: Readonly<Record<string, PlanCase>> = {
  ...roleCases,
  ...boundaryCases,
  ...bucketCases,
  ...lambdaCases,
  ...keyCases,
}
