import type { Change } from '../change'
import { causeOf, isDestroyed, type Rule } from './rule'

/** Destroying one of these loses data, or everything that depends on it. A deploy cannot restore it. */
const critical: Readonly<Record<string, string>> = {
  aws_backup_vault: 'backups',
  aws_cognito_user_pool: 'users',
  aws_db_instance: 'a database',
  aws_db_snapshot: 'a snapshot',
  aws_docdb_cluster: 'a database',
  aws_dynamodb_table: 'a table',
  aws_ebs_volume: 'a disk',
  aws_ecr_repository: 'images',
  aws_efs_file_system: 'files',
  aws_elasticache_replication_group: 'a cache',
  aws_fsx_lustre_file_system: 'files',
  aws_kinesis_stream: 'a stream',
  aws_kms_key: 'a key, and everything encrypted with it',
  aws_msk_cluster: 'a stream',
  aws_neptune_cluster: 'a database',
  aws_opensearch_domain: 'an index',
  aws_rds_cluster: 'a database',
  aws_rds_global_cluster: 'a database',
  aws_redshift_cluster: 'a database',
  aws_route53_zone: 'a zone and its name servers',
  aws_s3_bucket: 'a bucket',
  aws_secretsmanager_secret: 'a secret',
  aws_subnet: 'a subnet and everything in it',
  aws_vpc: 'a network',
}

/** Others refer to these by name, address or id, or their contents can be recreated. */
const high: Readonly<Record<string, string>> = {
  aws_acm_certificate: 'a certificate',
  aws_alb: 'a load balancer and its name',
  aws_api_gateway_rest_api: 'an API and its address',
  aws_apigatewayv2_api: 'an API and its address',
  aws_athena_workgroup: 'query results',
  aws_cloudfront_distribution: 'a distribution and its name',
  aws_cloudwatch_log_group: 'logs',
  aws_ecrpublic_repository: 'images',
  aws_ecs_cluster: 'a cluster',
  aws_eip: 'a public address that others may allow',
  aws_eks_cluster: 'a cluster',
  aws_elasticache_cluster: 'a cache',
  aws_elasticache_serverless_cache: 'a cache',
  aws_glue_catalog_database: 'a catalog',
  aws_instance: 'a machine and its disk',
  aws_internet_gateway: 'the route to the internet',
  aws_lb: 'a load balancer and its name',
  aws_nat_gateway: 'the outbound route, and its public address',
  aws_route53_record: 'a DNS name',
  aws_s3_object: 'an object',
  aws_sqs_queue: 'messages',
  aws_ssm_parameter: 'a parameter',
  aws_vpc_peering_connection: 'a connection between networks',
  aws_vpn_connection: 'a connection between networks',
}

function destroyed(change: Change, kinds: Readonly<Record<string, string>>): string[] {
  if (!isDestroyed(change) || !Object.hasOwn(kinds, change.type)) return []
  const verb = change.action === 'replace' ? 'is replaced' : 'is destroyed'
  return [`${kinds[change.type]} ${verb}: ${causeOf(change)}`]
}

export const destroyRules: readonly Rule[] = [
  {
    id: 'data-destroyed',
    severity: 'critical',
    finds:
      'A database, bucket, key, secret, registry, zone, subnet or network is destroyed or replaced',
    why: 'Its data is lost, or can no longer be decrypted. A deploy cannot restore it.',
    next: 'If only its name in the code changed, add a moved block. Otherwise test a restore of its backup, and get the approval of the owner.',
    check: (change) => destroyed(change, critical),
  },
  {
    id: 'address-destroyed',
    severity: 'high',
    finds:
      'A load balancer, address, cluster, certificate, log, queue or record is destroyed or replaced',
    why: 'Others refer to it by name, address or id; or it holds data in transit, such as messages and logs.',
    next: 'Create the new one first and move traffic over; notify users who allow the address.',
    check: (change) => destroyed(change, high),
  },
  {
    id: 'data-forgotten',
    severity: 'high',
    finds: 'Terraform removes a resource with data from its state, and the resource stays in AWS',
    why: 'It continues to cost money, and is not managed.',
    next: 'Name its new owner, or import it elsewhere in the same release.',
    check: ({ action, type }) =>
      action === 'forget'
        ? [critical, high]
            .filter((kinds) => Object.hasOwn(kinds, type))
            .map((kinds) => `${kinds[type]} stays in AWS, and is in no state`)
        : [],
  },
]
