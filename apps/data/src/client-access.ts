import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group'
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface ClientAccessProps {
  readonly vpcId: string
  /** What is reached, such as `database`. */
  readonly of: string
  readonly port: number
}

/**
 * Two security groups: the store wears one and lets in only who wears the other. The clients' group
 * is made here because the clients, in a later stack, cannot be named before they exist.
 */
export class ClientAccess extends Construct {
  readonly storeGroupId: string
  readonly clientGroupId: string

  constructor(scope: Construct, id: string, { vpcId, of, port }: ClientAccessProps) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    const { environment } = stack
    const group = (part: string, description: string) => {
      const name = nameOf(environment, 'aws_security_group', part, this.node.path)
      return new SecurityGroup(this, part, { name, description, vpcId, tags: { Name: name } })
    }
    const store = group(of, `The ${of}: reached by its clients, reaching nothing`)
    const clients = group(`${of}-clients`, `Worn by whoever may reach the ${of}`)
    const onPort = { ipProtocol: 'tcp', fromPort: port, toPort: port }
    new VpcSecurityGroupIngressRule(this, 'from-clients', {
      securityGroupId: store.id,
      referencedSecurityGroupId: clients.id,
      description: `From clients of the ${of}`,
      ...onPort,
    })
    new VpcSecurityGroupEgressRule(this, 'to-store', {
      securityGroupId: clients.id,
      referencedSecurityGroupId: store.id,
      description: `To the ${of}`,
      ...onPort,
    })
    this.storeGroupId = store.id
    this.clientGroupId = clients.id
  }
}
