import { type ContractField, contracts } from '@tideway/constructs'
import { referenceAt, resourcesOf } from '@tideway/constructs/testing'
import { compute, groupRef } from './fixture'

describe('the contract of compute', () => {
  it('publishes each output under its own name, with the right value', () => {
    const json = compute()
    const outputs = Object.entries(json.output ?? {})
    const values = Object.fromEntries(outputs.map(([name, { value }]) => [name, value]))
    const ofCluster = (attribute: string) =>
      referenceAt(json, 'aws_ecs_cluster', 'cluster/cluster', attribute)
    const ofAlb = (attribute: string) =>
      referenceAt(json, 'aws_lb', 'external-alb/alb/balancer', attribute)
    expect(values).toEqual({
      cluster_name: ofCluster('name'),
      cluster_arn: ofCluster('arn'),
      origin_host_name: 'origin.test.example',
      origin_header_name: 'x-tideway-origin',
      // A reference to the value: readers wait until the secret has one.
      origin_secret_arn: referenceAt(
        json,
        'aws_secretsmanager_secret_version',
        'external-alb/origin-secret/value',
        'arn',
      ),
      external_alb_arn: ofAlb('arn'),
      external_alb_arn_suffix: ofAlb('arn_suffix'),
      external_alb_dns_name: ofAlb('dns_name'),
      external_alb_zone_id: ofAlb('zone_id'),
      external_alb_security_group_id: groupRef(json, 'external-alb/from-cloudfront-443'),
      external_alb_https_listener_arn: referenceAt(
        json,
        'aws_lb_listener',
        'external-alb/alb/https',
        'arn',
      ),
    })
    const required = Object.entries<ContractField>(contracts.compute).filter(
      ([, { optional }]) => !optional,
    )
    expect(Object.keys(values).sort()).toEqual(required.map(([name]) => name).sort())
  })

  it('reads the contracts of network and data in the same environment', () => {
    const state = compute().data?.terraform_remote_state ?? {}
    expect(Object.keys(state).sort()).toEqual(['data', 'network'])
    expect(state.network?.config.key).toBe('test/network.tfstate')
    expect(state.data?.config.key).toBe('test/data.tfstate')
  })
})

// Terraform identifies a resource by this id: with another id it destroys and recreates it. Images and
// encrypted data would be lost, and the value of the origin header would change.
describe('a resource that must not be replaced keeps its id', () => {
  it.each([
    [
      'aws_ecr_repository',
      ['registry_api_CC43E60F', 'registry_scheduler_8AA0AAF1', 'registry_worker_E4AC4357'],
    ],
    ['aws_dynamodb_table', ['failover_table_DD7700AE']],
    ['aws_ecs_cluster', ['cluster_A4C38409']],
    [
      'aws_kms_key',
      [
        'cluster_session-key_E11C0548',
        'failover_key_AE9AFB73',
        'monitoring_key_08DE86CB',
        'registry_key_CFCE5361',
        'secrets_key_F6F40C57',
        'work-queue_key_3D5EA53C',
      ],
    ],
    ['aws_lb', ['external-alb_balancer_FF1EAD34', 'internal-alb_balancer_93FB8447']],
    ['aws_secretsmanager_secret', ['external-alb_origin-secret_E4486334']],
    [
      'aws_sqs_queue',
      [
        'failover_drain-queue_518DF5FB',
        'failover_drain-queue_dead-letters_6844A6A8',
        'failover_reconcile-queue_AF50AE92',
        'failover_reconcile-queue_dead-letters_8AA701F6',
        'work-queue_9AA7B446',
        'work-queue_dead-letters_F7587304',
      ],
    ],
    ['terraform_data', ['external-alb_origin-secret_generation-1_17CCD0F1']],
  ])('%s', (type, ids) => {
    expect(Object.keys(resourcesOf(compute(), type)).sort()).toEqual(ids)
  })
})

it('uses the name of its environment for names only', () => {
  const called = (name: string) => JSON.stringify(compute({ name })).split(name)
  expect(called('alpha')).toEqual(called('gamma'))
})
