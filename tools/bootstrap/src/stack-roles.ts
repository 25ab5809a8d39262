import { IamRole } from '@cdktf/provider-aws/lib/iam-role'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy'
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment'
import {
  type CiRoleKind,
  ciRoleName,
  type Environment,
  keyAlias,
  type PolicyStatement,
  policyDocument,
  type StackName,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import { planEnvironmentName } from './github-environments'
import { managesOwnRoles } from './own-roles'
import type { Repository } from './repository'
import { limitsServiceLinkedRoles } from './service-linked-roles'
import type { BootstrapSettings } from './settings'
import { protectsStateStore, readsState, writesOwnState } from './state-access'
import type { StateStore } from './state-store'
import { trustPolicy } from './trust'

export interface StackRolesProps extends Pick<BootstrapSettings, 'pullRequestPlans'> {
  readonly stackName: StackName
  readonly state: StateStore
  readonly boundaryArn: string
  readonly githubProviderArn: string
  readonly repository: Repository
}

/** The two CI roles of a stack: one plans on every pull request, one deploys after approval. */
export class StackRoles extends Construct {
  private readonly environment: Environment

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StackRolesProps,
  ) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    this.environment = environment
    const { stackName, pullRequestPlans, state } = props
    const access = { environment, stackName, state }

    this.role('plan', {
      // Deploys from main and the nightly drift check; and pull requests, whose code can read the states.
      contexts: [
        'ref:refs/heads/main',
        pullRequestPlans === 'open'
          ? 'pull_request'
          : `environment:${planEnvironmentName(environment.name)}`,
      ],
      // Both read configuration but no data: no objects, no secrets, no rows.
      managedPolicies: ['SecurityAudit', 'job-function/ViewOnlyAccess'],
      statements: [
        ...readsState(access),
        readsMore,
        readsImages(environment),
        ...(readsOf[stackName]?.(environment) ?? []),
      ],
    })
    this.role('deploy', {
      // GitHub issues this subject only to jobs of the environment, which require approval.
      contexts: [`environment:${environment.name}`],
      managedPolicies: ['PowerUserAccess'],
      statements: [
        ...readsState(access),
        ...writesOwnState(access),
        ...managesOwnRoles(environment, props),
        ...limitsServiceLinkedRoles(stackName),
        ...protectsStateStore(state),
      ],
    })
  }

  private role(
    kind: CiRoleKind,
    grants: { contexts: string[]; managedPolicies: string[]; statements: PolicyStatement[] },
  ): void {
    const role = new IamRole(this, kind, {
      name: ciRoleName(this.environment, this.props.stackName, kind),
      description: `CI, to ${kind} ${this.props.stackName}`,
      assumeRolePolicy: trustPolicy(
        this.props.repository,
        grants.contexts,
        this.props.githubProviderArn,
      ),
    })
    new IamRolePolicy(this, `${kind}-policy`, {
      name: kind,
      role: role.name,
      policy: policyDocument(...grants.statements),
    })
    for (const policy of grants.managedPolicies) {
      new IamRolePolicyAttachment(this, `${kind}-${policy.split('/').at(-1)}`, {
        role: role.name,
        policyArn: `arn:aws:iam::aws:policy/${policy}`,
      })
    }
  }
}

/** AWS publishes the newest machine images in public parameters. */
function readsImages({ region }: Environment): PolicyStatement {
  return {
    Sid: 'ReadNewestImages',
    Action: 'ssm:GetParameter',
    Resource: `arn:aws:ssm:${region}::parameter/aws/service/*`,
  }
}

/** Reads that only the plan of one stack needs. */
const readsOf: Partial<Record<StackName, (environment: Environment) => PolicyStatement[]>> = {
  compute: (environment) => [
    {
      Sid: 'ReadFeatureFlags',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: `arn:aws:ssm:${environment.region}:${environment.account}:parameter/tideway/${environment.name}/*/feature-flags`,
    },
    // Terraform compares the flags and the variables of the failover functions with the code.
    ...(['secrets', 'failover'] as const).map((key) => decryptsBy(environment, key)),
  ],
  edge: (environment) => [
    {
      // The header that the CDN sends to the load balancer. The plan does not show its value.
      Sid: 'ReadOriginHeader',
      Action: 'secretsmanager:GetSecretValue',
      Resource: `arn:aws:secretsmanager:${environment.region}:${environment.account}:secret:tideway/${environment.name}/compute/origin-header-*`,
    },
    decryptsBy(environment, 'secrets'),
  ],
}

/** The services through which the plan may decrypt with each key of compute. */
const servicesOf = { failover: ['lambda'], secrets: ['secretsmanager', 'ssm'] } as const

function decryptsBy(
  { account, region, name }: Environment,
  key: keyof typeof servicesOf,
): PolicyStatement {
  return {
    Sid: `DecryptBy${key}`,
    Action: 'kms:Decrypt',
    // Selects the key by its alias, because its id is unknown here.
    Resource: `arn:aws:kms:${region}:${account}:key/*`,
    Condition: {
      StringEquals: {
        'kms:ViaService': servicesOf[key].map((service) => `${service}.${region}.amazonaws.com`),
      },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias({ name }, 'compute', key) },
    },
  }
}

/** Reads for a plan that the managed policies exclude: tags, and a random password that Terraform discards. */
const readsMore: PolicyStatement = {
  Sid: 'ReadMore',
  Action: [
    'application-autoscaling:ListTagsForResource',
    'cloudwatch:ListTagsForResource',
    'ec2:GetManagedPrefixListEntries',
    'ecr:ListTagsForResource',
    'ecs:DescribeCapacityProviders',
    'ecs:ListTagsForResource',
    'elasticache:ListTagsForResource',
    'lambda:GetEventSourceMapping',
    'lambda:GetFunction',
    'logs:GetDelivery',
    'logs:GetDeliveryDestination',
    'logs:GetDeliverySource',
    'logs:ListTagsForResource',
    'rds:ListTagsForResource',
    'route53:ListTagsForResource',
    's3:GetBucketTagging',
    'scheduler:GetSchedule',
    'scheduler:ListTagsForResource',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetRandomPassword',
    'secretsmanager:ListSecretVersionIds',
    'servicediscovery:GetNamespace',
    'servicediscovery:GetService',
    'servicediscovery:ListTagsForResource',
    'sns:GetSubscriptionAttributes',
    'sns:ListTagsForResource',
    'sqs:ListQueueTags',
    'states:ListTagsForResource',
    'states:ValidateStateMachineDefinition',
    'wafv2:GetLoggingConfiguration',
    'wafv2:GetWebACL',
    'wafv2:ListTagsForResource',
  ],
  Resource: '*', // some resources do not exist yet, and some actions have none
}
