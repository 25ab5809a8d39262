import { only, policy, type Sample, variants } from './samples'

const database = variants('aws_rds_cluster', {
  storage_encrypted: true,
  iam_database_authentication_enabled: true,
  copy_tags_to_snapshot: true,
  enabled_cloudwatch_logs_exports: ['postgresql'],
  backup_retention_period: 7,
  master_username: 'keeper',
})
const instance = variants('aws_rds_cluster_instance', {
  monitoring_interval: 60,
  performance_insights_enabled: true,
})
const cache = variants('aws_elasticache_replication_group', {
  transit_encryption_enabled: true,
  user_group_ids: ['users'],
  snapshot_retention_limit: 1,
  kms_key_id: 'key',
  subnet_group_name: 'own',
})
const bucket = (about: Readonly<Record<string, object>> = {}) => ({
  aws_s3_bucket: { it: {} },
  ...Object.fromEntries(
    Object.entries(about).map(([type, values]) => [
      `aws_s3_bucket_${type}`,
      { of: { bucket: '${aws_s3_bucket.it.id}', ...values } },
    ]),
  ),
})
const encrypted = (sse: object) =>
  bucket({
    server_side_encryption_configuration: {
      rule: [{ apply_server_side_encryption_by_default: sse }],
    },
  })
const queue = variants('aws_sqs_queue', { kms_master_key_id: 'key' })
const redrive = '{"deadLetterTargetArn":"${aws_sqs_queue.dead.arn}","maxReceiveCount":5}'
const topicPolicy = (statement: object) =>
  only('aws_sns_topic_policy', { policy: policy({ Action: 'sns:Publish', ...statement }) })
const secret = { aws_secretsmanager_secret: { it: {} } }
const rotation = (rotation_rules: object) =>
  only('aws_secretsmanager_secret_rotation', { rotation_rules })
const group = variants('aws_cloudwatch_log_group', { kms_key_id: 'key', retention_in_days: 365 })

const http = { 'aws:SecureTransport': 'false' }
const denial = { Effect: 'Deny', Principal: '*', Condition: { Bool: http } }
/** Policies that deny an action over plain HTTP, in forms that AWS accepts. */
const tlsOnly = (action: string) => [
  policy({ ...denial, Action: action }),
  policy({
    ...denial,
    Principal: { AWS: ['*'] },
    Action: ['x:Y', action],
    Condition: { Bool: { 'AWS:SecureTransport': [false] } },
  }),
  `\${jsonencode({"Statement" = {"Effect" = "Deny", Principal = "*", "Action" = "${action}", Condition = {Bool = {"aws:SecureTransport" = false}}}})}`,
]
const notTlsOnly = (Action: string) => [
  policy({ ...denial, Action, Effect: 'Allow' }),
  policy({ ...denial, Action, Principal: { AWS: 'arn:aws:iam::123456789012:root' } }),
  policy({ ...denial, Action, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
  policy({ ...denial, Action, Condition: { Bool: { ...http, 'aws:ViaAWSService': 'true' } } }),
  policy({ ...denial, Action, Condition: { Bool: http, Null: { 'aws:TokenIssueTime': 'true' } } }),
  policy({ ...denial, NotAction: Action }),
  '${data.x.json}',
]
const queuePolicy = (statements: string) => ({
  ...queue(),
  ...only('aws_sqs_queue_policy', {
    queue_url: '${aws_sqs_queue.it.url}',
    policy: statements,
  }),
})
const topicWith = (statements: string) => ({
  ...only('aws_sns_topic', {}),
  ...only('aws_sns_topic_policy', { arn: '${aws_sns_topic.it.arn}', policy: statements }),
})

const parameters = (...parameter: object[]) => ({
  aws_rds_cluster: {
    it: {
      engine: 'aurora-postgresql',
      db_cluster_parameter_group_name: '${aws_rds_cluster_parameter_group.it.name}',
    },
  },
  aws_rds_cluster_parameter_group: { it: { name: 'it', parameter } },
})
const instances = (...zones: (string | undefined)[]) => ({
  aws_rds_cluster: { it: {} },
  aws_rds_cluster_instance: Object.fromEntries(
    zones.map((availability_zone, index) => [
      `i${index}`,
      { availability_zone, cluster_identifier: '${aws_rds_cluster.it.id}' },
    ]),
  ),
})
const blocked = {
  block_public_acls: true,
  block_public_policy: true,
  ignore_public_acls: true,
  restrict_public_buckets: true,
}
const aborts = {
  status: 'Enabled',
  abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
}
const lifecycle = (rule: object) => only('aws_s3_bucket_lifecycle_configuration', { rule: [rule] })
const bucketPolicy = (statement: object) =>
  only('aws_s3_bucket_policy', { policy: policy({ Resource: '*', ...statement }) })

export const dataSamples: Readonly<Record<string, Sample>> = {
  CKV_AWS_96: {
    violations: [[database({ storage_encrypted: undefined }), 'storage_encrypted']],
    compliant: [database()],
  },
  CKV_AWS_162: {
    violations: [[database({ iam_database_authentication_enabled: false }), 'iam_database']],
    compliant: [database()],
  },
  CKV_AWS_313: {
    violations: [[database({ copy_tags_to_snapshot: false }), 'copy_tags']],
    compliant: [database({ copy_tags_to_snapshot: 'true' })],
  },
  CKV_AWS_324: {
    violations: [[database({ enabled_cloudwatch_logs_exports: [] }), 'enabled_cloudwatch']],
    compliant: [database()],
  },
  'AWS-0077': {
    violations: [
      [database({ backup_retention_period: 6 }), 'is 6'],
      [database({ backup_retention_period: undefined }), 'is 1'],
    ],
    compliant: [database()],
  },
  CKV_AWS_17: {
    violations: [[instance({ publicly_accessible: true }), 'publicly']],
    compliant: [instance(), instance({ publicly_accessible: false })],
  },
  CKV_AWS_118: {
    violations: [
      [instance({ monitoring_interval: 0 }), 'monitoring_interval'],
      [instance({ monitoring_interval: undefined }), 'monitoring_interval'],
    ],
    compliant: [instance()],
  },
  CKV_AWS_353: {
    violations: [[instance({ performance_insights_enabled: false }), 'performance_insights']],
    compliant: [instance()],
  },
  'FSBP RDS.24': {
    violations: [
      [database({ master_username: 'postgres' }), 'postgres'],
      [database({ master_username: undefined }), 'undefined'],
    ],
    compliant: [database()],
  },
  'FSBP RDS.43': {
    violations: [[only('aws_db_proxy', {}), 'require_tls']],
    compliant: [only('aws_db_proxy', { require_tls: true })],
  },
  CKV_AWS_30: {
    violations: [[cache({ transit_encryption_enabled: false }), 'transit_encryption']],
    compliant: [cache()],
  },
  CKV_AWS_31: {
    violations: [
      [cache({ user_group_ids: undefined }), 'no auth_token'],
      [cache({ transit_encryption_enabled: false }), 'no TLS'],
    ],
    compliant: [cache(), cache({ user_group_ids: undefined, auth_token: '${var.token}' })],
  },
  'FSBP ElastiCache.1': {
    violations: [[cache({ snapshot_retention_limit: 0 }), 'snapshot_retention_limit']],
    compliant: [cache()],
  },
  CKV_AWS_191: {
    violations: [[cache({ kms_key_id: undefined }), 'kms_key_id']],
    compliant: [cache()],
  },
  'FSBP ElastiCache.7': {
    violations: [
      [cache({ subnet_group_name: 'default' }), 'default'],
      [cache({ subnet_group_name: undefined }), 'default'],
    ],
    compliant: [cache()],
  },
  CKV_AWS_145: {
    violations: [
      [bucket(), 'the key of S3'],
      [encrypted({ sse_algorithm: 'AES256' }), 'the key of S3'],
      [encrypted({ sse_algorithm: 'aws:kms' }), 'the key of S3'],
    ],
    compliant: [encrypted({ sse_algorithm: 'aws:kms', kms_master_key_id: 'key' })],
  },
  CKV_AWS_21: {
    violations: [
      [bucket(), 'versioning is not enabled'],
      [
        bucket({ versioning: { versioning_configuration: { status: 'Suspended' } } }),
        'versioning is not enabled',
      ],
    ],
    compliant: [bucket({ versioning: { versioning_configuration: { status: 'Enabled' } } })],
  },
  'FSBP S3.5': {
    violations: [
      [bucket(), 'aws:SecureTransport'],
      ...notTlsOnly('s3:*').map(
        (statement) => [bucket({ policy: { policy: statement } }), 'aws:SecureTransport'] as const,
      ),
    ],
    compliant: tlsOnly('s3:*').map((statement) => bucket({ policy: { policy: statement } })),
  },
  CKV_AWS_18: {
    violations: [[bucket(), 'aws_s3_bucket_logging']],
    compliant: [
      {
        ...bucket({ logging: { target_bucket: '${aws_s3_bucket_policy.logs.bucket}' } }),
        aws_s3_bucket: { it: {}, logs: {} },
        // Terraform code often reads the bucket's name from its policy, so that the policy exists first.
        aws_s3_bucket_policy: { logs: { bucket: '${aws_s3_bucket.logs.id}' } },
      },
    ],
  },
  CKV_AWS_27: {
    violations: [[queue({ kms_master_key_id: undefined }), 'not encrypted']],
    compliant: [queue(), queue({ kms_master_key_id: undefined, sqs_managed_sse_enabled: true })],
  },
  'AwsSolutions-SQS3': {
    violations: [
      [queue(), 'no redrive_policy'],
      [
        { aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {}, third: {} } },
        'aws_sqs_queue.third: no redrive_policy',
      ],
    ],
    compliant: [
      { aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {} } },
      {
        aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {}, third: {} },
        aws_scheduler_schedule: {
          it: { target: { dead_letter_config: { arn: '${aws_sqs_queue.third.arn}' } } },
        },
      },
    ],
  },
  'AwsSolutions-SQS4': {
    violations: [
      [queue(), 'aws:SecureTransport'],
      // The policy of another queue.
      [
        {
          aws_sqs_queue: { it: {}, other: {} },
          ...only('aws_sqs_queue_policy', {
            queue_url: '${aws_sqs_queue.other.url}',
            policy: tlsOnly('sqs:*')[0],
          }),
        },
        'aws_sqs_queue.it',
      ],
      ...[...notTlsOnly('sqs:*'), ...tlsOnly('sqs:SendMessage')].map(
        (statement) => [queuePolicy(statement), 'aws:SecureTransport'] as const,
      ),
    ],
    compliant: [queue({ policy: tlsOnly('*')[0] }), ...tlsOnly('sqs:*').map(queuePolicy)],
  },
  'AwsSolutions-SNS3': {
    violations: [
      [only('aws_sns_topic', {}), 'aws:SecureTransport'],
      ...[...notTlsOnly('sns:Publish'), ...tlsOnly('sns:Subscribe')].map(
        (statement) => [topicWith(statement), 'aws:SecureTransport'] as const,
      ),
    ],
    compliant: tlsOnly('sns:Publish').map(topicWith),
  },
  CKV_AWS_26: {
    violations: [[only('aws_sns_topic', {}), 'kms_master_key_id']],
    compliant: [only('aws_sns_topic', { kms_master_key_id: 'key' })],
  },
  CKV_AWS_169: {
    violations: [
      [topicPolicy({ Principal: '*' }), 'anyone'],
      [topicPolicy({ Principal: { AWS: ['*'] } }), 'anyone'],
      [only('aws_sns_topic_policy', { policy: '${data.x.json}' }), 'cannot be read'],
    ],
    compliant: [
      topicPolicy({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      topicPolicy({
        Principal: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
    ],
  },
  CKV2_AWS_57: {
    violations: [[secret, 'aws_secretsmanager_secret_rotation']],
    compliant: [
      {
        ...secret,
        aws_secretsmanager_secret_rotation: {
          it: { secret_id: '${aws_secretsmanager_secret.it.id}' },
        },
      },
    ],
  },
  CKV_AWS_304: {
    violations: [
      [rotation({ automatically_after_days: 91 }), 'less often, or never'],
      [rotation({ schedule_expression: 'rate(100 days)' }), 'less often, or never'],
      [rotation({}), 'less often, or never'],
    ],
    compliant: [
      rotation({ automatically_after_days: 90 }),
      rotation({ schedule_expression: 'rate(12 hours)' }),
    ],
  },
  CKV_AWS_7: {
    violations: [
      [only('aws_kms_key', {}), 'enable_key_rotation'],
      [only('aws_kms_key', { enable_key_rotation: false }), 'enable_key_rotation'],
    ],
    compliant: [only('aws_kms_key', { enable_key_rotation: true })],
  },
  CKV_AWS_158: {
    violations: [[group({ kms_key_id: undefined }), 'kms_key_id']],
    compliant: [group()],
  },
  CKV_AWS_338: {
    violations: [
      [group({ retention_in_days: 180 }), 'is 180'],
      [group({ retention_in_days: undefined }), 'is undefined'],
    ],
    compliant: [group(), group({ retention_in_days: 3653 })],
  },

  CKV_AWS_327: {
    violations: [[only('aws_rds_cluster', {}), 'no kms_key_id']],
    compliant: [only('aws_rds_cluster', { kms_key_id: 'arn' })],
  },
  CKV_AWS_139: {
    violations: [[only('aws_rds_cluster', {}), 'deletion_protection is off']],
    compliant: [only('aws_rds_cluster', { deletion_protection: true })],
  },
  CKV2_AWS_27: {
    violations: [
      [parameters(), 'log_statement'],
      [parameters({ name: 'log_min_duration_statement', value: '-1' }), 'log_statement'],
      [parameters({ name: 'log_statement', value: 'none' }), 'log_statement'],
    ],
    compliant: [
      parameters({ name: 'log_min_duration_statement', value: '1000' }),
      parameters({ name: 'x', value: '1' }, { name: 'log_statement', value: 'ddl' }),
    ],
  },
  CKV2_AWS_69: {
    violations: [
      [parameters(), 'rds.force_ssl'],
      [parameters({ name: 'rds.force_ssl', value: '0' }), 'rds.force_ssl'],
    ],
    compliant: [parameters({ name: 'rds.force_ssl', value: 1 })],
  },
  'FSBP RDS.15': {
    violations: [
      [only('aws_rds_cluster', {}), '0 zones'],
      [instances('eu-west-1a', 'eu-west-1a'), '1 zones'],
    ],
    compliant: [instances('eu-west-1a', 'eu-west-1b'), instances(undefined, undefined)],
  },
  CKV_AWS_226: {
    violations: [[instance({ auto_minor_version_upgrade: false }), 'is false']],
    compliant: [instance(), instance({ auto_minor_version_upgrade: true })],
  },
  CKV_AWS_354: {
    violations: [
      [only('aws_rds_cluster_instance', { performance_insights_enabled: true }), 'no performance'],
    ],
    compliant: [
      only('aws_rds_cluster_instance', {
        performance_insights_enabled: true,
        performance_insights_kms_key_id: 'arn',
      }),
    ],
  },
  CKV_AWS_29: {
    violations: [[only('aws_elasticache_replication_group', {}), 'at_rest_encryption_enabled']],
    compliant: [only('aws_elasticache_replication_group', { at_rest_encryption_enabled: 'true' })],
  },
  CKV2_AWS_50: {
    violations: [
      [
        only('aws_elasticache_replication_group', { automatic_failover_enabled: true }),
        'multi_az_enabled is off',
      ],
    ],
    compliant: [
      only('aws_elasticache_replication_group', {
        automatic_failover_enabled: true,
        multi_az_enabled: true,
      }),
    ],
  },
  'FSBP ElastiCache.2': {
    violations: [
      [only('aws_elasticache_replication_group', { auto_minor_version_upgrade: 'false' }), 'false'],
    ],
    compliant: [only('aws_elasticache_replication_group', {})],
  },
  CKV_AWS_28: {
    violations: [[only('aws_dynamodb_table', {}), 'point_in_time_recovery.enabled is off']],
    compliant: [only('aws_dynamodb_table', { point_in_time_recovery: [{ enabled: true }] })],
  },
  CKV_AWS_119: {
    violations: [
      [only('aws_dynamodb_table', {}), 'no kms_key_arn'],
      [only('aws_dynamodb_table', { server_side_encryption: { enabled: true } }), 'no kms_key_arn'],
    ],
    compliant: [
      only('aws_dynamodb_table', { server_side_encryption: { enabled: true, kms_key_arn: 'arn' } }),
    ],
  },
  'FSBP DynamoDB.1': {
    violations: [[only('aws_dynamodb_table', { billing_mode: 'PROVISIONED' }), 'provisioned']],
    compliant: [
      only('aws_dynamodb_table', { billing_mode: 'PAY_PER_REQUEST' }),
      {
        aws_dynamodb_table: { it: {} },
        aws_appautoscaling_target: { it: { resource_id: 'table/${aws_dynamodb_table.it.name}' } },
      },
    ],
  },
  'FSBP DynamoDB.6': {
    violations: [[only('aws_dynamodb_table', {}), 'deletion_protection_enabled is off']],
    compliant: [only('aws_dynamodb_table', { deletion_protection_enabled: true })],
  },
  CKV2_AWS_6: {
    violations: [
      [bucket(), 'no aws_s3_bucket_public_access_block'],
      [bucket({ public_access_block: { ...blocked, ignore_public_acls: false } }), 'no aws_s3'],
    ],
    compliant: [bucket({ public_access_block: blocked })],
  },
  CKV2_AWS_65: {
    violations: [
      [bucket(), 'BucketOwnerEnforced'],
      [
        bucket({ ownership_controls: { rule: { object_ownership: 'BucketOwnerPreferred' } } }),
        'BucketOwnerEnforced',
      ],
    ],
    compliant: [
      bucket({ ownership_controls: { rule: [{ object_ownership: 'BucketOwnerEnforced' }] } }),
    ],
  },
  CKV2_AWS_61: {
    violations: [[bucket(), 'aws_s3_bucket_lifecycle_configuration']],
    compliant: [bucket({ lifecycle_configuration: {} })],
  },
  CKV_AWS_300: {
    violations: [
      [lifecycle({ status: 'Enabled' }), 'abort_incomplete'],
      [lifecycle({ ...aborts, status: 'Disabled' }), 'abort_incomplete'],
      [lifecycle({ ...aborts, filter: { prefix: 'tmp/' } }), 'abort_incomplete'],
    ],
    compliant: [lifecycle(aborts), lifecycle({ ...aborts, filter: [{ prefix: '' }] })],
  },
  CKV_AWS_70: {
    violations: [
      [bucketPolicy({ Principal: '*', Action: 's3:GetObject' }), 'anyone'],
      [bucketPolicy({ Principal: { AWS: ['*'] }, Action: 's3:GetObject' }), 'anyone'],
      [bucketPolicy({ NotPrincipal: { AWS: 'arn' }, Action: 's3:GetObject' }), 'anyone'],
      [only('aws_s3_bucket_policy', { policy: '${file("policy.json")}' }), 'cannot be read'],
    ],
    compliant: [
      bucketPolicy({ Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject' }),
      bucketPolicy({ ...denial, Action: 's3:*' }),
    ],
  },
  CKV_AWS_93: {
    violations: [
      [bucketPolicy({ Effect: 'Deny', Principal: '*', Action: 's3:*' }), 'nobody'],
      [bucketPolicy({ Effect: 'Deny', Principal: { AWS: '*' }, Action: ['*'] }), 'nobody'],
    ],
    compliant: [
      bucketPolicy({ ...denial, Action: 's3:*' }),
      bucketPolicy({ Effect: 'Deny', Principal: '*', Action: 's3:GetObject' }),
    ],
  },
  'FSBP S3.6': {
    violations: [
      [bucketPolicy({ Principal: { AWS: '210987654321' }, Action: 's3:Put*' }), 's3:PutBucketAcl'],
      [bucketPolicy({ Principal: { AWS: 'arn' }, NotAction: 's3:Get*' }), 's3:DeleteBucketPolicy'],
    ],
    compliant: [
      bucketPolicy({ Principal: { AWS: '210987654321' }, Action: 's3:PutObject' }),
      bucketPolicy({ Principal: { Service: 'logging.s3.amazonaws.com' }, Action: 's3:*' }),
    ],
  },
  CKV_AWS_168: {
    violations: [[queuePolicy(policy({ Principal: '*', Action: 'sqs:SendMessage' })), 'anyone']],
    compliant: [
      queuePolicy(policy({ Principal: { Service: 'events.amazonaws.com' } })),
      queuePolicy(policy({ Principal: '*', Condition: { ArnEquals: { 'aws:SourceArn': 'arn' } } })),
    ],
  },
  CKV_AWS_72: {
    violations: [
      [queuePolicy(policy({ Principal: { AWS: 'arn' }, Action: 'SQS:*' })), 'all actions'],
      [queuePolicy(policy({ Principal: { AWS: 'arn' }, NotAction: 'sqs:DeleteQueue' })), 'all'],
    ],
    compliant: [
      queuePolicy(policy({ Principal: { AWS: 'arn' }, Action: 'sqs:SendMessage' })),
      queuePolicy(policy({ ...denial, Action: 'sqs:*' })),
    ],
  },
  CKV_AWS_149: {
    violations: [[only('aws_secretsmanager_secret', {}), 'no kms_key_id']],
    compliant: [only('aws_secretsmanager_secret', { kms_key_id: 'arn' })],
  },
  CKV_AWS_227: {
    violations: [[only('aws_kms_key', { is_enabled: false }), 'is_enabled is off']],
    compliant: [only('aws_kms_key', {}), only('aws_kms_key', { is_enabled: true })],
  },
  CKV2_AWS_64: {
    violations: [[only('aws_kms_key', {}), 'no policy']],
    compliant: [only('aws_kms_key', { policy: '{}' })],
  },
  CKV_AWS_33: {
    violations: [
      [only('aws_kms_key', { policy: policy({ Principal: { AWS: '*' } }) }), 'anyone'],
      [only('aws_kms_key', { policy: 'no JSON' }), 'cannot be read'],
    ],
    compliant: [
      only('aws_kms_key', {}),
      only('aws_kms_key', {
        policy: policy({
          Principal: '*',
          Condition: { StringEquals: { 'kms:CallerAccount': '123456789012' } },
        }),
      }),
    ],
  },
  CKV2_AWS_34: {
    violations: [[only('aws_ssm_parameter', { type: 'String' }), 'type is String']],
    compliant: [only('aws_ssm_parameter', { type: 'SecureString' })],
  },
  CKV_AWS_337: {
    violations: [[only('aws_ssm_parameter', { type: 'SecureString' }), 'no key_id']],
    compliant: [only('aws_ssm_parameter', { key_id: 'arn' })],
  },

  CKV_AWS_384: {
    violations: [
      [only('aws_ssm_parameter', { value: '-----BEGIN PRIVATE KEY-----' }), 'a key in its value'],
    ],
    compliant: [only('aws_ssm_parameter', { value: '{}' })],
  },
  CKV_AWS_385: {
    violations: [
      [topicPolicy({ Principal: { AWS: '210987654321' } }), '210987654321 can use the topic'],
    ],
    compliant: [
      topicPolicy({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      topicPolicy({ Effect: 'Deny', Principal: { AWS: '*' } }),
    ],
  },
  CKV_AWS_388: {
    violations: [
      [only('aws_rds_cluster', { engine: 'aurora-postgresql', engine_version: '11.9' }), '11.9'],
    ],
    compliant: [only('aws_rds_cluster', { engine: 'aurora-postgresql', engine_version: '16.14' })],
  },
  CKV2_AWS_73: {
    violations: [
      [queue({ kms_master_key_id: 'alias/aws/sqs' }), 'the key of SQS'],
      [queue({ kms_master_key_id: undefined, sqs_managed_sse_enabled: true }), 'or none'],
    ],
    compliant: [queue()],
  },
}
