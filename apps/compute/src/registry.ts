import { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy'
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository'
import { EncryptionKey, resourceName, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { type OwnerFields, ownerTags } from './definition'

export interface RegistryProps {
  /** The services with their own image repository, and its owners. */
  readonly services: Readonly<Record<string, OwnerFields>>
}

export interface Repository {
  readonly url: string
  readonly arn: string
}

/** An image repository for each service. */
export class Registry extends Construct {
  readonly repositories: Readonly<Record<string, Repository>>

  constructor(scope: Construct, id: string, { services }: RegistryProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    // ECR gets a grant when the repository is created, so pulling needs no permissions on the key.
    const key = new EncryptionKey(this, 'key', {
      name: 'images',
      description: `Container images of ${environment.name}`,
    })
    this.repositories = Object.fromEntries(
      Object.entries(services).map(([service, owner]) => [
        service,
        this.repository(service, key.arn, owner),
      ]),
    )
  }

  private repository(service: string, kmsKey: string, owner: OwnerFields): Repository {
    const { protectData } = tidewayStackOf(this).environment
    const repository = new EcrRepository(this, service, {
      name: resourceName(this, 'aws_ecr_repository', service),
      // A tag always means the same image, also after a rollback.
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey }],
      forceDelete: !protectData,
      tags: ownerTags(owner),
      lifecycle: { preventDestroy: protectData },
    })
    new EcrLifecyclePolicy(this, `${service}-lifecycle`, {
      repository: repository.name,
      policy: JSON.stringify({ rules: lifecycleRules }),
    })
    return { url: repository.repositoryUrl, arn: repository.arn }
  }
}

const lifecycleRules = [
  {
    rulePriority: 1,
    description: 'Layers of builds that nobody can name',
    selection: {
      tagStatus: 'untagged',
      countType: 'sinceImagePushed',
      countUnit: 'days',
      countNumber: 7,
    },
    action: { type: 'expire' },
  },
  {
    rulePriority: 2,
    description: 'More releases than anyone goes back to',
    selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 100 },
    action: { type: 'expire' },
  },
]
