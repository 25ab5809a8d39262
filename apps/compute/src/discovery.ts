import { ServiceDiscoveryPrivateDnsNamespace } from '@cdktf/provider-aws/lib/service-discovery-private-dns-namespace'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface DiscoveryProps {
  readonly vpcId: string
}

/**
 * The Cloud Map namespace of the services. Cloud Map creates a zone for it, and AWS rejects two zones of one name in
 * a VPC, so it is a subdomain of the network's private zone.
 */
export class Discovery extends Construct {
  readonly namespaceId: string
  readonly namespaceArn: string

  constructor(scope: Construct, id: string, { vpcId }: DiscoveryProps) {
    super(scope, id)
    const { privateDomain } = tidewayStackOf(this).environment
    const namespace = new ServiceDiscoveryPrivateDnsNamespace(this, 'namespace', {
      name: `services.${privateDomain}`,
      description: 'Tasks of the services, by the name of the service',
      vpc: vpcId,
    })
    this.namespaceId = namespace.id
    this.namespaceArn = namespace.arn
  }
}
