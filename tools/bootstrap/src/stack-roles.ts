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
  type TidewayStack,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import { githubTokens } from './github-provider'
import { managesOwnRoles } from './own-roles'
import { leavesTheStateStoreAlone, readsState, writesOwnState } from './state-access'

export interface StackRolesProps {
  readonly of: StackName
  readonly stateBucketArn: string
  readonly stateKeyArn: string
  readonly stateLogArn: string
  readonly boundaryArn: string
  readonly githubProviderArn: string
  readonly repository: string
}

/** The two roles that CI has for a stack: one that plans on any pull request, one that deploys with approval. */
export class StackRoles extends Construct {
  private readonly stack: TidewayStack

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StackRolesProps,
  ) {
    super(scope, id)
    this.stack = tidewayStackOf(this)
    const { name } = this.stack.environment
    const { repository } = props
    const state = { environment: this.stack.environment, ...props }

    this.role('plan', {
      // Pull requests, and the nightly look for drift on main.
      subjects: [`repo:${repository}:pull_request`, `repo:${repository}:ref:refs/heads/main`],
      // Both show how everything is set up and none of what it holds: no objects, no secrets, no rows.
      managedPolicies: ['SecurityAudit', 'job-function/ViewOnlyAccess'],
      statements: [
        ...readsState(state),
        readsMore,
        readsImages(this.stack.environment),
        ...(readsOf[props.of]?.(this.stack.environment) ?? []),
      ],
    })
    this.role('deploy', {
      // GitHub gives this subject only to a job of the environment, which is where the approval is asked.
      subjects: [`repo:${repository}:environment:${name}`],
      managedPolicies: ['PowerUserAccess'],
      statements: [
        ...readsState(state),
        ...writesOwnState(state),
        ...managesOwnRoles(this.stack.environment, props),
        ...leavesTheStateStoreAlone(props),
      ],
    })
  }

  private role(
    kind: CiRoleKind,
    grants: { subjects: string[]; managedPolicies: string[]; statements: PolicyStatement[] },
  ): void {
    const role = new IamRole(this, kind, {
      name: ciRoleName(this.stack.environment, this.props.of, kind),
      description: `CI, to ${kind} ${this.props.of}`,
      assumeRolePolicy: policyDocument({
        Principal: { Federated: this.props.githubProviderArn },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${githubTokens}:aud`]: 'sts.amazonaws.com',
            [`${githubTokens}:sub`]: grants.subjects,
          },
        },
      }),
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

/** Which machine image is the newest: AWS tells everyone, by parameters that are its own. */
function readsImages({ region }: Environment): PolicyStatement {
  return {
    Sid: 'ReadNewestImages',
    Action: 'ssm:GetParameter',
    Resource: `arn:aws:ssm:${region}::parameter/aws/service/*`,
  }
}

/** What the plan of one stack alone has to read. */
const readsOf: Partial<Record<StackName, (environment: Environment) => PolicyStatement[]>> = {
  compute: (environment) => [
    {
      Sid: 'ReadFeatureFlags',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: `arn:aws:ssm:${environment.region}:${environment.account}:parameter/tideway/${environment.name}/*/feature-flags`,
    },
    // The flags, and the variables of the failover functions: Terraform compares both with the code.
    ...(['secrets', 'failover'] as const).map((key) => decryptsBy(environment, key)),
  ],
  edge: (environment) => [
    {
      // What the CDN sends to the load balancer. The plan does not show it.
      Sid: 'ReadOriginHeader',
      Action: 'secretsmanager:GetSecretValue',
      Resource: `arn:aws:secretsmanager:${environment.region}:${environment.account}:secret:tideway/${environment.name}/compute/origin-header-*`,
    },
    decryptsBy(environment, 'secrets'),
  ],
}

/** The service that holds what a key of compute encrypts: through it alone, the plan may decrypt. */
const holderOf = { failover: ['lambda'], secrets: ['secretsmanager', 'ssm'] } as const

function decryptsBy(
  { account, region, name }: Environment,
  key: keyof typeof holderOf,
): PolicyStatement {
  return {
    Sid: `DecryptBy${key}`,
    Action: 'kms:Decrypt',
    // Its id is not known here, and its alias is.
    Resource: `arn:aws:kms:${region}:${account}:key/*`,
    Condition: {
      StringEquals: {
        'kms:ViaService': holderOf[key].map((service) => `${service}.${region}.amazonaws.com`),
      },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias({ name }, 'compute', key) },
    },
  }
}

/** What Terraform reads to plan, and the managed policies leave out: tags, and a password that it then throws away. */
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
  Resource: '*', // of resources that do not exist yet, or of none
}
