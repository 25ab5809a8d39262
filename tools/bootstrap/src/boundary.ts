import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy'
import { nameOf, policyDocument, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface BoundaryProps {
  readonly stateBucketArn: string
  readonly stateKeyArn: string
  readonly stateLogArn: string
}

/**
 * The most that a role can do which a stack makes for its own use: everything but to change who may
 * do what, or to read the state. CI may make no role without it, so it cannot make itself a stronger one.
 */
export class Boundary extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, props: BoundaryProps) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { stateBucketArn, stateKeyArn, stateLogArn } = props
    const { account, name } = environment
    const policy = new IamPolicy(this, 'policy', {
      // `permissionsBoundaryArn` names it so.
      name: nameOf(environment, 'aws_iam_policy', 'boundary', this.node.path),
      description: 'The most that a role made by a Tideway stack can do',
      policy: policyDocument(
        {
          Sid: 'AllButIdentity',
          NotAction: ['account:*', 'iam:*', 'organizations:*'],
          Resource: '*',
        },
        {
          // Schedulers start tasks, and hand them their roles.
          Sid: 'PassRolesOfStacks',
          Action: 'iam:PassRole',
          Resource: `arn:aws:iam::${account}:role/tideway-${name}-*`,
        },
        {
          Sid: 'NoState',
          Effect: 'Deny',
          Action: ['kms:*', 's3:*'],
          Resource: [
            stateBucketArn,
            `${stateBucketArn}/*`,
            stateKeyArn,
            stateLogArn,
            `${stateLogArn}/*`,
          ],
        },
      ),
    })
    this.arn = policy.arn
  }
}
