import { IamRole } from '@cdktf/provider-aws/lib/iam-role'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import { contextOf, partInAccount, resourceName } from './deployment-context'
import { type PolicyStatement, policyDocument } from './iam'
import { throwIfTooLarge } from './size'

export interface ServiceRoleProps {
  /** The service that assumes the role, such as `vpc-flow-logs.amazonaws.com`. */
  readonly service: string
  /** The permissions of the role. AWS's managed policies allow more than a stack needs, so they cannot be attached. */
  readonly statements: readonly PolicyStatement[]
}

/**
 * These services do not send `aws:SourceAccount`, or do not document it, so a condition on it would lock them out.
 * The condition is not needed: passing a role to an instance, fleet or function requires iam:PassRole in this account.
 */
const servicesWithoutSourceAccount = [
  'ec2.amazonaws.com',
  'lambda.amazonaws.com',
  'spotfleet.amazonaws.com',
]

/** A role for an AWS service, limited to this account and to the permissions boundary, if there is one. */
export class ServiceRole extends Construct {
  readonly arn: string
  /** A reference to the policy's role: an instance profile that uses it is created after the policy. */
  readonly name: string
  /** Depend on this where the permissions must exist first: the ARN is available before the policy. */
  readonly granted: ITerraformDependable

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id)
    const { account, permissionsBoundaryArn } = contextOf(this)
    const role = new IamRole(this, 'role', {
      name: resourceName(this, 'aws_iam_role', partInAccount(this, id)),
      assumeRolePolicy: policyDocument({
        Principal: { Service: props.service },
        Action: 'sts:AssumeRole',
        ...(!servicesWithoutSourceAccount.includes(props.service) && {
          // Prevents the confused deputy: the service uses this role for this account only.
          Condition: { StringEquals: { 'aws:SourceAccount': account } },
        }),
      }),
      ...(permissionsBoundaryArn && { permissionsBoundary: permissionsBoundaryArn }),
    })
    this.arn = role.arn
    this.name = role.name
    this.granted = role
    // AWS rejects a policy without statements, and some programs need no permissions.
    if (props.statements.length === 0) return
    const document = policyDocument(...props.statements)
    throwIfTooLarge(`${this.node.path} (policy)`, document, 10_240, 'Let the role reach less.')
    const policy = new IamRolePolicy(this, 'policy', {
      name: id,
      role: role.name,
      policy: document,
    })
    this.name = policy.role
    this.granted = policy
  }
}
