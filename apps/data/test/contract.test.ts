import { contracts } from '@tideway/constructs'
import { referenceAt } from '@tideway/constructs/testing'
import { dataTier, keyRef } from './fixture'

describe('the contract of the data tier', () => {
  it('publishes each output under its own name, with the right value', () => {
    const json = dataTier()
    const outputs = Object.entries(json.output ?? {})
    const values = Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
    const ofCluster = (attribute: string) =>
      referenceAt(json, 'aws_rds_cluster', 'database/cluster', attribute)
    const ofCache = (attribute: string) =>
      referenceAt(json, 'aws_elasticache_replication_group', 'cache/replication-group', attribute)
    const ofUser = (attribute: string) =>
      referenceAt(json, 'aws_elasticache_user', 'cache/user', attribute)
    const ofAssets = (attribute: string) =>
      referenceAt(json, 'aws_s3_bucket', 'assets/bucket/bucket', attribute)
    expect(values).toEqual({
      database_endpoint: ofCluster('endpoint'),
      database_reader_endpoint: ofCluster('reader_endpoint'),
      database_port: 5432,
      database_name: 'tideway',
      database_resource_id: ofCluster('cluster_resource_id'),
      database_client_security_group_id: referenceAt(
        json,
        'aws_security_group',
        'database/access/database-clients',
      ),
      database_master_secret_arn: ofCluster('master_user_secret[0].secret_arn'),
      database_app_secret_arn: referenceAt(
        json,
        'aws_secretsmanager_secret',
        'app-secret/secret',
        'arn',
      ),
      database_key_arn: keyRef(json, 'database'),
      cache_endpoint: ofCache('primary_endpoint_address'),
      cache_reader_endpoint: ofCache('reader_endpoint_address'),
      cache_port: 6379,
      cache_arn: ofCache('arn'),
      cache_user_arn: ofUser('arn'),
      cache_user_name: 'tideway-test-cache-app',
      cache_client_security_group_id: referenceAt(
        json,
        'aws_security_group',
        'cache/access/cache-clients',
      ),
      // References to the bucket policies: writers wait until they are allowed.
      assets_bucket_name: referenceAt(
        json,
        'aws_s3_bucket_policy',
        'assets/bucket/policy',
        'bucket',
      ),
      assets_bucket_arn: ofAssets('arn'),
      assets_bucket_domain_name: ofAssets('bucket_regional_domain_name'),
      assets_key_arn: keyRef(json, 'assets'),
      logs_bucket_name: referenceAt(json, 'aws_s3_bucket_policy', 'logs/bucket/policy', 'bucket'),
      logs_bucket_arn: referenceAt(json, 'aws_s3_bucket', 'logs/bucket/bucket', 'arn'),
    })
    expect(Object.keys(values).sort()).toEqual(Object.keys(contracts.data).sort())
  })
})
