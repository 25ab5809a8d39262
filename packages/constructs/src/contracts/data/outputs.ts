import { type Contract, number, string } from '../contract'

export const data = {
  database_endpoint: string('Host name of the Aurora writer'),
  database_reader_endpoint: string(
    'Host name that distributes connections over the Aurora readers',
  ),
  database_port: number('Port of the database'),
  database_name: string('Name of the database that is created with the cluster'),
  database_resource_id: string('Immutable id of the cluster, for the ARNs of rds-db:connect'),
  database_client_security_group_id: string('Attach this group to reach the database'),
  database_master_secret_arn: string('Secret of the master user, managed and rotated by RDS'),
  database_app_secret_arn: string(
    'Secret of the application user: JSON with engine, host, port, dbname, username, password',
  ),
  database_key_arn: string('KMS key of the database and of its secrets, for kms:Decrypt'),
  cache_endpoint: string('Host name of the cache primary'),
  cache_reader_endpoint: string('Host name that distributes connections over the cache replicas'),
  cache_port: number('Port of the cache (TLS)'),
  cache_arn: string('ARN of the replication group, for elasticache:Connect'),
  cache_user_arn: string('ARN of the IAM user of applications, for elasticache:Connect'),
  cache_user_name: string('Name of that user'),
  cache_client_security_group_id: string('Attach this group to reach the cache'),
  assets_bucket_name: string('Bucket of static assets'),
  assets_bucket_arn: string('ARN of that bucket'),
  assets_bucket_domain_name: string('Regional host name of that bucket, for a CloudFront origin'),
  assets_key_arn: string('KMS key of that bucket'),
  logs_bucket_name: string('Bucket for access logs of load balancers, CloudFront and S3'),
  logs_bucket_arn: string('ARN of that bucket'),
} as const satisfies Contract
