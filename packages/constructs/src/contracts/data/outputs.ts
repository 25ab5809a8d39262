import type { Contract } from '../contract'

export const data = {
  database_endpoint: { type: 'string', description: 'Host name of the Aurora writer' },
  database_reader_endpoint: {
    type: 'string',
    description: 'Host name that spreads over the Aurora readers',
  },
  database_port: { type: 'number', description: 'Port of the database' },
  database_name: {
    type: 'string',
    description: 'Name of the database that is created with the cluster',
  },
  database_resource_id: {
    type: 'string',
    description: 'Immutable id of the cluster, which IAM database authentication names in its ARNs',
  },
  database_client_security_group_id: {
    type: 'string',
    description: 'Security group to wear in order to reach the database',
  },
  database_master_secret_arn: {
    type: 'string',
    description: 'Secret of the master user, kept and rotated by RDS',
  },
  database_app_secret_arn: {
    type: 'string',
    description:
      'Secret of the application user: JSON with engine, host, port, dbname, username, password',
  },
  database_key_arn: {
    type: 'string',
    description: 'KMS key of the database and of its secrets, for kms:Decrypt',
  },
  cache_endpoint: { type: 'string', description: 'Host name of the cache primary' },
  cache_reader_endpoint: {
    type: 'string',
    description: 'Host name that spreads over the cache replicas',
  },
  cache_port: { type: 'number', description: 'Port of the cache (TLS)' },
  cache_arn: { type: 'string', description: 'Replication group, for elasticache:Connect' },
  cache_user_arn: {
    type: 'string',
    description: 'User that applications log in as by IAM, for elasticache:Connect',
  },
  cache_user_name: { type: 'string', description: 'Name of that user' },
  cache_client_security_group_id: {
    type: 'string',
    description: 'Security group to wear in order to reach the cache',
  },
  assets_bucket_name: { type: 'string', description: 'Bucket of static assets' },
  assets_bucket_arn: { type: 'string', description: 'ARN of that bucket' },
  assets_bucket_domain_name: {
    type: 'string',
    description: 'Regional host name of that bucket, for a CloudFront origin',
  },
  assets_key_arn: { type: 'string', description: 'KMS key of that bucket' },
  logs_bucket_name: {
    type: 'string',
    description: 'Bucket that takes access logs of load balancers, CloudFront and S3',
  },
  logs_bucket_arn: { type: 'string', description: 'ARN of that bucket' },
} as const satisfies Contract
