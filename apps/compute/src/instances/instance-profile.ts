import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile'
import {
  type PolicyStatement,
  resourceName,
  ServiceRole,
  tidewayStackOf,
} from '@tideway/constructs'
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
    const { stack, environment } = tidewayStackOf(this)
    const { account, region } = environment
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
      name: resourceName(this, 'aws_iam_instance_profile', `${stack}-${id}`),
      role: role.name,
    }).arn
    this.roleArn = role.arn
  }
}
