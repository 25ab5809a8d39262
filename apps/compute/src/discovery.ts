import { ServiceDiscoveryPrivateDnsNamespace } from '@cdktf/provider-aws/lib/service-discovery-private-dns-namespace'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'

export interface DiscoveryProps {
  readonly vpcId: string
}

/**
 * The namespace in which services find each other's tasks. Cloud Map makes a zone of its own for it, and AWS
 * refuses two zones of one name in a VPC: so it is a name below that of the network's private zone.
 */
export class Discovery extends Construct {
  readonly namespaceId: string
  readonly namespaceArn: string
  readonly domain: string

  constructor(scope: Construct, id: string, { vpcId }: DiscoveryProps) {
    super(scope, id)
    this.domain = `services.${tidewayStackOf(this).environment.privateDomain}`
    const namespace = new ServiceDiscoveryPrivateDnsNamespace(this, 'namespace', {
      name: this.domain,
      description: 'Tasks of the services, by the name of the service',
      vpc: vpcId,
    })
    this.namespaceId = namespace.id
    this.namespaceArn = namespace.arn
  }
}
