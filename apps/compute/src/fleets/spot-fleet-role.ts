import { ServiceRole, tidewayStackOf } from '@tideway/constructs'
import type { Construct } from 'constructs'

export interface SpotFleetRoleProps {
  /** The role of the instances. */
  readonly instanceRoleArn: string
  /** The target group that it registers instances in. */
  readonly targetGroupArn: string
}

/** The role of a Spot Fleet: it launches, registers and terminates its own instances only. */
export function spotFleetRole(
  scope: Construct,
  { instanceRoleArn, targetGroupArn }: SpotFleetRoleProps,
): ServiceRole {
  const { environment, defaultTags } = tidewayStackOf(scope)
  const { account, region } = environment
  const ec2 = (...types: string[]) =>
    types.map((type) => `arn:aws:ec2:${region}:${account}:${type}/*`)
  const launched = ['instance', 'network-interface', 'spot-instances-request', 'volume']
  return new ServiceRole(scope, 'web-fleet-spot', {
    service: 'spotfleet.amazonaws.com',
    statements: [
      {
        Sid: 'Look',
        Action: ['ec2:DescribeImages', 'ec2:DescribeInstanceStatus', 'ec2:DescribeSubnets'],
        Resource: '*', // AWS supports no resource-level permissions for these
      },
      {
        Sid: 'Launch',
        Action: ['ec2:RequestSpotInstances', 'ec2:RunInstances'],
        Resource: [
          ...ec2(...launched, 'launch-template', 'security-group', 'subnet'),
          `arn:aws:ec2:${region}::image/*`,
        ],
      },
      { Sid: 'TagWhatItLaunches', Action: 'ec2:CreateTags', Resource: ec2(...launched) },
      {
        Sid: 'TerminateItsOwn',
        Action: 'ec2:TerminateInstances',
        Resource: ec2('instance'),
        Condition: {
          StringEquals: {
            'aws:ResourceTag/app': defaultTags.app ?? '',
            'aws:ResourceTag/environment': environment.name,
          },
          // Only AWS can write this tag.
          StringLike: { 'aws:ResourceTag/aws:ec2spot:fleet-request-id': 'sfr-*' },
        },
      },
      {
        Sid: 'HandInstancesTheirRole',
        Action: 'iam:PassRole',
        Resource: instanceRoleArn,
        Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      },
      {
        Sid: 'PutThemBehindTheLoadBalancer',
        Action: 'elasticloadbalancing:RegisterTargets',
        Resource: targetGroupArn,
      },
    ],
  })
}
