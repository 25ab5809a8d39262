import { IamRole } from '@cdktf/provider-aws/lib/iam-role'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy'
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment'
import {
  type PolicyStatement,
  policyDocument,
  type StackName,
  stackNames,
  stacks,
  stateObjectKey,
  type TidewayStack,
  tidewayStackOf,
} from '@tideway/constructs'
import { Construct } from 'constructs'
import { githubTokens } from './github-provider'
import { type RoleKind, roleName } from './role-names'

export interface StackRolesProps {
  readonly of: StackName
  readonly stateBucketArn: string
  readonly stateKeyArn: string
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

    this.role('plan', {
      // Pull requests, and the nightly look for drift on main.
      subjects: [`repo:${repository}:pull_request`, `repo:${repository}:ref:refs/heads/main`],
      // Both show how everything is set up and none of what it holds: no objects, no secrets, no rows.
      managedPolicies: ['SecurityAudit', 'job-function/ViewOnlyAccess'],
      statements: [...this.readsState(), readsTags],
    })
    this.role('deploy', {
      // GitHub gives this subject only to a job of the environment, which is where the approval is asked.
      subjects: [`repo:${repository}:environment:${name}`],
      managedPolicies: ['PowerUserAccess'],
      statements: [
        ...this.readsState(),
        ...this.writesOwnState(),
        ...this.managesOwnRoles(),
        ...this.leavesTheStateStoreAlone(),
      ],
    })
  }

  private role(
    kind: RoleKind,
    grants: { subjects: string[]; managedPolicies: string[]; statements: PolicyStatement[] },
  ): void {
    const role = new IamRole(this, kind, {
      name: roleName(this.stack.environment, this.props.of, kind),
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

  /** A state and its lock. */
  private objectsOf(name: StackName | 'bootstrap'): { state: string; lock: string } {
    const { environment } = this.stack
    const state = `${this.props.stateBucketArn}/${stateObjectKey(environment, name)}`
    return { state, lock: `${state}.tflock` }
  }

  private get readable(): readonly StackName[] {
    return [this.props.of, ...stacks[this.props.of].reads]
  }

  /** Reading its own state and the contracts it has declared; and nothing else, whatever other policies allow. */
  private readsState(): PolicyStatement[] {
    const others = ([...stackNames, 'bootstrap'] as const).filter(
      (name) => name === 'bootstrap' || !this.readable.includes(name),
    )
    return [
      { Sid: 'FindState', Action: 's3:ListBucket', Resource: this.props.stateBucketArn },
      {
        Sid: 'ReadOwnStateAndContracts',
        Action: 's3:GetObject',
        Resource: this.readable.map((name) => this.objectsOf(name).state),
      },
      { Sid: 'DecryptState', Action: 'kms:Decrypt', Resource: this.props.stateKeyArn },
      {
        Sid: 'NoOtherState',
        Effect: 'Deny',
        Action: ['s3:GetObject', 's3:GetObjectVersion'],
        Resource: others.flatMap((name) => Object.values(this.objectsOf(name))),
      },
    ]
  }

  private writesOwnState(): PolicyStatement[] {
    const { of, stateKeyArn } = this.props
    const { state, lock } = this.objectsOf(of)
    const others = ([...stackNames, 'bootstrap'] as const).filter((name) => name !== of)
    return [
      { Sid: 'WriteOwnState', Action: 's3:PutObject', Resource: state },
      {
        Sid: 'LockOwnState',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: lock,
      },
      {
        Sid: 'EncryptState',
        Action: ['kms:Encrypt', 'kms:GenerateDataKey'],
        Resource: stateKeyArn,
      },
      {
        Sid: 'WriteNoOtherState',
        Effect: 'Deny',
        Action: 's3:PutObject',
        Resource: others.flatMap((name) => Object.values(this.objectsOf(name))),
      },
      {
        // Terraform empties a state and never deletes it.
        Sid: 'DeleteOnlyTheOwnLock',
        Effect: 'Deny',
        Action: 's3:DeleteObject',
        Resource: [state, ...others.flatMap((name) => Object.values(this.objectsOf(name)))],
      },
    ]
  }

  /** PowerUserAccess has nothing of IAM. What a stack needs of it ends at its own roles, and at the boundary. */
  private managesOwnRoles(): PolicyStatement[] {
    const { account, name } = this.stack.environment
    const own = `tideway-${name}-${this.props.of}-*`
    const roles = `arn:aws:iam::${account}:role/${own}`
    return [
      {
        Sid: 'GrantWithinTheBoundary',
        Action: [
          'iam:AttachRolePolicy',
          'iam:CreateRole',
          'iam:DeleteRolePolicy',
          'iam:DetachRolePolicy',
          'iam:PutRolePermissionsBoundary',
          'iam:PutRolePolicy',
        ],
        Resource: roles,
        Condition: { StringEquals: { 'iam:PermissionsBoundary': this.props.boundaryArn } },
      },
      {
        Sid: 'KeepOwnRoles',
        Action: [
          'iam:DeleteRole',
          'iam:GetRole',
          'iam:GetRolePolicy',
          'iam:ListAttachedRolePolicies',
          'iam:ListInstanceProfilesForRole',
          'iam:ListRolePolicies',
          'iam:ListRoleTags',
          'iam:PassRole',
          'iam:TagRole',
          'iam:UntagRole',
          'iam:UpdateAssumeRolePolicy',
          'iam:UpdateRole',
        ],
        Resource: roles,
      },
      {
        Sid: 'KeepOwnInstanceProfiles',
        Action: [
          'iam:AddRoleToInstanceProfile',
          'iam:CreateInstanceProfile',
          'iam:DeleteInstanceProfile',
          'iam:GetInstanceProfile',
          'iam:RemoveRoleFromInstanceProfile',
          'iam:TagInstanceProfile',
          'iam:UntagInstanceProfile',
        ],
        Resource: `arn:aws:iam::${account}:instance-profile/${own}`,
      },
    ]
  }

  /** PowerUserAccess reaches every bucket and key of the account, these two included. */
  private leavesTheStateStoreAlone(): PolicyStatement[] {
    const { stateBucketArn, stateKeyArn } = this.props
    return [
      {
        Sid: 'OnlyObjectsOfTheStateBucket',
        Effect: 'Deny',
        NotAction: ['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
        Resource: [stateBucketArn, `${stateBucketArn}/*`],
      },
      {
        Sid: 'OnlyUseOfTheStateKey',
        Effect: 'Deny',
        NotAction: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        Resource: stateKeyArn,
      },
    ]
  }
}

/** Terraform compares the tags of everything, and the managed policies leave some of them out. */
const readsTags: PolicyStatement = {
  Sid: 'ReadTags',
  Action: [
    'cloudwatch:ListTagsForResource',
    'elasticache:ListTagsForResource',
    'logs:ListTagsForResource',
    'rds:ListTagsForResource',
    'route53:ListTagsForResource',
    's3:GetBucketTagging',
    'secretsmanager:DescribeSecret',
    'sns:ListTagsForResource',
  ],
  Resource: '*', // tags are read one resource at a time, of resources that do not exist yet
}
