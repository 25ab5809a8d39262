import { AwsProvider, type AwsProviderConfig } from '@cdktf/provider-aws/lib/provider'
import { S3Backend, TerraformStack } from 'cdktf'
import type { Construct } from 'constructs'
import { setContext } from './deployment-context'
import type { Environment } from './environment'
import { runbooks } from './organization'
import { stateLocation } from './state'

/** The props of an app's stack. */
export interface StackProps<Settings> {
  readonly environment: Environment
  readonly settings: Settings
}

export interface TidewayStackProps {
  readonly environment: Environment
  /** The team that owns the stack: a tag on every resource. */
  readonly owner: string
  /**
   * Keys of tags that operators set on its resources and that a deploy keeps.
   * @default none: a deploy removes tags that are not in the code
   */
  readonly foreignTags?: readonly string[]
}

/** A stack with its state in S3 (native lock), one provider version and the default tags. */
export class TidewayStack<Name extends string = string> extends TerraformStack {
  readonly stack: Name
  readonly environment: Environment
  /** Set on every Terraform resource. Pass them on to resources that AWS creates itself, such as instances. */
  readonly defaultTags: Readonly<Record<string, string>>
  /** Provider settings for every region. */
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

    setContext(this, {
      ...environment,
      prefix: `tideway-${environment.name}`,
      stack: name,
      defaultTags: this.defaultTags,
      permissionsBoundaryArn: permissionsBoundaryArn(environment),
      runbooks,
      allowsPlainHttp: environment.endpoints === 'emulator',
    })

    this.providerSettings = {
      // Wrong credentials fail before anything is read or written.
      allowedAccountIds: [environment.account],
      defaultTags: [{ tags: this.defaultTags }],
      ...(foreignTags && { ignoreTags: [{ keys: [...foreignTags] }] }),
      ...(environment.endpoints === 'emulator' && emulatorSettings),
    }

    const backend = new S3Backend(this, stateLocation(environment, name))
    // cdktf 0.21 has no property for it. Remove when S3BackendConfig has useLockfile.
    backend.addOverride('use_lockfile', true)

    new AwsProvider(this, 'aws', { region: environment.region, ...this.providerSettings })
    // OpenTofu resolves an unqualified "aws" to another registry.
    this.addOverride('terraform.required_providers.aws.source', 'hashicorp/aws')
    // 1.11 is the first with a stable S3 lock file and with write-only values.
    this.addOverride('terraform.required_version', '>= 1.11.0')
  }
}

/** The stack of a construct. */
export function tidewayStackOf(construct: Construct): TidewayStack {
  const stack = TerraformStack.of(construct)
  if (stack instanceof TidewayStack) return stack
  throw new Error(`${construct.node.path} must be in a TidewayStack`)
}

/** An emulator has no metadata service and one region. It returns 500 for unsupported calls, so retries do not help. */
const emulatorSettings: AwsProviderConfig = {
  skipMetadataApiCheck: 'true',
  skipRegionValidation: true,
  s3UsePathStyle: true,
  maxRetries: 1,
}

/** The upper limit for every role of a stack. The bootstrap creates it; CI cannot create a role without it. */
export function permissionsBoundaryArn({ account, name }: Environment): string {
  return `arn:aws:iam::${account}:policy/tideway-${name}-boundary`
}
