import type { JsonObject } from '../src/json'
import { accessCases } from './cases/access'
import { availabilityCases } from './cases/availability'
import { exposureCases } from './cases/exposure'
import { lossCases } from './cases/loss'
import { repetitionCases } from './cases/repetition'
import { settingsCases } from './cases/settings'
import { costCases, secretCases } from './cases/values'
import { type Configuration, type PlanCase, resource } from './plan-case'

const update = { update: 1 }
const replace = { replace: 1 }
const policy = (...statements: JsonObject[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  })
const trust = (principal: JsonObject) => policy({ Action: 'sts:AssumeRole', Principal: principal })
const ecs = { Service: 'ecs-tasks.amazonaws.com' }

function of(
  type: string,
  before: JsonObject,
  after: JsonObject,
  finds: readonly string[],
  counts: PlanCase['counts'] = update,
  contains?: readonly string[],
): PlanCase {
  return {
    before: resource(type, before),
    after: resource(type, after),
    finds,
    counts,
    ...(contains && { contains }),
  }
}

function destroyed(
  type: string,
  values: JsonObject,
  finds: readonly string[],
  contains?: readonly string[],
): PlanCase {
  return {
    before: resource(type, values),
    after: {},
    finds,
    counts: { delete: 1 },
    ...(contains && { contains }),
  }
}

const vpc = { aws_vpc: { main: { cidr_block: '10.0.0.0/16' } } }
const inVpc = { vpc_id: '${aws_vpc.main.id}' }
const withVpc = (more: JsonObject): Configuration => ({ resource: { ...vpc, ...more } })
const rule = (changes: JsonObject) => ({
  security_group_id: '${aws_security_group.it.id}',
  description: 'a',
  ip_protocol: 'tcp',
  from_port: 443,
  to_port: 443,
  ...changes,
})
const group = (rules: JsonObject) =>
  withVpc({
    aws_security_group: { it: { name: 'it', ...inVpc } },
    aws_vpc_security_group_ingress_rule: rules,
  })
const bucket = (more: JsonObject = {}): Configuration => ({
  resource: { aws_s3_bucket: { it: { bucket: 'a-bucket-for-plans' } }, ...more },
})
const ofBucket = { bucket: '${aws_s3_bucket.it.id}' }
const targets = (changes: JsonObject) =>
  withVpc({
    aws_lb_target_group: { it: { name: 'it', port: 80, protocol: 'HTTP', ...inVpc, ...changes } },
  })
const rate = (limit: number, action: 'block' | 'count'): JsonObject => ({
  name: 'rate',
  priority: 0,
  action: { [action]: {} },
  statement: { rate_based_statement: { limit, aggregate_key_type: 'IP' } },
  visibility_config: {
    metric_name: 'rate',
    cloudwatch_metrics_enabled: true,
    sampled_requests_enabled: true,
  },
})
const acl = (...rules: JsonObject[]) => ({
  name: 'it',
  scope: 'REGIONAL',
  default_action: { allow: {} },
  rule: rules,
  visibility_config: {
    metric_name: 'it',
    cloudwatch_metrics_enabled: true,
    sampled_requests_enabled: true,
  },
})
const alarm = (changes: JsonObject = {}) => ({
  alarm_name: 'cpu',
  comparison_operator: 'GreaterThanThreshold',
  evaluation_periods: 1,
  metric_name: 'CPUUtilization',
  namespace: 'AWS/EC2',
  period: 60,
  statistic: 'Average',
  threshold: 90,
  alarm_actions: ['arn:aws:sns:us-east-1:123456789012:topic'],
  ...changes,
})
const template = (user_data: string) => ({
  name: 'instances',
  image_id: 'ami-12c6146b',
  user_data: Buffer.from(user_data).toString('base64'),
})
const table = (changes: JsonObject = {}) => ({
  name: 'it',
  billing_mode: 'PAY_PER_REQUEST',
  hash_key: 'a',
  attribute: [{ name: changes.hash_key ?? 'a', type: 'S' }],
  ...changes,
})
const data = (values: JsonObject, more: JsonObject = {}): Configuration => ({
  resource: { terraform_data: { it: values } },
  ...more,
})

/** Cases of Terraform alone, without a downloaded provider. */
export const plainCases: Readonly<Record<string, PlanCase>> = {
  ...secretCases,
  'nothing-changes': {
    before: data({ input: 'a' }),
    after: data({ input: 'a' }),
    finds: [],
    counts: {},
    contains: ['no changes'],
  },
  create: { after: data({ input: 'a' }), finds: [], counts: { create: 1 } },
  'update-in-place': {
    before: data({ input: 'a' }),
    after: data({ input: 'b' }),
    finds: [],
    counts: update,
    contains: ['`input`: `"a"` → `"b"`'],
  },
  'replace-by-trigger': {
    before: data({ triggers_replace: ['a'] }),
    after: data({ triggers_replace: ['b'] }),
    finds: [],
    counts: replace,
    contains: ['forced by triggers_replace'],
  },
  destroy: {
    before: data({ input: 'a' }),
    after: {},
    finds: [],
    counts: { delete: 1 },
    contains: ['no longer in the code'],
  },
  moved: {
    before: data({ input: 'a' }),
    after: {
      resource: { terraform_data: { other: { input: 'a' } } },
      moved: [{ from: 'terraform_data.it', to: 'terraform_data.other' }],
    },
    finds: [],
    counts: { move: 1 },
    contains: ['`terraform_data.it` → `terraform_data.other`'],
  },
  forgotten: {
    before: data({ input: 'a' }),
    after: { removed: [{ from: 'terraform_data.it', lifecycle: { destroy: false } }] },
    finds: [],
    counts: { forget: 1 },
    contains: ['1 to forget'],
  },
  'count-lowered': {
    before: data({ count: 2, input: 'a' }),
    after: data({ count: 1, input: 'a' }),
    finds: [],
    counts: { delete: 1 },
    contains: ['count is lower'],
  },
  'key-removed': {
    before: data({ for_each: '${toset(["a", "b"])}', input: 'x' }),
    after: data({ for_each: '${toset(["a"])}', input: 'x' }),
    finds: [],
    counts: { delete: 1 },
    contains: ['its key is no longer in for_each'],
  },
  'output-changes': {
    before: data({ input: 'a' }, { output: { o: { value: 'one' } } }),
    after: data({ input: 'a' }, { output: { o: { value: 'two' } } }),
    finds: [],
    counts: {},
    contains: ['output `o`: update', '`"one"` → `"two"`'],
  },
  'sensitive-input': {
    before: data({ input: '${sensitive("hunter2-old")}' }),
    after: data({ input: '${sensitive("hunter2-new")}' }),
    finds: [],
    counts: update,
    contains: ['(sensitive)'],
  },
  'sensitive-output': {
    before: data({}, { output: { o: { value: 'hunter2-old', sensitive: true } } }),
    after: data({}, { output: { o: { value: 'hunter2-new', sensitive: true } } }),
    finds: [],
    counts: {},
    contains: ['(sensitive)'],
  },
  'document-reformatted': {
    before: data({ input: '{"a":1,"b":[1,2]}' }),
    after: data({ input: '{ "b": [1, 2], "a": 1 }' }),
    finds: [],
    counts: update,
  },
  'known-after-apply': {
    before: data({ input: 'a' }),
    after: { resource: { terraform_data: { it: { input: '${terraform_data.new.id}' }, new: {} } } },
    finds: [],
    counts: { update: 1, create: 1 },
    contains: ['(known after apply)'],
  },
  'check-fails': {
    before: data({ input: 'a' }),
    after: data(
      { input: 'a' },
      {
        check: {
          health: {
            assert: [
              { condition: '${terraform_data.it.output == "b"}', error_message: 'It is not b.' },
            ],
          },
        },
      },
    ),
    finds: [],
    counts: {},
    contains: ['a check fails: check.health: It is not b.'],
  },
  'renamed-without-move': {
    before: {
      resource: { terraform_data: { old: { input: 'a-long-value', triggers_replace: ['x'] } } },
    },
    after: {
      resource: { terraform_data: { fresh: { input: 'a-long-value', triggers_replace: ['x'] } } },
    },
    finds: [],
    counts: { create: 1, delete: 1 },
    contains: ['moved { from = terraform_data.old, to = terraform_data.fresh }'],
  },
}

/** Cases of the AWS provider. */
export const awsCases: Readonly<Record<string, PlanCase>> = {
  ...settingsCases,
  ...accessCases,
  ...exposureCases,
  ...availabilityCases,
  ...lossCases,
  ...repetitionCases,
  ...costCases,
  'bucket-destroyed': {
    before: bucket(),
    after: {},
    finds: ['data-destroyed'],
    counts: { delete: 1 },
  },
  'bucket-renamed': of(
    'aws_s3_bucket',
    { bucket: 'a-bucket-for-plans' },
    { bucket: 'another-bucket-for-plans' },
    ['data-destroyed'],
    replace,
    ['forced by bucket'],
  ),
  'bucket-force-destroy': of(
    'aws_s3_bucket',
    { bucket: 'b-bucket-for-plans' },
    { bucket: 'b-bucket-for-plans', force_destroy: true },
    ['snapshot-skipped'],
  ),
  'bucket-tags-only': of(
    'aws_s3_bucket',
    { bucket: 'c-bucket-for-plans' },
    { bucket: 'c-bucket-for-plans', tags: { a: 'b' } },
    [],
    update,
    ['1 change tags only'],
  ),
  'versioning-suspended': {
    before: bucket({
      aws_s3_bucket_versioning: {
        it: { ...ofBucket, versioning_configuration: { status: 'Enabled' } },
      },
    }),
    after: bucket({
      aws_s3_bucket_versioning: {
        it: { ...ofBucket, versioning_configuration: { status: 'Suspended' } },
      },
    }),
    finds: ['versioning-suspended'],
    counts: update,
  },
  'bucket-public': {
    before: bucket({
      aws_s3_bucket_public_access_block: {
        it: { ...ofBucket, block_public_acls: true, block_public_policy: true },
      },
    }),
    after: bucket({
      aws_s3_bucket_public_access_block: {
        it: { ...ofBucket, block_public_acls: false, block_public_policy: true },
      },
    }),
    finds: ['public-data'],
    counts: update,
  },
  'bucket-policy-public': {
    before: bucket(),
    after: bucket({
      aws_s3_bucket_policy: {
        it: {
          bucket: 'a-bucket-for-plans',
          policy: policy({
            Principal: '*',
            Action: 's3:GetObject',
            Resource: 'arn:aws:s3:::a-bucket-for-plans/*',
          }),
        },
      },
    }),
    finds: ['iam-widened', 'public-data'],
    counts: { create: 1 },
  },
  'key-destroyed': destroyed('aws_kms_key', { description: 'it' }, ['data-destroyed']),
  'key-window-shorter': of(
    'aws_kms_key',
    { deletion_window_in_days: 30 },
    { deletion_window_in_days: 7 },
    ['snapshot-skipped'],
    update,
    ['30 -> 7'],
  ),
  'key-disabled': of('aws_kms_key', { is_enabled: true }, { is_enabled: false }, ['key-disabled']),
  'key-rotation-off': of(
    'aws_kms_key',
    { enable_key_rotation: true },
    { enable_key_rotation: false },
    ['rotation-off'],
  ),
  'logs-shorter': of(
    'aws_cloudwatch_log_group',
    { name: 'a', retention_in_days: 365 },
    { name: 'a', retention_in_days: 30 },
    ['retention-lowered'],
    update,
    ['365 -> 30'],
  ),
  'logs-longer': of(
    'aws_cloudwatch_log_group',
    { name: 'b', retention_in_days: 30 },
    { name: 'b', retention_in_days: 365 },
    [],
  ),
  'logs-destroyed': destroyed('aws_cloudwatch_log_group', { name: 'c' }, ['address-destroyed']),
  'table-protection-off': of(
    'aws_dynamodb_table',
    table({ deletion_protection_enabled: true }),
    table({ deletion_protection_enabled: false }),
    ['protection-off'],
  ),
  'table-other-key': of(
    'aws_dynamodb_table',
    table({ name: 'b' }),
    table({ name: 'b', hash_key: 'z' }),
    ['data-destroyed'],
    replace,
    ['forced by hash_key'],
  ),
  'queue-unencrypted': of(
    'aws_sqs_queue',
    { name: 'a', kms_master_key_id: 'alias/aws/sqs' },
    { name: 'a', sqs_managed_sse_enabled: false },
    ['encryption-off'],
  ),
  'topic-unencrypted': of(
    'aws_sns_topic',
    { name: 'a', kms_master_key_id: 'alias/aws/sns' },
    { name: 'a' },
    ['encryption-off'],
  ),
  'role-policy-star': of(
    'aws_iam_policy',
    { name: 'a', policy: policy({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }) },
    { name: 'a', policy: policy({ Action: 's3:*', Resource: '*' }) },
    ['iam-widened'],
    update,
    ['s3:* on *'],
  ),
  'role-policy-narrower': of(
    'aws_iam_policy',
    {
      name: 'b',
      policy: policy({ Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::b/*' }),
    },
    { name: 'b', policy: policy({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }) },
    [],
  ),
  'role-new-principal': of(
    'aws_iam_role',
    { name: 'a', assume_role_policy: trust(ecs) },
    {
      name: 'a',
      assume_role_policy: policy(
        { Action: 'sts:AssumeRole', Principal: ecs },
        { Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::111122223333:root' } },
      ),
    },
    ['iam-widened'],
    update,
    ['a new principal'],
  ),
  'role-boundary-off': of(
    'aws_iam_role',
    {
      name: 'b',
      assume_role_policy: trust(ecs),
      permissions_boundary: 'arn:aws:iam::123456789012:policy/limit',
    },
    { name: 'b', assume_role_policy: trust(ecs) },
    ['boundary-off'],
  ),
  'group-opened': {
    before: group({ a: rule({ cidr_ipv4: '10.0.0.0/8' }) }),
    after: group({ a: rule({ cidr_ipv4: '0.0.0.0/0' }) }),
    finds: ['open-to-world'],
    counts: update,
    contains: ['port 443 from 0.0.0.0/0'],
  },
  'group-widened': {
    before: group({ a: rule({ cidr_ipv4: '10.0.0.0/8' }) }),
    after: group({ a: rule({ cidr_ipv4: '192.168.0.0/16' }) }),
    finds: ['group-widened'],
    counts: update,
  },
  'group-inline-ssh': {
    before: withVpc({ aws_security_group: { it: { name: 'it', ...inVpc } } }),
    after: withVpc({
      aws_security_group: {
        it: {
          name: 'it',
          ...inVpc,
          ingress: [
            {
              from_port: 22,
              to_port: 22,
              protocol: 'tcp',
              cidr_blocks: ['0.0.0.0/0'],
              description: 'a',
              ipv6_cidr_blocks: [],
              prefix_list_ids: [],
              security_groups: [],
              self: false,
            },
          ],
        },
      },
    }),
    finds: ['open-to-world'],
    counts: update,
    contains: ['port 22 from 0.0.0.0/0'],
  },
  'vpc-replaced': of(
    'aws_vpc',
    { cidr_block: '10.0.0.0/16' },
    { cidr_block: '10.1.0.0/16' },
    ['data-destroyed'],
    replace,
    ['forced by cidr_block'],
  ),
  'subnet-other-zone': {
    before: withVpc({
      aws_subnet: { it: { ...inVpc, cidr_block: '10.0.0.0/24', availability_zone: 'us-east-1a' } },
    }),
    after: withVpc({
      aws_subnet: { it: { ...inVpc, cidr_block: '10.0.0.0/24', availability_zone: 'us-east-1b' } },
    }),
    finds: ['data-destroyed', 'other-place'],
    counts: replace,
  },
  'address-released': destroyed('aws_eip', { domain: 'vpc' }, ['address-destroyed']),
  'zone-destroyed': destroyed('aws_route53_zone', { name: 'plans.example' }, ['data-destroyed']),
  'target-group-slow': {
    before: targets({ deregistration_delay: 60 }),
    after: targets({ deregistration_delay: 300 }),
    // Nothing in this plan is on Spot.
    finds: [],
    counts: update,
  },
  'target-group-port': {
    before: targets({}),
    after: targets({ port: 81 }),
    finds: ['target-group-replaced'],
    counts: replace,
    contains: ['forced by port'],
  },
  'firewall-counts': of(
    'aws_wafv2_web_acl',
    acl(rate(1000, 'block')),
    acl(rate(1000, 'count')),
    ['firewall-relaxed'],
    update,
    ['rule rate only counts'],
  ),
  'alarm-removed': destroyed('aws_cloudwatch_metric_alarm', alarm(), ['watch-removed']),
  'failover-rule-removed': destroyed(
    'aws_cloudwatch_event_rule',
    { name: 'failover-notice', event_pattern: '{"source":["aws.ecs"]}' },
    ['failover-weakened'],
  ),
  'failover-pattern': of(
    'aws_cloudwatch_event_rule',
    { name: 'failover-b', event_pattern: '{"source":["aws.ecs"]}' },
    { name: 'failover-b', event_pattern: '{"source":["aws.ec2"]}' },
    ['failover-weakened'],
    update,
    ['event_pattern.source[0]'],
  ),
  'draining-removed': of(
    'aws_launch_template',
    template('ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'),
    template('ECS_CLUSTER=a'),
    ['draining-off'],
  ),
  'secret-destroyed': destroyed(
    'aws_secretsmanager_secret',
    { name: 'a', recovery_window_in_days: 0 },
    ['data-destroyed', 'snapshot-skipped'],
  ),
  'parameter-secure-changed': of(
    'aws_ssm_parameter',
    { name: '/a', type: 'SecureString', value: 'hunter2-old' },
    { name: '/a', type: 'SecureString', value: 'hunter2-new' },
    [],
    update,
    ['(sensitive)'],
  ),
  'registry-mutable': destroyed('aws_ecr_repository', { name: 'a' }, ['data-destroyed']),
}
