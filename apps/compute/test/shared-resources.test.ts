import {
  isProtected,
  referenceAt,
  resourceAt,
  servicesOf,
  statementsOf,
} from '@tideway/constructs/testing'
import { compute, keyRef } from './fixture'

const json = compute()

describe('the work queue', () => {
  const queue = resourceAt(json, 'aws_sqs_queue', 'work-queue/queue')
  const deadLetters = resourceAt(json, 'aws_sqs_queue', 'work-queue/dead-letters')

  it('moves messages to the dead letters after five receives, with a longer retention', () => {
    expect(JSON.parse(queue.redrive_policy)).toEqual({
      deadLetterTargetArn: referenceAt(json, 'aws_sqs_queue', 'work-queue/dead-letters', 'arn'),
      maxReceiveCount: 5,
    })
    expect(deadLetters.message_retention_seconds).toBeGreaterThan(queue.message_retention_seconds)
    expect(deadLetters).not.toHaveProperty('redrive_policy')
  })

  it('has a visibility timeout of two minutes and long polling', () => {
    expect(queue.visibility_timeout_seconds).toBe(120)
    expect(queue.receive_wait_time_seconds).toBe(20)
  })

  it.each(['queue', 'dead-letters'])('encrypts the %s with its key', (part) => {
    const block = resourceAt(json, 'aws_sqs_queue', `work-queue/${part}`)
    expect(block.kms_master_key_id).toBe(keyRef(json, 'work-queue/key'))
  })

  it.each([
    ['queue', 'policy'],
    ['dead-letters', 'dead-letters-policy'],
  ])('denies plain HTTP to the %s', (part, policy) => {
    const of = (attribute: string) =>
      referenceAt(json, 'aws_sqs_queue', `work-queue/${part}`, attribute)
    const block = resourceAt(json, 'aws_sqs_queue_policy', `work-queue/${policy}`)
    expect(block.queue_url).toBe(of('url'))
    expect(statementsOf(block.policy)).toEqual([
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: of('arn'),
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ])
  })
})

describe.each(['api', 'worker', 'scheduler'])('the repository of %s', (service) => {
  const repository = resourceAt(json, 'aws_ecr_repository', `registry/${service}`)

  it('has immutable tags, scans on push and encryption', () => {
    expect(repository).toMatchObject({
      name: `tideway-test-${service}`,
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: [{ encryption_type: 'KMS', kms_key: keyRef(json, 'registry/key') }],
    })
  })

  it('expires untagged and old images', () => {
    const lifecycle = resourceAt(json, 'aws_ecr_lifecycle_policy', `registry/${service}-lifecycle`)
    expect(lifecycle.repository).toBe(
      referenceAt(json, 'aws_ecr_repository', `registry/${service}`, 'name'),
    )
    const { rules } = JSON.parse(lifecycle.policy)
    expect(rules.map(({ selection }: (typeof rules)[number]) => selection)).toEqual([
      { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
      { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 100 },
    ])
  })

  it.each([true, false])(
    'is protected, or deleted with its images (protectData %s)',
    (protectData) => {
      const block = resourceAt(
        compute({ protectData }),
        'aws_ecr_repository',
        `registry/${service}`,
      )
      expect(isProtected(block)).toBe(protectData)
      expect(block.force_delete).toBe(!protectData)
    },
  )
})

describe('the key of the images', () => {
  it('allows no service directly, because ECR uses a grant', () => {
    expect(servicesOf(resourceAt(json, 'aws_kms_key', 'registry/key/key'))).toEqual([])
  })
})
