import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile'
import { nameOf, type PolicyStatement, ServiceRole, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface InstanceProfileProps {
  /** Beside what Session Manager needs, which is the only way in: there are no keys and no open port. */
  readonly statements: readonly PolicyStatement[]
}

/** The role of instances, as EC2 hands it to them. */
export class InstanceProfile extends Construct {
  readonly arn: string
  readonly roleArn: string

  constructor(scope: Construct, id: string, { statements }: InstanceProfileProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { account, region } = stack.environment
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
      name: nameOf(
        stack.environment,
        'aws_iam_instance_profile',
        `${stack.stack}-${id}`,
        this.node.path,
      ),
      role: role.name,
    }).arn
    this.roleArn = role.arn
  }
}
