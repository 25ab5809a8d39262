import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import { Passage, securityGroup } from '../security-group'
import { LoadBalancer } from './load-balancer'

export interface InternalAlbProps {
  readonly vpcId: string
  readonly subnetIds: string[]
  readonly publicZoneId: string
  readonly logsBucketName: string
}

/**
 * How services call each other. Its names are in the public zone, because ACM proves only names that the
 * world can look up. They lead to private addresses, as the name that AWS gives it does.
 */
export class InternalAlb extends Construct {
  readonly arn: string
  readonly arnSuffix: string
  /** To be let in by its targets: see Passage. */
  readonly securityGroupId: string
  /** To be worn by whoever may call it. */
  readonly clientSecurityGroupId: string
  readonly httpsListenerArn: string

  /** Below which services have their names. */
  readonly domain: string

  constructor(scope: Construct, id: string, props: InternalAlbProps) {
    super(scope, id)
    const { vpcId } = props
    this.domain = `internal.${tidewayStackOf(this).environment.domain}`
    const group = securityGroup(this, 'security-group', {
      name: 'internal-alb',
      description: 'Internal load balancer: reached by its clients only',
      vpcId,
    })
    const clients = securityGroup(this, 'clients', {
      name: 'internal-alb-clients',
      description: 'Worn by whoever may call the internal load balancer',
      vpcId,
    })
    new Passage(this, 'from-clients', {
      fromGroupId: clients.id,
      toGroupId: group.id,
      port: 443,
      description: 'Calls between services',
    })
    const balancer = new LoadBalancer(this, 'alb', {
      kind: 'internal',
      subnetIds: props.subnetIds,
      securityGroupIds: [group.id],
      hostName: `*.${this.domain}`,
      zoneId: props.publicZoneId,
      logsBucketName: props.logsBucketName,
      otherwise: { status: 404, message: 'No service of that name' },
    })
    this.arn = balancer.arn
    this.arnSuffix = balancer.arnSuffix
    this.securityGroupId = group.id
    this.clientSecurityGroupId = clients.id
    this.httpsListenerArn = balancer.httpsListenerArn
  }

  /** The name by which a service is called: the rule that forwards to it matches it as the host. */
  hostNameOf(service: string): string {
    return `${service}.${this.domain}`
  }
}
