import type { Lb } from '@cdktf/provider-aws/lib/lb'
import { AllowTraffic, securityGroup, tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { type AlbProps, LoadBalancer } from './load-balancer'

/**
 * The load balancer for calls between services. Its names are in the public zone, because ACM validates only public
 * names. They resolve to private addresses.
 */
export class InternalAlb extends Construct {
  readonly loadBalancer: Lb
  readonly httpsListenerArn: string
  /** The group of the load balancer. Targets must allow it: see AllowTraffic. */
  readonly securityGroupId: string
  /** Attach this group to call the load balancer. */
  readonly clientSecurityGroupId: string
  /** Parent domain of the names of services. */
  readonly domain: string

  constructor(scope: Construct, id: string, props: AlbProps) {
    super(scope, id)
    const { vpcId } = props
    this.domain = `internal.${tidewayStackOf(this).environment.domain}`
    this.securityGroupId = securityGroup(this, 'security-group', {
      name: 'internal-alb',
      description: 'Internal load balancer: reached by its clients only',
      vpcId,
    }).id
    this.clientSecurityGroupId = securityGroup(this, 'clients', {
      name: 'internal-alb-clients',
      description: 'Worn by whoever may call the internal load balancer',
      vpcId,
    }).id
    new AllowTraffic(this, 'from-clients', {
      fromGroupId: this.clientSecurityGroupId,
      toGroupId: this.securityGroupId,
      port: 443,
      description: 'Calls between services',
    })
    const alb = new LoadBalancer(this, 'alb', {
      ...props,
      kind: 'internal',
      securityGroupIds: [this.securityGroupId],
      hostName: `*.${this.domain}`,
      defaultResponse: { status: 404, message: 'No service of that name' },
    })
    this.loadBalancer = alb.resource
    this.httpsListenerArn = alb.httpsListenerArn
  }

  /** The name to call a service by. Its rule matches this host. */
  hostNameOf(service: string): string {
    return `${service}.${this.domain}`
  }
}
