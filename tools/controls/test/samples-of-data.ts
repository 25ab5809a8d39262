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

export const dataSamples: Readonly<Record<string, Sample>> = {
  CKV_AWS_96: {
    breaks: [[database({ storage_encrypted: undefined }), 'storage_encrypted']],
    holds: [database()],
  },
  CKV_AWS_162: {
    breaks: [[database({ iam_database_authentication_enabled: false }), 'iam_database']],
    holds: [database()],
  },
  CKV_AWS_313: {
    breaks: [[database({ copy_tags_to_snapshot: false }), 'copy_tags']],
    holds: [database({ copy_tags_to_snapshot: 'true' })],
  },
  CKV_AWS_324: {
    breaks: [[database({ enabled_cloudwatch_logs_exports: [] }), 'enabled_cloudwatch']],
    holds: [database()],
  },
  'AWS-0077': {
    breaks: [
      [database({ backup_retention_period: 6 }), 'is 6'],
      [database({ backup_retention_period: undefined }), 'is 1'],
    ],
    holds: [database()],
  },
  CKV_AWS_17: {
    breaks: [[instance({ publicly_accessible: true }), 'publicly']],
    holds: [instance(), instance({ publicly_accessible: false })],
  },
  CKV_AWS_118: {
    breaks: [
      [instance({ monitoring_interval: 0 }), 'monitoring_interval'],
      [instance({ monitoring_interval: undefined }), 'monitoring_interval'],
    ],
    holds: [instance()],
  },
  CKV_AWS_353: {
    breaks: [[instance({ performance_insights_enabled: false }), 'performance_insights']],
    holds: [instance()],
  },
  'FSBP RDS.24': {
    breaks: [
      [database({ master_username: 'postgres' }), 'postgres'],
      [database({ master_username: undefined }), 'undefined'],
    ],
    holds: [database()],
  },
  'FSBP RDS.43': {
    breaks: [[only('aws_db_proxy', {}), 'require_tls']],
    holds: [only('aws_db_proxy', { require_tls: true })],
  },
  CKV_AWS_30: {
    breaks: [[cache({ transit_encryption_enabled: false }), 'transit_encryption']],
    holds: [cache()],
  },
  CKV_AWS_31: {
    breaks: [
      [cache({ user_group_ids: undefined }), 'no auth_token'],
      [cache({ transit_encryption_enabled: false }), 'no TLS'],
    ],
    holds: [cache(), cache({ user_group_ids: undefined, auth_token: '${var.token}' })],
  },
  'FSBP ElastiCache.1': {
    breaks: [[cache({ snapshot_retention_limit: 0 }), 'snapshot_retention_limit']],
    holds: [cache()],
  },
  CKV_AWS_191: {
    breaks: [[cache({ kms_key_id: undefined }), 'kms_key_id']],
    holds: [cache()],
  },
  'FSBP ElastiCache.7': {
    breaks: [
      [cache({ subnet_group_name: 'default' }), 'default'],
      [cache({ subnet_group_name: undefined }), 'default'],
    ],
    holds: [cache()],
  },
  CKV_AWS_145: {
    breaks: [
      [bucket(), 'the key of S3'],
      [encrypted({ sse_algorithm: 'AES256' }), 'the key of S3'],
      [encrypted({ sse_algorithm: 'aws:kms' }), 'the key of S3'],
    ],
    holds: [encrypted({ sse_algorithm: 'aws:kms', kms_master_key_id: 'key' })],
  },
  CKV_AWS_21: {
    breaks: [
      [bucket(), 'no versions'],
      [
        bucket({ versioning: { versioning_configuration: { status: 'Suspended' } } }),
        'no versions',
      ],
    ],
    holds: [bucket({ versioning: { versioning_configuration: { status: 'Enabled' } } })],
  },
  'FSBP S3.5': {
    breaks: [
      [bucket(), 'aws:SecureTransport'],
      [
        bucket({
          policy: {
            policy: policy({
              Principal: '*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
          },
        }),
        'aws:SecureTransport',
      ],
      [
        bucket({
          policy: {
            policy: policy({
              Effect: 'Deny',
              Principal: { AWS: 'arn:aws:iam::123456789012:root' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
          },
        }),
        'aws:SecureTransport',
      ],
    ],
    holds: [
      bucket({
        policy: {
          policy: policy({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': false } },
          }),
        },
      }),
    ],
  },
  CKV_AWS_18: {
    breaks: [[bucket(), 'aws_s3_bucket_logging']],
    holds: [
      {
        ...bucket({ logging: { target_bucket: '${aws_s3_bucket_policy.logs.bucket}' } }),
        aws_s3_bucket: { it: {}, logs: {} },
        // Terraform code often names a bucket by its policy, which only hands the name on.
        aws_s3_bucket_policy: { logs: { bucket: '${aws_s3_bucket.logs.id}' } },
      },
    ],
  },
  CKV_AWS_27: {
    breaks: [[queue({ kms_master_key_id: undefined }), 'not encrypted']],
    holds: [queue(), queue({ kms_master_key_id: undefined, sqs_managed_sse_enabled: true })],
  },
  'AwsSolutions-SQS3': {
    breaks: [
      [queue(), 'no redrive_policy'],
      [
        { aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {}, third: {} } },
        'aws_sqs_queue.third: no redrive_policy',
      ],
    ],
    holds: [
      { aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {} } },
      {
        aws_sqs_queue: { it: { redrive_policy: redrive }, dead: {}, third: {} },
        aws_scheduler_schedule: {
          it: { target: { dead_letter_config: { arn: '${aws_sqs_queue.third.arn}' } } },
        },
      },
    ],
  },
  CKV_AWS_26: {
    breaks: [[only('aws_sns_topic', {}), 'kms_master_key_id']],
    holds: [only('aws_sns_topic', { kms_master_key_id: 'key' })],
  },
  CKV_AWS_169: {
    breaks: [
      [topicPolicy({ Principal: '*' }), 'anyone'],
      [topicPolicy({ Principal: { AWS: ['*'] } }), 'anyone'],
      [only('aws_sns_topic_policy', { policy: '${data.x.json}' }), 'cannot be read'],
    ],
    holds: [
      topicPolicy({ Principal: { Service: 'cloudwatch.amazonaws.com' } }),
      topicPolicy({
        Principal: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
    ],
  },
  CKV2_AWS_57: {
    breaks: [[secret, 'aws_secretsmanager_secret_rotation']],
    holds: [
      {
        ...secret,
        aws_secretsmanager_secret_rotation: {
          it: { secret_id: '${aws_secretsmanager_secret.it.id}' },
        },
      },
    ],
  },
  CKV_AWS_304: {
    breaks: [
      [rotation({ automatically_after_days: 91 }), 'less often'],
      [rotation({ schedule_expression: 'rate(100 days)' }), 'less often'],
      [rotation({}), 'less often'],
    ],
    holds: [
      rotation({ automatically_after_days: 90 }),
      rotation({ schedule_expression: 'rate(12 hours)' }),
    ],
  },
  CKV_AWS_7: {
    breaks: [
      [only('aws_kms_key', {}), 'enable_key_rotation'],
      [only('aws_kms_key', { enable_key_rotation: false }), 'enable_key_rotation'],
    ],
    holds: [only('aws_kms_key', { enable_key_rotation: true })],
  },
  CKV_AWS_158: {
    breaks: [[group({ kms_key_id: undefined }), 'kms_key_id']],
    holds: [group()],
  },
  CKV_AWS_338: {
    breaks: [
      [group({ retention_in_days: 180 }), 'is 180'],
      [group({ retention_in_days: undefined }), 'is undefined'],
    ],
    holds: [group(), group({ retention_in_days: 3653 })],
  },
}
