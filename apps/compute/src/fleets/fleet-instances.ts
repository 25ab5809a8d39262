import { allowHttpsEgress, type PolicyStatement, securityGroup } from '@tideway/constructs'
import { type FirstBoot, InstanceProfile, InstanceTemplate } from '@tideway/ecs-spot/internal'
import { Fn } from 'cdktf'
import { Construct } from 'constructs'

export interface FleetInstancesProps {
  /** Such as `web-fleet`. */
  readonly name: string
  readonly vpcId: string
  readonly statements: readonly PolicyStatement[]
  readonly firstBoot: FirstBoot
}

/** The launch template of a fleet: Amazon Linux on Graviton, with its own role and security group. */
export class FleetInstances extends Construct {
  readonly template: InstanceTemplate
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
    allowHttpsEgress(this, 'https-out', {
      groupId: group.id,
      description: 'AWS and package mirrors',
    })
    this.template = new InstanceTemplate(this, 'template', {
      name,
      image: {
        parameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
        resolved: 'once',
      },
      instanceProfileArn: profile.arn,
      securityGroupId: group.id,
      firstBoot: props.firstBoot,
    })
    this.roleArn = profile.roleArn
    this.securityGroupId = group.id
  }
}

/** Similar small types: any of them can replace another. Each type in each zone is a separate Spot capacity pool. */
const types = ['t4g.medium', 'c6g.medium', 'c7g.medium', 'm6g.medium', 'm7g.medium', 'r6g.medium']

/** Every type in every zone. The subnets are a list token, so they are picked by index. */
export function overEveryPool(
  subnetIds: string[],
  zones: number,
): { instanceType: string; subnetId: string }[] {
  return Array.from({ length: zones }, (_, zone) => Fn.element(subnetIds, zone)).flatMap(
    (subnetId) => types.map((instanceType) => ({ instanceType, subnetId })),
  )
}
