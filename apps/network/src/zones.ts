import { DataAwsRoute53Zone } from '@cdktf/provider-aws/lib/data-aws-route53-zone'
import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { NetworkSettings } from './settings'

export interface ZonesProps {
  readonly vpcId: string
  readonly publicZone: NetworkSettings['publicZone']
}

/**
 * The DNS zones. They belong to the network, although the edge owns the public records: the load balancers
 * need a zone for their certificates before the edge exists.
 */
export class Zones extends Construct {
  readonly publicId: string
  readonly publicNameServers: string[]
  readonly privateId: string

  constructor(scope: Construct, id: string, { vpcId, publicZone }: ZonesProps) {
    super(scope, id)
    const { domain, privateDomain, protectData } = tidewayStackOf(this).environment
    const zone =
      publicZone === 'adopt'
        ? new DataAwsRoute53Zone(this, 'adopted', { name: domain, privateZone: false })
        : new Route53Zone(this, 'public', {
            name: domain,
            comment: 'Public names of Tideway',
            // A new zone gets other name servers, which breaks the delegation from the parent zone.
            lifecycle: { preventDestroy: protectData },
          })
    this.publicId = zone.zoneId
    this.publicNameServers = zone.nameServers
    this.privateId = new Route53Zone(this, 'private', {
      name: privateDomain,
      comment: 'Names inside the VPC',
      vpc: [{ vpcId }],
    }).zoneId
  }
}
