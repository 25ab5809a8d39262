import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group'
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway'
import { Vpc } from '@cdktf/provider-aws/lib/vpc'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** The VPC and its way to the internet. */
export class NetworkVpc extends Construct {
  readonly vpcId: string
  readonly internetGatewayId: string

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { name, vpcCidr } = stack.environment
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: vpcCidr,
      // Interface endpoints answer to the public names of their services only with both.
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: `tideway-${name}` },
    })
    // Adopted in order to be emptied: whatever is started without a group then reaches nothing.
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
