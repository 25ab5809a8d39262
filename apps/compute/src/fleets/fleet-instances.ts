import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import type { PolicyStatement } from '@tideway/constructs'
import { Fn } from 'cdktf'
import { Construct } from 'constructs'
import { type FirstBoot, InstanceProfile, InstanceTemplate } from '../instances'
import { securityGroup } from '../security-group'

export interface FleetInstancesProps {
  /** Such as `web-fleet`. */
  readonly name: string
  readonly vpcId: string
  readonly statements: readonly PolicyStatement[]
  readonly firstBoot: FirstBoot
}

/** What the instances of a fleet are: Amazon Linux on Graviton, with a role and a security group of their own. */
export class FleetInstances extends Construct {
  readonly templateId: string
  readonly templateVersion: string
  readonly roleArn: string
  readonly securityGroupId: string

  constructor(scope: Construct, id: string, props: FleetInstancesProps) {
    super(scope, id)
    const { name, vpcId } = props
    const profile = new InstanceProfile(this, name, props)
    const group = securityGroup(this, 'security-group', {
      name,
      description: `Instances of the ${name.replace('-', ' ')}`,
      vpcId,
    })
    new VpcSecurityGroupEgressRule(this, 'https-out', {
      securityGroupId: group.id,
      description: 'AWS and package mirrors',
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })
    const template = new InstanceTemplate(this, 'template', {
      name,
      image: {
        parameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
        resolved: 'once',
      },
      instanceProfileArn: profile.arn,
      securityGroupId: group.id,
      firstBoot: props.firstBoot,
    })
    this.templateId = template.id
    this.templateVersion = template.latestVersion
    this.roleArn = profile.roleArn
    this.securityGroupId = group.id
  }
}

/** Small and alike, so that one is as good as another; each type in each zone is a pool that may run dry alone. */
const types = ['t4g.medium', 'c6g.medium', 'c7g.medium', 'm6g.medium', 'm7g.medium', 'r6g.medium']

/** Every type in every zone. The subnets are one list that is not known here, so they are picked by their places. */
export function overEveryPool(
  subnetIds: string[],
  zones: number,
): { instanceType: string; subnetId: string }[] {
  return Array.from({ length: zones }, (_, zone) => Fn.element(subnetIds, zone)).flatMap(
    (subnetId) => types.map((instanceType) => ({ instanceType, subnetId })),
  )
}
