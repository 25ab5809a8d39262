import { isProtected, referenceAt, resourceAt, servicesOf } from '@tideway/constructs/testing'
import { compute, keyRef } from './fixture'

const json = compute()

describe.each(['api', 'worker', 'scheduler'])('the repository of %s', (service) => {
  const repository = resourceAt(json, 'aws_ecr_repository', `registry/${service}`)

  it('keeps a tag for one image, looks through each, and encrypts them', () => {
    expect(repository).toMatchObject({
      name: `tideway-test-${service}`,
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: [{ encryption_type: 'KMS', kms_key: keyRef(json, 'registry/key') }],
    })
  })

  it('throws away what has no name, and what nobody goes back to', () => {
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

  it.each([true, false])('with protectData %s: is kept, or goes with its images', (protectData) => {
    const block = resourceAt(compute({ protectData }), 'aws_ecr_repository', `registry/${service}`)
    expect(isProtected(block)).toBe(protectData)
    expect(block.force_delete).toBe(!protectData)
  })
})

describe('the key of the images', () => {
  it('is used by no service on its own behalf: ECR takes a grant', () => {
    expect(servicesOf(resourceAt(json, 'aws_kms_key', 'registry/key/key'))).toEqual([])
  })
})
