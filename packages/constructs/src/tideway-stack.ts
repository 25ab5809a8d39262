import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider'
import { S3Backend, TerraformStack } from 'cdktf'
import type { Construct } from 'constructs'
import type { Environment } from './environment'
import { stateLocation } from './state'

export interface TidewayStackProps {
  readonly environment: Environment
  /** The team that answers for it, as a tag on everything in it. */
  readonly owner: string
  /**
   * Keys of tags that others set on its resources, and that a deploy leaves as they are.
   * @default none: a tag that is not in the code is taken off
   */
  readonly foreignTags?: readonly string[]
}

/** What every stack has: its state in S3 with the native lock, the provider at one version, and the default tags. */
export class TidewayStack<Name extends string = string> extends TerraformStack {
  readonly stack: Name
  readonly environment: Environment
  /** On everything that Terraform makes. What AWS makes for it, such as instances, must be told of them. */
  readonly defaultTags: Readonly<Record<string, string>>
  /** What the provider is told in every region. */
  readonly providerSettings: AwsProviderConfig

  constructor(
    scope: Construct,
    name: Name,
    { environment, owner, foreignTags }: TidewayStackProps,
  ) {
    super(scope, name)
    this.stack = name
    this.environment = environment
    this.defaultTags = {
      environment: environment.name,
      app: name,
      owner,
      'cost-centre': environment.costCentre,
      'managed-by': 'tideway',
    }

    this.providerSettings = {
      // The wrong credentials then fail before anything is read or written.
      allowedAccountIds: [environment.account],
      defaultTags: [{ tags: this.defaultTags }],
      ...(foreignTags && { ignoreTags: [{ keys: [...foreignTags] }] }),
      ...(environment.endpoints === 'emulator' && emulatorSettings),
    }

    const backend = new S3Backend(this, stateLocation(environment, name))
    // cdktf 0.21 has no property for it; can go when S3BackendConfig names useLockfile.
    backend.addOverride('use_lockfile', true)

    new AwsProvider(this, 'aws', { region: environment.region, ...this.providerSettings })
    // Unqualified, "aws" means another registry to OpenTofu.
    this.addOverride('terraform.required_providers.aws.source', 'hashicorp/aws')
    // 1.11 has the S3 lock file without a flag, and values that never enter the state.
    this.addOverride('terraform.required_version', '>= 1.11.0')
  }
}

/** The stack that a construct is in. */
export function tidewayStackOf(construct: Construct): TidewayStack {
  const stack = TerraformStack.of(construct)
  if (stack instanceof TidewayStack) return stack
  throw new Error(`${construct.node.path} must stand in a TidewayStack`)
}

/** An emulator knows no metadata service and no other region, and answers 500 to what it lacks, which is not worth a retry. */
const emulatorSettings: AwsProviderConfig = {
  skipCredentialsValidation: true,
  skipMetadataApiCheck: 'true',
  skipRegionValidation: true,
  s3UsePathStyle: true,
  maxRetries: 1,
}
