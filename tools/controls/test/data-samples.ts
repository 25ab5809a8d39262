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
}
