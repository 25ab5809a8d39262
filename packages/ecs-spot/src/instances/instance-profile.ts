import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile'
import {
  contextOf,
  type PolicyStatement,
  partInAccount,
  resourceName,
  ServiceRole,
} from '@tideway/constructs/parts'
import { Construct } from 'constructs'

export interface InstanceProfileProps {
  /** Permissions besides those of Session Manager, the only access: there are no SSH keys and no open ports. */
  readonly statements: readonly PolicyStatement[]
}

/** An instance profile with its role. */
export class InstanceProfile extends Construct {
  readonly arn: string
  readonly roleArn: string

  constructor(scope: Construct, id: string, { statements }: InstanceProfileProps) {
    super(scope, id)
    const { account, region } = contextOf(this)
    const role = new ServiceRole(this, id, {
      service: 'ec2.amazonaws.com',
      statements: [
        {
          Sid: 'SessionManagerKnowsIt',
          Action: 'ssm:UpdateInstanceInformation',
          Resource: `arn:aws:ec2:${region}:${account}:instance/*`,
        },
        {
          Sid: 'SessionManager',
          Action: [
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          Resource: '*', // the channels have no ARN
        },
        ...statements,
      ],
    })
    this.arn = new IamInstanceProfile(this, 'profile', {
      name: resourceName(this, 'aws_iam_instance_profile', partInAccount(this, id)),
      role: role.name,
    }).arn
    this.roleArn = role.arn
  }
}
