import { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy'
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository'
import { EncryptionKey, nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface RegistryProps {
  /** The services that have an image of their own. */
  readonly services: readonly string[]
}

export interface Repository {
  readonly url: string
  readonly arn: string
}

/** A repository of images for each service. */
export class Registry extends Construct {
  readonly repositories: Readonly<Record<string, Repository>>

  constructor(scope: Construct, id: string, { services }: RegistryProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    // ECR takes a grant on it from whoever makes a repository: those who pull need no right to the key.
    const key = new EncryptionKey(this, 'key', {
      name: 'images',
      description: `Container images of ${environment.name}`,
    })
    this.repositories = Object.fromEntries(
      services.map((service) => [service, this.repository(service, key.arn)]),
    )
  }

  private repository(service: string, kmsKey: string): Repository {
    const { environment } = tidewayStackOf(this)
    const repository = new EcrRepository(this, service, {
      name: nameOf(environment, 'aws_ecr_repository', service, this.node.path),
      // What was deployed under a tag is what runs under it, today and after a rollback.
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey }],
      forceDelete: !environment.protectData,
      lifecycle: { preventDestroy: environment.protectData },
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
