import { referenceAt, resourceAt, soleResource } from '@tideway/constructs/testing'
import {
  dataTier,
  isProtected,
  keyRef,
  networkOutput,
  referred,
  servicesOf,
  twoZones,
} from './fixture'

const json = dataTier({ logRetentionDays: 90 })
const group = soleResource(json, 'aws_elasticache_replication_group')

describe('the cache', () => {
  it('survives the loss of a zone', () => {
    expect(group).toMatchObject({
      multi_az_enabled: true,
      automatic_failover_enabled: true,
      num_cache_clusters: 3,
    })
  })

  it('distributes its nodes over the zones', () => {
    expect(group.preferred_cache_cluster_azs).toEqual([
      'eu-central-1a',
      'eu-central-1b',
      'eu-central-1c',
    ])
    const inTwo = dataTier({ availabilityZones: twoZones })
    expect(
      soleResource(inTwo, 'aws_elasticache_replication_group').preferred_cache_cluster_azs,
    ).toEqual([...twoZones, twoZones[0]])
  })

  it('requires encryption in transit', () => {
    expect(group.transit_encryption_enabled).toBe(true)
    expect(group.transit_encryption_mode).toBe('required')
  })

  it('is encrypted at rest with its own key, which allows no service directly', () => {
    expect(`${group.at_rest_encryption_enabled}`).toBe('true')
    expect(group.kms_key_id).toBe(keyRef(json, 'cache'))
    expect(group.kms_key_id).not.toBe(keyRef(json, 'database'))
    expect(servicesOf(referred(json, group.kms_key_id))).toEqual([])
  })

  it('has one user, with IAM authentication', () => {
    expect(group.user_group_ids).toHaveLength(1)
    const users = referred(json, group.user_group_ids[0])
    expect(users.user_ids).toHaveLength(1)
    const user = referred(json, users.user_ids[0])
    expect(user.authentication_mode).toEqual({ type: 'iam' })
    // AWS requires the name of an IAM user to equal its id.
    expect(user.user_name).toBe(user.user_id)
    expect(new Set([group.engine, users.engine, user.engine])).toEqual(new Set(['valkey']))
    expect(group).not.toHaveProperty('auth_token')
    expect(user).not.toHaveProperty('no_password_required')
  })

  it('denies its user commands that reconfigure or empty it', () => {
    const { access_string } = soleResource(json, 'aws_elasticache_user')
    const words = access_string.split(' ')
    expect(words[0]).toBe('on')
    // Rules apply from left to right.
    for (const taken of ['-@admin', '-@dangerous']) {
      expect(words.indexOf(taken)).toBeGreaterThan(words.indexOf('+@all'))
    }
  })

  it('is in the isolated subnets of the network, with its security group', () => {
    expect(referred(json, group.subnet_group_name)).toMatchObject({
      subnet_ids: networkOutput('isolated_subnet_ids'),
    })
    expect(group.security_group_ids).toEqual([
      referenceAt(json, 'aws_security_group', 'cache/access/cache'),
    ])
  })

  it.each([
    ['slow-log', 'cache/slow-log'],
    ['engine-log', 'cache/engine-log'],
  ])('delivers its %s to an encrypted log group of its own', (logType, path) => {
    const deliveries: { log_type: string; destination: string; destination_type: string }[] =
      group.log_delivery_configuration
    expect(deliveries).toHaveLength(2)
    const [delivery] = deliveries.filter(({ log_type }) => log_type === logType)
    expect(delivery?.destination_type).toBe('cloudwatch-logs')
    expect(delivery?.destination).toBe(referenceAt(json, 'aws_cloudwatch_log_group', path, 'name'))
    expect(resourceAt(json, 'aws_cloudwatch_log_group', path)).toMatchObject({
      retention_in_days: 90,
      kms_key_id: keyRef(json, 'monitoring'),
    })
  })

  it('has the size and the snapshots of its settings', () => {
    expect(group.node_type).toBe('cache.t4g.small')
    expect(group.snapshot_retention_limit).toBe(5)
  })

  it('is protected where data is protected', () => {
    expect(isProtected(group)).toBe(true)
    expect(group.final_snapshot_identifier).toBe('tideway-test-cache-final')
    expect(isProtected(resourceAt(json, 'aws_kms_key', 'cache/key/key'))).toBe(true)
  })

  it('can be destroyed where data is not protected', () => {
    const unprotected = dataTier({ protectData: false })
    const disposable = soleResource(unprotected, 'aws_elasticache_replication_group')
    expect(isProtected(disposable)).toBe(false)
    expect(disposable).not.toHaveProperty('final_snapshot_identifier')
    expect(isProtected(resourceAt(unprotected, 'aws_kms_key', 'cache/key/key'))).toBe(false)
  })
})
