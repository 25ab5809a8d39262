import { resourcesOf } from '@tideway/constructs/testing'
import { compute } from './fixture'

// Terraform knows a resource by this id. With another id it destroys the old one and makes a new one:
// images and what is encrypted would be lost, a value that the CDN sends would change.
describe('what must never be replaced keeps its id', () => {
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

it('knows the name of its environment to name things by it, and for nothing else', () => {
  const called = (name: string) => JSON.stringify(compute({ name })).split(name)
  expect(called('alpha')).toEqual(called('gamma'))
})
