import { IamRole } from '@cdktf/provider-aws/lib/iam-role'
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy'
import { Construct } from 'constructs'
import type { Environment } from './environment'
import { type PolicyStatement, policyDocument } from './iam'
import { nameOf } from './names'
import { tidewayStackOf } from './tideway-stack'

export interface ServiceRoleProps {
  /** The service that assumes it, such as `vpc-flow-logs.amazonaws.com`. It must send aws:SourceAccount, as most do; EC2 and Lambda do not. */
  readonly service: string
  /** What it may do. AWS's managed policies allow more than one stack needs, so there is no property for them. */
  readonly statements: readonly PolicyStatement[]
}

/** The most that any role made by a stack can do. The state bootstrap creates it; CI may make no role without it. */
export function permissionsBoundaryArn({ account, name }: Environment): string {
  return `arn:aws:iam::${account}:policy/tideway-${name}-boundary`
}

/** A role for an AWS service that works for this account alone, within the permissions boundary. */
export class ServiceRole extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const role = new IamRole(this, 'role', {
      name: nameOf(environment, 'aws_iam_role', `${stack.stack}-${id}`, this.node.path),
      assumeRolePolicy: policyDocument({
        Principal: { Service: props.service },
        Action: 'sts:AssumeRole',
        // Keeps others from making the service act on their behalf with this role.
        Condition: { StringEquals: { 'aws:SourceAccount': environment.account } },
      }),
      permissionsBoundary: permissionsBoundaryArn(environment),
    })
    new IamRolePolicy(this, 'policy', {
      name: id,
      role: role.name,
      policy: policyDocument(...props.statements),
    })
    this.arn = role.arn
  }
}
