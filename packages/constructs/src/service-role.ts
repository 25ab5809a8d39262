import { IamRole } from '@cdktf/provider-aws/lib/iam-role'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy'
import type { ITerraformDependable } from 'cdktf'
import { Construct } from 'constructs'
import type { Environment } from './environment'
import { type PolicyStatement, policyDocument } from './iam'
import { nameOf } from './names'
import { tidewayStackOf } from './tideway-stack'

export interface ServiceRoleProps {
  /** The service that assumes it, such as `vpc-flow-logs.amazonaws.com`. */
  readonly service: string
  /** What it may do. AWS's managed policies allow more than one stack needs, so there is no property for them. */
  readonly statements: readonly PolicyStatement[]
}

/**
 * They do not say for which account they ask, or nowhere promise to, and would be refused if they had to. They need
 * not: only an instance, a fleet or a function of this account gets a role of it, and whoever makes one must hold
 * iam:PassRole.
 */
const silentServices = ['ec2.amazonaws.com', 'lambda.amazonaws.com', 'spotfleet.amazonaws.com']

/** The most that any role made by a stack can do. The state bootstrap creates it; CI may make no role without it. */
export function permissionsBoundaryArn({ account, name }: Environment): string {
  return `arn:aws:iam::${account}:policy/tideway-${name}-boundary`
}

/** A role for an AWS service that works for this account alone, within the permissions boundary. */
export class ServiceRole extends Construct {
  readonly arn: string
  /** For an instance profile, which then has the policy for as long as it has the role. */
  readonly name: string
  /** What cannot wait for the policy to follow depends on it: the ARN is there a moment earlier. */
  readonly granted: ITerraformDependable

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const role = new IamRole(this, 'role', {
      name: nameOf(environment, 'aws_iam_role', `${stack.stack}-${id}`, this.node.path),
      assumeRolePolicy: policyDocument({
        Principal: { Service: props.service },
        Action: 'sts:AssumeRole',
        ...(!silentServices.includes(props.service) && {
          // Keeps others from making the service act on their behalf with this role.
          Condition: { StringEquals: { 'aws:SourceAccount': environment.account } },
        }),
      }),
      permissionsBoundary: permissionsBoundaryArn(environment),
    })
    this.arn = role.arn
    this.name = role.name
    this.granted = role
    // A program may need nothing of AWS, and AWS wants a statement in each policy.
    if (props.statements.length === 0) return
    const policy = new IamRolePolicy(this, 'policy', {
      name: id,
      role: role.name,
      policy: policyDocument(...props.statements),
    })
    this.name = policy.role
    this.granted = policy
  }
}
