import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group'
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule'
import { nameOf, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

/** A security group with a name and without rules. */
export function securityGroup(
  scope: Construct,
  id: string,
  { name: part, description, vpcId }: { name: string; description: string; vpcId: string },
): SecurityGroup {
  const { environment } = tidewayStackOf(scope)
  const name = nameOf(environment, 'aws_security_group', part, `${scope.node.path}/${id}`)
  return new SecurityGroup(scope, id, { name, description, vpcId, tags: { Name: name } })
}

export interface PassageProps {
  /** Security group of who connects. */
  readonly fromGroupId: string
  /** Security group of who listens. */
  readonly toGroupId: string
  readonly port: number
  /** What passes, for whoever reads the rules. */
  readonly description: string
}

/** Lets one security group reach another on a port: out of the one, and into the other. */
export class Passage extends Construct {
  constructor(scope: Construct, id: string, props: PassageProps) {
    super(scope, id)
    const { fromGroupId, toGroupId, port, description } = props
    const onPort = { ipProtocol: 'tcp', fromPort: port, toPort: port, description }
    new VpcSecurityGroupEgressRule(this, 'out', {
      securityGroupId: fromGroupId,
      referencedSecurityGroupId: toGroupId,
      ...onPort,
    })
    new VpcSecurityGroupIngressRule(this, 'in', {
      securityGroupId: toGroupId,
      referencedSecurityGroupId: fromGroupId,
      ...onPort,
    })
  }
}
