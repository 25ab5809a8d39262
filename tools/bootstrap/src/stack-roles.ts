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
        ...readsMore(environment),
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
  data: (environment) => [
    // The provider reads the value of a version even where Terraform only writes it. The plan does not show it.
    readsSecret(environment, 'ReadAppSecret', 'database/app'),
    decryptsBy(environment, 'data', 'database', ['secretsmanager']),
  ],
  compute: (environment) => [
    {
      Sid: 'ReadFeatureFlags',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: `arn:aws:ssm:${environment.region}:${environment.account}:parameter/tideway/${environment.name}/*/feature-flags`,
    },
    readsSecret(environment, 'ReadOriginHeader', 'compute/origin-header'),
    // Terraform compares the flags and the variables of the functions with the code.
    decryptsBy(environment, 'compute', 'secrets', ['lambda', 'secretsmanager', 'ssm']),
    decryptsBy(environment, 'compute', 'failover', ['lambda']),
  ],
  edge: (environment) => [
    // The header that the CDN sends to the load balancer. The plan does not show its value.
    readsSecret(environment, 'ReadOriginHeader', 'compute/origin-header'),
    decryptsBy(environment, 'compute', 'secrets', ['secretsmanager']),
  ],
}

/** Secrets Manager adds a hyphen and six characters to the name. */
function readsSecret(
  { account, region, name }: Environment,
  Sid: string,
  secret: string,
): PolicyStatement {
  return {
    Sid,
    Action: 'secretsmanager:GetSecretValue',
    Resource: `arn:aws:secretsmanager:${region}:${account}:secret:tideway/${name}/${secret}-??????`,
  }
}

/** @param services through which the plan may decrypt with the key */
function decryptsBy(
  { account, region, name }: Environment,
  stack: StackName,
  key: string,
  services: readonly string[],
): PolicyStatement {
  return {
    Sid: `DecryptBy${key}`,
    Action: 'kms:Decrypt',
    // Selects the key by its alias, because its id is unknown here.
    Resource: `arn:aws:kms:${region}:${account}:key/*`,
    Condition: {
      StringEquals: {
        'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`),
      },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': keyAlias({ name }, stack, key) },
    },
  }
}

/**
 * Reads for a plan that the managed policies exclude: tags, and a random password that Terraform discards. In all
 * regions, because edge also has resources in us-east-1. Resources without a name of their own are selected by type.
 */
function readsMore({ account, name }: Environment): PolicyStatement[] {
  const own = `tideway-${name}-*`
  const reads = (service: string, actions: readonly string[], resources: readonly string[]) => ({
    Action: actions.map((action) => `${service}:${action}`),
    Resource: resources.map((resource) => `arn:aws:${service}:*:${account}:${resource}`),
  })
  const tags = ['ListTagsForResource']
  return [
    reads('application-autoscaling', tags, ['scalable-target/*']),
    reads('cloudwatch', tags, [`alarm:${own}`, `dashboard/${own}`]),
    reads('ecr', tags, [`repository/${own}`]),
    reads(
      'ecs',
      ['DescribeCapacityProviders', ...tags],
      ['capacity-provider', 'cluster', 'service', 'task-definition'].map(
        (type) => `${type}/${own}`,
      ),
    ),
    reads('elasticache', tags, [`*:${own}`]),
    // A random id.
    reads('fis', ['GetExperimentTemplate', ...tags], ['experiment-template/*']),
    reads('lambda', ['GetEventSourceMapping'], ['event-source-mapping:*']),
    reads('lambda', ['GetFunction'], [`function:${own}`]),
    reads(
      'logs',
      ['GetDelivery', 'GetDeliveryDestination', 'GetDeliverySource', ...tags],
      ['delivery:*', `delivery-destination:${own}`, `delivery-source:${own}`, 'log-group:*'],
    ),
    reads('rds', tags, [`*:${own}`]),
    reads('scheduler', ['GetSchedule', ...tags], [`schedule/*/${own}`, `schedule-group/*`]),
    reads(
      'secretsmanager',
      ['DescribeSecret', 'ListSecretVersionIds'],
      // RDS names the secret of the administrator.
      [`secret:tideway/${name}/*`, 'secret:rds!cluster-*'],
    ),
    reads('servicediscovery', ['GetNamespace', 'GetService'], ['namespace/*', 'service/*']),
    reads('sns', ['GetSubscriptionAttributes', ...tags], [own]),
    reads('sqs', ['ListQueueTags'], [own]),
    reads('states', tags, [`stateMachine:${own}`]),
    reads('wafv2', ['GetLoggingConfiguration', 'GetWebACL', ...tags], [`*/webacl/${own}`]),
    {
      Action: 'route53:ListTagsForResource',
      Resource: ['arn:aws:route53:::healthcheck/*', 'arn:aws:route53:::hostedzone/*'],
    },
    { Action: 's3:GetBucketTagging', Resource: `arn:aws:s3:::${own}` },
    // The list of CloudFront's addresses belongs to AWS, and its ARN then has no account.
    { Action: 'ec2:GetManagedPrefixListEntries', Resource: 'arn:aws:ec2:*:*:prefix-list/*' },
    {
      Sid: 'ReadWithoutResource',
      Action: [
        'secretsmanager:GetRandomPassword',
        'servicediscovery:ListTagsForResource',
        'states:ValidateStateMachineDefinition',
      ],
      Resource: '*',
    },
  ]
}
