import { resourcesOf } from '@tideway/constructs/testing'
import { dataTier } from './fixture'

// Terraform identifies a resource by this id: with another id it destroys the resource with its data and
// creates an empty one.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    ['aws_elasticache_replication_group', ['cache_replication-group_FA5C54CF']],
    [
      'aws_kms_key',
      [
        'assets_key_141DB235',
        'cache_key_85736327',
        'database_key_CA7EEF20',
        'monitoring_key_08DE86CB',
      ],
    ],
    ['aws_rds_cluster', ['database_cluster_FAF2FB92']],
    ['aws_s3_bucket', ['assets_bucket_368E6803', 'logs_bucket_8C2EC72E']],
    ['aws_secretsmanager_secret', ['app-secret_99D6BEB7']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(dataTier(), type)).sort()).toEqual(ids)
  })
})

it('uses the name of its environment for names only', () => {
  const called = (name: string) => JSON.stringify(dataTier({ name })).split(name)
  expect(called('alpha')).toEqual(called('gamma'))
})
