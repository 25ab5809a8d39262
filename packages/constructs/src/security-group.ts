import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group'
import {
  VpcSecurityGroupEgressRule,
  type VpcSecurityGroupEgressRuleConfig,
} from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule'
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule'
import { Construct } from 'constructs'
import { resourceName } from './deployment-context'

export interface SecurityGroupProps {
  /** The name after `tideway-<environment>-`. */
  readonly name: string
  readonly description: string
  readonly vpcId: string
}

/** A security group with a name and no rules. */
export function securityGroup(
  scope: Construct,
  id: string,
  { name: part, description, vpcId }: SecurityGroupProps,
): SecurityGroup {
  const name = resourceName(scope, 'aws_security_group', part)
  return new SecurityGroup(scope, id, { name, description, vpcId, tags: { Name: name } })
}

/** One TCP port, and the other side: a security group, an address range or a prefix list. */
export interface TcpRuleProps
  extends Pick<
    VpcSecurityGroupEgressRuleConfig,
    'cidrIpv4' | 'prefixListId' | 'referencedSecurityGroupId'
  > {
  /** The security group that gets the rule. */
  readonly groupId: string
  readonly port: number
  readonly description: string
}

export function allowIngress(scope: Construct, id: string, props: TcpRuleProps): void {
  new VpcSecurityGroupIngressRule(scope, id, tcpRule(props))
}

export function allowEgress(scope: Construct, id: string, props: TcpRuleProps): void {
  new VpcSecurityGroupEgressRule(scope, id, tcpRule(props))
}

/** HTTPS to any address, for peers whose addresses are not known in advance. */
export function allowHttpsEgress(
  scope: Construct,
  id: string,
  props: Pick<TcpRuleProps, 'description' | 'groupId'>,
): void {
  allowEgress(scope, id, { ...props, port: 443, cidrIpv4: '0.0.0.0/0' })
}

export interface AllowTrafficProps {
  /** Security group of the clients. */
  readonly fromGroupId: string
  /** Security group of the servers. */
  readonly toGroupId: string
  readonly port: number
  readonly description: string
}

/** Lets one security group reach another on a port: an egress rule on the first and an ingress rule on the second. */
export class AllowTraffic extends Construct {
  constructor(scope: Construct, id: string, props: AllowTrafficProps) {
    super(scope, id)
    const { fromGroupId, toGroupId, port, description } = props
    const rule = { port, description }
    allowEgress(this, 'out', {
      ...rule,
      groupId: fromGroupId,
      referencedSecurityGroupId: toGroupId,
    })
    allowIngress(this, 'in', {
      ...rule,
      groupId: toGroupId,
      referencedSecurityGroupId: fromGroupId,
    })
  }
}

function tcpRule({ groupId, port, ...rule }: TcpRuleProps): VpcSecurityGroupEgressRuleConfig {
  return { securityGroupId: groupId, ipProtocol: 'tcp', fromPort: port, toPort: port, ...rule }
}
