import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy'
import { nameOf, policyDocument, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { StateStore } from './state-store'

/**
 * The permissions boundary of the roles that stacks create: everything except IAM changes and access to the state.
 * CI cannot create a role without it, so it cannot extend its own permissions.
 */
export class Boundary extends Construct {
  readonly arn: string

  constructor(scope: Construct, id: string, { state }: { readonly state: StateStore }) {
    super(scope, id)
    const { environment } = tidewayStackOf(this)
    const { account, name } = environment
    const policy = new IamPolicy(this, 'policy', {
      // `permissionsBoundaryArn` uses this name.
      name: nameOf(environment, 'aws_iam_policy', 'boundary', this.node.path),
      description: 'The most that a role made by a Tideway stack can do',
      policy: policyDocument(
        {
          Sid: 'AllButIdentity',
          NotAction: ['account:*', 'iam:*', 'organizations:*'],
          Resource: '*',
        },
        {
          // Schedulers start tasks and pass their roles.
          Sid: 'PassRolesOfStacks',
          Action: 'iam:PassRole',
          Resource: `arn:aws:iam::${account}:role/tideway-${name}-*`,
        },
        {
          Sid: 'NoState',
          Effect: 'Deny',
          Action: ['kms:*', 's3:*'],
          Resource: [
            state.bucketArn,
            `${state.bucketArn}/*`,
            state.keyArn,
            state.logBucketArn,
            `${state.logBucketArn}/*`,
          ],
        },
      ),
    })
    this.arn = policy.arn
  }
}
