import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group'
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway'
import { Vpc } from '@cdktf/provider-aws/lib/vpc'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** The VPC and its internet gateway. */
export class NetworkVpc extends Construct {
  readonly vpcId: string
  readonly internetGatewayId: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { name, vpcCidr } = tidewayStackOf(this).environment
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: vpcCidr,
      // Private DNS of interface endpoints requires both.
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: `tideway-${name}` },
    })
    // Adopts the default group and removes its rules: a resource without its own group has no network access.
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: vpc.id,
      ingress: [],
      egress: [],
      tags: { Name: `tideway-${name}-default-unused` },
    })
    const gateway = new InternetGateway(this, 'internet-gateway', {
      vpcId: vpc.id,
      tags: { Name: `tideway-${name}` },
    })
    this.vpcId = vpc.id
    this.internetGatewayId = gateway.id
  }
}
